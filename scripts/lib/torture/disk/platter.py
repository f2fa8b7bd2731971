"""What is durable after a sequence of operations, and the files that a power cut then may leave."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .operations import (
    Change,
    Create,
    Cut,
    Data,
    Delete,
    Fate,
    Mark,
    Naming,
    Operation,
    Rename,
    Sync,
    SyncFolder,
    Torn,
    Whole,
    Write,
)


@dataclass(slots=True)
class _File:
    """What is surely there, and what was asked since; with a doubt in it, also what was synced after the doubt."""

    content: bytearray = field(default_factory=bytearray)
    since: list[_Asked] = field(default_factory=list)
    whole: bytes | None = None
    """The content as one value as long as it stays the same: most images share it."""


@dataclass(slots=True)
class _Asked:
    change: Data
    number: int
    is_durable: bool = False
    is_doubtful: bool = False


class Platter:
    """What is durable after some operations, and what is not yet: feed it, then take images of a power cut."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Begin with files that are durable; they are numbered from 1 in the order of their names."""
        self._files: dict[int, _File] = {}
        self._names: dict[str, int] = {}
        self._namings: list[tuple[Naming, int]] = []
        self._fed = 0
        for file, (name, content) in enumerate(sorted(files.items()), start=1):
            self._files[file] = _File(bytearray(content))
            self._names[name] = file

    def feed(self, operations: Iterable[Operation]) -> None:
        """Do these, too."""
        for operation in operations:
            self._feed(operation, self._fed)
            self._fed += 1

    def _feed(self, operation: Operation, number: int) -> None:
        match operation:
            case Write(file) | Cut(file):
                self._file(file).since.append(_Asked(operation, number))
            case Create() | Delete() | Rename():
                self._namings.append((operation, number))
            case Sync(file, folder, worked):
                self._sync(self._file(file), worked=worked)
                if folder and worked:
                    self._sync_names()
            case SyncFolder():
                self._sync_names()
            case Mark():
                pass

    def _file(self, file: int) -> _File:
        return self._files.setdefault(file, _File())

    def _sync(self, file: _File, *, worked: bool) -> None:
        for asked in file.since:
            if not worked and not asked.is_durable:
                asked.is_doubtful = True
            elif not asked.is_doubtful:
                asked.is_durable = True
        # What is durable before the first doubt cannot be changed by it.
        while file.since and file.since[0].is_durable:
            file.whole = None
            _apply(file.content, file.since.pop(0).change, Whole.KEPT)

    def _sync_names(self) -> None:
        for naming, _ in self._namings:
            _rename(self._names, naming)
        self._namings.clear()

    @property
    def pending(self) -> dict[int, Change]:
        """What may be lost, by its place in the sequence, in order."""
        found: dict[int, Change] = {number: naming for naming, number in self._namings}
        for file in self._files.values():
            found |= {
                asked.number: asked.change
                for asked in file.since
                if not asked.is_durable
            }
        return dict(sorted(found.items()))

    def image(self, fates: Mapping[int, Fate]) -> dict[str, bytes]:
        """Return the files after a power cut; what is not named in `fates` is kept."""
        names = dict(self._names)
        for naming, number in self._namings:
            if fates.get(number, Whole.KEPT) is Whole.KEPT:
                _rename(names, naming)
        return {name: self._content(file, fates) for name, file in names.items()}

    def _content(self, number: int, fates: Mapping[int, Fate]) -> bytes:
        file = self._file(number)
        if not file.since:
            file.whole = bytes(file.content) if file.whole is None else file.whole
            return file.whole
        content = bytearray(file.content)
        for asked in file.since:
            fate = (
                Whole.KEPT if asked.is_durable else fates.get(asked.number, Whole.KEPT)
            )
            _apply(content, asked.change, fate)
        return bytes(content)


def _apply(content: bytearray, change: Data, fate: Fate) -> None:
    if fate is Whole.LOST:
        return
    if isinstance(change, Cut):
        del content[change.size :]
        _grow(content, change.size)
        return
    if fate is Whole.ZEROS:
        _grow(content, change.offset + len(change.data))
        return
    for start, end in _parts(change, fate):
        _grow(content, change.offset + end)
        content[change.offset + start : change.offset + end] = change.data[start:end]


def _parts(write: Write, fate: Fate) -> Sequence[tuple[int, int]]:
    return fate.kept if isinstance(fate, Torn) else ((0, len(write.data)),)


def _grow(content: bytearray, size: int) -> None:
    content.extend(bytes(max(0, size - len(content))))


def _rename(names: dict[str, int], naming: Naming) -> None:
    match naming:
        case Create(file, name):
            names[name] = file
        case Delete(name):
            names.pop(name, None)
        case Rename(name, to):
            if name in names:
                names[to] = names.pop(name)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Let a folder hold these files and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.is_file() and old.name not in files:
            old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def read_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Return the files of a folder that a start may trust: SQLite's shared memory is none of them."""
    for file in folder.iterdir():
        if file.is_file() and not file.name.endswith("-shm"):
            yield file.name, file.read_bytes()
