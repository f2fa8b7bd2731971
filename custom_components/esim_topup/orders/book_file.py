"""Opening the order book's file: a new one where there may be one, an old one only if it is whole and the right one.

A file that is missing, damaged, newer or older than it was must not look like "nothing was ever spent": then the limits
would be gone. So each of these is a `BookLocked` with its reason, and a person decides in Repairs.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
import os
from pathlib import Path
import sqlite3
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .digests import is_unbroken, seal, teach
from .ledger import Ledger
from .migration import migrate
from .order import Order
from .rows import to_us
from .schema import SCHEMA, VERSION
from .totals import totals_hold

_PRIVATE: Final = 0o600

_OUT_OF_REACH: Final = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
"""What SQLite says when somebody else holds the file, the disk is full or the file may not be written."""


class LockReason(StrEnum):
    """Why the order book is not to be trusted."""

    MISSING = "missing"
    DAMAGED = "damaged"
    NEWER = "newer"
    ROLLED_BACK = "rolled_back"
    REPLACED = "replaced"
    UNREADABLE = "unreadable"
    WRITE_FAILED = "write_failed"


class BookLocked(Exception):
    """Spending stops until a person has looked."""

    def __init__(self, reason: LockReason) -> None:
        """Keep the reason; its text belongs to the side that shows it."""
        self.reason = reason
        super().__init__(reason.value)


@dataclass(frozen=True, slots=True)
class Witness:
    """What was last known of the book, kept outside of it: proof that one existed and how far it was."""

    book_id: str
    revision: int


def open_book(
    path: Path,
    witness: Witness | None,
    zone: ZoneInfo,
    now: datetime,
    *,
    adopt: Collection[Order] = (),
    book_id: str | None = None,
) -> sqlite3.Connection:
    """Return a connection to a book that is whole, ours, and not older than the witness. Raises `BookLocked`.

    `adopt` are the orders that a new book begins with: it is never there without them; `book_id` is its id.
    """
    # A log without its book must not be played back into a new one.
    if not path.exists() and (witness is not None or Path(f"{path}-wal").exists()):
        raise BookLocked(LockReason.MISSING)
    try:
        connection = _connect(path)
    except sqlite3.Error, OSError:
        raise BookLocked(LockReason.UNREADABLE) from None
    try:
        if witness is None:
            _begin(connection, zone, now, adopt, book_id or uuid4().hex)
        _inspect(connection, witness)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    # The file holds what was bought and when: for the owner's eyes only, from its first byte.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE))
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=5
    )
    connection.row_factory = sqlite3.Row
    teach(connection)
    return connection


def _is_blank(connection: sqlite3.Connection) -> bool:
    try:
        tables: int = connection.execute(
            "SELECT count(*) FROM sqlite_master"
        ).fetchone()[0]
    except sqlite3.DatabaseError:
        return False
    return tables == 0


def _begin(
    connection: sqlite3.Connection,
    zone: ZoneInfo,
    now: datetime,
    adopt: Collection[Order],
    book_id: str,
) -> None:
    """Make a book of an empty file. Raises `BookLocked`."""
    # A file without a table is what a crash in the very first start leaves: nothing can have been spent by it.
    if _is_blank(connection):
        _create(connection, zone, now, adopt, book_id)
    elif adopt:  # somebody else's file stands where the new book was to be
        raise BookLocked(LockReason.UNREADABLE)


def _create(
    connection: sqlite3.Connection,
    zone: ZoneInfo,
    now: datetime,
    adopt: Collection[Order],
    book_id: str,
) -> None:
    facts = {
        "book_id": book_id,
        "revision": "0",
        "zone": zone.key,
        "created_us": str(to_us(now)),
    }
    try:
        connection.executescript(
            f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE; {SCHEMA}"
        )
        connection.executemany(
            "INSERT INTO meta (key, value) VALUES (?, ?)", facts.items()
        )
        seal(connection)
        ledger = Ledger(connection)
        for order in adopt:
            ledger.adopt(order, now)
        connection.execute("COMMIT")
    except sqlite3.Error:
        raise BookLocked(LockReason.UNREADABLE) from None


def _what_is_wrong(err: sqlite3.DatabaseError) -> LockReason:
    """Tell a file that cannot be used right now from one that is damaged: a person would set a good book aside for it."""
    # The lowest byte is the kind of error, the others its details; Python's own errors have no code.
    kind = getattr(err, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return LockReason.UNREADABLE if kind in _OUT_OF_REACH else LockReason.DAMAGED


def _inspect(connection: sqlite3.Connection, witness: Witness | None) -> None:
    try:
        # WAL: a reader never waits for the writer. FULL: a commit is on the disk when it returns (I5).
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise BookLocked(LockReason.NEWER)
        if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            raise BookLocked(LockReason.DAMAGED)
        _compare(connection, witness)
        migrate(connection, version)
        if not (is_unbroken(connection) and totals_hold(connection)):
            raise BookLocked(LockReason.DAMAGED)
    except sqlite3.DatabaseError as err:
        raise BookLocked(_what_is_wrong(err)) from None
    except ZoneInfoNotFoundError:
        # The fault is this machine's: its rules of time zones lack one. The book may be as good as ever.
        raise BookLocked(LockReason.UNREADABLE) from None
    except KeyError, ValueError, OverflowError:
        raise BookLocked(LockReason.DAMAGED) from None


def _compare(connection: sqlite3.Connection, witness: Witness | None) -> None:
    """Raise unless the book is the one that was seen last, and not older."""
    ledger = Ledger(connection)
    if witness is not None and witness.book_id != ledger.book_id:
        raise BookLocked(LockReason.REPLACED)
    if witness is not None and ledger.revision < witness.revision:
        raise BookLocked(LockReason.ROLLED_BACK)
