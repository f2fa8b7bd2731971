"""The demo operator's lines, and what time does to them.

Pure functions: the time comes in as a value. Money is counted in millionths of the currency's major unit and data in
bytes, as whole numbers, so that a balance read often is worth as much as one read once.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final

from ..base import Line, Reading
from ..money import Money

MICRO: Final = 1_000_000
GB: Final = 10**9
_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What a purchase brings to a line, and when."""

    lands_at: datetime
    money_micro: int = 0
    data_bytes: int = 0
    validity: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLine:
    """A line as it was at `as_of`. What it does not have at all is `None`."""

    line: Line
    as_of: datetime
    balance_micro: int | None = None
    burn_micro_per_day: int = 0
    data_left_bytes: int | None = None
    burn_bytes_per_day: int = 0
    valid_until: datetime | None = None
    coming: tuple[Credit, ...] = ()
    """Bought, not yet arrived; the earliest first."""


def real_time(duration: timedelta, speed: Fraction) -> timedelta:
    """Return how long `duration` of the operator's time lasts on our clocks."""
    return timedelta(microseconds=floor((duration // _MICROSECOND) / speed))


def advance(line: DemoLine, now: datetime, speed: Fraction) -> DemoLine:
    """Return the line as it is at `now`: used day by day, and credited with what has arrived by then."""
    for credit in line.coming:
        if credit.lands_at > now:
            break
        line = _credited(_used(line, credit.lands_at, speed), credit)
    return _used(line, now, speed)


def bought(line: DemoLine, credit: Credit) -> DemoLine:
    """Return the line with one more credit on its way."""
    coming = sorted((*line.coming, credit), key=lambda each: each.lands_at)
    return replace(line, coming=tuple(coming))


def spent(line: DemoLine, amount: Decimal) -> DemoLine:
    """Return the line after somebody used `amount` at once: money, or gigabytes where the line has data only."""
    if not amount.is_finite() or amount < 0:
        raise ValueError("what is used is a number from zero up")
    if line.balance_micro is not None:
        return replace(
            line, balance_micro=_less(line.balance_micro, Fraction(amount) * MICRO)
        )
    return replace(
        line, data_left_bytes=_less(line.data_left_bytes, Fraction(amount) * GB)
    )


def emptied(line: DemoLine) -> DemoLine:
    """Return the line as one broken reading shows it: nothing left of what it has."""
    return replace(
        line,
        balance_micro=None if line.balance_micro is None else 0,
        data_left_bytes=None if line.data_left_bytes is None else 0,
    )


def reading(line: DemoLine, currency: str, at: datetime) -> Reading:
    """Return what the operator, asked at a time, says of the line."""
    balance = None
    if line.balance_micro is not None:
        balance = Money.floor(Decimal(line.balance_micro).scaleb(-6), currency)
    return Reading(
        at=at,
        balance=balance,
        data_left_bytes=line.data_left_bytes,
        valid_until=line.valid_until,
    )


def _used(line: DemoLine, until: datetime, speed: Fraction) -> DemoLine:
    """Return the line at `until`, or as it is where a clock was set back: time neither takes twice nor gives back."""
    if until <= line.as_of:
        return line
    days = Fraction((until - line.as_of) // _MICROSECOND, _DAY // _MICROSECOND) * speed
    expired = line.valid_until is not None and until >= line.valid_until
    data = _less(line.data_left_bytes, line.burn_bytes_per_day * days)
    return replace(
        line,
        as_of=until,
        balance_micro=_less(line.balance_micro, line.burn_micro_per_day * days),
        data_left_bytes=0 if expired and data is not None else data,
    )


def _credited(line: DemoLine, credit: Credit) -> DemoLine:
    valid_until = line.valid_until
    if valid_until is not None:
        valid_until = max(valid_until, credit.lands_at) + credit.validity
    return replace(
        line,
        balance_micro=_more(line.balance_micro, credit.money_micro),
        data_left_bytes=_more(line.data_left_bytes, credit.data_bytes),
        valid_until=valid_until,
        coming=tuple(each for each in line.coming if each is not credit),
    )


def _less(left: int | None, used: Fraction) -> int | None:
    return None if left is None else max(0, floor(left - used))


def _more(left: int | None, gained: int) -> int | None:
    return None if left is None else left + gained
