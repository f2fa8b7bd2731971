"""The operator's time: real time, shifted and stretched, so that tests need not wait for days."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
import time
from typing import Final

US: Final = 1_000_000
DAY_US: Final = 86_400 * US

# Who waits for a virtual moment looks this often at the clock: short beside any time-out, long beside a CPU slice.
_LOOK_EVERY_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """What has to be remembered to go on with the same time after a restart."""

    anchor_wall_us: int
    anchor_us: int
    speed: float


class Clock:
    """Tells the operator's time in microseconds since 1970, UTC."""

    def __init__(self, wall: Callable[[], int] | None = None) -> None:
        """Start at real time and normal speed; `wall` replaces the real time in tests."""
        self._wall = wall or wall_us
        start = self._wall()
        self.setting = ClockSetting(start, start, 1.0)

    def now_us(self) -> int:
        """Return the operator's time now."""
        setting = self.setting
        return setting.anchor_us + round(
            (self._wall() - setting.anchor_wall_us) * setting.speed
        )

    def change(
        self,
        *,
        offset_s: float | None = None,
        advance_s: float | None = None,
        speed: float | None = None,
    ) -> None:
        """Set the offset from real time, or go on by some seconds, or run faster. Speed 0 stops the time."""
        wall = self._wall()
        now = self.now_us() if offset_s is None else wall + round(offset_s * US)
        if advance_s is not None:
            now += round(advance_s * US)
        self.setting = ClockSetting(
            wall, now, self.setting.speed if speed is None else speed
        )

    def back_to_real(self) -> None:
        """Forget every offset and speed."""
        self.change(offset_s=0, speed=1.0)

    async def reach(self, due_us: int) -> None:
        """Wait until the operator's time is `due_us`."""
        while self.now_us() < due_us:
            await asyncio.sleep(_LOOK_EVERY_S)


def wall_us() -> int:
    """Return the real time in microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def to_iso(moment_us: int) -> str:
    """Write a moment as ISO 8601 in UTC, with microseconds only where there are any."""
    return _to_datetime(moment_us).isoformat().replace("+00:00", "Z")


def to_iso_precise(moment_us: int) -> str:
    """Write a moment as ISO 8601 in UTC, always with microseconds, so that texts sort as times do."""
    return (
        _to_datetime(moment_us)
        .isoformat(timespec="microseconds")
        .replace("+00:00", "Z")
    )


def from_iso(text: str) -> int:
    """Read an ISO 8601 moment; one without a zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime.fromtimestamp(0, UTC)
    return (since.days * 86_400 + since.seconds) * US + since.microseconds


def month_of(moment_us: int) -> str:
    """Return the calendar month as cards print it, "2028-05"."""
    return _to_datetime(moment_us).strftime("%Y-%m")


def _to_datetime(moment_us: int) -> datetime:
    seconds, rest = divmod(moment_us, US)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
