"""Time, as a parameter: the engine never looks at a wall by itself, so that its days can be simulated."""

import asyncio
from datetime import UTC, datetime, timedelta
import time
from typing import Protocol


class Clock(Protocol):
    """What the engine knows of time."""

    def now(self) -> datetime:
        """Return the time in UTC. It may jump: somebody sets it, or it starts in 1970."""
        ...

    def monotonic(self) -> timedelta:
        """Return a time that only ever goes forward, from an arbitrary start; it may stand still while suspended."""
        ...

    async def sleep(self, pause: timedelta) -> None:
        """Return after `pause`."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> timedelta:
        """Return the time since an arbitrary start."""
        return timedelta(seconds=time.monotonic())

    async def sleep(self, pause: timedelta) -> None:
        """Return after `pause`."""
        await asyncio.sleep(pause.total_seconds())
