"""The demo operator's books: one SQLite file that is made once, whole or not at all.

Each call opens the file, does its work in one transaction and closes it, so there is nothing to keep and nothing to
lose: what a killed process had not committed is undone by whoever opens the file next.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
import os
from pathlib import Path
import sqlite3
import tempfile
from typing import Final

from ..base import Charge, LineId
from ..errors import Unreachable
from .ledger import Ledger, write_world
from .schema import APPLICATION_ID, SCHEMA, VERSION
from .world import World

# Somebody else's transaction takes milliseconds; a disk that hangs for this long will not come back in time.
_BUSY_TIMEOUT: Final = 10.0

_CODES: Final = {
    sqlite3.SQLITE_BUSY: "books_busy",
    sqlite3.SQLITE_CANTOPEN: "books_not_writable",
    sqlite3.SQLITE_CORRUPT: "books_damaged",
    sqlite3.SQLITE_FULL: "books_not_writable",
    sqlite3.SQLITE_IOERR: "books_not_writable",
    sqlite3.SQLITE_NOTADB: "books_damaged",
    sqlite3.SQLITE_PERM: "books_not_writable",
    sqlite3.SQLITE_READONLY: "books_not_writable",
}


class BooksUnusable(Unreachable):
    """The file cannot be used: `books_damaged`, `_newer`, `_missing`, `_busy` or `_not_writable`. It is left as it is."""

    code = "books_unusable"


class Books:
    """One file. Every method blocks: call it in a worker thread."""

    def __init__(
        self,
        path: Path,
        new_world: Callable[[], World],
        busy_timeout: float = _BUSY_TIMEOUT,
    ) -> None:
        """Take the path, what to write where there is no file yet, and the seconds to wait for another writer."""
        self._path = path
        self._new_world = new_world
        self._busy_timeout = busy_timeout
        self._checked = False

    @contextmanager
    def transaction(self) -> Iterator[Ledger]:
        """Open the books for one piece of work: all of it is on disk when the block ends, or nothing of it.

        Raises `BooksUnusable`; its `sent` is False where the work had not begun.
        """
        with ExitStack() as stack:
            with _translated(sent=False):
                db = self._open(stack)
            with _translated(sent=True):
                yield Ledger(db)
                db.execute("COMMIT")

    def _open(self, stack: ExitStack) -> sqlite3.Connection:
        if not self._path.exists():
            self._make()
        db = stack.enter_context(_connected(self._path, self._busy_timeout))
        # The lock comes first: whoever reads before writing must not find the world changed in between.
        db.execute("BEGIN IMMEDIATE")
        if not self._checked:
            _check(db)
            self._checked = True
        return db

    def _make(self) -> None:
        """Make the books under another name and give them theirs when they are whole: nobody ever sees half of them."""
        self._path.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{self._path.name}.", dir=self._path.parent
        )
        os.close(handle)
        unfinished = Path(name)
        try:
            with _connected(unfinished, self._busy_timeout) as db:
                db.executescript(SCHEMA)
                write_world(db, self._new_world())
                db.execute("COMMIT")
            _give_name(unfinished, self._path)
        finally:
            unfinished.unlink()


def charges(path: Path, line_id: LineId | None = None) -> list[Charge]:
    """Return every charge in the books, of one line or of all, the oldest first; for scripts and tests.

    Blocks. Raises `BooksUnusable`, also where there is no file: that is something else than no charge.
    """
    if not path.exists():
        raise BooksUnusable("books_missing", sent=False)
    with _translated(sent=False), _connected(path, _BUSY_TIMEOUT) as db:
        _check(db)
        return Ledger(db).charges(line_id)


@contextmanager
def _connected(path: Path, busy_timeout: float) -> Iterator[sqlite3.Connection]:
    """Open the file, and close it again; what was not committed by then is undone."""
    # mode=rw: SQLite itself must not make a file, an empty one would look like new books. Its journal is the default,
    # DELETE: the books stay one file, easy to copy and to throw away.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with closing(
        sqlite3.connect(uri, uri=True, timeout=busy_timeout, isolation_level=None)
    ) as db:
        # FULL, and a power cut cannot bring a finished journal back.
        db.execute("PRAGMA synchronous = EXTRA")
        db.execute("PRAGMA foreign_keys = ON")
        yield db


def _check(db: sqlite3.Connection) -> None:
    """Refuse what is not, or no longer, a sound set of books of a version known here."""
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise BooksUnusable("books_damaged", sent=False)
    if db.execute("PRAGMA user_version").fetchone()[0] > VERSION:
        raise BooksUnusable("books_newer", sent=False)
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise BooksUnusable("books_damaged", sent=False)


def _give_name(unfinished: Path, path: Path) -> None:
    """Give whole books their name for good; where another provider was faster, its books stay."""
    try:
        path.hardlink_to(unfinished)
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _translated(*, sent: bool) -> Iterator[None]:
    """Turn what goes wrong with the file into our error: a flipped bit passes SQLite's checks, and no value of ours."""
    try:
        yield
    except OSError as err:
        raise BooksUnusable("books_not_writable", sent=sent) from err
    except sqlite3.Error as err:
        # The extended code, cut down to its family.
        family = getattr(err, "sqlite_errorcode", 0) & 0xFF
        raise BooksUnusable(_CODES.get(family, "books_damaged"), sent=sent) from err
    except (ArithmeticError, LookupError, TypeError, ValueError) as err:
        raise BooksUnusable("books_damaged", sent=sent) from err
