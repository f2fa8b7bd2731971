"""D1 to D6 by name: a disk that says no while an order is written down. What is not on it is not sent.

The disk is the simulated one under the real SQLite; Home Assistant, the order book and the operator are the real ones.
"""

import asyncio
from collections.abc import Iterator
import errno
import sqlite3

import pytest
from torture.disk import FULL, Disk, Kind, installed

from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.providers.base import Dedupe
from tests.story.conftest import AMOUNT

from .conftest import Home

FOR_EVER = 10**9


@pytest.fixture
def disk(home: Home) -> Iterator[Disk]:
    """The disk below Home Assistant's storage."""
    with installed(), Disk(home.storage) as disk:
        yield disk


async def works_again(home: Home, disk: Disk) -> None:
    """Give the disk back what it lacked, and let a person unlock: the wish is paid, once."""
    disk.heal()
    await home.engine.unlock()
    assert home.repairs == set()
    assert await home.told() == "succeeded"
    assert await home.payments() == [AMOUNT]


@pytest.mark.parametrize(
    ("kind", "nth", "error"),
    [
        pytest.param(Kind.WRITE, 1, FULL, id="D1 no space left at the first write"),
        pytest.param(Kind.WRITE, 3, FULL, id="D1 no space left at a later write"),
        pytest.param(Kind.SYNC, 1, FULL, id="D2 no space left at the sync"),
        pytest.param(Kind.SYNC, 1, None, id="D3 input/output error at the sync"),
        pytest.param(Kind.WRITE, 1, None, id="D4 the file system turned read-only"),
    ],
)
async def test_an_intent_that_cannot_be_written_is_not_sent(
    home: Home, disk: Disk, kind: Kind, nth: int, error: int | None
) -> None:
    """I5: a traveller whose memory card is full must not pay for what nobody would remember."""
    await home.start()
    disk.fail(kind, nth, error=error, times=FOR_EVER, ending="-wal")

    assert await home.told() == "refused_locked"

    assert disk.failed[kind] >= 1
    assert await home.sends() == 0
    await home.is_locked(LockReason.WRITE_FAILED)
    await works_again(home, disk)


@pytest.mark.parametrize(
    ("kind", "error", "ending"),
    [
        pytest.param(Kind.WRITE, FULL, ".db", id="D1 no space left"),
        pytest.param(Kind.SYNC, FULL, ".db", id="D2 no space left at the sync"),
        pytest.param(Kind.SYNC, None, ".db", id="D3 input/output error at the sync"),
        pytest.param(Kind.OS_OPEN, errno.EROFS, ".db", id="D4 read-only file system"),
        pytest.param(Kind.OS_OPEN, errno.EACCES, ".db", id="D5 no right to the file"),
        pytest.param(
            Kind.OPEN, sqlite3.SQLITE_CANTOPEN, "-wal", id="D5 no right to its log"
        ),
    ],
)
async def test_a_book_that_cannot_be_begun_locks_spending_and_nothing_else(
    home: Home, disk: Disk, kind: Kind, error: int | None, ending: str
) -> None:
    """The very first start on a bad disk: the balance is shown, and a payment waits for a book."""
    disk.fail(kind, error=error, times=FOR_EVER, ending=ending)

    await home.start()

    assert disk.failed[kind] >= 1
    await home.is_locked(LockReason.UNREADABLE)
    await works_again(home, disk)


@pytest.mark.parametrize(
    ("kind", "error", "ending"),
    [
        pytest.param(Kind.OS_OPEN, errno.EROFS, ".db", id="D4 read-only file system"),
        pytest.param(Kind.OS_OPEN, errno.EACCES, ".db", id="D5 no right to the file"),
        pytest.param(
            Kind.OPEN, sqlite3.SQLITE_CANTOPEN, "-wal", id="D5 no right to its log"
        ),
    ],
)
async def test_a_book_that_cannot_be_reached_is_found_again_with_all_that_was_paid(
    home: Home, disk: Disk, kind: Kind, error: int, ending: str
) -> None:
    """A share that came late must not cost the month's limits: the same book goes on once it is there."""
    await home.start()
    assert await home.told() == "succeeded"
    await home.end()
    disk.fail(kind, error=error, times=FOR_EVER, ending=ending)

    await home.start()

    assert disk.failed[kind] >= 1
    await home.is_locked(LockReason.UNREADABLE)
    disk.heal()
    await home.engine.unlock()
    assert await home.told() == "refused_cooling_down"
    assert await home.payments() == [AMOUNT]


@pytest.mark.parametrize("unlocks", [True, False], ids=["unlocked", "started again"])
@pytest.mark.parametrize("dedupe", [Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY])
async def test_d6_no_space_for_the_answer_is_one_charge_that_is_found(
    home: Home, disk: Disk, unlocks: bool
) -> None:
    """The operator has charged, and nobody can write it down: the order stays open on the disk, and is looked up."""
    await home.start()
    await home.operator.fault("delay_after", "order", seconds=0.2)
    calling = asyncio.create_task(home.told())
    async with asyncio.timeout(20):
        while not await home.sends():
            await asyncio.sleep(0.01)
    disk.fail(Kind.WRITE, error=FULL, times=FOR_EVER)

    assert await calling == "outcome_unknown"

    assert disk.failed[Kind.WRITE] >= 1
    assert await home.payments() == [AMOUNT]
    assert await home.states() == ["submitting"]
    await home.is_locked(LockReason.WRITE_FAILED)
    disk.heal()
    if unlocks:
        await home.engine.unlock()
    else:
        await home.end()
        await home.start()
    await home.until("succeeded")
    assert home.repairs == set()
    assert await home.told() == "refused_cooling_down"
    assert (await home.payments(), await home.sends()) == ([AMOUNT], 1)
