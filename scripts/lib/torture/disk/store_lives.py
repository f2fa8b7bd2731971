"""What stores do to the disk: each function is one life, to be recorded operation by operation."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from custom_components.esim_topup.orders.book_file import BookLocked
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Reason, Refused
from custom_components.esim_topup.orders.store import Store
from tests.orders.books import ASKED, open_store, reserved
from tests.orders.fake_clock import NOON
from tests.orders.samples import ACCOUNT, LINE_KEY, make_charge, make_order

from .faults import FULL, Kind
from .simulated import Disk

S: Final = OrderState
_MINUTE: Final = timedelta(minutes=1)


async def begins(disk: Disk, path: Path) -> None:
    """The very first start, and an end without an order."""
    await (await open_store(path)).close()


async def recharges(disk: Disk, path: Path) -> None:
    """Orders to every state, in every way that the store writes."""
    await write_everything(path)


async def write_everything(path: Path) -> None:
    """Leave a book in which each kind of row stands."""
    store = await open_store(path)
    await carry(store, S.SUCCEEDED, line_key="a")
    await carry(store, S.FAILED, line_key="b")
    held = await carry(store, S.UNKNOWN, S.HELD, line_key="c")
    await store.step(held, (S.SUCCEEDED,), now=NOON, by="user-1")
    await store.step(held, (S.REVERSED,), now=NOON)
    order = await reserved(store, S.AWAITING_APPROVAL, line_key="d")
    await store.step(order.id, (S.SUBMITTING, S.PENDING), now=NOON, sends=1)
    refused = Refused(reason=Reason.COOLING_DOWN)
    await store.note_refusal(ASKED, refused, now=NOON)
    await store.adopt(make_order(S.UNKNOWN, line_key="e"), now=NOON)
    strangers = [make_charge(id=name) for name in ("x", "y")]
    await store.add_foreign(ACCOUNT, LINE_KEY, strangers)
    paid = await carry(store, S.SUCCEEDED)
    await store.claim(await store.get(paid), make_charge(id="x"))
    await reserved(store, line_key="f")
    await store.close()


async def goes_on(disk: Disk, path: Path) -> None:
    """A book with orders is opened, goes on, and is closed: the log is carried over and deleted."""
    store = await open_store(path)
    await carry(store, S.SUCCEEDED, line_key="g")
    await store.close()
    store = await open_store(path)
    await carry(store, S.FAILED, line_key="h")
    await store.close()


async def carries_over(disk: Disk, path: Path) -> None:
    """The log is carried over again and again while orders come, and begins anew each time."""
    store = await open_store(path)
    await _set(store, "wal_autocheckpoint = 12")
    for number in range(8):
        await carry(store, S.SUCCEEDED, line_key=f"line-{number % 3}")
    await reserved(store, line_key="z")
    await store.close()


async def loses_its_syncs(disk: Disk, path: Path) -> None:
    """The disk fails at a commit; the book locks, is closed, and opened again by the next start."""
    for kind, nth, error in (
        (Kind.SYNC, 1, None),
        (Kind.WRITE, 1, FULL),
        (Kind.WRITE, 6, FULL),
        (Kind.WRITE, 9, None),
    ):
        store = await open_store(path)
        await carry(store, S.SUCCEEDED, line_key=f"before {kind} {nth}")
        disk.fail(kind, nth, error=error)
        with suppress(BookLocked):
            await reserved(store, line_key=f"at {kind} {nth}")
        with suppress(BookLocked):
            await reserved(store, line_key=f"after {kind} {nth}")
        await store.close()
        _must_have_failed(disk)


def _must_have_failed(disk: Disk) -> None:
    """A fault that was planned and not met would prove nothing."""
    if disk.unmet:
        raise AssertionError(f"these were not reached: {disk.unmet}")
    disk.heal()


async def fails_to_carry_over(disk: Disk, path: Path) -> None:
    """The log cannot be carried over: SQLite says nothing of it, and tries again later."""
    for kind, nth, ending in (
        (Kind.SYNC, 1, ".db"),
        (Kind.WRITE, 3, ".db"),
        (Kind.TRUNCATE, 1, ".db"),
        (Kind.SYNC, 1, ".db"),
    ):
        store = await open_store(path)
        await _set(store, "wal_autocheckpoint = 8")
        disk.fail(kind, nth, ending=ending)
        for number in range(3):
            await carry(store, S.SUCCEEDED, line_key=f"line-{number}")
        _must_have_failed(disk)
        await carry(store, S.SUCCEEDED, line_key="a")
        disk.fail(kind, ending=ending)
        await store.close()
        _must_have_failed(disk)


async def moves_over(disk: Disk, path: Path) -> None:
    """A book of the first version becomes one of ours, and goes on."""
    store = await open_store(path)
    await carry(store, S.SUCCEEDED, line_key="g")
    await store.close()


async def carry(store: Store, *states: OrderState, line_key: str = LINE_KEY) -> str:
    """Carry a new order to a state, step by step; return its id."""
    order = await reserved(store, line_key=line_key, account_key=ACCOUNT)
    for minutes, state in enumerate(states, start=1):
        now = NOON + minutes * _MINUTE
        order = await store.step(order.id, (state,), now=now, reason="because")
    return order.id


async def _set(store: Store, pragma: str) -> None:
    connection = store._ledger.connection  # noqa: SLF001 - a book that fills its log would take 120 orders for this
    await store._in_thread(connection.execute, f"PRAGMA {pragma}")  # noqa: SLF001
