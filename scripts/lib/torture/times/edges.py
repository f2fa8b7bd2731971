"""The edges of the calendar: where a month begins, a clock is set, a day is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

ZONES: Final = {
    "UTC": (2026, 2029),
    "Europe/Berlin": (2026, 2029),
    "Europe/Moscow": (2026, 2029),
    "America/New_York": (2026, 2029),
    "America/Havana": (2026, 2029),  # on 2026-11-01 midnight comes twice
    "America/St_Johns": (2008, 2010),  # set back at 00:01: November, October, November
    "America/Asuncion": (2022, 2024),  # on 2023-10-01 there is no midnight
    "Africa/Casablanca": (2026, 2029),  # follows the moon
    "Africa/Cairo": (2026, 2029),
    "Asia/Kathmandu": (2026, 2029),  # a quarter of an hour off everybody
    "Australia/Lord_Howe": (2026, 2029),  # half an hour at a time
    "Pacific/Apia": (2011, 2013),  # lost the 30th of December 2011
    "Pacific/Kiritimati": (1994, 1996),  # lost the last day of a year
    "Pacific/Pago_Pago": (2026, 2029),  # as far behind as it gets
}
"""Each with the years that are odd there, first and first after."""

_HOUR: Final = timedelta(hours=1)
_SECOND: Final = timedelta(seconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)

AROUND: Final = (
    -_HOUR,
    -_SECOND,
    -_MICROSECOND,
    timedelta(),
    _MICROSECOND,
    _SECOND,
    _HOUR,
)
"""How far from an edge a wish is made."""


def edges(name: str) -> list[datetime]:
    """Return every moment (UTC) at which a zone's clocks are set or a month, or a UTC one, begins there."""
    zone, (first, last) = ZoneInfo(name), ZONES[name]
    begin, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    found = {*_changes(begin, end, zone), *_months(begin, end)}
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    return sorted(found | ({leap} if begin < leap < end else set()))


def moments(name: str) -> list[datetime]:
    """Return the moments around every edge of a zone, in order."""
    around = {edge + step for edge in edges(name) for step in AROUND}
    return sorted(around)


def _changes(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield when the offset changes or a local month turns: found by halving, not by asking for the rule."""
    at = begin
    while at < end:
        after = at + _HOUR / 2
        if _face(at, zone) != _face(after, zone):
            yield _halved(at, after, zone)
        at = after


def _halved(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    face = _face(before, zone)
    while after - before > _MICROSECOND:
        middle = before + (after - before) / 2
        if _face(middle, zone) == face:
            before = middle
        else:
            after = middle
    return after


def _face(at: datetime, zone: ZoneInfo) -> tuple[timedelta | None, int]:
    local = at.astimezone(zone)
    return local.utcoffset(), local.month


def _months(begin: datetime, end: datetime) -> Iterator[datetime]:
    at = begin
    while at < end:
        yield at
        at = (at + timedelta(days=32)).replace(day=1)
