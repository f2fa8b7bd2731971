"""Every jump of a clock, in every phase of an order, for every class of provider."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from torture.times import matrix
from torture.times.case import KINDS, PHASES, Case, Play
from torture.times.judge import breaches
from torture.times.jumps import JUMPS
from torture.times.matrix import CASES, countable, played

from custom_components.esim_topup.orders import policy, recovery
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.order import Order

from .conftest import EVERYTHING

type Say = Callable[[str, Any], None]


def _cases(jump: str, phase: str) -> list[Case]:
    """Return all stories of a cell, or one for each class, another one in each cell."""
    here = [case for case in CASES if (case.jump, case.phase) == (jump, phase)]
    if EVERYTHING:
        return here
    number = [*JUMPS].index(jump) * len(PHASES) + [*PHASES].index(phase)
    return here[number % 7 :: max(len(here) // 2, 1)]


async def _tell(cases: list[Case], folder: Path) -> list[tuple[Case, str]]:
    found = []
    for number, case in enumerate(cases):
        (own := folder / str(number)).mkdir()
        found += [(case, breach) for breach in await played(case, own)]
    return found


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("jump", JUMPS)
async def test_no_jump_of_a_clock_costs_more_than_it_should(
    quick: Path, jump: str, phase: str, record_property: Say
) -> None:
    """Who closes the lid, travels, or has a flat battery must not pay for it."""
    cases = _cases(jump, phase)
    found = await _tell(cases, quick)
    for _ in cases:
        record_property("fault", f"clock: {jump}")
    record_property("counted", ("stories", len(cases)))
    new = [f"{case}: {breach}" for case, breach in found]
    if new:
        record_property("promise", new[0].rpartition(": I")[2][:2])
    assert new == []


def test_every_class_and_phase_meets_every_jump() -> None:
    """A cell without stories proves nothing."""
    met = Counter((case.jump, case.phase, case.kind) for case in CASES)
    assert len(met) == len(JUMPS) * len(PHASES) * len(KINDS)


# It can fail


async def _convicted(case: Case, folder: Path) -> list[str]:
    with countable():
        play = Play(case, folder)
        await play.tell()
        found = breaches(play)
        await play.world.engine.stop()
    return [breach[:2] for breach in found]


def _story(**changes: Any) -> Case:
    usual: dict[str, Any] = {
        "jump": "on 40 days",
        "phase": "unknown",
        "kind": "L",
        "fate": "arrives late",
        "named": True,
    }
    return Case(**usual | changes)


async def test_an_engine_that_believes_the_wall_is_convicted(
    quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wall says that the settle window is over, and the purchase is still on its way. No answer names another time."""

    def by_the_wall(order: Order, now: Any, _: timedelta) -> timedelta:
        return now - (order.last_sent_at or now)

    monkeypatch.setattr(recovery, "settled_for", by_the_wall)
    assert "I2" in await _convicted(_story(named=False), quick)


async def test_an_engine_that_forgets_how_long_ago_it_sent_is_convicted(
    quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wall says that the line has rested."""
    monkeypatch.setattr(policy, "SKEW_TOLERANCE", timedelta.max)
    case = _story(phase="cooling down", fate="paid, answer lost", restarted=True)
    assert "I3" in await _convicted(case, quick)


async def test_an_engine_that_sends_again_by_an_unsure_clock_is_convicted(
    quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock went out with the machine: a key that was forgotten long ago looks young."""
    monkeypatch.setattr(recovery.Recovery, "_age_is_certain", lambda *_: True)
    monkeypatch.setattr(
        Engine,
        "age_of_sending",
        lambda self, order: self.clock.monotonic() - self._born,
    )
    monkeypatch.setattr(
        recovery.Recovery,
        "_age",
        lambda self, order: self._engine.clock.now() - order.created_at,
    )
    case = _story(
        jump="wall stands still 8 h",
        kind="K blind",
        fate="never arrived",
        restarted=True,
    )
    monkeypatch.setitem(
        JUMPS, case.jump, lambda clock: clock.stand_still(timedelta(hours=30))
    )
    assert "I6" in await _convicted(case, quick)


async def test_an_engine_that_hangs_is_convicted(
    quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order that nobody looks after blocks its line for ever."""
    monkeypatch.setattr(recovery.Recovery, "watch", lambda *_: None)
    assert "I1" in await _convicted(_story(fate="never arrived"), quick)
    assert matrix.CASES
