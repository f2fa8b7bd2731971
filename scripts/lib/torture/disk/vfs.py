"""A shim under SQLite: it sees, and may refuse, each write, cut, sync, creation and deletion of files in chosen folders.

It is a copy of SQLite's own way to the disk (its VFS) that becomes the default one, so that no code above has to know. Files
outside of the watched folders stay wholly native; in the watched ones reads, locks and shared memory do. Syncs are noted and
never carried out: what is durable is the business of whoever watches (`Disk`).

    with installed():
        watch(folder, watcher)      # a `Watcher`; until `unwatch(folder)`
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
import ctypes
from functools import cache
import os
from pathlib import Path
import sqlite3
from typing import Any, Final, Protocol

from . import abi

OK: Final = 0


class Watcher(Protocol):
    """Hears of each operation before it is done. Anything but `OK` (0) is returned to SQLite, and nothing is done."""

    def opens(self, name: str) -> int:
        """Judge the opening of a file, which is made if it was not there."""

    def opened(self, name: str, handle: int, *, syncs_folder: bool) -> None:
        """Hear that a file is open under this handle. The first sync of a log syncs its folder, too."""

    def writes(self, handle: int, offset: int, data: bytes) -> int:
        """Judge a write."""

    def cuts(self, handle: int, size: int) -> int:
        """Judge a truncation."""

    def syncs(self, handle: int) -> int:
        """Judge a sync."""

    def closed(self, handle: int) -> None:
        """Hear that a file is closed."""

    def deletes(self, name: str, *, syncs_folder: bool) -> int:
        """Judge a deletion."""


class _Native:
    """SQLite's own functions for one kind of file, and the table with ours in their place."""

    def __init__(self, address: int, ours: dict[str, Any]) -> None:
        table = abi.Methods.from_address(address)
        self.close: Callable[[int], int] = abi.Close(table.close)
        self.write: Callable[[int, int, int, int], int] = abi.Write(table.write)
        self.truncate: Callable[[int, int], int] = abi.Truncate(table.truncate)
        self.replaced = abi.Methods.from_buffer_copy(table)
        for name, function in ours.items():
            setattr(self.replaced, name, ctypes.cast(function, abi.Pointer))


class _Shim:
    """The one shim of this process. SQLite keeps pointers into it as long as a connection is open: so it never goes."""

    def __init__(self) -> None:
        self._library = abi.library()
        address = self._library.sqlite3_vfs_find(None)
        if not address:
            raise abi.NoWayIn("SQLite has no default VFS")
        self.native = abi.Vfs.from_address(address)
        self.folders: dict[str, Watcher] = {}
        self.files: dict[int, tuple[Watcher, _Native]] = {}
        self.was_reached = False
        self.users = 0
        self.faults: list[BaseException] = []
        self._natives: dict[int, _Native] = {}
        self._native_open: Callable[..., int] = abi.Open(self.native.open)
        self._native_delete: Callable[..., int] = abi.Delete(self.native.delete)
        self._ours = {
            "close": abi.called_by_sqlite(abi.Close)(self._close),
            "write": abi.called_by_sqlite(abi.Write)(self._guarded(self._write)),
            "truncate": abi.called_by_sqlite(abi.Truncate)(
                self._guarded(self._truncate)
            ),
            "sync": abi.called_by_sqlite(abi.Sync)(self._guarded(self._sync)),
        }
        self._open_ = abi.called_by_sqlite(abi.Open)(self._guarded(self._open))
        self._delete_ = abi.called_by_sqlite(abi.Delete)(self._guarded(self._delete))
        self.ours = abi.Vfs.from_buffer_copy(self.native)
        self.ours.next = None
        self.ours.name = b"watched"
        self.ours.open = ctypes.cast(self._open_, abi.Pointer)
        self.ours.delete = ctypes.cast(self._delete_, abi.Pointer)

    def make_default(self, vfs: abi.Vfs) -> None:
        """Let connections that are opened from now on use this."""
        if self._library.sqlite3_vfs_register(ctypes.byref(vfs), 1) != OK:
            raise abi.NoWayIn("SQLite refuses another VFS")

    def _guarded(self, function: Callable[..., int]) -> Callable[..., int]:
        """An exception cannot pass through SQLite: keep it, and let the disk fail."""

        def guarded(*values: Any) -> int:
            try:
                return function(*values)
            except BaseException as err:  # noqa: BLE001 - it is raised at the end of `installed`
                self.faults.append(err)
                return sqlite3.SQLITE_IOERR

        return guarded

    def _watcher(self, path: str) -> tuple[Watcher, str] | None:
        folder, _, name = path.rpartition("/")
        watcher = self.folders.get(folder)
        return None if watcher is None else (watcher, name)

    def _open(self, _: int, path: int | None, file: int, flags: int, out: Any) -> int:
        self.was_reached = True
        # Also without a name (a temporary file): then nobody watches.
        text = "" if path is None else os.fsdecode(ctypes.string_at(path))
        found = self._watcher(text)
        if found is None:
            return self._native_open(
                ctypes.addressof(self.native), path, file, flags, out
            )
        watcher, name = found
        syncs_folder = bool(flags & abi.CREATE and flags & abi.SYNCS_ITS_FOLDER)
        if (said := watcher.opens(name)) != OK:
            abi.File.from_address(file).methods = None
            return said
        said = self._native_open(ctypes.addressof(self.native), path, file, flags, out)
        if said == OK:
            address = abi.File.from_address(file).methods
            native = self._natives.get(address)
            if native is None:
                native = self._natives[address] = _Native(address, self._ours)
            self.files[file] = (watcher, native)
            abi.File.from_address(file).methods = ctypes.addressof(native.replaced)
            watcher.opened(name, file, syncs_folder=syncs_folder)
        return said

    def _delete(self, _: int, path: bytes, syncs_folder: int) -> int:
        text = os.fsdecode(path)
        found = self._watcher(text)
        if found is not None and Path(text).exists():
            said = found[0].deletes(found[1], syncs_folder=bool(syncs_folder))
            if said != OK:
                return said
            syncs_folder = 0
        return self._native_delete(
            ctypes.addressof(self.native), path, int(syncs_folder)
        )

    def _close(self, file: int) -> int:
        watcher, native = self.files.pop(file)
        with suppress(Exception):
            watcher.closed(file)
        return native.close(file)

    def _write(self, file: int, data: int, length: int, offset: int) -> int:
        watcher, native = self.files[file]
        said = watcher.writes(file, offset, ctypes.string_at(data, length))
        return said if said != OK else native.write(file, data, length, offset)

    def _truncate(self, file: int, size: int) -> int:
        watcher, native = self.files[file]
        said = watcher.cuts(file, size)
        return said if said != OK else native.truncate(file, size)

    def _sync(self, file: int, _: int) -> int:
        return self.files[file][0].syncs(file)


@cache
def _shim() -> _Shim:
    return _Shim()


@contextmanager
def installed() -> Iterator[None]:
    """Let every connection of this process that is opened meanwhile pass through the shim. It may be nested."""
    shim = _shim()
    if shim.users == 0:
        _put_under(shim)
    shim.users += 1
    try:
        yield
    finally:
        shim.users -= 1
        if shim.users == 0:
            shim.make_default(shim.native)
    if shim.faults:
        raise shim.faults.pop()


def _put_under(shim: _Shim) -> None:
    shim.make_default(shim.ours)
    with suppress(sqlite3.Error):
        sqlite3.connect("/nowhere/at/all").close()
    if not shim.was_reached:
        shim.make_default(shim.native)
        raise abi.NoWayIn("Python's sqlite3 uses another SQLite than the one found")


def watch(folder: Path, watcher: Watcher) -> None:
    """Let this watcher hear of the files in a folder (not in folders below) that are opened from now on."""
    _shim().folders[os.fspath(folder.resolve())] = watcher


def unwatch(folder: Path) -> None:
    """Leave a folder alone. Files that are open stay watched."""
    _shim().folders.pop(os.fspath(folder.resolve()), None)
