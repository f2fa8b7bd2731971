"""Clocks that misbehave as real ones do. Time itself never does: `true` is what everybody else's clock shows."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast, override

from tests.orders.fake_clock import FakeClock


class WallClock(FakeClock):
    """A clock that is right, in whatever year a story plays."""

    @property
    @override
    def true(self) -> datetime:
        """What it shows."""
        return self.wall


@dataclass(eq=False, slots=True)
class _Sleeper:
    """Somebody who sleeps; when the machine sleeps too, the waking comes later."""

    due: timedelta
    woken: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def __iter__(self) -> Any:
        """Be what the fake clock expects of its sleepers."""
        return iter((self.due, self.woken))


class TornClock(FakeClock):
    """Wall and monotonic clock go apart: one is set, or the whole machine is suspended.

    `mono` is the time that passes for everybody; the machine's own monotonic clock stands still while it is suspended.
    """

    asleep = timedelta()

    @override
    def monotonic(self) -> timedelta:
        """Return the time for which this machine was awake."""
        return self.mono - self.asleep

    @override
    async def sleep(self, pause: timedelta) -> None:
        """Wait until `pause` of waking time has passed."""
        sleeper = _Sleeper(self.mono + pause)
        self._sleepers.append(cast(Any, sleeper))
        try:
            await sleeper.woken
        finally:
            self._sleepers.remove(cast(Any, sleeper))

    def suspend(self, span: timedelta) -> None:
        """Close the lid for so long: the world goes on, nothing here does."""
        self.asleep += span
        for sleeper in cast(list[_Sleeper], self._sleepers):
            sleeper.due += span
        self.pass_by(span)

    def stand_still(self, span: timedelta) -> None:
        """Let the wall clock hang for so long while everything else goes on."""
        self.pass_by(span)
        self.jump(-span)

    def set_right(self) -> None:
        """Let the network tell the time."""
        self.wall = self.true
