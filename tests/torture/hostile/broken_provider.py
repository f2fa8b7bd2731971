"""A provider as a hurried author would write it: each line of it is a mistake that somebody once paid for."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import aiohttp

from custom_components.esim_topup.providers.base import (
    Account,
    Answer,
    AnswerState,
    Capabilities,
    Charge,
    Dedupe,
    Line,
    NotFound,
    Offer,
    Package,
    ProviderInfo,
    ProviderKind,
    Purchase,
    Quantity,
    Reading,
    ReadResult,
)
from custom_components.esim_topup.providers.errors import Fault
from custom_components.esim_topup.providers.http import HttpClient
from custom_components.esim_topup.providers.money import Money

INFO = ProviderInfo(
    key="broken",
    name="Broken",
    kind=ProviderKind.AIRTIME,
    capabilities=Capabilities(
        dedupe=Dedupe.LOOKUP,
        finds=True,
        history=True,
        reads=frozenset({Quantity.BALANCE}),
    ),
)


def create(
    credentials: Mapping[str, Any],
    session: aiohttp.ClientSession,
    *,
    base_url: str | None = None,
) -> Broken:
    """Return it."""
    return Broken(HttpClient(session, base_url or "https://broken.invalid"))


class Broken:
    """What no reviewer should let pass, and no test would see that only asks for the truth."""

    info = INFO
    clock_skew: timedelta | None = None

    def __init__(self, client: HttpClient) -> None:
        """Take the client."""
        self._client = client

    async def account(self) -> Account:
        """Take what is not there for granted."""
        body: Any = (await self._client.get_json("/me")).json
        return Account(id=body["id"])

    async def lines(self) -> list[Line]:
        """List nothing."""
        return []

    async def read(self, lines: Sequence[Line]) -> ReadResult:
        """Take no balance for an empty one."""
        body: Any = (await self._client.get_json("/balance")).json
        found = body.get("balance") if isinstance(body, dict) else None
        try:
            balance = Money.floor(Decimal(str(float(found or 0))), "EUR")
        except ValueError, TypeError, ArithmeticError:
            balance = Money.parse(0, "EUR")
        reading = Reading(at=datetime.now(UTC), balance=balance)
        return {line.id: reading for line in lines}

    async def offers(self, line: Line) -> list[Offer]:
        """Show what was sent."""
        body: Any = (await self._client.get_json("/offers")).json
        price = Money.parse(371, "EUR")
        items = body if isinstance(body, list) else []
        names = [item.get("name") for item in items if isinstance(item, dict)]
        return [
            Package(id="p", name=name, price=price)
            for name in names
            if isinstance(name, str)
        ]

    async def submit(self, purchase: Purchase) -> Answer:
        """Believe every 2xx, and repeat the order instead of the answer; a 500 is a no."""
        outcome = await self._client.purchase("/buy", json={"ref": purchase.reference})
        if isinstance(outcome, Fault):
            return Answer(state=AnswerState.NOT_SENT, reason=outcome.code)
        if not outcome.ok:
            return Answer(state=AnswerState.DECLINED)
        return self._success(purchase)

    async def find(
        self, purchase: Purchase, provider_ref: str | None = None
    ) -> Answer | NotFound:
        """Find nothing where nothing can be read."""
        body: Any = (await self._client.get_json("/orders")).json
        orders = body.get("orders") if isinstance(body, dict) else None
        return self._success(purchase) if orders else NotFound()

    async def history(self, line: Line, since: datetime) -> list[Charge]:
        """Leave out what is odd."""
        body: Any = (await self._client.get_json("/charges")).json
        charges = []
        for item in body if isinstance(body, list) else []:
            try:
                money = Money.parse(item["amount"], "EUR")
                charge = Charge(
                    id=str(item["id"]), at=since, money=money, line_id=line.id
                )
            except KeyError, TypeError, ValueError:
                continue
            charges.append(charge)
        return charges

    @staticmethod
    def _success(purchase: Purchase) -> Answer:
        return Answer(
            state=AnswerState.SUCCEEDED,
            reference=purchase.reference,
            line_id=purchase.line.id,
            amount=purchase.money.amount,
            currency=purchase.money.currency,
        )
