"""The rules of zones change: a government decides, and machines learn of it one by one. A book must live through that."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
import shutil
import sqlite3
from typing import Final
from zoneinfo import ZoneInfo, reset_tzpath

import pytest
from torture.times.clocks import WallClock
from torture.times.matrix import countable
from torture.times.oracle import rules

from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Health, Reason
from tests.orders.fake_provider import is_lost
from tests.orders.samples import rub
from tests.orders.world import World

from .house import ONE_A_MONTH

ZONE: Final = "Africa/Casablanca"

HALF_AN_HOUR: Final = timedelta(minutes=30)
EDGE: Final = datetime(2026, 9, 30, 23, 30, tzinfo=UTC)
"""October where the clocks are an hour ahead, September where they are not."""


def decree(folder: Path, like: str) -> None:
    """Let the zone have the rules of another one from now on."""
    there = folder / "rules" / ZONE
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(rules(like), there)
    reset_tzpath([str(folder / "rules")])
    ZoneInfo.clear_cache()


async def begin(world: World) -> Engine:
    """Start a process, with the rules of this moment."""
    world.engine = Engine(clock=world.clock)
    await world.engine.start(world.path, zone=ZoneInfo(ZONE), witness=None)
    await world.attach()
    return world.engine


@pytest.mark.parametrize(
    ("before", "after"), [("Europe/Paris", "UTC"), ("UTC", "Europe/Paris")]
)
async def test_a_book_is_whole_when_the_rules_of_its_zone_change(
    quick: Path, before: str, after: str
) -> None:
    """Morocco decides in September; the update of the rules comes in October. No order may have moved to another month."""
    with countable():
        decree(quick, before)
        world = World(quick, "L", clock=WallClock(EDGE), limits=ONE_A_MONTH)
        await begin(world)
        await world.order()
        await world.engine.stop()
        decree(quick, after)
        engine = await begin(world)
        assert engine.locked_because is None
        assert engine.health is Health.READY
        assert world.provider.paid() == [rub(300)]
        await engine.stop()


async def test_an_order_gives_its_money_back_to_the_month_it_was_taken_from(
    quick: Path,
) -> None:
    """It began by the old rules and fails by the new ones: nothing may stay reserved, nothing may be locked."""
    with countable():
        decree(quick, "Europe/Paris")
        world = World(quick, "L", clock=WallClock(EDGE), limits=ONE_A_MONTH)
        await begin(world)
        world.provider.script.append(is_lost)
        await world.order()
        await world.engine.stop(timedelta())
        decree(quick, "UTC")
        await begin(world)
        await world.advance(HALF_AN_HOUR)
        assert world.state is OrderState.FAILED
        assert world.engine.health is Health.READY
        assert (await world.order()).state is OrderState.SUCCEEDED
        assert (await world.refusal()).reason is Reason.LIMIT_ACCOUNT_MONTH
        assert world.provider.paid() == [rub(300)]
        await world.engine.stop()


async def test_a_book_whose_zone_is_missing_on_this_machine_is_kept(
    quick: Path,
) -> None:
    """A slim container image has few zones. That must not cost what was spent this month."""
    with countable():
        world = World(quick, "L", clock=WallClock(EDGE), limits=ONE_A_MONTH)
        await begin(world)
        await world.order()
        await world.engine.stop()
        _note_zone(world.path, "Africa/Nowhere")
        engine = await begin(world)
        assert engine.health is Health.LOCKED
        assert engine.locked_because is LockReason.UNREADABLE
        assert (await world.refusal()).reason is Reason.LOCKED
        _note_zone(world.path, ZONE)
        await engine.unlock()
        assert engine.health is Health.READY
        assert (await world.refusal()).reason is Reason.LIMIT_ACCOUNT_MONTH
        assert world.provider.paid() == [rub(300)]
        await world.engine.stop()


def _note_zone(path: Path, zone: str) -> None:
    with closing(sqlite3.connect(path)) as book:
        book.execute("UPDATE meta SET value = ? WHERE key = 'zone'", (zone,))
        book.commit()
