"""What is surely on a disk: the orders that anybody would find if the power failed right now and all that can be lost is lost."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
import sqlite3
from typing import Final

from ..disk import Disk, Platter, Whole
from .rows import Row

BOOK: Final = "orders.db"


class Synced:
    """Follows one disk. It is asked often, so it remembers how far it came."""

    def __init__(self, disk: Disk, scratch: Path) -> None:
        """Begin with what lay there. `scratch`: a folder to look at images in."""
        self._disk = disk
        self._scratch = scratch
        self._platter = Platter(disk.begun)
        self._fed = 0
        self._written: dict[str, bytes] = {}

    def orders(self, in_the_book: Mapping[str, Row]) -> dict[str, tuple[str, int]]:
        """Return state and sends of each order. `in_the_book`: what a reader finds now; the same, if nothing can be lost."""
        log = self._disk.log
        self._platter.feed(log[self._fed :])
        self._fed = len(log)
        lost = dict.fromkeys(self._platter.pending, Whole.LOST)
        if not lost:
            return {row.id: (row.state, row.sends) for row in in_the_book.values()}
        self._write(self._platter.image(lost))
        return read_orders(self._scratch / BOOK)

    def _write(self, files: dict[str, bytes]) -> None:
        self._scratch.mkdir(exist_ok=True)
        for name in self._written.keys() - files.keys():
            (self._scratch / name).unlink(missing_ok=True)
        for name, content in files.items():
            if self._written.get(name) != content:
                (self._scratch / name).write_bytes(content)
        self._written = files


def read_orders(path: Path) -> dict[str, tuple[str, int]]:
    """Return state and sends of each order in a book, as anybody would read it, and leave the files as they are."""
    with closing(sqlite3.connect(path)) as connection:
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        rows = connection.execute("SELECT id, state, sends FROM orders").fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}
