"""A clock on which days pass as soon as nobody has anything else to do."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

_BEGAN = timedelta(hours=5)


class FastClock:
    """The engine's clock. It begins with the operator's time and stands still until somebody moves it."""

    def __init__(self, wall: datetime, ring: Callable[[], None]) -> None:
        """Take the time (UTC), and what to call when somebody goes to sleep."""
        self._ring = ring
        self._wall = wall
        self._mono = _BEGAN
        self._sleepers: list[tuple[timedelta, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return what the wall clock shows."""
        return self._wall

    def monotonic(self) -> timedelta:
        """Return the time since an arbitrary start."""
        return self._mono

    async def sleep(self, pause: timedelta) -> None:
        """Wait until so much time has passed."""
        woken = asyncio.get_running_loop().create_future()
        sleeper = (self._mono + pause, woken)
        self._sleepers.append(sleeper)
        self._ring()
        try:
            await woken
        finally:
            self._sleepers.remove(sleeper)

    @property
    def next_waking(self) -> timedelta | None:
        """How long until the next sleeper wakes; `None` where nobody sleeps."""
        dues = [due for due, woken in self._sleepers if not woken.done()]
        return max(min(dues) - self._mono, timedelta()) if dues else None

    def pass_by(self, pause: timedelta) -> None:
        """Let time pass, and wake whose time has come."""
        self._wall += pause
        self._mono += pause
        for due, woken in self._sleepers:
            if due <= self._mono and not woken.done():
                woken.set_result(None)
