"""The order database as it lies on the disk: read by another process, read-only, with nothing of the product's code."""

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, fields
from pathlib import Path
import sqlite3
from typing import Any, Final

OPEN: Final = frozenset({"submitting", "pending", "unknown", "held"})
UNDER_WAY: Final = OPEN - {"held"}
"""Somebody of the product still follows these."""

COUNTED: Final = OPEN | {"succeeded"}


@dataclass(frozen=True, slots=True)
class Row:
    """An order."""

    id: str
    line_key: str
    offer_id: str
    amount_minor: int
    currency: str
    state: str
    created_us: int
    updated_us: int
    sends: int
    provider_ref: str | None
    reason: str | None
    alarm: int


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the journal: a state that an order was in, or a refusal."""

    order_id: str | None
    event: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class OrderBook:
    """Everything that a run looks at."""

    orders: tuple[Row, ...] = ()
    journal: tuple[Step, ...] = ()
    totals: tuple[tuple[str, int], ...] = ()
    """By scope: the sum that is kept of the newest period."""
    whole: bool = True

    def states(self) -> dict[str, str]:
        """Return the state of each order."""
        return {order.id: order.state for order in self.orders}


def order_states(path: Path) -> dict[str, str]:
    """Return the state of each order; nothing where there is no book yet."""
    with suppress(sqlite3.Error), closing(_connect(path)) as connection:
        return dict(connection.execute("SELECT id, state FROM orders").fetchall())
    return {}


def read_book(path: Path) -> OrderBook:
    """Return what stands in a book. One that is not there, or has no tables yet, is empty; raises `sqlite3.Error` else."""
    if not path.exists():
        return OrderBook()
    with closing(_connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables == 0:
            return OrderBook()
        check = connection.execute("PRAGMA integrity_check").fetchone()[0]
        return OrderBook(
            orders=tuple(_rows(connection, Row, "orders ORDER BY created_us")),
            journal=tuple(_rows(connection, Step, "journal ORDER BY seq")),
            totals=tuple(
                (row["scope"], row["minor"])
                for row in connection.execute(
                    "SELECT scope, max(minor) AS minor FROM totals GROUP BY scope"
                )
            ),
            whole=check == "ok",
        )


def _rows[T: (Row, Step)](
    connection: sqlite3.Connection, kind: type[T], what: str
) -> Iterator[T]:
    names = ", ".join(field.name for field in fields(kind))
    for row in connection.execute(f"SELECT {names} FROM {what}"):  # noqa: S608 - our own words
        values: dict[str, Any] = dict(row)
        yield kind(**values)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2)
