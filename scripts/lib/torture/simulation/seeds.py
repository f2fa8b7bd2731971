"""Playing many seeds in one process, and what they were worth."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
import gc
import logging
import os
from pathlib import Path
import tempfile
import traceback
from typing import Any, Final
from zoneinfo import ZoneInfo

from custom_components.esim_topup.orders.book_file import open_book

from .drive import machine
from .story import Story
from .world import ANOTHER, ZONES, patched

TAIL: Final = 30
"""Lines of a story that are told when it fails."""

_TWICE_EVERY: Final = 100
"""One seed of so many is played twice in a row (I13)."""


@dataclass(slots=True)
class Played:
    """What one seed came to."""

    seed: int
    digest: str
    broken: list[tuple[str, str]]
    seen: Counter[str]
    tail: list[str] = field(default_factory=list)


class Table:
    """Where seeds are played: one simulated machine, one folder in memory, one empty book."""

    def __init__(self, room: Path) -> None:
        """Take the folder and prepare the book."""
        self.room = room
        self.images = templates(room)
        self._played = 0

    def play(self, seed: int) -> Played:
        """Play a seed; where it is its turn, play it twice."""
        story = self.story(seed)
        played = _result(seed, story)
        if seed % _TWICE_EVERY == 0 and not played.broken:
            played.seen["reached: played twice"] += 1
            again = _result(seed, self.story(seed))
            if again.digest != played.digest:
                played.broken.append(("I13", f"{played.digest} and {again.digest}"))
        self._played += 1
        if self._played % 64 == 0:
            gc.collect()  # houses that lost their power, with all that stood in them
        return played

    def story(self, seed: int, **weather: Any) -> Story:
        """Play a seed and return its story. `weather`: what is not left to the dice; that is another story."""
        story = Story(seed, self.room / str(seed), self.images, **weather)
        try:
            story.play()
        except Exception as err:  # noqa: BLE001 - a fault of the simulation's own; the seed is told all the same
            where = traceback.extract_tb(err.__traceback__)[-1]
            told = f"{err!r} in {Path(where.filename).name}:{where.lineno}"
            story.world.promises.truth.broke("harness", told)
        finally:
            story.world.leave()
        return story


def _result(seed: int, story: Story) -> Played:
    world = story.world
    broken = world.promises.broken
    return Played(
        seed,
        world.trace.digest,
        broken,
        world.seen,
        world.trace.told(TAIL) if broken else [],
    )


@contextmanager
def table() -> Iterator[Table]:
    """Make ready to play: in memory where the machine has such a folder, without a log and without the collector."""
    memory = Path("/dev/shm")  # noqa: S108 - nothing secret, and gone in a moment
    base = memory if memory.is_dir() else None
    was_disabled, was_on = logging.root.manager.disable, gc.isenabled()
    with tempfile.TemporaryDirectory(prefix="esim-sim-", dir=base) as folder:
        logging.disable(logging.CRITICAL)
        gc.disable()
        gc.freeze()  # what is here by now stays: the collector need not walk through it
        try:
            with patched(), machine(Path(folder) / str(os.getpid())):
                yield Table(Path(folder) / str(os.getpid()))
        finally:
            gc.unfreeze()
            logging.disable(was_disabled)
            if was_on:
                gc.enable()


def digests(seeds: Iterable[int]) -> dict[int, str]:
    """Return the digest of each seed's story."""
    with table() as where:
        return {seed: where.story(seed).world.trace.digest for seed in seeds}


def templates(room: Path) -> dict[str, bytes]:
    """Return an empty book for each zone, as a first start leaves it: to copy one is cheaper than to make it. And another's."""
    images = {zone.key: _template(room, zone) for zone in ZONES}
    return images | {ANOTHER: _template(room, ZONES[0])}


def _template(room: Path, zone: ZoneInfo) -> bytes:
    path = room / "template.db"
    path.unlink(missing_ok=True)
    open_book(path, None, zone, datetime(2026, 1, 1, tzinfo=UTC)).close()
    image = path.read_bytes()
    path.unlink()
    return image
