"""The house of the named cases: an engine in a zone, on a clock that can do what clocks do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from torture.times.grid import older_years_allowed
from torture.times.matrix import countable

from custom_components.esim_topup.orders.limits import Limits
from tests.orders import world as world_module
from tests.orders.fake_clock import FakeClock
from tests.orders.samples import LIMITS, rub
from tests.orders.world import World

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
TICK: Final = timedelta(microseconds=1)
REST: Final = 6 * HOUR
CLASSES: Final = ["K", "L", "H", "N"]

ONE_A_MONTH: Final = replace(LIMITS, account_month=rub(300), cooldown=timedelta())


@asynccontextmanager
async def house(
    folder: Path,
    clock: FakeClock,
    *,
    kind: str = "L",
    zone: str = "Europe/Moscow",
    limits: Limits = LIMITS,
) -> AsyncIterator[World]:
    """A started house in a zone; the promises are looked at in the end."""
    with countable(), older_years_allowed(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(world_module, "MOSCOW", ZoneInfo(zone))
        world = World(folder, kind, clock=clock, limits=limits)
        await world.boot()
        try:
            yield world
            await world.settle()
        finally:
            await world.engine.stop(timedelta())
        world.check()
