"""Which reading is believed at once, and which only when a second one says the same.

An operator's portal blinks: a page under maintenance says 0, a parser finds no number, a package list comes empty. Who acts
on that pays for nothing. So what looks odd (a level that is gone, zero or a fraction, a validity cut short) waits for a second
reading at least a minute later; until then the last good one stands. A rise is believed at once: it makes nobody pay.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ..providers.base import Reading

CONFIRM_AFTER: Final = timedelta(seconds=60)
"""A blink of a portal is shorter; somebody who waits for the news of an empty line does not mind a minute."""

SAME_MEASUREMENT_AFTER: Final = timedelta(minutes=15)
"""A second answer with the same time of measurement may be a cached copy of the wrong one; caches seen live this long."""

VALIDITY_SLACK: Final = timedelta(days=1)
"""Some operators name the days that are left, and the end computed from it wanders within a day."""

_PLAUSIBLE_SHARE: Final = Decimal("0.2")
"""Falling to this share of the last level or below in one step is odd: `1 234.50` read as 1. If true, it costs one more read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """An odd reading that waits for a second one."""

    reading: Reading
    since: datetime
    """Our clock, when it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What may be shown, and what is still doubted."""

    shown: Reading
    suspicion: Suspicion | None = None


def accept(
    previous: Reading | None,
    reading: Reading,
    suspicion: Suspicion | None,
    now: datetime,
) -> Judged:
    """Say what a new reading makes of the last good one. Same input, same answer.

    `previous` is what is shown, `suspicion` what the last call returned. An odd first reading shows without what is odd.
    """
    before = previous or Reading(at=reading.at)
    if not _is_odd(before, reading):
        return Judged(shown=reading)
    if suspicion is None or not _agree(suspicion.reading, reading):
        suspicion = Suspicion(reading=reading, since=now)
    same_measurement = reading.at == suspicion.reading.at
    if now - suspicion.since >= (
        SAME_MEASUREMENT_AFTER if same_measurement else CONFIRM_AFTER
    ):
        return Judged(shown=reading)
    return Judged(shown=previous or _without_zeros(reading), suspicion=suspicion)


def _is_odd(before: Reading, after: Reading) -> bool:
    return (
        _currency_changed(before, after)
        or _level_is_odd(_balance(before), _balance(after))
        or _level_is_odd(_data(before), _data(after))
        or _validity_is_odd(before.valid_until, after.valid_until)
    )


def _level_is_odd(before: Decimal | None, after: Decimal | None) -> bool:
    if after is None:
        return before is not None
    if before is None:
        return after == 0
    return before > 0 and after <= before * _PLAUSIBLE_SHARE


def _validity_is_odd(before: datetime | None, after: datetime | None) -> bool:
    if before is None or after is None:
        return before is not None
    return after < before - VALIDITY_SLACK


def _agree(first: Reading, second: Reading) -> bool:
    """Say whether the second odd reading tells the same story as the first: as low or a little lower, never higher."""
    return not (
        _is_odd(first, second)
        or _has_risen(_balance(first), _balance(second))
        or _has_risen(_data(first), _data(second))
    )


def _has_risen(first: Decimal | None, second: Decimal | None) -> bool:
    if first is None or second is None:
        return first is not second
    return second > first


def _without_zeros(reading: Reading) -> Reading:
    return replace(
        reading,
        balance=None if _balance(reading) == 0 else reading.balance,
        data_left_bytes=reading.data_left_bytes or None,
    )


def _currency_changed(before: Reading, after: Reading) -> bool:
    if before.balance is None or after.balance is None:
        return False
    return before.balance.currency != after.balance.currency


def _balance(reading: Reading) -> Decimal | None:
    return None if reading.balance is None else reading.balance.amount


def _data(reading: Reading) -> Decimal | None:
    return None if reading.data_left_bytes is None else Decimal(reading.data_left_bytes)
