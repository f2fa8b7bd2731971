"""Order books that are not trusted any more: where they are kept, and what is taken over from them.

A crash may come between any two steps here. Nothing is lost by it: the next unlocking finishes what this one began, and
looks into every book that was ever set aside.
"""

from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
import os
from pathlib import Path
import sqlite3
from typing import Final

from .order import COUNTED, Order, OrderState
from .rows import DamagedRow, is_as_written, to_doubtful_order, to_us

_BESIDE: Final = ("-wal", "-shm", "-journal")

_STARTED: Final = COUNTED | {OrderState.REVERSED}
"""What counts against limits or starts a cooldown."""

_ORDERS_OF_ANY_VERSION: Final = "SELECT *, strftime('%Y-%m', created_us / 1000000, 'unixepoch') AS month FROM orders"
"""Where a book has months of its own, those come first and count."""


def set_aside(path: Path, now: datetime) -> None:
    """Keep a book that is not trusted under another name, so that a new one can begin. Raises `OSError`."""
    earlier = _set_aside_before(path)
    if path.exists() or not earlier:
        old = _next_name(path, earlier, now)
        _rename(path, old)
        # Alone under its old name, the log would be played back into the new book.
        _sync_folder(path.parent)
    else:  # a crash came between a book and its log
        old = earlier[-1]
    for suffix in _BESIDE:
        if not (beside := Path(f"{old}{suffix}")).exists():
            _rename(Path(f"{path}{suffix}"), beside)
    _sync_folder(path.parent)


def salvage(path: Path, since: datetime) -> list[Order]:
    """Return the orders that a new book has to know, of all books that were set aside, as far as they can be read.

    Those whose money may still move, and those paid `since` then: limits and cooldowns go on. The newest word about an
    order counts: what a later book settled is settled. Sums may be wrong and a history may end too early; an order that
    may have been paid is worth a look all the same.
    """
    last: dict[str, Order] = {}
    for book in _set_aside_before(path):
        last |= {order.id: order for order in _orders_in(book)}
    return [
        order
        for order in last.values()
        if order.open or (order.state in _STARTED and order.created_at >= since)
    ]


def _set_aside_before(path: Path) -> list[Path]:
    """Return the books that were set aside, oldest first."""
    return sorted(path.parent.glob(f"{path.name}.*.old"), key=_number)


def _next_name(path: Path, earlier: list[Path], now: datetime) -> Path:
    """Return a name that stands behind all earlier ones, also where the clock was set back meanwhile."""
    last = _number(earlier[-1]) if earlier else 0
    return Path(f"{path}.{max(to_us(now), last + 1)}.old")


def _number(old: Path) -> int:
    """Return the microseconds in the name of a book that was set aside; a file that a person named is the oldest."""
    number = old.name.split(".")[-2]
    return int(number) if number.isdecimal() else 0


def _orders_in(book: Path) -> list[Order]:
    found: list[Order] = []
    if not book.is_file():
        return found
    with suppress(sqlite3.Error), closing(sqlite3.connect(book)) as connection:
        connection.row_factory = sqlite3.Row
        for row in connection.execute(_ORDERS_OF_ANY_VERSION):
            with suppress(DamagedRow):
                found += _believed(row)
    return found


def _believed(row: sqlite3.Row) -> list[Order]:
    """Return what is taken from a row. Raises `DamagedRow`.

    Where its digest does not fit, any fact may be another one: of an open order money may have moved all the same, so it is
    kept for a person and never sent again; a settled one may not block a line by an amount or a time that never was.
    """
    order = to_doubtful_order(row)
    if is_as_written(row):
        return [order]
    return [replace(order, alarm=True)] if order.open else []


def _rename(source: Path, target: Path) -> None:
    with suppress(FileNotFoundError):
        source.replace(target)


def _sync_folder(folder: Path) -> None:
    """Make names durable in their order; where a folder cannot be synced, nobody can promise that."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
