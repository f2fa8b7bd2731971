"""The one word that says why a line is or is not topped up, with the reason behind it and the time when it may change.

It rests on the verdict that the engine itself would give; no second opinion.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ..providers.base import Quantity, Reading
from ..providers.errors import AuthenticationFailed, LineUnknown, ProviderError
from .links import Preview
from .order import OrderState
from .policy import Reason, Refused
from .rule import LowReason, Rule, low_reasons

STALE_AFTER: Final = timedelta(hours=3)
"""The maintenance of an operator's portal is shorter; a line that nobody could read for longer may have run empty."""

LAST_ORDER_FAILED: Final = "last_order_failed"
"""The line is low still because the last top-up was refused."""


NOT_READ: Final = "not_read"
"""What the rule watches has not been read."""


class LineState(StrEnum):
    """How a line stands. `OK` is known, never assumed."""

    OK = "ok"
    LOW = "low"
    COOLING_DOWN = "cooling_down"
    AWAITING_APPROVAL = "awaiting_approval"
    IN_PROGRESS = "in_progress"
    OUTCOME_UNKNOWN = "outcome_unknown"
    HELD = "held"
    LIMIT_REACHED = "limit_reached"
    STALE_BALANCE = "stale_balance"
    NOT_WATCHED = "not_watched"
    STOPPED = "stopped"
    STARTING = "starting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How a line stands, why, and until when at least."""

    state: LineState
    reason: str | None = None
    """A `Reason`, a `LowReason`, `LAST_ORDER_FAILED` or `NOT_READ`."""
    until: datetime | None = None


_ORDER_IN_THE_WAY: Final[Mapping[Reason, LineState]] = {
    Reason.HELD: LineState.HELD,
    Reason.OUTCOME_UNKNOWN: LineState.OUTCOME_UNKNOWN,
    Reason.IN_PROGRESS: LineState.IN_PROGRESS,
    Reason.AWAITING_APPROVAL: LineState.AWAITING_APPROVAL,
}

_REFUSED: Final[Mapping[Reason, LineState]] = {
    Reason.STARTING: LineState.STARTING,
    Reason.LIMIT_ACCOUNT_ROLLING: LineState.LIMIT_REACHED,
    Reason.LIMIT_ACCOUNT_MONTH: LineState.LIMIT_REACHED,
    Reason.LIMIT_LINE_MONTH: LineState.LIMIT_REACHED,
    Reason.LIMIT_ACCOUNT_DAY: LineState.LIMIT_REACHED,
    Reason.COOLING_DOWN: LineState.COOLING_DOWN,
}
"""Any other refusal lasts until a person does something: stopped."""


def status(
    preview: Preview,
    *,
    rule: Rule,
    reading: Reading | None,
    shows: frozenset[Quantity],
    failed: ProviderError | None,
    read_at: datetime | None,
    now: datetime,
) -> Status:
    """Return how a line stands.

    `shows` is what can be read of it, `failed` why the last read brought nothing, `read_at` when one last did. What concerns money that may be moving
    comes first, then what keeps a top-up from being made, then the line itself.
    """
    verdict = preview.verdict
    if isinstance(verdict, Refused) and verdict.reason in _ORDER_IN_THE_WAY:
        return Status(state=_ORDER_IN_THE_WAY[verdict.reason], reason=verdict.reason)
    if (reason := _out_of_reach(failed)) is not None:
        return Status(state=LineState.STOPPED, reason=reason)
    if isinstance(verdict, Refused):
        state = _REFUSED.get(verdict.reason, LineState.STOPPED)
        return Status(state=state, reason=verdict.reason, until=verdict.until)
    if failed is not None and (read_at is None or now - read_at > STALE_AFTER):
        return Status(state=LineState.STALE_BALANCE, reason=Reason.PROVIDER_UNREACHABLE)
    reasons = low_reasons(rule, reading, now)
    return (
        _nobody_knows(rule, shows) if reasons is None else _low_or_ok(preview, reasons)
    )


def _out_of_reach(failed: ProviderError | None) -> Reason | None:
    match failed:
        case AuthenticationFailed():
            return Reason.AUTHENTICATION_FAILED
        case LineUnknown():
            return Reason.LINE_GONE
        case _:
            return None


def _nobody_knows(rule: Rule, shows: frozenset[Quantity]) -> Status:
    if _watched(rule).isdisjoint(shows):
        return Status(state=LineState.NOT_WATCHED)
    return Status(state=LineState.STALE_BALANCE, reason=NOT_READ)


def _watched(rule: Rule) -> frozenset[Quantity]:
    thresholds = {
        Quantity.BALANCE: rule.balance_below,
        Quantity.DATA: rule.data_below_bytes,
        Quantity.VALIDITY: rule.validity_below,
    }
    return frozenset(
        quantity for quantity, below in thresholds.items() if below is not None
    )


def _low_or_ok(preview: Preview, reasons: frozenset[LowReason]) -> Status:
    if not reasons:
        return Status(state=LineState.OK)
    last = preview.summary.last
    if last is not None and last.state is OrderState.FAILED:
        return Status(state=LineState.LOW, reason=LAST_ORDER_FAILED)
    return Status(state=LineState.LOW, reason=min(reasons))
