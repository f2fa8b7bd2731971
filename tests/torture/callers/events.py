"""What is pulled out from under an order: each event as its person or machine does it, with what it may change."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState

from custom_components.esim_topup.orders.policy import Health
from tests.flows.walk import Walk

from .cell import Cell
from .moments import BEFORE_SEND, LOOK, Moment

type Step = Callable[[Cell], Awaitable[None]]

LOWERED: Final = "100.00"
"""Below the amount of the order: what was reserved before stays, what is not reserved yet is refused."""


async def _nothing(cell: Cell) -> None:
    """Let it be."""


async def _caller_cancelled(cell: Cell) -> None:
    await cell.way.give_up()


async def _again_three_times(cell: Cell) -> None:
    before = cell.calls
    for _ in range(3):
        await cell.way.again()
        await cell.turn()
    await cell.until(
        lambda: cell.calls == before + cell.way.repeats, "the repeated calls"
    )
    await cell.turn()


async def _stop(cell: Cell) -> None:
    cell.stopping = asyncio.create_task(cell.hass.async_stop())
    await cell.until(lambda: cell.engine.health is Health.STOPPING, "the drain")


async def _stop_while_silent(cell: Cell) -> None:
    """The operator does not answer for as long as Home Assistant waits; here that is no 15 seconds."""
    cell.engine.stop = partial(cell.engine.stop, timedelta(seconds=0.02))  # type: ignore[method-assign]
    await cell.hass.async_stop()


async def _reload(cell: Cell) -> None:
    before = cell.entry.runtime_data
    assert await cell.hass.config_entries.async_reload(cell.entry.entry_id)
    assert cell.entry.runtime_data is not before


async def _unload(cell: Cell) -> None:
    assert await cell.hass.config_entries.async_unload(cell.entry.entry_id)


async def _remove(cell: Cell) -> None:
    await cell.hass.config_entries.async_remove(cell.entry.entry_id)
    assert not cell.hass.config_entries.async_entries("esim_topup")


async def _disable(cell: Cell) -> None:
    entry_id = cell.entry.entry_id
    assert await cell.hass.config_entries.async_set_disabled_by(
        entry_id, ConfigEntryDisabler.USER
    )
    assert cell.entry.state is ConfigEntryState.NOT_LOADED


async def _reconfigure(cell: Cell) -> None:
    """Another card pays from now on."""
    before = cell.entry.runtime_data
    walk = await Walk.renewal(cell.hass, cell.entry)
    await walk.choose("rest_try")
    await walk.submit()
    await walk.choose("rest_accept")
    await walk.submit(method_id="card-1")
    assert cell.entry.data["method_id"] == "card-1"
    await cell.until(lambda: cell.is_loaded_anew(before), "the reload")


async def _cap_lowered(cell: Cell) -> None:
    before = cell.entry.runtime_data
    walk = await Walk.limits(cell.hass, cell.entry)
    await walk.submit(per_order=LOWERED, account_month=LOWERED)
    assert cell.entry.options["account_month"] == LOWERED
    await cell.until(lambda: cell.is_loaded_anew(before), "the reload")


async def _token_rotated(cell: Cell) -> None:
    cell.new_key = await cell.operator.rotate_key()


async def _subentry_removed(cell: Cell) -> None:
    before = cell.entry.runtime_data
    subentry_id = next(iter(cell.entry.subentries))
    cell.hass.config_entries.async_remove_subentry(cell.entry, subentry_id)
    await cell.until(lambda: cell.is_loaded_anew(before), "the reload")


@dataclass(frozen=True)
class Event:
    """Something that happens to an order, its caller or its account."""

    name: str
    strike: Step
    case: str = ""
    """The named case it belongs to."""
    uncharged: tuple[Moment, ...] = ()
    """Struck then, the order does not go out: it is turned away, or refused with evidence."""
    ends_process: bool = False
    is_noticed: bool = True
    """The order itself is the same while the event is over and the moment is not."""

    def charges(self, moment: Moment) -> int:
        """Return what the operator has charged in the end."""
        return 0 if moment in self.uncharged else 1

    @property
    def title(self) -> str:
        """For ids: a named case is known by its first word."""
        return f"{self.case} {self.name}".lstrip()


EVENTS: Final = (
    Event("nothing happens", _nothing),
    Event("caller cancelled", _caller_cancelled, "C6"),
    Event("called again three times", _again_three_times, "C3"),
    Event("stop", _stop, "", (LOOK,), ends_process=True),
    Event(
        "stop while the operator is silent",
        _stop_while_silent,
        "",
        (LOOK, BEFORE_SEND),
        ends_process=True,
        is_noticed=False,
    ),
    Event("reload", _reload, "C7"),
    Event("unload", _unload, "C7"),
    Event("removal", _remove, "C7", (LOOK,)),
    Event("disabling", _disable, "C7"),
    Event("reconfiguration", _reconfigure, "C8"),
    Event("cap lowered", _cap_lowered, "C8", (LOOK,)),
    Event("token rotated", _token_rotated, "C9", (LOOK, BEFORE_SEND)),
    Event("subentry removed", _subentry_removed, "C7", (LOOK,)),
)
