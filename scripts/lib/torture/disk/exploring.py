"""Every prefix of a recorded sequence, and at each one nearly everything that a power cut may leave: open it, and judge."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from custom_components.esim_topup.orders.book_file import Witness

from .fates import combinations
from .operations import Sync, SyncFolder
from .platter import Platter, write_files
from .recording import Knowledge, Recording

type Judge = Callable[[Path, Knowledge, Witness | None], str | None]


@dataclass(frozen=True, slots=True)
class Crash:
    """One moment and one way to lose power."""

    recording: str
    at: int
    """So many operations of the recording were done."""
    how: str
    which: int
    """The how manieth combination of losses at this moment."""
    knowledge: Knowledge
    witness: Witness | None
    files: dict[str, bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """How the command calls it."""
        return f"{self.recording}:{self.at}:{self.which}"


@dataclass(slots=True)
class Explorer:
    """Goes through a recording; equal files with equal knowledge are judged once."""

    subsets: int = 8
    every: int = 1
    """Of states that differ from others, only each so manieth is judged: 1 is all."""
    states: int = 0
    """Moments x losses."""
    different: int = 0
    how: Counter[str] = field(default_factory=Counter)

    def crashes(self, recording: Recording) -> Iterator[Crash]:
        """Yield every crash that leaves something else."""
        platter, knowledge = Platter(recording.begun), recording.knowledge
        seen: set[_Key] = set()
        following = [*recording.log[1:], SyncFolder()]
        yield from self._at(recording.name, 0, platter, knowledge, True, seen)
        for at, operation in enumerate(recording.log, start=1):
            platter.feed((operation,))
            knowledge = knowledge.then(operation)
            # Before a sync everything is at its most: there each write is torn.
            thorough = isinstance(following[at - 1], Sync | SyncFolder)
            yield from self._at(recording.name, at, platter, knowledge, thorough, seen)

    def _at(
        self,
        name: str,
        at: int,
        platter: Platter,
        knowledge: Knowledge,
        thorough: bool,
        seen: set[_Key],
    ) -> Iterator[Crash]:
        losses = combinations(platter.pending, subsets=self.subsets, thorough=thorough)
        for which, (how, fates) in enumerate(losses):
            self.states += 1
            files = platter.image(fates)
            if (key := _key(files, knowledge)) in seen:
                continue
            seen.add(key)
            self.different += 1
            self.how[how] += 1
            if self.different % self.every == 0:
                for witness in notes(knowledge, self.different):
                    yield Crash(name, at, how, which, knowledge, witness, files)


def notes(knowledge: Knowledge, turn: int) -> list[Witness | None]:
    """Return what may be noted of the book outside at this moment: the newest, and in turn an older one or nothing yet."""
    known = knowledge.earlier
    if not known:
        return [None]
    # A book that is set aside had a note, or nobody would have known that there is anything to set aside.
    lost = None if not knowledge.unsettled else known[0]
    older: list[Witness | None] = [known[-2:][0], lost, known[0]]
    return (
        [known[-1]]
        if turn % 4
        else [*dict.fromkeys((known[-1], older[turn // 4 % len(older)]))]
    )


type _Key = tuple[object, ...]


def _key(files: dict[str, bytes], knowledge: Knowledge) -> _Key:
    """Return what tells crashes apart. A file's content counts by its hash: 64 bits are enough for thousands."""
    possible = (knowledge.sure, *knowledge.perhaps)
    return (
        tuple(one and one.digest for one in possible),
        tuple((name, hash(content)) for name, content in sorted(files.items())),
    )


def judge(crash: Crash, folder: Path, judged_by: Judge) -> str | None:
    """Write a crash's files into a folder, and say what is wrong with them."""
    write_files(folder, crash.files)
    return judged_by(folder, crash.knowledge, crash.witness)
