"""Lanes side by side: processes forked from the one that has imported everything. Each plays one run after the other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import multiprocessing
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
import os
from pathlib import Path
import signal
import traceback
from typing import Final

from .child import die_with
from .cycle import Cycle
from .plan import plan_of
from .runs import Result
from .world import Kit, world

_FORK: Final = multiprocessing.get_context("fork")

type Break = Callable[[], None]


@dataclass(slots=True)
class Lane:
    """A lane, seen from outside."""

    process: BaseProcess
    pipe: Connection[str | None, Result]
    busy: str | None = None

    def give(self, name: str) -> None:
        """Let it play a run."""
        self.busy = name
        self.pipe.send(name)


@contextmanager
def crew(
    kit: Kit, place: Path, lanes: int, break_it: Break | None
) -> Iterator[list[Lane]]:
    """Have lanes until the block ends; whatever they are doing then is brought to its end."""
    found = [_start(kit, place / f"lane {n}", break_it) for n in range(1, lanes + 1)]
    try:
        yield found
    finally:
        for lane in found:
            if lane.process.is_alive():
                lane.pipe.send(None)
        for lane in found:
            lane.process.join(timeout=60)
            if lane.process.is_alive():
                lane.process.kill()
                lane.process.join()


def finished(lanes: list[Lane], seconds: float) -> list[Result]:
    """Return the runs that end within some seconds. Raises `RuntimeError` if a lane is gone."""
    busy = {lane.pipe: lane for lane in lanes if lane.busy is not None}
    results = []
    for pipe in wait(list(busy), timeout=seconds):
        lane = busy[pipe]  # type: ignore[index]  # only ours are waited for
        try:
            results.append(lane.pipe.recv())
        except EOFError:
            raise RuntimeError(f"the lane that played {lane.busy} is gone") from None
        lane.busy = None
    return results


def _start(kit: Kit, place: Path, break_it: Break | None) -> Lane:
    ours, theirs = _FORK.Pipe()
    process = _FORK.Process(
        target=_work, args=(kit, place, theirs, ours, os.getpid(), break_it)
    )
    process.start()
    theirs.close()
    return Lane(process, ours)


def _work(
    kit: Kit,
    place: Path,
    pipe: Connection[Result, str | None],
    others: Connection[str | None, Result],
    parent: int,
    break_it: Break | None,
) -> None:
    others.close()
    die_with(parent)
    # Whoever directs decides when it is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with world(kit, place) as ours:
        while (name := pipe.recv()) is not None:
            plan = plan_of(name, kit.points)
            try:
                result = Cycle(ours, plan, break_it).run()
            except Exception:  # noqa: BLE001 - the others go on, and this one is told
                result = Result(name=name, broken=[("harness", traceback.format_exc())])
            pipe.send(result)
