"""A house in which every secret and every number is a canary."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from torture.canary.canaries import Canary, number, secret, word

from custom_components.esim_topup.providers.base import Dedupe
from tests.operator.client import OperatorControl
from tests.operator.seed_types import Seed
from tests.providers.rest.operator_config import operator_config

PHONE: Final = "+79165550123"
ICCID: Final = "8970101234567890123"
BANK_ACCOUNT: Final = "40817810099910004312"
CARD: Final = "5105105105105100"

FORMS: Final = "forms"
"""What an administrator's browser is shown while something is set up."""
BOOK: Final = "order book"
ANSWERS: Final = "answers of actions"

DESCRIBED: Final = (FORMS,)
"""An administrator typed it, and may read it again where it is changed."""


@dataclass(slots=True)
class Birds:
    """Every canary, by what it stands for."""

    key: Canary = field(default_factory=lambda: secret("API key"))
    old_key: Canary = field(default_factory=lambda: secret("API key that was wrong"))
    header: Canary = field(default_factory=lambda: secret("further header", *DESCRIBED))
    query: Canary = field(
        default_factory=lambda: word("token in the query of a path", *DESCRIBED)
    )
    segment: Canary = field(default_factory=lambda: word("token in a path", *DESCRIBED))
    literal: Canary = field(
        default_factory=lambda: word("literal of an expression", *DESCRIBED)
    )
    body: Canary = field(
        default_factory=lambda: word("token in the body of an order", *DESCRIBED)
    )
    userinfo: Canary = field(
        default_factory=lambda: word("password in a URL", *DESCRIBED)
    )
    account: Canary = field(default_factory=lambda: word("account id"))
    person: Canary = field(default_factory=lambda: word("name of the account's owner"))
    line: Canary = field(default_factory=lambda: word("line id"))
    method: Canary = field(
        default_factory=lambda: word("payment method id", FORMS, BOOK, ANSWERS)
    )
    phone: Canary = field(default_factory=lambda: number("phone number", PHONE))
    iccid: Canary = field(default_factory=lambda: number("ICCID", ICCID))
    bank: Canary = field(
        default_factory=lambda: number("bank account in a label", BANK_ACCOUNT)
    )
    card: Canary = field(default_factory=lambda: number("card number in a label", CARD))

    def __iter__(self) -> Iterator[Canary]:
        """Iterate over all of them."""
        for name in self.__slots__:
            yield getattr(self, name)


def seed(birds: Birds) -> Seed:
    """Return the operator's beginning: everything that it calls by a name is a canary."""
    account = birds.account.value
    return {
        "accounts": [
            {
                "id": account,
                "key": birds.key.value,
                "currency": "RUB",
                "methods": [
                    {
                        "id": "wallet",
                        "type": "wallet",
                        "label": "Wallet",
                        "funds": "50000.00",
                    },
                    {
                        "id": birds.method.value,
                        "type": "card",
                        "label": f"Account {BANK_ACCOUNT}",
                        "last4": "4312",
                        "expires": "2031-05",
                    },
                    {
                        "id": "odd",
                        "type": "card",
                        "label": "Visa 5105 1051 0510 5100",
                        "last4": "5100",
                        "expires": "2031-05",
                    },
                ],
            }
        ],
        "lines": [
            {
                "id": birds.line.value,
                "account": account,
                "name": "Call +7 (916) 555-01-23",
                "currency": "RUB",
                "msisdn": PHONE,
                "balance": "60.00",
            },
            {
                "id": ICCID,
                "account": account,
                "name": f"eSIM {ICCID}",
                "currency": "RUB",
                "iccid": ICCID,
                "data_left_bytes": 3_000_000_000,
            },
        ],
        "offers": [
            {
                "id": "open",
                "account": account,
                "kind": "open",
                "name": f"For {PHONE}",
                "currency": "RUB",
                "min": "10.00",
                "max": "5000.00",
                "step": "1.00",
            }
        ],
    }


def description(base_url: str, birds: Birds, dedupe: Dedupe) -> dict[str, Any]:
    """Return a description of the operator with a canary in every place that can hold one."""
    config = operator_config(base_url, dedupe, api_key=birds.key.value)
    token = birds.query.value
    config["headers"] = {"X-Partner-Secret": birds.header.value}
    config["account"]["path"] += f"?token={token}"
    config["account"]["name"] = f"'Home {PHONE}'"
    config["lines"]["path"] += f"?token={token}"
    config["read"]["path"] += f"?token={token}&part={birds.segment.value}"
    config["read"]["sms_left"] = f"balance == '{birds.literal.value}' && `1` || `null`"
    config["offers"]["path"] += f"?token={token}"
    config["order"]["path"] += f"?token={token}"
    config["order"]["body"]["note"] = birds.body.value
    if "find" in config:
        config["find"]["path"] += f"&token={token}"
    if "history" in config:
        config["history"]["path"] += f"&token={token}"
    return config


async def everything_breaks(operator: OperatorControl, birds: Birds, kind: str) -> None:
    """Let the next request be answered with everything that the operator was told, in one odd way."""
    echo = {
        "error": {
            "code": "no_such_thing",
            "message": f"{birds.key.value} may not see {PHONE} of {birds.person.value}",
            "request": {
                "authorization": f"Bearer {birds.key.value}",
                "token": birds.query.value,
            },
        },
        "message": f"{ICCID} {BANK_ACCOUNT}",
    }
    match kind:
        case "redirect":
            there = f"https://elsewhere.invalid/{birds.segment.value}?token={birds.query.value}&msisdn={PHONE}"
            await operator.fault("redirect", location=there, times=3)
        case "unknown_status":
            await operator.fault("unknown_status", word=f"lost {PHONE}", times=3)
        case str() if kind.isdigit():
            await operator.fault("error_before", status=int(kind), body=echo, times=3)
        case _:
            await operator.fault(kind, times=3)
