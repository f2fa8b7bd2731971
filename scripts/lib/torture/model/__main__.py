"""Search the order protocol for a broken promise. The last line is the result as JSON; exits 1 if anything is wrong.

usage: python -m torture.model [--mutants] [--lines 1|2]
"""

import argparse
from collections.abc import Iterable
import gc
import sys

from ..outcome import Outcome
from .cases import MUTANTS, SAFE, Mutant
from .plan import Plan
from .report import MUTANT_HEAD, SAFE_HEAD, legend, mutant_row, safe_row, story
from .search import Found, search


def main() -> int:
    """Search the safe designs, and the naive ones if that is wanted."""
    parser = argparse.ArgumentParser(prog="torture.model", description=__doc__)
    parser.add_argument(
        "--mutants", action="store_true", help="convict the naive designs too"
    )
    parser.add_argument(
        "--lines", type=int, choices=(1, 2), help="only the runs with so many lines"
    )
    asked = parser.parse_args()
    outcome = Outcome("T0")
    for found in search_safe(
        plan for plan in SAFE if asked.lines in (None, plan.lines)
    ):
        note(found, outcome)
    if asked.mutants:
        convicted = convict(MUTANTS)
        outcome.more["mutants_convicted"] = f"{convicted}/{len(MUTANTS)}"
        if convicted != len(MUTANTS):
            outcome.fail("T0", "a naive design was not convicted", "--mutants")
    return outcome.report()


def note(found: Found, outcome: Outcome) -> None:
    """Add what a search has found to the layer's outcome."""
    outcome.runs += 1
    more = outcome.more
    more["states"] = more.get("states", 0) + found.states
    more["transitions"] = more.get("transitions", 0) + found.transitions
    for text, times in found.faults.items():
        outcome.faults[text.rpartition("; ")[2]] += times
    if found.breach is not None:
        again = f"python -m torture.model --lines {found.plan.lines}"
        outcome.fail(found.breach, found.plan.name, again)


def search_safe(plans: Iterable[Plan]) -> list[Found]:
    """Search designs that must be safe; print a row for each, and the story of each breach."""
    print(*legend(), "", SAFE_HEAD, sep="\n")
    everything = []
    for plan in plans:
        found = search(plan)
        print(safe_row(found), *story(found), sep="\n", flush=True)
        everything.append(found)
    return everything


def convict(mutants: Iterable[Mutant]) -> int:
    """Search naive designs; print a row for each, then their shortest stories. Return how many were convicted."""
    print("", MUTANT_HEAD, sep="\n")
    convicted, stories = 0, []
    for mutant in mutants:
        first = search(mutant.plan)
        second = search(mutant.to_second_charge) if mutant.charges_twice else None
        print(mutant_row(mutant, first, second), flush=True)
        told = second or first
        convicted += first.breach is not None and told.breach is not None
        stories += ["", f"{mutant.plan.name} (class {mutant.plan.dedupe.value})"]
        stories += story(told)
    print(*stories, "", sep="\n")
    return convicted


if __name__ == "__main__":
    gc.disable()  # millions of tuples, none of them in a circle: the collector would count them again and again
    sys.exit(main())
