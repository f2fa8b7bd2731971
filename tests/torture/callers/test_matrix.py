"""Callers x what happens to them x when: one wish is one charge at most, and exactly one where the order left."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.providers.base import Dedupe
from tests.story.conftest import AMOUNT, House

from .cell import Cell, settle
from .conftest import EVERYTHING
from .events import EVENTS, Event
from .moments import CHARGED, MOMENTS, Gate, Moment
from .run import assert_end, fly_to, strike
from .ways import WAYS, Doors

type Strikes = Callable[[str, str], None]

CLASSES: Final = tuple(Dedupe)


def _cells(*, everything: bool = EVERYTHING) -> list[Any]:
    """Return all cells, or a spread in which each event meets each moment, and each way and class many of both."""
    cells = []
    for row, event in enumerate(EVENTS):
        for column, moment in enumerate(MOMENTS):
            for place, way in enumerate(WAYS):
                dedupe = CLASSES[(row + 2 * column + place // 2) % len(CLASSES)]
                if everything or place == (3 * row + column) % len(WAYS):
                    name = f"{event.title}, {way}, {moment}, class {dedupe.name}"
                    cells.append(pytest.param(dedupe, way, event, moment, id=name))
    return cells


def test_the_spread_of_every_day_leaves_nobody_out() -> None:
    """Whatever is not met at all on a day when only some cells run would be found too late."""
    spread = [cell.values for cell in _cells(everything=False)]
    pairs = {(event.name, moment.name) for _, _, event, moment in spread}
    assert len(pairs) == len(EVENTS) * len(MOMENTS) == len(spread)
    assert {(way, moment.name) for _, way, _, moment in spread} == {
        (way, moment.name) for way in WAYS for moment in MOMENTS
    }
    assert {(dedupe, moment.name) for dedupe, _, _, moment in spread} == {
        (dedupe, moment.name) for dedupe in CLASSES for moment in MOMENTS
    }
    assert len(_cells(everything=True)) == len(spread) * len(WAYS)


@pytest.fixture
def cell(house: House, gate: Gate, doors: Doors, way: str) -> Cell:
    """A house with a caller at one of its doors."""
    data = {"device_id": house.device_id, "amount": AMOUNT}
    return Cell(house, WAYS[way](doors, data), gate)


@pytest.mark.parametrize(("dedupe", "way", "event", "moment"), _cells())
async def test_whoever_calls_and_whatever_happens_meanwhile(
    cell: Cell,
    dedupe: Dedupe,
    way: str,
    event: Event,
    moment: Moment,
    strikes: Strikes,
) -> None:
    """The order belongs to the engine: what happens to its caller, its account or Home Assistant neither kills nor doubles it."""
    await strike(cell, event, moment)
    strikes(event.name, way)
    await assert_end(cell, event, moment, dedupe)


def _lost_answers() -> list[Any]:
    """Each event and each class, with the answer lost after the charge; each from another caller."""
    return [
        pytest.param(
            dedupe,
            list(WAYS)[(row + 2 * column) % len(WAYS)],
            event,
            id=f"{event.title}, then the answer is lost after the charge, class {dedupe.name}",
        )
        for row, event in enumerate(EVENTS)
        for column, dedupe in enumerate(CLASSES)
        if EVERYTHING or row % len(CLASSES) == column
    ]


@pytest.mark.parametrize(("dedupe", "way", "event"), _lost_answers())
async def test_whatever_happens_and_then_the_answer_is_lost(
    cell: Cell,
    dedupe: Dedupe,
    way: str,
    event: Event,
    strikes: Strikes,
) -> None:
    """Charged, and nobody heard of it: the line stays blocked until the operator was asked, or a person was."""
    await fly_to(cell, CHARGED)
    await event.strike(cell)
    strikes(f"{event.name}, answer lost", way)
    cell.gate.answer_is_lost = True
    await cell.landed()

    end = OrderState.HELD if dedupe is Dedupe.NONE else OrderState.SUCCEEDED
    if event.ends_process:
        assert await cell.next_start(1) is end
        return
    order = await cell.order()
    assert order is not None
    assert order.state is OrderState.UNKNOWN
    await cell.assert_blocked()
    assert cell.engine._recovery.tasks, "somebody follows it"

    cell.comes_back()

    assert await settle(cell.engine, order.id) is end
    if end is OrderState.HELD:
        await cell.assert_blocked()
        await cell.engine.resolve(order.id, charged=True, user_id=None)
    await cell.hass.async_block_till_done(wait_background_tasks=True)
    await cell.assert_books_agree(1)
