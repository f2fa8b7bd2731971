"""May this be paid now? If not: why, and when to ask again.

`evaluate` is pure: the same input has the same verdict. The engine asks it inside the transaction that reserves the
money; the preview, the "why not" sensor and the flows ask the very same function.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from ..providers.base import Line, Reading
from ..providers.money import Money
from .limits import Ceiling, Limits, Spent, ceilings, left
from .order import Order, OrderState, Origin

CLOCK_TOLERANCE: Final = timedelta(seconds=60)
"""A clock this far behind the newest order of the book was set back; a month could be gained by it."""

SKEW_TOLERANCE: Final = timedelta(minutes=5)
"""A clock this far from the provider's is wrong; a cooldown could be skipped by it."""

_YEARS: Final = range(2026, 2200)
"""A machine without a battery begins in 1970, or in the year it was built; this code did not exist yet."""


class Health(StrEnum):
    """Whether the engine may spend at all."""

    READY = "ready"
    STARTING = "starting"
    STOPPING = "stopping"
    LOCKED = "locked"


class Reason(StrEnum):
    """Why a recharge is refused. One cause, one reason, one text in every language."""

    STARTING = "starting"
    STOPPING = "stopping"
    LOCKED = "locked"
    CLOCK_UNTRUSTED = "clock_untrusted"
    LINE_GONE = "line_gone"
    PROVIDER_UNREACHABLE = "provider_unreachable"
    AUTHENTICATION_FAILED = "authentication_failed"
    NOT_POSITIVE = "not_positive"
    OTHER_CURRENCY = "other_currency"
    ABOVE_ORDER_LIMIT = "above_order_limit"
    NOT_OFFERED = "not_offered"
    PRICE_CHANGED = "price_changed"
    REQUEST_ID_REUSED = "request_id_reused"
    HELD = "held"
    OUTCOME_UNKNOWN = "outcome_unknown"
    IN_PROGRESS = "in_progress"
    AWAITING_APPROVAL = "awaiting_approval"
    LIMIT_ACCOUNT_ROLLING = "limit_account_rolling"
    LIMIT_ACCOUNT_MONTH = "limit_account_month"
    LIMIT_LINE_MONTH = "limit_line_month"
    LIMIT_ACCOUNT_DAY = "limit_account_day"
    COOLING_DOWN = "cooling_down"
    BALANCE_UNKNOWN = "balance_unknown"
    NOT_BELOW = "not_below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to buy for a line."""

    account_key: str
    line_key: str
    line: Line
    offer_id: str
    money: Money
    method_id: str | None = None
    only_below: Money | None = None
    """Pay only if the fresh balance is below this."""
    request_id: str | None = None
    """The caller's name for this wish: a repeated call joins the same order."""
    force: bool = False
    """Passes the cooldown, and nothing else (P8)."""
    origin: Origin = Origin.USER
    user_id: str | None = None

    def may_join(self, other: Wish) -> bool:
        """Say whether this call may be given the order of `other`: the same purchase, not named as another request.

        The order keeps the name of `other`. So a call with a name joins its own name only: any other would be forgotten,
        and its repetition would be a new order.
        """
        same = (self.line_key, self.offer_id, self.money) == (
            other.line_key,
            other.offer_id,
            other.money,
        )
        return same and self.request_id in (None, other.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What the order book says about a line and its account."""

    spent: Spent
    unfinished: Order | None = None
    last_started: Order | None = None
    """The newest order of the line that starts a cooldown."""
    newest_at: datetime | None = None
    """When the newest order of the whole book was made, or the book itself: a clock that shows less runs behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything beside the wish that a verdict rests on."""

    now: datetime
    zone: ZoneInfo
    """The zone of the calendar month: the book's own, so that a changed zone gains no month."""
    book: Book
    limits: Limits
    health: Health = Health.READY
    reading: Reading | None = None
    skew: timedelta | None = None
    since_started: timedelta | None = None
    """Monotonic time that has passed since the last order of the line for certain: a clock set forward must not pass it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """It may be paid; `left` is what one order could cost at most."""

    left: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It may not be paid, for this reason, at least until then (`None`: until something changes)."""

    reason: Reason
    until: datetime | None = None
    ceiling: Ceiling | None = None
    order: Order | None = field(default=None, repr=False)
    """The order that is in the way, if there is one."""


type Verdict = Allowed | Refused
type Check = Callable[[Wish, Situation], Refused | None]


def evaluate(wish: Wish, situation: Situation) -> Verdict:
    """Say whether the wish may be paid now; if not, why, and when to ask again. Same input, same verdict."""
    for check in CHECKS:
        if refused := check(wish, situation):
            return refused
    return Allowed(left=left(situation.limits, situation.book.spent))


def _engine_is_ready(_: Wish, situation: Situation) -> Refused | None:
    if situation.health is Health.READY:
        return None
    return Refused(reason=Reason(situation.health.value))


def _clock_is_sane(_: Wish, situation: Situation) -> Refused | None:
    """The operator's clock decides, where it names one: an order from a time when ours ran ahead must not lock for years."""
    now, newest, skew = situation.now, situation.book.newest_at, situation.skew
    if now.year not in _YEARS or (skew is not None and abs(skew) > SKEW_TOLERANCE):
        return Refused(reason=Reason.CLOCK_UNTRUSTED)
    if skew is None and newest is not None and now < newest - CLOCK_TOLERANCE:
        return Refused(reason=Reason.CLOCK_UNTRUSTED, until=newest)
    return None


def _amount_is_legal(wish: Wish, situation: Situation) -> Refused | None:
    most = situation.limits.per_order
    sums = ceilings(situation.limits, situation.book.spent)
    amounts = (most, *(money for sum_ in sums for money in (sum_.limit, sum_.spent)))
    if any(money.currency != wish.money.currency for money in amounts):
        return Refused(reason=Reason.OTHER_CURRENCY)
    if wish.money.amount <= 0:
        return Refused(reason=Reason.NOT_POSITIVE)
    if wish.money > most:
        zero = Money.from_minor(0, most.currency)
        return Refused(
            reason=Reason.ABOVE_ORDER_LIMIT,
            ceiling=Ceiling(name="per_order", limit=most, spent=zero),
        )
    return None


_BLOCKED_BY: Final = {
    OrderState.HELD: Reason.HELD,
    OrderState.UNKNOWN: Reason.OUTCOME_UNKNOWN,
    OrderState.SUBMITTING: Reason.IN_PROGRESS,
    OrderState.PENDING: Reason.IN_PROGRESS,
    OrderState.AWAITING_APPROVAL: Reason.AWAITING_APPROVAL,
}


def _line_is_free(_: Wish, situation: Situation) -> Refused | None:
    order = situation.book.unfinished
    return (
        None if order is None else Refused(reason=_BLOCKED_BY[order.state], order=order)
    )


def _below_ceilings(wish: Wish, situation: Situation) -> Refused | None:
    for ceiling in ceilings(situation.limits, situation.book.spent):
        if ceiling.spent + wish.money > ceiling.limit:
            return Refused(
                reason=Reason(f"limit_{ceiling.name}"),
                until=_opens_again(ceiling.name, situation.now, situation.zone),
                ceiling=ceiling,
            )
    return None


def _opens_again(name: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the sum can first be smaller: the next UTC day, or the next month in the book's zone."""
    if name.endswith("_month"):
        local = now.astimezone(zone)
        first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
        opens = (first + timedelta(days=32)).replace(day=1)
        # Where a month begins twice, because clocks are set back over its first midnight, the second time counts.
        early = opens.astimezone(UTC) <= now
        return opens.replace(fold=int(early)).astimezone(UTC)
    return now.astimezone(UTC).replace(
        hour=0, minute=0, second=0, microsecond=0
    ) + timedelta(days=1)


def _has_cooled_down(wish: Wish, situation: Situation) -> Refused | None:
    started = situation.book.last_started
    if started is None or wish.force:
        return None
    age = situation.now - started.created_at
    if situation.since_started is not None:
        age = min(age, situation.since_started)
    if age >= situation.limits.cooldown:
        return None
    return Refused(
        reason=Reason.COOLING_DOWN,
        until=situation.now + situation.limits.cooldown - age,
    )


def _is_below(wish: Wish, situation: Situation) -> Refused | None:
    if wish.only_below is None:
        return None
    balance = situation.reading.balance if situation.reading else None
    if balance is None:
        return Refused(reason=Reason.BALANCE_UNKNOWN)
    if balance.currency != wish.only_below.currency:
        return Refused(reason=Reason.OTHER_CURRENCY)
    return None if balance < wish.only_below else Refused(reason=Reason.NOT_BELOW)


CHECKS: Final[tuple[Check, ...]] = (
    _engine_is_ready,
    _clock_is_sane,
    _amount_is_legal,
    _line_is_free,
    _below_ceilings,
    _has_cooled_down,
    _is_below,
)
"""The reason that lasts longest comes first: it is the one worth acting on."""


def day_of(at: datetime) -> str:
    """Return the UTC day (`2026-11-23`) that a time belongs to."""
    return at.astimezone(UTC).date().isoformat()


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """Return the month (`2026-11`) that a time belongs to in a zone, by the rules that are known of it now."""
    return at.astimezone(zone).date().isoformat()[:7]
