"""The real engine with one line at any provider; its clock stands still until a test moves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.keys import account_key, line_key
from custom_components.esim_topup.orders.limits import Limits
from custom_components.esim_topup.orders.links import AccountLink, LineLink, Placed
from custom_components.esim_topup.orders.order import OPEN, Order
from custom_components.esim_topup.orders.policy import Reason, Refused, Wish
from custom_components.esim_topup.providers.base import Provider, Purchase
from custom_components.esim_topup.providers.money import Money
from tests.orders.fake_clock import FakeClock
from tests.orders.samples import MOSCOW
from tests.orders.world import rows

_PATIENCE: Final = 5.0  # seconds of real time; a look-up at a server on this machine takes milliseconds


@dataclass(slots=True)
class House:
    """One account with one line."""

    engine: Engine
    clock: FakeClock
    book: Path
    wish: Wish

    async def recharge(self) -> Order:
        """Want what the purchase says, and return the order that came of it."""
        placed = await self.engine.recharge(self.wish)
        assert isinstance(placed, Placed), placed
        return placed.order

    async def refusal(self) -> Reason:
        """Want it again, and return why it may not be."""
        refused = await self.engine.recharge(self.wish)
        assert isinstance(refused, Refused), refused
        return refused.reason

    async def settled(self) -> Order:
        """Let time pass until nothing is open any more, and return what the book holds then."""
        end = asyncio.get_running_loop().time() + _PATIENCE
        while (order := rows(self.book)[-1]).state in OPEN:
            assert asyncio.get_running_loop().time() < end, order
            self.clock.pass_by(timedelta(seconds=10))
            await asyncio.sleep(0.01)
        return order


@asynccontextmanager
async def house(
    folder: Path, provider: Provider, purchase: Purchase
) -> AsyncIterator[House]:
    """Start an engine that would make this purchase, under its reference, and stop it in the end."""
    clock = FakeClock(datetime.now(UTC))
    engine = Engine(clock=clock, new_id=lambda: purchase.reference)
    book, account = folder / "orders.db", account_key("any", "acct")
    key = line_key("any", "acct", purchase.line)
    currency = purchase.money.currency
    plenty = Money.parse(900_000, currency)
    limits = Limits(per_order=plenty, account_month=plenty, cooldown=timedelta())
    await engine.start(book, zone=MOSCOW, witness=None)
    link = LineLink(line=purchase.line, limits=limits)
    engine.attach(
        AccountLink(
            key=account, provider=provider, currency=currency, lines={key: link}
        )
    )
    wish = Wish(
        account_key=account,
        line_key=key,
        line=purchase.line,
        offer_id=purchase.offer_id,
        money=purchase.money,
        method_id=purchase.method_id,
    )
    try:
        yield House(engine, clock, book, wish)
    finally:
        await engine.stop(timedelta())
