"""All stories: every jump x every phase x every class x what the operator did x whether it names its time."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Final
from unittest.mock import patch

from custom_components.esim_topup.orders import store
from tests.orders.world import CountingExecutor

from .case import FATES, KINDS, PHASES, RESTARTABLE, Case, Play
from .judge import breaches
from .jumps import JUMPS

CASES: Final = [
    Case(jump=jump, phase=phase, kind=kind, fate=fate, named=named, restarted=restarted)
    for jump, phase, kind, fate, named, restarted in product(
        JUMPS, PHASES, KINDS, FATES, (True, False), (False, True)
    )
    if (not restarted or phase in RESTARTABLE)
    and (phase != "cooling down" or fate == "paid, answer lost")
]
"""Where the line rests the order was paid and said so; and some awaits are too short for a restart."""


@contextmanager
def countable() -> Iterator[None]:
    """Let a story see when the book's thread has nothing left to do."""
    with patch.object(store, "ThreadPoolExecutor", CountingExecutor):
        try:
            yield
        finally:
            CountingExecutor.end_all()


async def played(case: Case, folder: Path) -> list[str]:
    """Play a case; return what did not hold."""
    with countable():
        play = Play(case, folder)
        await play.tell()
        found = breaches(play)
        await play.world.engine.stop()
        return found
