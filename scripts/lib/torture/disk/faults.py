"""Faults of a disk: which operation fails, how often, and with which error."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import errno
import sqlite3
from typing import Final


class Kind(StrEnum):
    """What can be asked of the disk, and can fail."""

    OPEN = "open"
    """SQLite opens a file."""
    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    DELETE = "delete"
    OS_OPEN = "os.open"
    """The program opens or creates a file by itself."""
    RENAME = "rename"


FULL: Final = sqlite3.SQLITE_FULL

_USUAL: Final[Mapping[Kind, int]] = {
    Kind.OPEN: sqlite3.SQLITE_CANTOPEN,
    Kind.WRITE: sqlite3.SQLITE_IOERR_WRITE,
    Kind.TRUNCATE: sqlite3.SQLITE_IOERR_TRUNCATE,
    Kind.SYNC: sqlite3.SQLITE_IOERR_FSYNC,
    Kind.DELETE: sqlite3.SQLITE_IOERR_DELETE,
    Kind.OS_OPEN: errno.EACCES,
    Kind.RENAME: errno.EIO,
}


@dataclass(slots=True)
class _Fault:
    kind: Kind
    skip: int
    times: int
    error: int
    ending: str
    has_struck: bool = False


@dataclass(slots=True)
class Faults:
    """What is to fail, what was asked for and what did fail."""

    counts: Counter[Kind] = field(default_factory=Counter)
    failed: Counter[Kind] = field(default_factory=Counter)
    _planned: list[_Fault] = field(default_factory=list)

    def plan(
        self, kind: Kind, nth: int, times: int, error: int | None, ending: str
    ) -> None:
        """Let the nth operation of a kind from now on fail, and those after it, so many times."""
        code = _USUAL[kind] if error is None else error
        self._planned.append(_Fault(kind, nth - 1, times, code, ending))

    def clear(self) -> None:
        """Fail no more."""
        self._planned.clear()

    @property
    def unmet(self) -> list[Kind]:
        """What was planned and has never struck."""
        return [fault.kind for fault in self._planned if not fault.has_struck]

    def judge(self, kind: Kind, name: str) -> int:
        """Return the error that this operation meets, or 0."""
        self.counts[kind] += 1
        for fault in self._planned:
            if fault.kind is not kind or not name.endswith(fault.ending):
                continue
            if fault.skip > 0:
                fault.skip -= 1
            elif fault.times > 0:
                fault.times -= 1
                fault.has_struck = True
                self.failed[kind] += 1
                return fault.error
        return 0
