"""What a search has found, for people."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from .cases import Mutant
from .plan import Plan
from .promises import broken
from .search import Found

SAFE_HEAD: Final = f"{'design':20}{'bounds':>76}{'states':>10}{'transitions':>13}{'seconds':>9}  broken"

MUTANT_HEAD: Final = f"{'naive design':58}{'on':>4}{'steps':>7}  {'first broken promise':66}second charge"


def bounds(plan: Plan) -> str:
    """Return how much may happen in one story, and how long things take, in ticks."""
    counts = (
        f"{plan.lines} line{'s' if plan.lines > 1 else ''}",
        f"{plan.repeats}+{plan.forced} orders",
        f"{plan.amounts[0]}+{plan.amounts[1]} of {plan.limit}",
        f"{plan.ends} ends",
        f"{plan.disk_faults} disk",
        f"{plan.strangers} strangers" if plan.strangers else "",
        f"{plan.sends} sends" if plan.resends else "",
    )
    times = (plan.delay, plan.sight, plan.cooldown, plan.patience, plan.retention)
    ticks = "/".join(str(time) for time in times)
    return ", ".join((*(count for count in counts if count), ticks))


def safe_row(found: Found) -> str:
    """Return the row of a design that has to be safe."""
    plan = found.plan
    return (
        f"{plan.name:20}{bounds(plan):>76}{found.states:>10,}{found.transitions:>13,}"
        f"{found.seconds:>9.1f}  {found.breach or 'none'}"
    )


def mutant_row(mutant: Mutant, first: Found, second: Found | None) -> str:
    """Return the row of a naive design. `second`: the search for a second charge, where the mistake leads to one."""
    steps = str(len(first.story)) if first.breach else "-"
    twice = ""
    if second is not None:
        twice = (
            f"after {len(second.story)} steps"
            if second.breach
            else "not found: SURVIVES"
        )
    plan = mutant.plan
    verdict = first.breach or "none: SURVIVES"
    return f"{plan.name:58}{plan.dedupe.value:>4}{steps:>7}  {verdict:66}{twice}"


def story(found: Found) -> Iterator[str]:
    """Yield the steps of a shortest story, each with the promise that breaks there."""
    everything, told = replace(found.plan, waives=frozenset()), set[str]()
    for number, move in enumerate(found.story, start=1):
        where = f"line {move.line + 1}: " if found.plan.lines > 1 else ""
        yield f"  {number:2}. {where}{move.text}"
        breach = move.breach or broken(move.world, everything)
        if breach is not None and breach not in told:
            told.add(breach)
            yield f"      >> {breach}"
    if found.breach is not None and found.breach not in told:
        yield f"      >> {found.breach}"


def legend() -> Sequence[str]:
    """Return how to read the bounds."""
    return (
        "bounds: orders that an automation repeats + that a person forces, what each costs, of which limit, crashes and stops,",
        "failing writes, strangers' charges, attempts per order; ticks: delay/sight/cooldown/patience/retention; settle = delay + sight",
    )
