"""T5 can fail: clients with bad habits are convicted, and so are a toxic that never strikes and a cell that is not played."""

from dataclasses import replace
import json

import pytest
from torture.network import __main__ as command, gate, story
from torture.network.cells import Cell, cell_of
from torture.network.hub import GatesHere, gates_there
from torture.network.moments import Moment
from torture.network.mutants import MUTANTS, Mutant
from torture.network.story import Run, run_cell
from torture.network.toxics import TOXICS
from torture.outcome import Outcome

from custom_components.esim_topup.providers.base import Dedupe

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(mutant, id=f"{mutant.habits.name}: {mutant.promise}")
        for mutant in MUTANTS
    ],
)
async def test_a_client_with_a_bad_habit_is_convicted(mutant: Mutant) -> None:
    """The true one passes in the same cell: the layer runs them all."""
    run = await run_cell(cell_of(mutant.cell), GatesHere(), habits=mutant.habits)
    assert run.told is not None
    assert mutant.promise in {breach.promise for breach in run.breaches}


async def test_a_toxic_that_never_strikes_is_a_violation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A test that cannot fail is a defect."""
    never = replace(TOXICS["latency"], name="nothing")
    # The gate strikes with the true one, so nobody counts a strike of this name.
    monkeypatch.setattr(gate, "TOXICS", {**TOXICS, "nothing": TOXICS["latency"]})
    monkeypatch.setattr(story, "_BREATHS", 5)
    run = await run_cell(Cell(never, Moment.PURCHASE, Dedupe.LOOKUP), GatesHere())
    assert [breach.promise for breach in run.complaints] == ["T5"]


async def test_what_makes_a_look_up_necessary_is_not_counted_as_its_strike() -> None:
    """The same toxic spoils the purchase first: one that never struck the look-up would pass for one that did."""
    run = await run_cell(cell_of("drop-after-request/look-up/L"), GatesHere())
    assert run.told is not None
    looks = [seen for seen in run.told.report.seen if seen.operation == "find"]
    assert run.strikes == len(looks) - 1  # the last one is answered


def test_a_cell_that_was_not_played_is_a_violation() -> None:
    """Neither one that is missing nor one of which nothing is told."""
    missing, silent = cell_of("refused/purchase/K"), cell_of("refused/purchase/L")
    outcome = Outcome("T5")
    command.judge([missing, silent], [Run(silent, strikes=1)], outcome)
    assert [broken.promise for broken in outcome.violations] == ["T5", "T5"]
    assert outcome.report() == 1


async def test_gates_in_another_process_see_and_do_the_same() -> None:
    """The layer runs them there, the tests here."""
    async with gates_there() as gates:
        for name in ("reset-mid-answer/purchase/L", "tls-expired/purchase/K"):
            there = await run_cell(cell_of(name), gates)
            here = await run_cell(cell_of(name), GatesHere())
            assert there.complaints == here.complaints == []
            assert there.strikes == here.strikes == 1


def test_the_last_line_is_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    """`scripts/torture` reads it."""
    assert command.main(["--cell", "502-page-after/purchase/N"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result.pop("seconds") > 0
    assert result == {
        "layer": "T5",
        "runs": 1,
        "faults": {"502-page-after": 1},
        "violations": 0,
        "seeds": 0,
        "cases": ["N15"],
    }


@pytest.mark.parametrize("left_out", ["N5", "N27"])
def test_a_named_fault_that_is_never_dealt_out_is_a_violation(
    left_out: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The acceptance list is the layer's own: whoever takes a toxic away is told so."""
    played = [cell_of("latency/purchase/N")]
    monkeypatch.setattr(command, "all_cells", lambda: played)
    monkeypatch.setattr(command, "TRUE_TIMES", ())
    monkeypatch.setattr(command, "NAMED", {left_out})
    assert command.main([]) == 1
    assert f"{left_out} was never dealt out" in capsys.readouterr().out
