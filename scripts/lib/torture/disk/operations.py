"""What a program asks of a disk, and what a power cut may leave of it.

The rules are those that POSIX allows, which is more than any one file system does:
* data is durable once a sync of its file has returned; until then each write may be there, be missing, be torn at any
  sector, or have only made the file longer (zeros), whatever became of the others;
* a name (created, deleted, renamed) is durable once its folder was synced; until then each change may be there or not;
* a sync that failed makes nothing durable, and no later one makes up for it: what it was for stays in doubt for ever.
"""

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from random import Random
from typing import Final

SECTOR: Final = 512


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes for a file; `file` is a number of its own, whatever name it has."""

    file: int
    offset: int
    data: bytes

    @property
    def cuts(self) -> range:
        """Where a sector ends inside of it, counted from its first byte."""
        first = SECTOR - self.offset % SECTOR
        return range(first, len(self.data), SECTOR)


@dataclass(frozen=True, slots=True)
class Cut:
    """A new size for a file."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """Everything asked of a file so far shall be durable; `folder`: and the names beside it."""

    file: int
    folder: bool = False
    worked: bool = True


@dataclass(frozen=True, slots=True)
class Create:
    """A new file under a name."""

    file: int
    name: str


@dataclass(frozen=True, slots=True)
class Delete:
    """A name goes."""

    name: str


@dataclass(frozen=True, slots=True)
class Rename:
    """A file gets another name, in one step."""

    name: str
    to: str


@dataclass(frozen=True, slots=True)
class SyncFolder:
    """All names shall be durable."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Not for the disk: what the program knew at this moment."""

    what: object


type Data = Write | Cut
type Naming = Create | Delete | Rename
type Change = Data | Naming
type Operation = Change | Sync | SyncFolder | Mark


class Whole(Enum):
    """What may become of any change that was not synced."""

    KEPT = "kept"
    LOST = "lost"
    ZEROS = "zeros"
    """Of a write: the file has grown for it, and holds nothing there yet."""


@dataclass(frozen=True, slots=True)
class Torn:
    """Of a write: only these bytes of it arrived (from, to)."""

    kept: tuple[tuple[int, int], ...]


type Fate = Whole | Torn


def fate(dice: Random, change: Change) -> Fate:
    """Draw what becomes of a change that was not synced."""
    if not isinstance(change, Write):
        return dice.choice((Whole.KEPT, Whole.LOST))
    drawn = dice.choice((*Whole, *Whole, Torn))
    return drawn if isinstance(drawn, Whole) else _torn(dice, change)


def _torn(dice: Random, write: Write) -> Torn:
    edges = (0, *write.cuts, len(write.data))
    return Torn(tuple(part for part in pairwise(edges) if dice.random() < 0.5))
