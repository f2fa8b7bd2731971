"""The designs that are searched: those that must be safe, and those whose mistake must be found.

Each count is a bound of one run. They are as high as a minute on one core allows, each class with more of what threatens it
most: attempts for K, strangers for H, crashes for L and N. Three orders or more are never all within the limit.
"""

from dataclasses import dataclass, replace
from typing import Final

from custom_components.esim_topup.providers.base import Dedupe

from .plan import Mistake, Plan

LOOKUP: Final = Plan(name="L", dedupe=Dedupe.LOOKUP, ends=3)
NONE: Final = Plan(name="N", dedupe=Dedupe.NONE, ends=3)
# A key needs no settle window, so the delay may be longer; it must stay below half of the retention.
KEY: Final = Plan(name="K", dedupe=Dedupe.KEY, sends=2, delay=2, retention=5, repeats=1)
KEY_AND_LOOKUP: Final = replace(
    KEY, name="K with look-up", finds=True, delay=1, retention=3
)
# All amounts are alike: every charge of the line looks like ours.
HISTORY: Final = Plan(
    name="H", dedupe=Dedupe.HISTORY, amounts=(1, 1), limit=2, strangers=1, repeats=1
)


def _two_lines(plan: Plan, *, repeats: int, forced: int) -> Plan:
    """Return the plan with two lines, and less of what one line has shown already."""
    return replace(
        plan,
        lines=2,
        repeats=repeats,
        forced=forced,
        ends=1,
        disk_faults=0,
        delay=1,
        cooldown=2,
        patience=3,
        retention=min(plan.retention, 3),
    )


SAFE: Final = (
    KEY,
    replace(KEY, name="K, three attempts", sends=3, forced=0, ends=3),
    replace(KEY, name="K, three orders", repeats=2, ends=1, disk_faults=0),
    KEY_AND_LOOKUP,
    LOOKUP,
    replace(LOOKUP, name="L, four orders", repeats=3, ends=1, disk_faults=0),
    HISTORY,
    replace(HISTORY, name="H, three strangers", forced=0, strangers=3),
    replace(HISTORY, name="H, three orders", repeats=2, limit=3, ends=1, disk_faults=0),
    NONE,
    replace(NONE, name="N, four orders", repeats=3, ends=1, disk_faults=0),
    _two_lines(KEY, repeats=2, forced=0),
    replace(_two_lines(KEY_AND_LOOKUP, repeats=2, forced=0), ends=0),
    _two_lines(LOOKUP, repeats=2, forced=1),
    _two_lines(HISTORY, repeats=2, forced=0),
    _two_lines(NONE, repeats=2, forced=1),
)


ALL_BUT_SECOND_CHARGE: Final = frozenset({"I2", "I4", "I5", "I6", "I7", "I8", "I9"})
"""What a search does not look at that wants to see an order or a wish charged twice (I1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A naive design. Its search must end with a broken promise."""

    plan: Plan
    charges_twice: bool = True
    """Its mistake leads to a second charge, not only to a wrong book."""

    @property
    def to_second_charge(self) -> Plan:
        """The same design, followed until the operator has charged twice for one order or one wish."""
        return replace(self.plan, waives=ALL_BUT_SECOND_CHARGE)


def _naive(plan: Plan, mistake: Mistake, *waives: str, twice: bool = True) -> Mutant:
    """Return the design with a mistake. `waives`: what that breaks by its nature; what counts is the harm that follows."""
    naive = replace(plan, name=mistake.value, mistake=mistake, waives=frozenset(waives))
    return Mutant(plan=naive, charges_twice=twice)


MUTANTS: Final = (
    _naive(LOOKUP, Mistake.LEDGER_AFTER_ANSWER, "I5"),
    _naive(LOOKUP, Mistake.INTENT_NOT_VERIFIED, "I5"),
    _naive(LOOKUP, Mistake.TIMEOUT_IS_FAILURE),
    _naive(replace(NONE, sends=2, retention=5), Mistake.RESENT_WITHOUT_KEY, "I6"),
    _naive(LOOKUP, Mistake.ABSENCE_BELIEVED),
    _naive(LOOKUP, Mistake.SETTLE_TOO_SHORT),
    _naive(replace(KEY, repeats=2), Mistake.REFUSED_RESEND_BELIEVED),
    _naive(KEY, Mistake.KEY_FORGOTTEN, "I6"),
    _naive(replace(HISTORY, strangers=2), Mistake.FIRST_OF_SEVERAL, twice=False),
    _naive(HISTORY, Mistake.OLDER_CHARGE, twice=False),
    _naive(LOOKUP, Mistake.DATED_BY_ANSWER),
    _naive(NONE, Mistake.EARLY_NO_BELIEVED),
    _naive(LOOKUP, Mistake.NEVER_HANDED_OVER, twice=False),
    _naive(
        replace(LOOKUP, lines=2, forced=0, amounts=(2, 2)),
        Mistake.LIMIT_CHECKED_FIRST,
        twice=False,
    ),
)
