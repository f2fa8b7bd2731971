"""The book's disk over several lives of the process: power cuts, kills, failing writes, and what is surely on it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from random import Random
import shutil
import sqlite3
from typing import Any, Final

from ..disk import FULL, Disk, Kind, installed, write_files
from ..disk.platter import read_files
from .custody import tampered
from .rows import Row
from .synced import BOOK, Synced

_FOR_EVER: Final = 10**9

_TROUBLE: Final = (
    (Kind.WRITE, FULL),
    (Kind.WRITE, sqlite3.SQLITE_IOERR_WRITE),
    (Kind.WRITE, sqlite3.SQLITE_READONLY),
    (Kind.SYNC, None),
    (Kind.OPEN, None),
    (Kind.OS_OPEN, None),
    (Kind.RENAME, None),
)
"""How a disk fails: full, worn out, gone read-only, unable to sync, its files out of reach."""


@contextmanager
def machine(room: Path) -> Iterator[None]:
    """Put the simulated disk under SQLite, as long as seeds are played in this process."""
    room.mkdir(parents=True, exist_ok=True)
    with installed(), Disk(room):  # one disk is always watched: to begin is dear
        yield
    shutil.rmtree(room, ignore_errors=True)


class Sabotage(StrEnum):
    """What somebody may do to the book while the house is off."""

    COPY = "the book is copied"
    OLDER = "an older book is put back"
    ANOTHER = "another book is put there"
    GONE = "the book is gone"
    CUT = "the book is cut off"
    ZEROS = "the book is zeros"
    NEWER = "a newer release wrote into the book"
    SUMS = "the book's sums are wrong"


_WRITTEN: Final = {
    Sabotage.NEWER: "PRAGMA user_version = 99",
    Sabotage.SUMS: "UPDATE totals SET minor = minor + 100",
}


class SQLite:
    """Stands in for the module where the book is opened: remembers connections, so that a power cut can end them."""

    def __init__(self) -> None:
        """Remember none yet."""
        self.connections: list[sqlite3.Connection] = []

    def __getattr__(self, name: str) -> Any:
        """Be the module in everything else."""
        return getattr(sqlite3, name)

    def connect(self, path: Path, **named: Any) -> sqlite3.Connection:
        """Open a file."""
        connection: sqlite3.Connection = sqlite3.connect(path, **named)
        self.connections.append(connection)
        return connection

    def forget(self) -> None:
        """Close everything; in a power cut nobody tidies up."""
        while self.connections:
            connection = self.connections.pop()
            with suppress(sqlite3.Error):
                connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
            with suppress(sqlite3.Error):
                connection.close()


class Drive:
    """One house's disk. After each end of a life the book lies in another folder: what is left of the one before."""

    def __init__(
        self, room: Path, dice: Random, sqlite: SQLite, book: bytes | None
    ) -> None:
        """Use a folder that nobody else uses. `book`: lies there before the first life, durably."""
        self._room = room
        self._dice = dice
        self._sqlite = sqlite
        self._folders = 0
        self._fuse: tuple[int, bool] | None = None
        folder = self._next()
        if book is not None:
            (folder / BOOK).write_bytes(book)
        self._watch(folder)
        self.is_dead = False
        """The process on it is gone: whatever it still does reaches nobody."""
        self.was_cut_inside = False
        self.was_power = False

    def _next(self) -> Path:
        self._folders += 1
        folder = self._room / str(self._folders)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _watch(self, folder: Path) -> None:
        self.folder = folder
        self.disk = Disk(folder)
        self.disk.__enter__()
        self._synced = Synced(self.disk, folder / "scratch")

    @property
    def path(self) -> Path:
        """Where the book is."""
        return self.folder / BOOK

    # The end of a life

    def light_fuse(self, operations: int, *, power: bool) -> None:
        """Let the process end right before the nth operation from now on."""
        self._fuse = (operations, power)
        self.disk.on_operation = self._burn

    def put_out(self) -> None:
        """Let no life end by the fuse any more."""
        self._fuse = None
        self.disk.on_operation = None

    def _burn(self, kind: Kind, name: str) -> None:
        if self._fuse is None:
            return
        left, power = self._fuse
        if left > 1:
            self._fuse = (left - 1, power)
            return
        self.was_cut_inside = True
        self.cut(power=power)

    def cut(self, *, power: bool) -> None:
        """End the life on this disk now. `power`: what was not synced may be lost or torn; else the process was killed."""
        self.put_out()
        self.was_power = power
        self._after = self._next()
        self.disk.after_power_loss(self._dice if power else {}, self._after)
        for kind in Kind:
            self.disk.fail(kind, times=_FOR_EVER)
        self.is_dead = True

    def begin_again(self) -> None:
        """Go on with what was left."""
        old = self.disk
        self._sqlite.forget()
        old.__exit__(None, None, None)
        shutil.rmtree(old.folder, ignore_errors=True)
        self._watch(self._after)
        self.is_dead = self.was_cut_inside = False

    def remove(self) -> None:
        """Leave nothing behind."""
        self._sqlite.forget()
        self.disk.__exit__(None, None, None)
        shutil.rmtree(self._room, ignore_errors=True)

    # Trouble

    def sicken(self, trouble: int, nth: int, times: int) -> str:
        """Let a kind of operation fail, from the nth on; return its name."""
        kind, error = _TROUBLE[trouble % len(_TROUBLE)]
        self.disk.fail(kind, nth, times=times, error=error)
        return f"disk: {kind.value} fails" + (" (full)" if error == FULL else "")

    def heal(self) -> None:
        """Work again."""
        if not self.is_dead:
            self.disk.heal()

    # What is on it

    @property
    def connection(self) -> sqlite3.Connection | None:
        """The connection that the book was opened with last, if it was opened in this life; it may be closed by now."""
        found = self._sqlite.connections
        return found[-1] if found else None

    def synced_orders(
        self, in_the_book: Mapping[str, Row]
    ) -> dict[str, tuple[str, int]]:
        """Return state and sends of each order as a power cut right now would leave them."""
        return self._synced.orders(in_the_book)

    def files(self) -> dict[str, bytes]:
        """Return what lies in the book's folder."""
        return dict(read_files(self.folder))

    def sabotage(
        self, deed: Sabotage, older: Mapping[str, bytes] | None, another: bytes
    ) -> None:
        """Let somebody change the files while the house is off."""
        files = self.files()
        book = files.get(BOOK, b"")
        match deed:
            case Sabotage.GONE:
                files = {}
            case Sabotage.CUT:
                files[BOOK] = book[: self._dice.choice((0, 100, 9000))]
            case Sabotage.ZEROS:
                files = {BOOK: bytes(len(book))}
            case Sabotage.ANOTHER:
                files = {BOOK: another}
            case Sabotage.OLDER if older is not None:
                files = dict(older)
            case Sabotage.NEWER | Sabotage.SUMS if book:
                files = tampered(files, _WRITTEN[deed], self.folder / "hands")
        self.disk.__exit__(None, None, None)
        write_files(self.folder, files)
        self._watch(self.folder)
