"""All lives of a book that are looked at, what was there before each, and how what a power cut leaves of it is judged."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
import shutil
import sqlite3
from tempfile import TemporaryDirectory
from typing import Final

from custom_components.esim_topup.orders.book_file import Witness
from custom_components.esim_topup.orders.order import OrderState
from tests.orders.books import open_store, reserved

from ..rooms import ROOT
from . import engine_lives, store_lives
from .exploring import Judge
from .judging import BOOK, what_is_wrong
from .recording import Knowledge, Recording, content_of, noted
from .simulated import Disk
from .starting import open_among, survives_unlocking
from .vfs import installed


def nothing(path: Path) -> None:
    """There was no book before."""


def a_book(path: Path) -> None:
    """Leave a book of ours with orders in it."""

    async def write() -> None:
        store = await open_store(path)
        for state in (OrderState.SUCCEEDED, OrderState.FAILED, OrderState.UNKNOWN):
            await store_lives.carry(store, state, line_key=f"past {state}")
        await reserved(store, line_key="past")
        await store.close()

    asyncio.run(write())


def a_book_with_its_log(path: Path) -> None:
    """Leave a book as kill -9 does: its last orders are in the log beside it."""
    with TemporaryDirectory() as folder:
        running = Path(folder) / BOOK
        a_book(running)

        async def go_on() -> None:
            store = await open_store(running)
            await store_lives.carry(store, OrderState.UNKNOWN, line_key="in the log")
            for suffix in ("", "-wal"):
                shutil.copyfile(f"{running}{suffix}", f"{path}{suffix}")
            await store.close()

        asyncio.run(go_on())


def a_book_of_version_1(path: Path) -> None:
    """Leave a book as the first version wrote it."""
    script = (ROOT / "tests/orders/book_1.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(script)


@dataclass(frozen=True, slots=True)
class Life:
    """One workload."""

    name: str
    live: Callable[[Disk, Path], Awaitable[None]]
    before: Callable[[Path], None] = a_book
    judged_by: Judge = what_is_wrong
    subsets: int = 7
    """Up to so many un-synced operations, every subset of them is tried."""
    promise: str = "I2"
    may_start: bool = False
    """Whether some of the crashes are started into by a whole engine."""
    is_ahead: bool = False
    """Whether the note says that the book was newer than it is."""


LIVES: Final = (
    Life("begins", store_lives.begins, nothing),
    Life("recharges", store_lives.recharges, nothing, may_start=True),
    Life("goes on", store_lives.goes_on, may_start=True),
    Life("carries over", store_lives.carries_over, may_start=True),
    Life("loses its syncs", store_lives.loses_its_syncs, subsets=5, may_start=True),
    Life("fails to carry over", store_lives.fails_to_carry_over, subsets=4),
    Life("moves over", store_lives.moves_over, a_book_of_version_1),
    Life("an engine's day", engine_lives.recharges_all_day, nothing, may_start=True),
    Life("unlocked as it was", engine_lives.is_unlocked_as_it_was, nothing),
    Life(
        "set aside and begun anew",
        engine_lives.is_unlocked,
        judged_by=survives_unlocking,
        subsets=4,
        is_ahead=True,
    ),
    Life(
        "set aside with its log",
        engine_lives.is_unlocked_with_its_log,
        a_book_with_its_log,
        judged_by=survives_unlocking,
        subsets=4,
        is_ahead=True,
    ),
)


def record(life: Life) -> Recording:
    """Live a life and return what it did to the disk."""
    with TemporaryDirectory() as folder, installed():
        path = Path(folder) / "life" / BOOK
        path.parent.mkdir()
        life.before(path)
        knowledge = _known(path, life)
        with Disk(path.parent) as disk, noted(disk):
            asyncio.run(_live(life, disk, path))
        failed = {f"{kind} fails": times for kind, times in disk.failed.items()}
        return Recording(life.name, disk.begun, tuple(disk.log), knowledge, failed)


async def _live(life: Life, disk: Disk, path: Path) -> None:
    await life.live(disk, path)


def _known(path: Path, life: Life) -> Knowledge:
    if not path.exists():
        return Knowledge()
    # Of a copy: to look is to carry the log over.
    with TemporaryDirectory() as folder:
        for file in path.parent.iterdir():
            shutil.copyfile(file, Path(folder) / file.name)
        with closing(sqlite3.connect(Path(folder) / path.name)) as connection:
            content = content_of(connection)
    known = Knowledge(content, (), (content.witness,))
    if not life.is_ahead:
        return known
    note = Witness(content.book_id, content.revision + engine_lives.AHEAD)
    return replace(known, earlier=(note,), unsettled=open_among(content.states))
