"""An account as the house knows it: an operator, its lines, and the limits that were ever set."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from custom_components.esim_topup.orders.keys import account_key, line_key
from custom_components.esim_topup.orders.limits import Limits
from custom_components.esim_topup.orders.links import LineLink
from custom_components.esim_topup.providers.base import Line
from custom_components.esim_topup.providers.money import Money

from .operator import Operator
from .weather import Look, Road


@dataclass(slots=True)
class SimAccount:
    """One log-in."""

    operator: Operator
    lines: tuple[Line, ...]
    limits: Limits
    names_time: bool
    """Whether the operator's answers say what time it is there."""
    roads: deque[Road] = field(default_factory=deque)
    looks: deque[Look] = field(default_factory=deque)
    key: str = field(init=False)
    line_keys: tuple[str, ...] = field(init=False)
    links: dict[str, LineLink] = field(init=False)
    limits_since: list[tuple[float, Limits]] = field(default_factory=list)
    """All that were ever set, and when."""

    def __post_init__(self) -> None:
        """Work out the names in the book."""
        self.key = account_key("sim", self.operator.key)
        self.line_keys = tuple(
            line_key("sim", self.operator.key, line) for line in self.lines
        )
        self.set_limits(0.0, self.limits)

    def set_limits(self, now: float, limits: Limits) -> None:
        """Let an admin choose other limits."""
        self.limits = limits
        self.limits_since.append((now, limits))
        self.links = {
            key: LineLink(line=line, limits=limits)
            for key, line in zip(self.line_keys, self.lines, strict=True)
        }

    def limits_between(self, since: float) -> list[Limits]:
        """Return the limits that held at some moment since then."""
        found = [self.limits_since[0][1]]
        for at, limits in self.limits_since[1:]:
            if at <= since:
                found = [limits]
            else:
                found.append(limits)
        return found


def limits_of(dice: Random, currency: str) -> Limits:
    """Draw limits: tight ones are met often."""

    def money(*choices: int | None) -> Money | None:
        chosen = dice.choice(choices)
        return None if chosen is None else Money(Decimal(chosen), currency)

    return replace(
        Limits(per_order=Money(Decimal(dice.choice((300, 700, 700, 700))), currency)),
        line_month=money(None, None, 600, 1000),
        account_day=money(None, None, 700),
        account_month=money(900, 2500, 2500),
        account_rolling=money(None, None, 1200, 3000),
        cooldown=timedelta(
            minutes=dice.choice((0, 0, 20, 20, 360)),
        ),
    )
