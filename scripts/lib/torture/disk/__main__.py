"""Every crash point of the order book: record what it does to the disk, cut the power everywhere, start again, judge.

usage: python -m torture.disk [--quick] [--life NAME] [--crash LIFE:AT:WHICH]

The last line is the result as JSON; exits 1 if anything is wrong.
"""

import argparse
from collections.abc import Iterator, Sequence
import logging
from pathlib import Path
import shlex
import sys
from tempfile import TemporaryDirectory
from typing import Final

from ..outcome import Outcome
from ..rooms import without_home_assistant

without_home_assistant()

from .exploring import Crash, Explorer, Judge, judge  # noqa: E402 - needs the rooms
from .flips import NAME, flip_everywhere  # noqa: E402
from .lives import LIVES, Life, record  # noqa: E402
from .starting import recovers  # noqa: E402

_EVERY_START: Final = 40
"""So manieth of the crashes that leave a usable book is also the start of a whole engine."""

_QUICK: Final = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at what was asked for and report."""
    parser = argparse.ArgumentParser(prog="torture.disk")
    parser.add_argument("--quick", action="store_true", help="every tenth state")
    parser.add_argument("--life", choices=[*(life.name for life in LIVES), NAME])
    parser.add_argument("--crash", help="one crash, as a violation names it")
    asked = parser.parse_args(arguments)
    wanted = asked.life or (asked.crash and asked.crash.split(":")[0])
    lives = [life for life in LIVES if wanted in (None, life.name)]
    logging.disable(logging.CRITICAL)  # a locked book says so, thousands of times
    outcome = look(
        lives,
        every=_QUICK if asked.quick else 1,
        only=asked.crash,
        flips=wanted in (None, NAME),
    )
    return outcome.report()


def look(
    lives: Sequence[Life],
    *,
    every: int = 1,
    only: str | None = None,
    flips: bool = False,
) -> Outcome:
    """Record these lives, cut the power in each everywhere, and judge what is left."""
    outcome = Outcome("T3")
    starts = states = 0
    with _scratch() as scratch:
        folder = Path(scratch)
        for life in lives:
            explorer = Explorer(subsets=life.subsets, every=1 if only else every)
            tally = _Tally(outcome, life)
            for crash, judged_by in _judgements(life, explorer, outcome):
                if only not in (None, crash.name):
                    continue
                outcome.runs += 1
                starts += judged_by is not life.judged_by
                tally.take(crash, judge(crash, folder, judged_by))
            states += explorer.states
            outcome.faults.update(explorer.how)
            print(
                f"{life.name}: {explorer.states:,} states, {explorer.different:,} differ; {tally.words}",
                flush=True,
            )
        if flips:
            flip_everywhere(folder / "flips", outcome, every)
    outcome.more |= {"states": states, "starts": starts, "lives": len(lives)}
    if outcome.runs == 0:
        outcome.fail(
            "the layer runs", "nothing was looked at", "python -m torture.disk"
        )
    return outcome


def _judgements(
    life: Life, explorer: Explorer, outcome: Outcome
) -> Iterator[tuple[Crash, Judge]]:
    recording = record(life)
    outcome.faults.update(recording.failed)
    for number, crash in enumerate(explorer.crashes(recording)):
        yield crash, life.judged_by
        if life.may_start and number % _EVERY_START == 0:
            yield crash, recovers


class _Tally:
    """What was wrong in one life: all of it counted, the first of each kind told."""

    def __init__(self, outcome: Outcome, life: Life) -> None:
        self._outcome = outcome
        self._life = life
        self._kinds: dict[str, int] = {}

    def take(self, crash: Crash, wrong: str | None) -> None:
        if wrong is None:
            return
        kind = wrong.split(";")[0]
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        story = f"{crash.recording}, power lost after operation {crash.at} ({crash.how}), note {crash.witness}: {wrong}"
        again = f"PYTHONPATH=scripts/lib python -m torture.disk --crash {shlex.quote(crash.name)}"
        self._outcome.fail(self._life.promise, story, again, crash.how)

    @property
    def words(self) -> str:
        """What is printed of it."""
        if not self._kinds:
            return "all as they should be"
        return "; ".join(f"{times:,} x {kind}" for kind, times in self._kinds.items())


def _scratch() -> TemporaryDirectory[str]:
    memory = Path("/dev/shm")  # noqa: S108 - what is lost with the power is lost on purpose here
    return TemporaryDirectory(dir=memory if memory.is_dir() else None)


if __name__ == "__main__":
    sys.exit(main())
