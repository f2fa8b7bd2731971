"""T1: Hypothesis in the simulated world, and that it finds who is guilty."""

from collections.abc import Iterator
import json

import pytest
from torture.simulation.seeds import Table, table
from torture.stateful import run

from .simulation.broken_engines import BROKEN, BrokenEngine

FOUND_BY_HYPOTHESIS = (
    "not found is believed at once",
    "unknown is re-sent in every class",
    "the intent is written after the send",
    "nothing is synced",
    "another amount is believed",
    "a time-out is a failure",
    "told before it is written",
)


@pytest.fixture(scope="module")
def worlds() -> Iterator[Table]:
    """Where the machine's worlds lie."""
    with table() as where:
        yield where


def test_hypothesis_finds_nothing(worlds: Table) -> None:
    """The command plays a thousand examples; here it is a few."""
    machine = run.fresh(worlds.room, worlds.images)
    run.play(machine, 30, 30, 1)
    assert machine.played >= 30
    assert machine.reached["reached: charged"] > 0


@pytest.mark.parametrize(
    "engine",
    [engine for engine in BROKEN if engine.name in FOUND_BY_HYPOTHESIS],
    ids=lambda engine: engine.name,
)
def test_hypothesis_convicts_a_broken_engine(
    engine: BrokenEngine, worlds: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a few hundred examples, without making them short."""
    engine.break_it(monkeypatch)
    machine = run.fresh(worlds.room, worlds.images)
    with pytest.raises(AssertionError) as caught:
        run.play(machine, 300, 30, 0, shrink=False)
    broken = {line.partition(":")[0] for line in str(caught.value).splitlines()}
    assert broken & engine.promises


def test_a_failure_is_a_short_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person sees in a few lines what has to happen."""
    (engine,) = (one for one in BROKEN if one.name == "a time-out is a failure")
    engine.break_it(monkeypatch)
    outcome = run.run(100, 10, 0)
    assert outcome.report() == 1
    told = capsys.readouterr().out
    (violation,) = outcome.violations
    assert violation.promise == "I2"
    assert "state.wish_in_bad_weather(" in violation.story
    assert violation.story.count("    state.") <= 6
    assert json.loads(told.splitlines()[-1])["layer"] == "T1"
