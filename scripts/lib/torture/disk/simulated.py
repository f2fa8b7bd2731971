"""A disk that forgets: one folder of real files, of which it is known what a power cut would leave.

    with installed():
        disk = Disk(folder)                        # what lies in the folder now is durable
        with disk:
            ...                                    # production code, unchanged: sqlite3, os.open, Path.replace
            disk.fail(Kind.SYNC)                   # the next sync fails; see `fail`
        disk.after_power_loss(seed, elsewhere)     # the files as a power cut could leave them
        # kill -9 instead (nothing is lost): copy the folder without "-shm"

A process that reads the folder sees everything it wrote, as with a real page cache. Several disks may be active at once.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import errno
import os
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from . import vfs
from .faults import Faults, Kind
from .operations import (
    Create,
    Cut,
    Delete,
    Fate,
    Mark,
    Operation,
    Rename,
    Sync,
    SyncFolder,
    Whole,
    Write,
    fate,
)
from .platter import Platter, read_files, write_files
from .system import SYSTEM


@dataclass(slots=True)
class Disk:
    """Watches one folder: keeps what was asked of it, fails when told to, and knows what is durable."""

    folder: Path
    log: list[Operation] = field(default_factory=list)
    """Everything that was done since the start, in order."""
    on_operation: Callable[[Kind, str], None] | None = None
    """Called before each operation with the file's name, in the thread that asks."""
    begun: dict[str, bytes] = field(init=False)
    """The files as they were durable at the start."""
    _names: dict[str, int] = field(init=False)
    _open: dict[int, tuple[str, int]] = field(default_factory=dict)
    _unsynced_names: set[int] = field(default_factory=set)
    """Handles whose first sync syncs the folder as well."""
    _faults: Faults = field(default_factory=Faults)
    _next: int = 0

    def __post_init__(self) -> None:
        """Take what lies in the folder for durable."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.begun = dict(read_files(self.folder))
        self._names = {name: n for n, name in enumerate(sorted(self.begun), start=1)}
        self._next = len(self._names) + 1

    def __enter__(self) -> Self:
        """Begin to watch."""
        vfs.watch(self.folder, self)
        SYSTEM.watch(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Watch no more; connections that are open stay watched."""
        vfs.unwatch(self.folder)
        SYSTEM.unwatch(self)

    # Faults

    def fail(
        self,
        kind: Kind,
        nth: int = 1,
        *,
        times: int = 1,
        error: int | None = None,
        ending: str = "",
    ) -> None:
        """Let the nth operation of a kind from now on fail, and those after it, so many `times`.

        `error`: SQLite's code (`FULL`, `SQLITE_IOERR_WRITE`, …), or an errno for `OS_OPEN` and `RENAME`. `ending`: only for
        files whose name ends so ("-wal", ".db"). A failed sync makes nothing durable, ever.
        """
        self._faults.plan(kind, nth, times, error, ending)

    def heal(self) -> None:
        """Fail no more."""
        self._faults.clear()

    @property
    def counts(self) -> Counter[Kind]:
        """What was asked for, failed or not."""
        return self._faults.counts

    @property
    def failed(self) -> Counter[Kind]:
        """What did fail."""
        return self._faults.failed

    @property
    def unmet(self) -> list[Kind]:
        """What was to fail and was never asked for."""
        return self._faults.unmet

    def _judge(self, kind: Kind, name: str) -> int:
        if self.on_operation is not None:
            self.on_operation(kind, name)
        return self._faults.judge(kind, name)

    # What is durable

    def mark(self, what: object) -> None:
        """Note in the log what the program knows at this moment."""
        self.log.append(Mark(what))

    def platter(self, until: int | None = None) -> Platter:
        """Return what is durable after so many operations of the log (or all of them), and what is not."""
        platter = Platter(self.begun)
        platter.feed(self.log[:until])
        return platter

    @property
    def synced(self) -> dict[str, bytes]:
        """The files if everything is lost that may be lost."""
        platter = self.platter()
        return platter.image(dict.fromkeys(platter.pending, Whole.LOST))

    def after_power_loss(
        self, choice: Random | Mapping[int, Fate], folder: Path
    ) -> dict[int, Fate]:
        """Write the files into a folder as a power cut now could leave them; return what became of what was not synced.

        `choice`: dice, or the fate of each un-synced operation by its place in the log (what is not named is kept).
        """
        platter = self.platter()
        fates = (
            {number: fate(choice, change) for number, change in platter.pending.items()}
            if isinstance(choice, Random)
            else dict(choice)
        )
        write_files(folder, platter.image(fates))
        return fates

    # What the shim tells: `vfs.Watcher`

    def opens(self, name: str) -> int:
        """SQLite opens a file."""
        return self._judge(Kind.OPEN, name)

    def opened(self, name: str, handle: int, *, syncs_folder: bool) -> None:
        """It is open now."""
        self._open[handle] = (name, self._number(name))
        if syncs_folder:
            self._unsynced_names.add(handle)

    def _number(self, name: str) -> int:
        """Return the number of the file of this name; a new one where there was none."""
        if name not in self._names:
            self._names[name], self._next = self._next, self._next + 1
            self.log.append(Create(self._names[name], name))
        return self._names[name]

    def writes(self, handle: int, offset: int, data: bytes) -> int:
        """SQLite writes."""
        name, file = self._open[handle]
        if (said := self._judge(Kind.WRITE, name)) == vfs.OK:
            self.log.append(Write(file, offset, data))
        return said

    def cuts(self, handle: int, size: int) -> int:
        """SQLite gives a file another size."""
        name, file = self._open[handle]
        if (said := self._judge(Kind.TRUNCATE, name)) == vfs.OK:
            self.log.append(Cut(file, size))
        return said

    def syncs(self, handle: int) -> int:
        """SQLite wants a file to be durable."""
        name, file = self._open[handle]
        said = self._judge(Kind.SYNC, name)
        worked = said == vfs.OK
        self.log.append(Sync(file, worked and handle in self._unsynced_names, worked))
        if worked:
            self._unsynced_names.discard(handle)
        return said

    def closed(self, handle: int) -> None:
        """The file is closed."""
        del self._open[handle]
        self._unsynced_names.discard(handle)

    def deletes(self, name: str, *, syncs_folder: bool) -> int:
        """SQLite deletes a file."""
        if (said := self._judge(Kind.DELETE, name)) == vfs.OK:
            self._forget(name)
            if syncs_folder:
                self.log.append(SyncFolder())
        return said

    # What the program does by itself

    def creates(self, name: str) -> None:
        """The program opens a file, which is made if it was not there. Raises `OSError`."""
        self._or_raise(Kind.OS_OPEN, name)

    def created(self, name: str) -> None:
        """It is open now."""
        self._number(name)

    def renames(self, name: str, to: str) -> None:
        """The program gives a file another name. Raises `OSError`."""
        self._or_raise(Kind.RENAME, name)

    def renamed(self, name: str, to: str) -> None:
        """It has it now."""
        if name in self._names:
            self._names[to] = self._names.pop(name)
            self.log.append(Rename(name, to))

    def removed(self, name: str) -> None:
        """The program has deleted a file."""
        self._forget(name)

    def synced_folder(self) -> None:
        """The program has synced the folder. Raises `OSError`."""
        if self._judge(Kind.SYNC, "") != vfs.OK:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.log.append(SyncFolder())

    def _forget(self, name: str) -> None:
        if self._names.pop(name, None) is not None:
            self.log.append(Delete(name))

    def _or_raise(self, kind: Kind, name: str) -> None:
        if (said := self._judge(kind, name)) != vfs.OK:
            raise OSError(said, os.strerror(said), name)
