"""What a program does to files by itself, without SQLite: `os.open` that creates, renames, deletions.

While a disk is watched, those functions of `os` are replaced by ones that tell it; `pathlib` goes through them too.
"""

import os
from pathlib import Path
from typing import Any, Final, Protocol
from unittest.mock import patch


class Listener(Protocol):
    """Hears of what is done to the files of its folder; what raises `OSError` keeps it from being done."""

    folder: Path

    def creates(self, name: str) -> None:
        """A file will be opened."""

    def created(self, name: str) -> None:
        """It is there."""

    def renames(self, name: str, to: str) -> None:
        """A file will get another name."""

    def renamed(self, name: str, to: str) -> None:
        """It has it."""

    def removed(self, name: str) -> None:
        """A file was deleted."""

    def synced_folder(self) -> None:
        """The folder's names shall be durable. What raises `OSError` leaves them in doubt."""


_OPEN: Final = os.open
_REPLACE: Final = os.replace
_UNLINK: Final = os.unlink
_FSYNC: Final = os.fsync


class System:
    """Who listens to which folder; the functions are replaced as long as there is anybody."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._listeners: dict[str, Listener] = {}
        self._folders: dict[int, Listener] = {}
        """By the number of the open folder."""
        self._patches = [
            patch.object(os, name, function)
            for name, function in (
                ("open", self._open),
                ("replace", self._replace),
                ("rename", self._replace),
                ("unlink", self._unlink),
                ("remove", self._unlink),
                ("fsync", self._fsync),
            )
        ]

    def watch(self, listener: Listener) -> None:
        """Tell this one from now on."""
        if not self._listeners:
            for one in self._patches:
                one.start()
        self._listeners[os.path.realpath(listener.folder)] = listener

    def unwatch(self, listener: Listener) -> None:
        """Tell it no more."""
        found = self._listeners.pop(os.path.realpath(listener.folder), None)
        if found is not None and not self._listeners:
            for one in self._patches:
                one.stop()

    def _who(self, path: Any) -> tuple[Listener | None, str]:
        if isinstance(path, int):
            return None, ""
        folder, name = os.path.split(os.fsdecode(path))
        return self._listeners.get(os.path.realpath(folder)), name

    def _open(self, path: Any, *values: Any, **named: Any) -> int:
        who, name = self._who(path)
        if who is not None:
            who.creates(name)
        number = _OPEN(path, *values, **named)
        if who is not None:
            who.created(name)
        # A number is used again once its file is closed.
        self._folders.pop(number, None)
        if not isinstance(path, int):
            folder = self._listeners.get(os.path.realpath(path))
            if folder is not None:
                self._folders[number] = folder
        return number

    def _fsync(self, number: Any) -> None:
        if (who := self._folders.get(number)) is not None:
            who.synced_folder()
        else:
            _FSYNC(number)

    def _replace(self, path: Any, to: Any, **named: Any) -> None:
        who, name = self._who(path)
        if who is None:
            _REPLACE(path, to, **named)
            return
        if not os.path.lexists(path):
            raise FileNotFoundError(path)
        other = os.path.basename(os.fsdecode(to))  # noqa: PTH119 - as `os` is asked
        who.renames(name, other)
        _REPLACE(path, to, **named)
        who.renamed(name, other)

    def _unlink(self, path: Any, **named: Any) -> None:
        who, name = self._who(path)
        _UNLINK(path, **named)
        if who is not None:
            who.removed(name)


SYSTEM: Final = System()
