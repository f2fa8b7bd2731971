r"""An order: one intended recharge of one line, and the states it goes through.

                      refused (policy; nothing is stored, nothing is sent)
                         ^
    wish -> checks -> RESERVE -> SUBMITTING -- sent once --> classify
               \                      | crash, cancel, stop      |
                `-> AWAITING_APPROVAL |                          |
                     |   |   |        v                          v
       DECLINED <----'   |   |      UNKNOWN <--- time-out, reset, 5xx, unreadable or mismatching success
        EXPIRED <--------'   |       |  |  `---> PENDING --- polled --> SUCCEEDED --> REVERSED
     SUPERSEDED <------------'       |  `------> FAILED (with evidence)
                                     `---------> HELD ---- a person ---> SUCCEEDED / FAILED

* SUBMITTING, PENDING, UNKNOWN and HELD are *open*: they block the line and keep their money reserved.
* SUCCEEDED counts against every limit, FAILED counts against none and needs evidence. REVERSED gives the amount back.
* Amount, currency, line and offer never change once the row exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ..providers.base import Line, Purchase
from ..providers.money import Money


class OrderState(StrEnum):
    """Where an order stands."""

    AWAITING_APPROVAL = "awaiting_approval"
    SUBMITTING = "submitting"
    PENDING = "pending"
    UNKNOWN = "unknown"
    HELD = "held"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"
    DECLINED = "declined"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


S = OrderState

NEXT: Final[Mapping[OrderState, frozenset[OrderState]]] = {
    S.AWAITING_APPROVAL: frozenset({S.SUBMITTING, S.DECLINED, S.EXPIRED, S.SUPERSEDED}),
    S.SUBMITTING: frozenset({S.SUCCEEDED, S.PENDING, S.FAILED, S.UNKNOWN}),
    S.PENDING: frozenset({S.SUCCEEDED, S.FAILED, S.UNKNOWN, S.HELD}),
    S.UNKNOWN: frozenset({S.PENDING, S.SUCCEEDED, S.FAILED, S.HELD}),
    S.HELD: frozenset({S.SUCCEEDED, S.FAILED}),
    S.SUCCEEDED: frozenset({S.REVERSED}),
    S.FAILED: frozenset(),
    S.REVERSED: frozenset(),
    S.DECLINED: frozenset(),
    S.EXPIRED: frozenset(),
    S.SUPERSEDED: frozenset(),
}
"""I7: the only steps there are. The table in the store obeys it too."""

OPEN: Final = frozenset({S.SUBMITTING, S.PENDING, S.UNKNOWN, S.HELD})
"""Money may have moved or may yet move: the line is blocked and the amount stays reserved."""

UNFINISHED: Final = OPEN | {S.AWAITING_APPROVAL}
"""At most one of these per line (a constraint of the schema)."""

COUNTED: Final = OPEN | {S.SUCCEEDED}
"""These count against the limits (I4)."""

PAID: Final = frozenset({S.SUCCEEDED, S.REVERSED})
"""The provider's history names a charge of these."""


PAID_NOTHING: Final = frozenset({S.FAILED, S.DECLINED, S.EXPIRED, S.SUPERSEDED})
"""It is proven, or was decided, that no money moved: the caller's name for the wish is free again."""


class Origin(StrEnum):
    """Who wanted it."""

    USER = "user"
    AUTOMATION = "automation"
    RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One row of the order book."""

    id: str
    """UUID; our reference at the provider and the idempotency key in one."""
    account_key: str
    line_key: str
    offer_id: str
    money: Money
    state: OrderState
    created_at: datetime
    """UTC; the limits of the day count by it."""
    month: str
    """The one it counts in, `2026-11`: decided once, when it is reserved. Rules of time zones change; what was spent does not."""
    updated_at: datetime
    method_id: str | None = None
    request_id: str | None = None
    origin: Origin = Origin.USER
    user_id: str | None = None
    sends: int = 0
    """Attempts that may have reached the provider."""
    last_sent_at: datetime | None = None
    provider_ref: str | None = None
    reason: str | None = None
    """A short code: why it failed or why nothing is known."""
    alarm: bool = False
    """The provider named a success that is not the one we ordered."""

    @property
    def open(self) -> bool:
        """Whether money may still move."""
        return self.state in OPEN

    def purchase(self, line: Line) -> Purchase:
        """Return what the provider sees of this order."""
        return Purchase(
            reference=self.id,
            line=line,
            offer_id=self.offer_id,
            money=self.money,
            method_id=self.method_id,
            created_at=self.created_at,
        )


class BrokenPromise(Exception):
    """One of the numbered invariants does not hold. A fault of ours: spending stops."""

    def __init__(self, invariant: str, what: str) -> None:
        """Name the invariant."""
        super().__init__(f"{invariant}: {what}")


class TooEarly(Exception):
    """An order may still be carried out: that it was not charged cannot be known yet."""


def check_step(before: OrderState, after: OrderState) -> None:
    """Raise unless the step is one of the picture (I7)."""
    if after is not before and after not in NEXT[before]:
        raise BrokenPromise("I7", f"{before} -> {after}")
