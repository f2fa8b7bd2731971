"""What engines do to the disk: a day of recharges, and a person who unlocks."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta
from pathlib import Path
import shutil
import sqlite3
from tempfile import TemporaryDirectory
from typing import Final
from unittest.mock import patch

from custom_components.esim_topup.orders import store as store_module
from custom_components.esim_topup.orders.book_file import Witness, open_book
from custom_components.esim_topup.orders.policy import Health
from custom_components.esim_topup.providers.base import Purchase
from tests.orders.fake_clock import NOON
from tests.orders.fake_provider import (
    Deed,
    declines,
    is_lost,
    pays,
    pays_without_a_word,
    queues,
)
from tests.orders.samples import MOSCOW, WITHOUT_COOLDOWN, line
from tests.orders.world import CountingExecutor, World

from .faults import FULL, Kind
from .judging import BOOK
from .operations import Whole
from .platter import write_files
from .recording import content_of
from .simulated import Disk

_DEEDS: Final[tuple[Deed, ...]] = (
    pays,
    pays_without_a_word,
    declines,
    queues,
    is_lost,
)
AHEAD: Final = 5
"""So much newer is the note than the book that was restored."""

_ALWAYS: Final = 10**9


class NotDurable(AssertionError):
    """I5: a request left before its order was on the disk."""


async def recharges_all_day(disk: Disk, path: Path) -> None:
    """Each way that a request can end; when one leaves, its order survives the loss of all that is not synced."""
    async with _world(path) as world:
        arrives = world.provider.on_submit

        def check(purchase: Purchase) -> None:
            _must_survive(disk, purchase.reference)
            arrives(purchase)

        world.provider.on_submit = check
        world.lines = tuple(line(number) for number in range(len(_DEEDS)))
        world.limits = WITHOUT_COOLDOWN
        await world.boot()
        for one, deed in zip(world.lines, _DEEDS, strict=True):
            world.provider.script.append(deed)
            await world.recharge(one)
        world.provider.pending.clear()
        await world.advance(timedelta(hours=2))
        await world.recharge(world.lines[0])
        await world.engine.stop()


def _must_survive(disk: Disk, order_id: str) -> None:
    platter = disk.platter()
    with TemporaryDirectory() as folder:
        place = Path(folder)
        write_files(place, platter.image(dict.fromkeys(platter.pending, Whole.LOST)))
        with closing(open_book(place / BOOK, None, MOSCOW, NOON)) as connection:
            query = "SELECT 1 FROM orders WHERE id = ? AND state = 'submitting'"
            if connection.execute(query, (order_id,)).fetchone() is None:
                raise NotDurable(
                    f"the order {order_id[:4]} is sent and not on the disk"
                )


async def is_unlocked(disk: Disk, path: Path) -> None:
    """A book that is older than its note locks; a person unlocks: it is set aside, and a new one begins."""
    async with _world(path) as world:
        await world.boot(_newer_note(path), attach=False)
        _must_be(world, Health.LOCKED)
        await world.engine.unlock()
        _must_be(world, Health.READY)
        await world.engine.stop()


async def is_unlocked_with_its_log(disk: Disk, path: Path) -> None:
    """The same, on a disk that was full at the start: the log could not be carried over, and is set aside with its book."""
    note = _newer_note(path)
    async with _world(path) as world:
        disk.fail(Kind.WRITE, times=_ALWAYS, error=FULL, ending=".db")
        await world.boot(note, attach=False)
        _must_be(world, Health.LOCKED)
        disk.heal()
        if not Path(f"{path}-wal").exists():
            raise AssertionError("there is no log to be set aside")
        await world.engine.unlock()
        _must_be(world, Health.READY)
        await world.engine.stop()


def _newer_note(path: Path) -> Witness:
    """Return a note of a later time than the book's."""
    with TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            if (file := Path(f"{path}{suffix}")).exists():
                shutil.copyfile(file, Path(folder) / file.name)
        with closing(sqlite3.connect(Path(folder) / path.name)) as connection:
            found = content_of(connection)
    return Witness(found.book_id, found.revision + AHEAD)


async def is_unlocked_as_it_was(disk: Disk, path: Path) -> None:
    """A disk that was full for a moment: the same book goes on after a person has unlocked."""
    async with _world(path) as world:
        await world.boot()
        disk.fail(Kind.SYNC)
        await world.recharge()
        _must_be(world, Health.LOCKED)
        await world.engine.unlock()
        await world.recharge()
        _must_be(world, Health.READY)
        await world.engine.stop()


def _must_be(world: World, health: Health) -> None:
    """A life that does not go as it is told would prove nothing."""
    if world.engine.health is not health:
        raise AssertionError(f"the engine is {world.engine.health}, not {health}")


@asynccontextmanager
async def _world(path: Path) -> AsyncIterator[World]:
    with _counted():
        yield World(path.parent)


@contextmanager
def _counted() -> Iterator[None]:
    with patch.object(store_module, "ThreadPoolExecutor", CountingExecutor):
        yield
    CountingExecutor.end_all()
