"""A clock that stands still until a test moves it. Three days of looking after an order take no time."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

NOON: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""When every story begins: a Monday, in the middle of day and month, so that no edge is near by accident."""

_START: Final = timedelta(hours=5)


class FakeClock:
    """The wall clock can jump; the monotonic one only ever goes forward. Nobody's sleep ends by itself."""

    def __init__(self, wall: datetime = NOON) -> None:
        """Begin at a time."""
        self.wall = wall
        self.mono = _START
        self._sleepers: list[tuple[timedelta, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return what the wall clock shows."""
        return self.wall

    def monotonic(self) -> timedelta:
        """Return the time since an arbitrary start."""
        return self.mono

    async def sleep(self, pause: timedelta) -> None:
        """Wait until a test has let `pause` pass."""
        woken = asyncio.get_running_loop().create_future()
        sleeper = (self.mono + pause, woken)
        self._sleepers.append(sleeper)
        try:
            await woken
        finally:
            self._sleepers.remove(sleeper)

    @property
    def true(self) -> datetime:
        """The time that everybody else's clock shows, however ours was set."""
        return NOON + self.mono - _START

    @property
    def next_due(self) -> timedelta | None:
        """When the next sleeper wakes, by the monotonic clock."""
        return min(
            (due for due, woken in self._sleepers if not woken.done()), default=None
        )

    def pass_by(self, pause: timedelta) -> None:
        """Let time pass, by both clocks, and wake whose time has come."""
        self.wall += pause
        self.mono += pause
        for due, woken in self._sleepers:
            if due <= self.mono and not woken.done():
                woken.set_result(None)

    def jump(self, by: timedelta) -> None:
        """Set the wall clock; nothing else notices."""
        self.wall += by


class TurningClock(FakeClock):
    """A clock that passes an edge between two looks at it, as real ones do."""

    def __init__(self, edge: datetime, looks: int) -> None:
        """Show the moment before the edge so many times, and the edge from then on."""
        super().__init__(edge - timedelta(microseconds=1))
        self._looks = looks

    def now(self) -> datetime:
        """Return what the wall clock shows."""
        self._looks -= 1
        if self._looks == -1:
            self.wall += timedelta(microseconds=1)
        return self.wall
