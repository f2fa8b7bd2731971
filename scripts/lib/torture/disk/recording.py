"""What a program does to the disk, with notes in between of what it knew: which commits were tried, and which had returned.

The notes are taken around the store, in its own thread; the store does not know.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
import hashlib
from pathlib import Path
import sqlite3
from typing import Any, Final
from unittest.mock import patch

from custom_components.esim_topup.orders import book_file, store as store_module
from custom_components.esim_topup.orders.book_file import Witness
from custom_components.esim_topup.orders.store import Store

from .operations import Mark, Operation
from .simulated import Disk

_TABLES: Final = ("orders", "charges", "totals", "journal")

_LATER: Final = frozenset({"month", "digest"})
"""Columns that a migration adds: a book says the same before and after it."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a book says."""

    book_id: str
    revision: int
    digest: str
    states: tuple[tuple[str, str], ...]
    """Each order and its state."""

    @property
    def witness(self) -> Witness:
        """What may be noted of it outside."""
        return Witness(self.book_id, self.revision)


def content_of(connection: sqlite3.Connection, ahead: int = 0) -> Content:
    """Return what a book says; `ahead`: its revision will have gone so much further at the commit."""
    facts = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    digest = hashlib.blake2b(digest_size=12)
    for table in _TABLES:
        cursor = connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4")  # noqa: S608 - our own names
        kept = [
            n for n, about in enumerate(cursor.description) if about[0] not in _LATER
        ]
        for row in cursor:
            digest.update(repr([row[n] for n in kept]).encode())
    states = connection.execute("SELECT id, state FROM orders ORDER BY id").fetchall()
    return Content(
        facts["book_id"],
        int(facts["revision"]) + ahead,
        digest.hexdigest(),
        tuple((row[0], row[1]) for row in states),
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """A commit begins: from here on it may be in the book."""

    content: Content


@dataclass(frozen=True, slots=True)
class Known:
    """A commit has returned, or a book was opened: from here on it must be in the book."""

    content: Content


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What may be in the book at one moment, by the notes before it."""

    sure: Content | None = None
    """`None`: there was no book yet."""
    perhaps: tuple[Content, ...] = ()
    """What was tried since and did not return."""
    earlier: tuple[Witness, ...] = ()
    """What may have been noted outside, oldest first: such a note comes late, never early."""
    unsettled: tuple[tuple[str, str], ...] = ()
    """Orders of an untrusted book whose money may still move, with their states."""

    def then(self, operation: Operation) -> Knowledge:
        """Return what is known after this operation."""
        match operation:
            case Mark(Tried(content)):
                return replace(self, perhaps=(*self.perhaps, content))
            case Mark(Known(content)):
                earlier = (*self.earlier, content.witness)
                return replace(self, sure=content, perhaps=(), earlier=earlier)
        return self


@dataclass(frozen=True, slots=True)
class Recording:
    """One workload's way over the disk."""

    name: str
    begun: dict[str, bytes]
    log: tuple[Operation, ...]
    knowledge: Knowledge = Knowledge()
    """What was known before it."""
    failed: Mapping[str, int] = field(default_factory=dict)
    """The faults that were dealt out on the way."""


@contextmanager
def noted(disk: Disk) -> Iterator[None]:
    """Note in the disk's log what stores know that work on it meanwhile."""
    opened: Callable[..., sqlite3.Connection] = book_file.open_book
    commit: Callable[..., Any] = Store._commit  # noqa: SLF001 - seen from outside, without a hook inside

    def open_book(path: Path, *values: Any, **named: Any) -> sqlite3.Connection:
        connection = opened(path, *values, **named)
        disk.mark(Known(content_of(connection)))
        return connection

    def note_commit(store: Store, work: Callable[[], Any]) -> Any:
        connection = store._ledger.connection  # noqa: SLF001 - as above

        def then_note() -> Any:
            result = work()
            disk.mark(Tried(content_of(connection, ahead=1)))
            return result

        result = commit(store, then_note)
        disk.mark(Known(content_of(connection)))
        return result

    with (
        patch.object(store_module, "open_book", open_book),
        patch.object(Store, "_commit", note_commit),
    ):
        yield
