"""The order book in its own thread: durable when it says so, locked when the disk says no, deaf to cancelled callers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
import gc
from pathlib import Path
import sqlite3
import tempfile
import threading
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.esim_topup.orders.book_file import (
    BookLocked,
    LockReason,
    Witness,
)
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Reason, Refused
from custom_components.esim_topup.orders.store import Store

from .books import ASKED, Disk, holds, look, open_store, reserve, reserved
from .fake_clock import NOON
from .samples import ACCOUNT, LINE_KEY, MOSCOW, make_charge, make_order, rub
from .world import reading, rows

S = OrderState


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the book is."""
    return tmp_path / "orders.db"


@pytest.fixture(autouse=True)
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Disk]]:
    """The disk under the book, which fails when a test says so."""
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda *args, **kwargs: connect(*args, **{"factory": Disk} | kwargs),
    )
    yield Disk
    Disk.heal()


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """An open, empty book."""
    store = await open_store(path)
    yield store
    Disk.heal()
    await store.close()
    assert holds(path)


def test_nothing_is_written_in_the_event_loop_thread() -> None:
    """A sync takes as long as the disk wants; Home Assistant would stand still for it."""
    names = []

    async def story(path: Path) -> None:
        store = await open_store(path)
        connection = store._ledger.connection
        connection.set_trace_callback(
            lambda _: names.append(threading.current_thread().name)
        )
        await reserved(store)
        await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder) / "orders.db"))
    assert names
    assert all(name.startswith("esim_topup_orders") for name in names)


async def test_every_write_makes_the_book_one_revision_newer(
    store: Store, path: Path
) -> None:
    """D16: that is how a restored older one shows."""
    book_id = store.witness.book_id
    assert store.witness == Witness(book_id, 0)
    order = await reserved(store)
    await store.step(order.id, (S.UNKNOWN,), now=NOON)
    await store.add_foreign(ACCOUNT, LINE_KEY, [make_charge()])
    assert store.witness == Witness(book_id, 3)
    await store.get(order.id)
    assert store.witness == Witness(book_id, 3)
    with reading(path) as connection:
        assert (
            connection.execute(
                "SELECT value FROM meta WHERE key = 'revision'"
            ).fetchone()[0]
            == "3"
        )


async def test_the_zone_is_the_one_of_the_book(store: Store, path: Path) -> None:
    """T3."""
    again = await open_store(path, zone=ZoneInfo("Pacific/Kiritimati"))
    assert again.zone == store.zone == MOSCOW
    await again.close()


async def test_a_locked_book_says_why_and_leaves_no_thread(path: Path) -> None:
    """A thread per attempt would pile up where somebody presses the button again and again."""
    path.write_bytes(b"no book")
    with pytest.raises(BookLocked) as caught:
        await open_store(path)
    assert caught.value.reason is LockReason.DAMAGED
    assert not [
        thread
        for thread in threading.enumerate()
        if thread.name.startswith("esim_topup_orders")
        and thread.is_alive()
        and _waits(thread)
    ]


def _waits(thread: threading.Thread) -> bool:
    thread.join(timeout=5)
    return thread.is_alive()


# A disk that says no

WRITES = {
    "reserve": lambda store, order: reserve(store, make_order(S.FAILED)),
    "refuse": lambda store, order: store.note_refusal(
        ASKED, Refused(reason=Reason.HELD), now=NOON
    ),
    "step": lambda store, order: store.step(order.id, (S.SUCCEEDED,), now=NOON),
    "claim": lambda store, order: store.claim(order, make_charge()),
    "foreign": lambda store, order: store.add_foreign(
        ACCOUNT, LINE_KEY, [make_charge()]
    ),
    "adopt": lambda store, order: store.adopt(
        make_order(S.UNKNOWN, line_key="x"), now=NOON
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("step", ["BEGIN", "INSERT", "UPDATE meta", "COMMIT"])
async def test_a_write_that_fails_locks_and_leaves_nothing(
    path: Path, disk: type[Disk], write: Any, step: str
) -> None:
    """D1-D6: each step of each write fails once. After a failed sync a second one proves nothing."""
    store = await open_store(path)
    order = await reserved(store, S.UNKNOWN)
    before, revision = rows(path), store.witness.revision
    disk.fail(step, times=1)
    with pytest.raises(BookLocked) as caught:
        await write(store, order)
    assert caught.value.reason is LockReason.WRITE_FAILED
    for again in WRITES.values():
        with pytest.raises(BookLocked):
            await again(store, order)
    disk.heal()
    assert rows(path) == before
    assert holds(path)
    assert store.witness.revision == revision
    assert await store.get(order.id) == order  # reading goes on
    await store.close()
    store = await open_store(path, witness=Witness(store.witness.book_id, revision))
    await write(store, order)
    await store.close()
    assert holds(path)


async def test_a_roll_back_that_fails_is_the_same_lock(
    path: Path, disk: type[Disk]
) -> None:
    """The first fault tears the next one along; neither may look like success."""
    store = await open_store(path)
    disk.fail("O")  # cOmmit, rOllback, and everything else
    with pytest.raises(BookLocked) as caught:
        await reserve(store)
    assert caught.value.reason is LockReason.WRITE_FAILED
    disk.heal()
    await store.close()


async def test_a_commit_that_reached_the_disk_and_reported_a_fault_is_found_at_the_next_start(
    path: Path, disk: type[Disk]
) -> None:
    """D3: nobody can know. Not sent, so at worst an order that is looked up and fails."""
    store = await open_store(path)
    witness = store.witness
    disk.fail("COMMIT", times=1, after=True)
    with pytest.raises(BookLocked):
        await reserve(store)
    disk.heal()
    await store.close()
    store = await open_store(path, witness=witness)
    assert [order.state for order in await store.open_orders()] == [S.SUBMITTING]
    await store.close()


@pytest.mark.parametrize("times", [1, 2])
async def test_a_read_that_fails_is_a_lock_too(
    store: Store, disk: type[Disk], times: int
) -> None:
    """What nobody can read, nobody can compare with a limit."""
    disk.fail("SELECT", times=times)
    for _ in range(times):
        with pytest.raises(BookLocked) as caught:
            await store.open_orders()
        assert caught.value.reason is LockReason.UNREADABLE
    assert await store.open_orders() == []


async def test_a_row_that_makes_no_sense_is_called_damaged(store: Store) -> None:
    """D10: found while running, too, and not as an error that nobody knows."""
    order = await reserved(store, S.FAILED)
    store._ledger.connection.executescript("DROP TRIGGER orders_keep_their_purchase")
    store._ledger.connection.execute("UPDATE orders SET currency = 'QQQ'")
    with pytest.raises(BookLocked) as caught:
        await store.get(order.id)
    assert caught.value.reason is LockReason.DAMAGED
    store._ledger.connection.execute("UPDATE orders SET currency = 'RUB'")


async def test_a_row_that_was_changed_behind_our_back_is_called_damaged(
    store: Store,
) -> None:
    """D10: it makes sense, but it is not what was written. A class K order would be sent again as another one."""
    order = await reserved(store, S.FAILED)
    store._ledger.connection.execute("UPDATE orders SET sends = sends + 1")
    with pytest.raises(BookLocked) as caught:
        await store.get(order.id)
    assert caught.value.reason is LockReason.DAMAGED
    store._ledger.connection.execute("UPDATE orders SET sends = sends - 1")


async def test_a_constraint_that_is_hit_locks(store: Store) -> None:
    """The code forgot a check and the schema did not: our bug, and spending stops."""
    await reserved(store)
    with pytest.raises(BookLocked) as caught:
        await reserve(store)
    assert caught.value.reason is LockReason.WRITE_FAILED
    assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)


async def test_a_closed_book_is_locked(path: Path) -> None:
    """Whoever still holds it at the end gets a reason, not an error from a library."""
    store = await open_store(path)
    await store.close()
    with pytest.raises(BookLocked):
        await store.open_orders()
    with pytest.raises(BookLocked):
        await reserve(store)


# Cancelled callers


class Gate:
    """Stops the book's thread at a statement until the test goes on."""

    def __init__(self) -> None:
        """Begin closed."""
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self) -> None:
        """Stand here."""
        self.reached.set()
        assert self.open.wait(10)


@pytest.fixture
def gate(disk: type[Disk]) -> Iterator[Gate]:
    """The book's thread, to be stopped."""
    gate = Gate()
    disk.on_reach = gate
    disk.times = 0
    yield gate
    gate.open.set()


async def reach(gate: Gate, task: asyncio.Task[Any]) -> None:
    """Wait until the thread stands at the gate, then cancel the caller."""
    await asyncio.to_thread(gate.reached.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancelled_caller_does_not_cancel_the_write(
    store: Store, path: Path, disk: type[Disk], gate: Gate
) -> None:
    """C6, finding 3: the order is there once, and whatever is written later comes later."""
    order = make_order()
    disk.fails_at = "COMMIT"
    task = asyncio.ensure_future(reserve(store, order))
    await reach(gate, task)
    step = asyncio.ensure_future(store.step(order.id, (S.UNKNOWN,), now=NOON))
    gate.open.set()
    assert (await step).state is S.UNKNOWN
    assert [(row.id, row.state) for row in rows(path)] == [(order.id, S.UNKNOWN)]
    assert (await look(store)).spent.account_month == rub(300)


async def test_a_write_that_waits_for_its_turn_is_not_lost_with_its_caller(
    store: Store, path: Path, disk: type[Disk], gate: Gate
) -> None:
    """An outcome stands in the queue behind a slow sync when its task is cancelled. It has to get into the book."""
    order = await reserved(store)
    disk.fails_at = "COMMIT"
    slow = asyncio.ensure_future(
        store.note_refusal(ASKED, Refused(reason=Reason.HELD), now=NOON)
    )
    await asyncio.to_thread(gate.reached.wait, 10)
    outcome = asyncio.ensure_future(store.step(order.id, (S.SUCCEEDED,), now=NOON))
    await asyncio.sleep(0)
    outcome.cancel()
    await asyncio.wait((outcome,))
    gate.open.set()
    await slow
    assert (await store.get(order.id)).state is S.SUCCEEDED


async def test_a_failed_write_of_a_cancelled_caller_locks_all_the_same(
    path: Path, disk: type[Disk], gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    """The next one must not write on a disk that said no; and nobody's exception is left lying about."""
    store = await open_store(path)
    disk.fail("UPDATE meta", times=1)
    task = asyncio.ensure_future(reserve(store))
    await reach(gate, task)
    gate.open.set()
    with pytest.raises(BookLocked):
        await reserve(store)
    disk.heal()
    await store.close()
    del task
    gc.collect()
    assert caplog.text == ""


async def test_a_start_that_is_cancelled_closes_what_it_opened(
    path: Path, disk: type[Disk], gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that stays open deletes the log of its successor when it is closed at last."""
    closed = threading.Event()
    disk.fails_at = "integrity_check"
    original = Disk.close

    def close(self: Disk) -> None:
        original(self)
        closed.set()

    Disk.close = close  # type: ignore[method-assign, assignment]
    try:
        task = asyncio.ensure_future(open_store(path))
        await reach(gate, task)
        gate.open.set()
        assert await asyncio.to_thread(closed.wait, 10)
    finally:
        Disk.close = original  # type: ignore[method-assign, assignment]
    assert not Path(f"{path}-wal").exists()
    assert caplog.text == ""


async def test_a_start_that_is_cancelled_and_fails_is_nobodys_noise(
    path: Path, disk: type[Disk], gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller has gone; the next start says what is wrong."""
    path.write_bytes(b"no book")
    disk.fails_at = "PRAGMA journal_mode"
    task = asyncio.ensure_future(open_store(path, witness=Witness("x", 1)))
    await reach(gate, task)
    gate.open.set()
    await asyncio.sleep(0.01)
    del task
    gc.collect()
    assert caplog.text == ""


async def test_writes_happen_in_the_order_in_which_they_were_asked_for(
    store: Store, path: Path
) -> None:
    """A later state that is overwritten by an earlier one would forget what happened."""
    order = await reserved(store, S.UNKNOWN)
    steps = [
        store.step(order.id, (S.UNKNOWN,), now=NOON, reason=f"look {number}")
        for number in range(50)
    ]
    done = await asyncio.gather(*steps)
    assert [step.reason for step in done] == [f"look {number}" for number in range(50)]
    assert rows(path)[0].reason == "look 49"


async def test_twenty_reservations_at_once_for_one_line_are_one_order(
    path: Path,
) -> None:
    """C1: without any check in the code, the schema alone."""
    store = await open_store(path)
    found = await asyncio.gather(
        *(reserve(store) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(order, Order) for order in found) == 1
    assert all(isinstance(order, Order | BookLocked) for order in found)
    assert len(rows(path)) == 1
    await store.close()
