"""The next start of a whole engine on what a power cut left: orders that were under way are unknown, and block their line."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

from custom_components.esim_topup.orders.book_file import BookLocked, Witness
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.links import AccountLink, LineLink, Placed
from custom_components.esim_topup.orders.order import OPEN, Order, OrderState
from custom_components.esim_topup.orders.policy import Health
from tests.orders.fake_clock import FakeClock
from tests.orders.fake_provider import FakeProvider
from tests.orders.samples import ACCOUNT, LIMITS, LINE, MOSCOW, make_wish

from .judging import BOOK
from .recording import Knowledge

_MANY: Final = 10_000
_OPEN: Final = frozenset(state.value for state in OPEN)


class House:
    """One start: an engine on the book of a folder, with an operator that knows nothing of its orders."""

    def __init__(self, folder: Path) -> None:
        """Prepare; nothing is opened."""
        clock = FakeClock()
        self.provider = FakeProvider(clock)
        self.engine = Engine(clock=clock)
        self._path = folder / BOOK

    async def start(self, witness: Witness | None) -> None:
        """Open the book and settle what the power cut left."""
        await self.engine.start(self._path, zone=MOSCOW, witness=witness)

    async def orders(self) -> list[Order]:
        """Return everything that the book knows."""
        return await self.engine.orders(account_key=ACCOUNT, limit=_MANY)

    async def not_blocked(self, orders: Iterable[Order]) -> str | None:
        """Want a top-up for the line of each open order, by force; return what is wrong with the answers."""
        for order in orders:
            if not order.open:
                continue
            self._know(order.line_key)
            wish = make_wish(line_key=order.line_key, force=True)
            if isinstance(await self.engine.recharge(wish), Placed):
                return f"a line with an order that is {order.state} is free"
        return "a request was sent" if self.provider.sent else None

    def _know(self, line_key: str) -> None:
        lines = {line_key: LineLink(line=LINE, limits=LIMITS)}
        self.engine.attach(
            AccountLink(
                key=ACCOUNT, provider=self.provider, currency="RUB", lines=lines
            )
        )

    async def stop(self) -> None:
        """End."""
        await self.engine.stop(timedelta())


def recovers(folder: Path, knowledge: Knowledge, witness: Witness | None) -> str | None:
    """Say what is wrong with the next start on these files, where the book must be usable."""
    return asyncio.run(_recovers(House(folder), knowledge, witness))


async def _recovers(
    house: House, knowledge: Knowledge, witness: Witness | None
) -> str | None:
    await house.start(witness)
    try:
        if house.engine.health is not Health.READY:
            return f"spending is locked: {house.engine.locked_because}"
        orders = await house.orders()
        if any(order.state is OrderState.SUBMITTING for order in orders):
            return "an order is still being sent after a start"
        return missing(orders, knowledge, ever=False) or await house.not_blocked(orders)
    finally:
        await house.stop()


def survives_unlocking(
    folder: Path, knowledge: Knowledge, witness: Witness | None
) -> str | None:
    """Say what is wrong with the next start on these files, and with a person's unlocking where it is locked.

    The power may have gone while a person unlocked. Locked again is right, a silent start without the orders is not; and
    once a person has unlocked again, what may have been paid must be in the book.
    """
    return asyncio.run(_survives(House(folder), knowledge, witness))


async def _survives(
    house: House, knowledge: Knowledge, witness: Witness | None
) -> str | None:
    await house.start(witness)
    how = "opened in silence"
    try:
        if house.engine.health is Health.LOCKED:
            how = f"locked ({house.engine.locked_because}) and unlocked again"
            await house.engine.unlock()
        orders = await house.orders()
        wrong = missing(orders, knowledge, ever=True)
        wrong = wrong or await house.not_blocked(orders)
    except BookLocked as err:
        return f"it stays locked: {err.reason}"
    else:
        return wrong and f"{how}: {wrong}"
    finally:
        await house.stop()


def missing(orders: list[Order], knowledge: Knowledge, *, ever: bool) -> str | None:
    """Say which order is not in the book that must be: all, or (`ever`) those that were open before a new one began."""
    there = {order.id for order in orders}
    wanted = knowledge.sure.states if knowledge.sure is not None else ()
    for order_id, state in knowledge.unsettled if ever else wanted:
        if order_id not in there:
            return f"an order that was {state} is not in the book any more"
    return None


def open_among(states: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return those orders whose money may still move."""
    return tuple((order, state) for order, state in states if state in _OPEN)
