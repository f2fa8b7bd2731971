"""Hard ceilings on what may be spent. They hold for everybody: people, automations, scripts, assistants, rules.

They are changed in the options flow only (an administrator, in the UI), never by an action or an entity.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ..providers.money import Money

DEFAULT_COOLDOWN: Final = timedelta(hours=6)
"""Longer than the slowest crediting seen in a working day: a balance that does not move yet is no reason to pay again."""

ROLLING_DAYS: Final = 30
"""A calendar month alone would let two full months be spent around its edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ceilings for one line and its account. `None` means that this ceiling was not set; one of them always is."""

    per_order: Money
    line_month: Money | None = None
    account_day: Money | None = None
    account_month: Money | None = None
    account_rolling: Money | None = None
    """Over the last 30 days, counted in UTC days."""
    cooldown: timedelta = DEFAULT_COOLDOWN
    """Between the starts of two orders of one line; a definite failure does not start it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What counts against the limits already: reserved and paid orders, and foreign charges, of the same currency."""

    line_month: Money
    account_day: Money
    account_month: Money
    account_rolling: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """One limit with what is used of it."""

    name: str
    limit: Money
    spent: Money

    @property
    def left(self) -> Money:
        """What may still be spent under this ceiling, never below zero."""
        return max(self.limit - self.spent, Money.from_minor(0, self.limit.currency))


def ceilings(limits: Limits, spent: Spent) -> list[Ceiling]:
    """Return the sums that are limited, in the order in which they open again: the one that lasts longest first."""
    pairs = (
        ("account_rolling", limits.account_rolling, spent.account_rolling),
        ("account_month", limits.account_month, spent.account_month),
        ("line_month", limits.line_month, spent.line_month),
        ("account_day", limits.account_day, spent.account_day),
    )
    return [
        Ceiling(name=name, limit=limit, spent=used)
        for name, limit, used in pairs
        if limit is not None
    ]


def left(limits: Limits, spent: Spent) -> Money:
    """Return what one order may cost right now: the smallest ceiling."""
    return min(
        [limits.per_order, *(ceiling.left for ceiling in ceilings(limits, spent))]
    )
