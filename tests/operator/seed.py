"""Putting a beginning into the books, and changing single things later.

Whatever is not known here is refused, so that a typing error in a scenario is an error and not a default.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
import sqlite3
from typing import Any, Final

from . import door, money, tables
from .clock import DAY_US, month_of, to_iso
from .model import Account, Line, Method, MethodKind, Offer, OfferKind
from .seed_types import MethodSeed, OfferSeed, Seed

DEFAULT_ACCOUNT: Final = "acct-1"
DEFAULT_KEY: Final = "demo-key"

_ROUBLES: Final = "RUB"


def default(now_us: int) -> Seed:
    """Return one account in roubles: a wallet, a good and a declining card, a number, an eSIM, three offers."""
    card_expires = month_of(now_us + 730 * DAY_US)
    methods: list[MethodSeed] = [
        {"id": "wallet", "type": "wallet", "label": "Wallet", "funds": "5000.00"},
        {
            "id": "card-1",
            "type": "card",
            "label": "Visa",
            "last4": "4242",
            "expires": card_expires,
        },
        {
            "id": "card-2",
            "type": "card",
            "label": "Mastercard",
            "last4": "4444",
            "expires": card_expires,
            "declines": True,
        },
    ]
    return {
        "accounts": [
            {
                "id": DEFAULT_ACCOUNT,
                "key": DEFAULT_KEY,
                "currency": _ROUBLES,
                "methods": methods,
            }
        ],
        "lines": [
            {
                "id": "line-1",
                "account": DEFAULT_ACCOUNT,
                "name": "Home number",
                "currency": _ROUBLES,
                "msisdn": "+79161234567",
                "balance": "480.00",
            },
            {
                "id": "line-2",
                "account": DEFAULT_ACCOUNT,
                "name": "Travel eSIM",
                "currency": _ROUBLES,
                "iccid": "8970199912345678901",
                "data_left_bytes": 3_000_000_000,
                "valid_until": to_iso(now_us + 20 * DAY_US),
            },
        ],
        "offers": [
            {
                "id": "open",
                "account": DEFAULT_ACCOUNT,
                "kind": "open",
                "name": "Any amount",
                "currency": _ROUBLES,
                "min": "10.00",
                "max": "5000.00",
                "step": "1.00",
            },
            _package("eu-5gb", "Europe 5 GB", "490.00", 5_000_000_000),
            _package("eu-20gb", "Europe 20 GB", "1290.00", 20_000_000_000),
        ],
    }


def _package(offer_id: str, name: str, price: str, data_bytes: int) -> OfferSeed:
    return {
        "id": offer_id,
        "account": DEFAULT_ACCOUNT,
        "kind": "package",
        "name": name,
        "currency": _ROUBLES,
        "price": price,
        "data_bytes": data_bytes,
        "validity_days": 30,
    }


def plant(db: sqlite3.Connection, seed: object, now_us: int) -> None:
    """Add everything a seed names; what has the id of an existing thing replaces it. Raises ValueError."""
    parts = door.mapping(seed, "seed")
    if unknown := set(parts) - {"accounts", "lines", "offers"}:
        raise door.BadInput(f"seed: unknown {sorted(unknown)}")
    for item in door.sequence(parts.get("accounts", []), "accounts"):
        account = door.mapping(item, "account")
        tables.save(
            db,
            Account(
                **_read({k: v for k, v in account.items() if k != "methods"}, _ACCOUNT)
            ),
        )
        for method in door.sequence(account.get("methods", []), "methods"):
            tables.save(
                db, Method(account=str(account["id"]), **_read(method, _METHOD))
            )
    for item in door.sequence(parts.get("lines", []), "lines"):
        tables.save(db, Line(anchor_us=now_us, **_read(item, _LINE)))
    for item in door.sequence(parts.get("offers", []), "offers"):
        tables.save(db, Offer(**_read(item, _OFFER)))


def changed_line(line: Line, changes: object) -> Line:
    """Return the line with some things set. Raises ValueError."""
    return replace(line, **_read(changes, _LINE, fixed={"id", "account"}))


def changed_method(method: Method, changes: object) -> Method:
    """Return the payment method with some things set. Raises ValueError."""
    return replace(method, **_read(changes, _METHOD, fixed={"id", "type"}))


def changed_offer(offer: Offer, changes: object) -> Offer:
    """Return the offer with some things set. Raises ValueError."""
    return replace(offer, **_read(changes, _OFFER, fixed={"id", "account", "kind"}))


type _Reader = tuple[str, Callable[[object], object]]


def _read(
    data: object, readers: Mapping[str, _Reader], *, fixed: set[str] | None = None
) -> dict[str, Any]:
    """Translate names and values as they travel into those of the model."""
    values: dict[str, Any] = {}
    for name, value in door.mapping(data, "entry").items():
        if name not in readers or name in (fixed or set()):
            raise door.BadInput(f"{name}: cannot be set")
        attribute, reader = readers[name]
        values[attribute] = reader(value)
    return values


def _or_none[T](reader: Callable[[object], T]) -> Callable[[object], T | None]:
    return lambda value: None if value is None else reader(value)


_ACCOUNT: Final[Mapping[str, _Reader]] = {
    "id": ("id", door.text),
    "key": ("key", door.text),
    "currency": ("currency", door.text),
}
_METHOD: Final[Mapping[str, _Reader]] = {
    "id": ("id", door.text),
    "type": ("type", lambda value: MethodKind(door.text(value))),
    "label": ("label", door.text),
    "last4": ("last4", _or_none(door.text)),
    "expires": ("expires", _or_none(door.text)),
    "funds": ("funds", _or_none(money.parse)),
    "declines": ("declines", door.yes_no),
}
_LINE: Final[Mapping[str, _Reader]] = {
    "id": ("id", door.text),
    "account": ("account", door.text),
    "name": ("name", door.text),
    "currency": ("currency", door.text),
    "iccid": ("iccid", _or_none(door.text)),
    "msisdn": ("msisdn", _or_none(door.text)),
    "balance": ("balance", _or_none(money.parse)),
    "data_left_bytes": ("data_left_bytes", _or_none(door.whole)),
    "valid_until": ("valid_until_us", _or_none(door.moment_us)),
    "money_per_day": ("money_per_day", money.parse),
    "bytes_per_day": ("bytes_per_day", door.whole),
    "removed": ("removed", door.yes_no),
    "barred": ("barred", door.yes_no),
}
_OFFER: Final[Mapping[str, _Reader]] = {
    "id": ("id", door.text),
    "account": ("account", door.text),
    "kind": ("kind", lambda value: OfferKind(door.text(value))),
    "name": ("name", door.text),
    "currency": ("currency", door.text),
    "line": ("line", _or_none(door.text)),
    "price": ("price", money.parse),
    "min": ("min", money.parse),
    "max": ("max", money.parse),
    "step": ("step", money.parse),
    "data_bytes": ("data_bytes", door.whole),
    "validity_days": ("validity_days", door.whole),
}
