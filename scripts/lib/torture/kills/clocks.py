"""Other clocks for a child: one that whoever waits can push forward, and a loop whose seconds are shorter.

The engine takes its time from `SystemClock`. In a child of the harness that clock (and Home Assistant's `utcnow`) is real time plus an offset in shared
memory; the operator's clock has the same offset, so both always agree. While `skipping` is on, a sleeper moves the offset
to the end of its sleep: three days of looking after an order pass in a second, with every step that the product makes of
them. Nothing of the product's own times is changed.
"""

import asyncio
from datetime import UTC, datetime, timedelta
import selectors
import time
from typing import Any, Final

from homeassistant import runner
from homeassistant.util import dt as dt_util

from custom_components.esim_topup.orders.clock import SystemClock

from .shared import Shared

_LOOK_EVERY: Final = 0.004

_BREATH: Final = 0.002
"""Seconds for whoever is not asleep between two jumps: requests on their way, callers, the disk."""


def share_time(shared: Shared) -> None:
    """Give every engine of this process the common time."""

    def now(_: SystemClock) -> datetime:
        return datetime.now(UTC) + shared.offset

    def monotonic(_: SystemClock) -> timedelta:
        return timedelta(seconds=time.monotonic()) + shared.offset

    async def sleep(clock: SystemClock, pause: timedelta) -> None:
        end = clock.monotonic() + pause
        while (left := end - clock.monotonic()) > timedelta():
            if not shared.skipping:
                await asyncio.sleep(min(left.total_seconds(), _LOOK_EVERY))
                continue
            await asyncio.sleep(_BREATH)
            if (left := end - clock.monotonic()) > timedelta() and shared.skipping:
                shared.pass_time(left)

    # What shows an order's age has to know the same time.
    setattr(dt_util, "utcnow", lambda: datetime.now(UTC) + shared.offset)  # noqa: B010 - a partial, to a type checker
    for method in (now, monotonic, sleep):
        setattr(SystemClock, method.__name__, method)


def hurry(times: float) -> None:
    """Let this process live so many times as fast: every time-out and patience of its loop is that much shorter."""

    def loop_time() -> float:
        return time.monotonic() * times

    class Selector(selectors.EpollSelector):
        """Waits in real time for what the loop counts in its own."""

        def select(self, timeout: float | None = None) -> list[Any]:
            return super().select(timeout if timeout is None else timeout / times)

    def create(debug: bool = False) -> asyncio.AbstractEventLoop:
        loop = asyncio.SelectorEventLoop(Selector())
        runner.configure_event_loop(loop, debug)
        return loop

    runner.monotonic = loop_time  # type: ignore[attr-defined]  # what the loop takes its time from
    runner.create_event_loop = create
