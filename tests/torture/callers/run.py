"""The course of a cell: fly to the moment, strike, let go, compare the books."""

from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.providers.base import Dedupe

from .cell import Cell
from .events import Event
from .moments import BEFORE_SEND, Moment


async def fly_to(cell: Cell, moment: Moment) -> None:
    """Let the caller call, and hold the order at the moment."""
    await cell.way.prepare()
    await moment.prepare(cell.gate, cell.operator)
    await cell.way.call()
    await cell.gate.until_reached()
    assert cell.calls == 1
    await cell.assert_at(moment)


async def strike(cell: Cell, event: Event, moment: Moment) -> None:
    """Strike an order at the moment; see that it was there, before and afterwards, and that nothing else leaves meanwhile."""
    await fly_to(cell, moment)
    await event.strike(cell)
    if event.is_noticed:
        await cell.assert_at(moment)
    await cell.assert_blocked()


async def assert_end(cell: Cell, event: Event, moment: Moment, dedupe: Dedupe) -> None:
    """Let go, and compare the books: at once, or with what the next start makes of it."""
    charges = event.charges(moment)
    await cell.landed()
    await cell.until_charged(charges)
    if not event.ends_process:
        await cell.assert_books_agree(charges)
        return
    state = await cell.next_start(charges)
    if charges:
        assert state is end_of(event, dedupe)
    elif moment is BEFORE_SEND:
        assert state in (OrderState.UNKNOWN, OrderState.HELD), "followed, or shown"
    else:
        assert state is None


def end_of(event: Event, dedupe: Dedupe) -> OrderState:
    """Return what becomes of a charged order: without its answer, and with nobody to ask, a person has to look."""
    asks_nobody = dedupe is Dedupe.NONE and not event.is_noticed
    return OrderState.HELD if asks_nobody else OrderState.SUCCEEDED
