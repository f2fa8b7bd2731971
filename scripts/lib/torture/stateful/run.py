"""Plays the state machine, and counts what was reached."""

from typing import Final

from hypothesis import HealthCheck, Phase, seed as begin_at, settings
from hypothesis.stateful import run_state_machine_as_test

from ..outcome import Outcome
from ..simulation.seeds import table
from .machine import HouseMachine

_FAULTS: Final = ("network: ", "operator: ", "question: ", "disk: ", "house: ")
_REACHED: Final = (
    "reached: charged",
    "reached: re-sent",
    "told: succeeded",
    "state: unknown",
    "state: held",
    "person: decides",
    "house: killed inside of a write",
    "house: power lost inside of a write",
    "house: power lost while it works",
    "locked: write_failed",
)
_ENOUGH: Final = 300
"""Examples; in fewer of them something rare may not happen."""


def run(examples: int, steps: int, first: int) -> Outcome:
    """Play so many examples with so many steps each; a failure is shrunk, and told as a program."""
    outcome = Outcome("T1")
    with table() as where:
        machine = fresh(where.room, where.images)
        again = f"PYTHONPATH=scripts/lib .venv/2026.11/bin/python -m torture.stateful --examples {examples} --steps {steps} --seed {first}"
        try:
            play(machine, examples, steps, first)
        except AssertionError as err:
            program = "\n".join(getattr(err, "__notes__", ()))
            what = str(err)
            outcome.fail(what.partition(":")[0], f"{what}\n{program}", again)
    outcome.runs = outcome.seeds = machine.played
    outcome.more["examples"], outcome.more["steps"] = machine.played, machine.stepped
    for name, times in sorted(machine.reached.items()):
        if name.startswith(_FAULTS):
            outcome.faults[name] += times
        else:
            kind, _, what = name.partition(": ")
            outcome.more.setdefault(kind, {})[what] = times
    if examples >= _ENOUGH and not outcome.violations:
        for name in _REACHED:
            if not machine.reached.get(name):
                outcome.fail("coverage", f"never seen: {name}", again)
    return outcome


def play(
    machine: type[HouseMachine],
    examples: int,
    steps: int,
    first: int,
    *,
    shrink: bool = True,
) -> None:
    """Let Hypothesis play. Raises `AssertionError` with the shortest program that it found."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        print_blob=False,
    )
    run_state_machine_as_test(begin_at(first)(machine), settings=chosen)


def fresh(room: object, images: object) -> type[HouseMachine]:
    """Return a machine of its own, that counts by itself."""
    return type(
        "HouseMachine",
        (HouseMachine,),
        {"room": room, "images": images, "reached": {}, "played": 0, "stepped": 0},
    )
