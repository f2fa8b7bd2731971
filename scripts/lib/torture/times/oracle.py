"""What was spent, worked out slowly and by somebody else: from a plain list, with the C library's calendar.

The book keeps running totals and asks Python's `zoneinfo`; this adds everything up each time and asks `localtime_r`. Both read
the same rules, those of the package `tzdata`, so that a run is the same everywhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import os
from pathlib import Path
import time
from typing import Final
from zoneinfo import TZPATH, ZoneInfo, reset_tzpath

import tzdata  # type: ignore[import-untyped]

_DAY: Final = 86_400
_RULES: Final = Path(tzdata.__file__).parent / "zoneinfo"


def rules(zone: str) -> Path:
    """Return the file that says how a zone's clocks go."""
    return _RULES / zone


@contextmanager
def same_rules_everywhere() -> Iterator[None]:
    """Let both calendars read the rules of the package, not those of this machine."""
    paths, kept = TZPATH, {name: os.environ.get(name) for name in ("TZ", "TZDIR")}
    reset_tzpath([])
    ZoneInfo.clear_cache()
    os.environ["TZDIR"] = str(_RULES)
    try:
        yield
    finally:
        reset_tzpath(paths)
        ZoneInfo.clear_cache()
        for name, value in kept.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        time.tzset()


def month(at: datetime, zone: str) -> tuple[int, int]:
    """Return year and month on a calendar on the wall of that zone."""
    if os.environ.get("TZ") != zone:
        os.environ["TZ"] = zone
        time.tzset()
    local = time.localtime(_seconds(at))
    return local.tm_year, local.tm_mon


def _seconds(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=at.tzinfo)) // timedelta(seconds=1)


def _day(at: datetime) -> int:
    return _seconds(at) // _DAY


@dataclass(frozen=True, slots=True)
class Counted:
    """Money that counts against the limits since then."""

    at: datetime
    line: int
    minor: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What is spent now, in minor units."""

    line_month: int
    account_day: int
    account_month: int
    account_rolling: int


@dataclass(slots=True)
class Oracle:
    """Everything that counts, on one list."""

    zone: str
    counted: list[Counted] = field(default_factory=list)

    def spent(self, now: datetime, line: int) -> Sums:
        """Add it all up."""
        here = [
            one
            for one in self.counted
            if month(one.at, self.zone) == month(now, self.zone)
        ]
        return Sums(
            line_month=sum(one.minor for one in here if one.line == line),
            account_day=self._since(now, 0, until=0),
            account_month=sum(one.minor for one in here),
            account_rolling=self._since(now, 30),
        )

    def _since(self, now: datetime, days: int, until: int | None = None) -> int:
        ages = ((_day(now) - _day(one.at), one.minor) for one in self.counted)
        return sum(
            minor
            for age, minor in ages
            if age <= days and (until is None or age >= until)
        )
