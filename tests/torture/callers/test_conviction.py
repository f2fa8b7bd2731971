"""The cells can fail: engines that were built carelessly are convicted by them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from custom_components import esim_topup
from custom_components.esim_topup.house import DATA_ENGINE, DATA_HOUSE
from custom_components.esim_topup.orders import engine as engine_module
from custom_components.esim_topup.orders.flight import Flight
from custom_components.esim_topup.providers.base import Dedupe
from tests.story.conftest import AMOUNT, House

from .cell import Cell
from .events import EVENTS, Event
from .moments import CHARGED, HOLDING, LOOK, Gate, Moment
from .run import assert_end, strike
from .ways import WAYS, Doors

type Patch = Callable[[pytest.MonkeyPatch], None]


def no_shield(patch: pytest.MonkeyPatch) -> None:
    """The caller's end is the order's end."""

    async def landing(flight: asyncio.Task[Any]) -> Any:
        return await flight

    patch.setattr(engine_module, "_landing", landing)


def engine_of_the_entry(patch: pytest.MonkeyPatch) -> None:
    """Each set-up has an engine of its own."""
    unload = esim_topup.async_unload_entry

    async def forget(hass: Any, entry: Any) -> bool:
        del hass.data[DATA_HOUSE], hass.data[DATA_ENGINE]
        return await unload(hass, entry)

    patch.setattr(esim_topup, "async_unload_entry", forget)


def limits_of_before(patch: pytest.MonkeyPatch) -> None:
    """What was allowed when the wish came is paid, whatever happened during the look."""
    destination = Flight._destination

    def remembered(flight: Any) -> Any:
        known = flight.__dict__.get("known") or destination(flight)
        flight.__dict__["known"] = known
        return known

    patch.setattr(Flight, "_destination", remembered)


async def whole(cell: Cell, event: Event, moment: Moment) -> None:
    """Run a cell from its beginning to its end."""
    await strike(cell, event, moment)
    await assert_end(cell, event, moment, Dedupe.KEY)


def of(name: str) -> Event:
    """Return the event of this name."""
    return next(event for event in EVENTS if event.name == name)


@pytest.mark.parametrize(
    ("mistake", "way", "event", "moment"),
    [
        pytest.param(no_shield, "task", "caller cancelled", HOLDING, id="no shield"),
        pytest.param(
            engine_of_the_entry, "REST", "reload", CHARGED, id="engine of the entry"
        ),
        pytest.param(
            limits_of_before, "task", "cap lowered", LOOK, id="limits of before"
        ),
        pytest.param(
            limits_of_before, "task", "subentry removed", LOOK, id="line of before"
        ),
    ],
)
async def test_a_careless_engine_is_convicted(
    house: House,
    gate: Gate,
    doors: Doors,
    monkeypatch: pytest.MonkeyPatch,
    strikes: Callable[[str], None],
    mistake: Patch,
    way: str,
    event: str,
    moment: Moment,
) -> None:
    """A layer that cannot fail is a defect."""
    data = {"device_id": house.device_id, "amount": AMOUNT}
    cell = Cell(house, WAYS[way](doors, data), gate)
    mistake(monkeypatch)
    with pytest.raises(AssertionError):
        await whole(cell, of(event), moment)
    gate.opened.set()
    await cell.until(lambda: not cell.engine._flights, "the flight's end")
    await cell.way.rest()
    await cell.engine.stop()
    strikes("careless engine convicted")
