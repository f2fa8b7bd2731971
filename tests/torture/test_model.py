"""T0: the model of the order protocol finds what is wrong with naive designs, and nothing wrong with ours."""

from dataclasses import replace
from functools import cache
from itertools import count
import subprocess
import sys

import pytest
from torture.model import promises
from torture.model.cases import (
    HISTORY,
    KEY,
    KEY_AND_LOOKUP,
    LOOKUP,
    MUTANTS,
    NONE,
    SAFE,
    Mutant,
)
from torture.model.moves import beginning, moves
from torture.model.plan import Mistake, Plan
from torture.model.promises import broken, is_waived
from torture.model.search import Found, search
from torture.model.tables import NEXT
from torture.model.world import World
from torture.rooms import ROOT

from custom_components.esim_topup.providers.base import Dedupe

SMALL = (
    replace(KEY, ends=1),
    replace(KEY_AND_LOOKUP, ends=1, disk_faults=0),
    replace(LOOKUP, repeats=1),
    replace(HISTORY, ends=1),
    replace(NONE, repeats=1),
    replace(LOOKUP, name="two lines", lines=2, repeats=1, ends=1, disk_faults=0),
)
"""As in a full run, with less of everything."""

STEPS = {
    Mistake.LEDGER_AFTER_ANSWER: ("I2", 3, 7),
    Mistake.INTENT_NOT_VERIFIED: ("I2", 4, 8),
    Mistake.TIMEOUT_IS_FAILURE: ("I2", 3, 6),
    Mistake.RESENT_WITHOUT_KEY: ("I1", 6, 6),
    Mistake.ABSENCE_BELIEVED: ("I2", 5, 8),
    Mistake.SETTLE_TOO_SHORT: ("I2", 7, 10),
    Mistake.REFUSED_RESEND_BELIEVED: ("I2", 6, 9),
    Mistake.KEY_FORGOTTEN: ("I1", 11, 11),
    Mistake.FIRST_OF_SEVERAL: ("I9", 6, None),
    Mistake.OLDER_CHARGE: ("I9", 5, None),
    Mistake.DATED_BY_ANSWER: ("I2", 7, 10),
    Mistake.EARLY_NO_BELIEVED: ("I2", 5, 8),
    Mistake.NEVER_HANDED_OVER: ("I10", 5, None),
    Mistake.LIMIT_CHECKED_FIRST: ("I4", 4, None),
}
"""The promise that breaks first, after how many steps, and after how many there is a second charge."""


@cache
def searched(plan: Plan) -> Found:
    """Return what a search has found; several tests ask for the same."""
    return search(plan)


def named(plan: Plan) -> str:
    """Return what a plan is called in the list of tests."""
    return plan.name


def mistaken(mutant: Mutant) -> str:
    """Return what a mutant is called in the list of tests."""
    return mutant.plan.name


def steps_to_a_breach(plan: Plan) -> int:
    """Return the length of a shortest story with a breach; the slow and simple way, with every world told apart."""
    seen, layer = set[World](), {beginning(plan)}
    for steps in count(1):
        seen |= layer
        after = set[World]()
        for move in (move for world in layer for move in moves(world, plan)):
            wrong = move.breach is not None and not is_waived(move.breach, plan)
            if wrong or broken(move.world, plan) is not None:
                return steps
            after.add(move.world)
        layer = after - seen
    raise AssertionError


@pytest.mark.parametrize("plan", SMALL, ids=named)
def test_a_safe_design_keeps_every_promise(plan: Plan) -> None:
    """What is broken here is broken in the protocol, and everybody who uses it may pay twice."""
    found = searched(plan)
    assert (found.breach, found.story) == (None, [])
    assert found.transitions > found.states > 10_000


@pytest.mark.parametrize("mutant", MUTANTS, ids=mistaken)
def test_a_naive_design_is_convicted_by_a_shortest_story(mutant: Mutant) -> None:
    """A model that finds nothing in a wrong design says nothing about a right one."""
    assert mutant.plan.mistake is not None
    promise, first, second = STEPS[mutant.plan.mistake]
    small = replace(mutant.plan, ends=min(mutant.plan.ends, 1))
    found = search(small)
    assert found.breach is not None
    assert (found.breach.partition(":")[0], len(found.story)) == (promise, first)
    if promise != "I10":  # a dead end is seen when everything has been visited
        assert steps_to_a_breach(small) == first
    assert mutant.charges_twice == (second is not None)


@pytest.mark.parametrize(
    "mutant", [mutant for mutant in MUTANTS if mutant.charges_twice], ids=mistaken
)
def test_the_mistake_costs_a_second_charge(mutant: Mutant) -> None:
    """A wrong book is not yet a wrong bill: the story goes on until somebody has paid twice."""
    assert mutant.plan.mistake is not None
    found = search(mutant.to_second_charge)
    assert found.breach is not None
    assert found.breach.startswith("I1: ")
    assert len(found.story) == STEPS[mutant.plan.mistake][2]
    assert len(found.story) == steps_to_a_breach(mutant.to_second_charge)


def test_there_is_a_run_for_each_class_on_one_and_on_two_lines() -> None:
    """K, L, H and N."""
    assert {(plan.dedupe, plan.lines) for plan in SAFE} == {
        (dedupe, lines) for dedupe in Dedupe for lines in (1, 2)
    }


def test_every_mistake_has_its_mutant() -> None:
    """One that nobody searches for is not found."""
    assert [mutant.plan.mistake for mutant in MUTANTS] == list(Mistake) == list(STEPS)


@pytest.mark.parametrize(
    "plan",
    [
        replace(HISTORY, mistake=Mistake.OLDER_CHARGE),
        replace(HISTORY, mistake=Mistake.FIRST_OF_SEVERAL, strangers=2, repeats=0),
    ],
    ids=["an older charge", "the first of several"],
)
def test_a_charge_that_is_taken_for_ours_costs_no_second_one(plan: Plan) -> None:
    """Class H: a wrong claim is a missed top-up. The limits and the cooldown hold all the same."""
    assert search(replace(plan, ends=1, waives=frozenset({"I9"}))).breach is None


# What the promises rest on


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(replace(KEY, delay=3), id="requests travel longer"),
        pytest.param(replace(KEY, retention=4), id="keys are forgotten sooner"),
    ],
)
def test_a_key_must_be_kept_for_more_than_twice_the_delay(plan: Plan) -> None:
    """I6: half of the retention is for sending again; what was sent last has only the other half to arrive in."""
    assert plan.retention <= 2 * plan.delay
    assert search(plan).breach == "I1: one order is charged twice"


@pytest.mark.parametrize("plan", [LOOKUP, HISTORY, KEY_AND_LOOKUP], ids=named)
def test_who_looks_it_up_needs_the_whole_settle_window(plan: Plan) -> None:
    """N24: a purchase that turns up after it is charged, and the book says failed. No look-up can help there."""
    found = search(replace(plan, mistake=Mistake.SETTLE_TOO_SHORT))
    assert found.breach == "I2: charged, and the book says failed"


@pytest.mark.parametrize(
    ("plan", "breach"),
    [
        pytest.param(KEY, "I2: charged, and the book says failed", id="K"),
        pytest.param(NONE, "I2: charged, and the book says failed", id="N"),
        pytest.param(
            replace(HISTORY, strangers=2, forced=0),
            "I2: charged, and the book says failed",
            id="H, two strangers",
        ),
        pytest.param(replace(LOOKUP, ends=1), None, id="L"),
    ],
)
def test_a_persons_early_no_is_dangerous_where_a_person_is_asked_early(
    plan: Plan, breach: str | None
) -> None:
    """Who looks into the operator's app a minute after the time-out sees nothing yet, and says so."""
    assert search(replace(plan, mistake=Mistake.EARLY_NO_BELIEVED)).breach == breach


# Beside the code


def test_the_table_of_the_code_allows_every_step_and_has_no_others() -> None:
    """I7: the picture in `orders` and the model's tell the same story."""
    taken = {step for plan in SMALL for step in searched(plan).steps}
    allowed = {(before, after) for before in NEXT for after in NEXT[before]}
    assert taken <= allowed
    assert {step for step in allowed - taken if step[0] != "awaiting_approval"} == {
        ("pending", "unknown"),  # a success that names another order
        ("succeeded", "reversed"),  # a refund
    }


def test_a_step_that_the_code_does_not_know_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever changes the table hears of it here, not from a user whose order is stuck."""
    monkeypatch.setattr(
        promises, "NEXT", {**NEXT, "unknown": NEXT["unknown"] - {"held"}}
    )
    assert search(SMALL[4]).breach == "I7: a step from unknown to held"


def test_the_model_needs_nothing_of_home_assistant() -> None:
    """It starts in a moment, and stays what it is when Home Assistant changes."""
    program = (
        "import sys; sys.modules['homeassistant'] = None; import torture.model.__main__"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "scripts" / "lib",
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
