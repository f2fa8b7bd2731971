"""T0: what the command prints, and when it stops a build."""

from collections.abc import Callable
from dataclasses import replace
import json
import sys

import pytest
from torture.model import __main__ as command
from torture.model.cases import LOOKUP, MUTANTS, Mutant
from torture.model.plan import Mistake, Plan

type Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return how to run the command on a few designs."""

    def run(
        *arguments: str, safe: tuple[Plan, ...], mutants: tuple[Mutant, ...] = ()
    ) -> tuple[int, list[str]]:
        monkeypatch.setattr(command, "SAFE", safe)
        monkeypatch.setattr(command, "MUTANTS", mutants)
        monkeypatch.setattr(sys, "argv", ["torture.model", *arguments])
        code = command.main()
        return code, capsys.readouterr().out.splitlines()

    return run


TINY = replace(LOOKUP, repeats=1, forced=0, ends=1)
EARLY = replace(TINY, name="early", mistake=Mistake.ABSENCE_BELIEVED)


def test_the_last_line_is_the_result(run: Run) -> None:
    """`scripts/torture` reads it."""
    two_lines = replace(TINY, lines=2, disk_faults=0)
    code, lines = run("--mutants", safe=(TINY, two_lines), mutants=MUTANTS[2:4])
    result = json.loads(lines[-1])
    assert code == 0
    assert result.pop("seconds") >= 0
    assert result.pop("transitions") > result.pop("states") > 500
    assert result.pop("faults")["the process is killed"] > 100
    assert result == {
        "layer": "T0",
        "runs": 2,
        "seeds": 0,
        "violations": 0,
        "mutants_convicted": "2/2",
    }


def test_a_story_is_told_step_by_step(run: Run) -> None:
    """Who reads it should not need the code."""
    _, lines = run("--mutants", safe=(), mutants=MUTANTS[2:3])
    start = lines.index("a time-out or 5xx is treated as failed (class L)")
    assert lines[start + 1 : start + 9] == [
        "   1. an automation wants a top-up; the intent is on the disk",
        "   2. the request is sent",
        "   3. the operator charges and answers 5xx; the book says failed",
        "      >> I2: charged, and the book says failed",
        "   4. an automation wants a top-up; the intent is on the disk",
        "   5. the request is sent",
        "   6. the operator charges; the book says succeeded",
        "      >> I1: one wish is charged twice",
    ]


def test_the_lines_can_be_chosen(run: Run) -> None:
    """Two lines take their time."""
    _, lines = run("--lines", "2", safe=(TINY, replace(TINY, lines=2, disk_faults=0)))
    assert json.loads(lines[-1])["runs"] == 1
    assert "mutants_convicted" not in json.loads(lines[-1])


def test_a_violation_is_told_and_ends_in_one(run: Run) -> None:
    """CI must stop."""
    code, lines = run(safe=(EARLY,))
    assert code == 1
    assert json.loads(lines[-1])["violations"] == 1
    assert "      >> I2: charged, and the book says failed" in lines


@pytest.mark.parametrize("twice", [True, False])
def test_a_mutant_that_survives_ends_in_one(run: Run, *, twice: bool) -> None:
    """The second one breaks a promise, but cannot pay twice within its bounds."""
    survivors = {
        False: Mutant(plan=TINY, charges_twice=False),
        True: Mutant(plan=EARLY),
    }
    code, lines = run("--mutants", safe=(), mutants=(survivors[twice],))
    assert (code, json.loads(lines[-1])["mutants_convicted"]) == (1, "0/1")
    assert any("SURVIVES" in line for line in lines)
