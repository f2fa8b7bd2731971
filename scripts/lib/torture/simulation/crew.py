"""Seeds in a few processes side by side. Whoever stops them ends no seed in its middle: half a story would be another one."""

from collections.abc import Iterator
from contextlib import contextmanager
import multiprocessing
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
import os
import signal
import threading
import time
from typing import Any, Final

from .seeds import Played, table

_CHUNK: Final = 25
"""Seeds whose results travel together."""


class WorkerDied(Exception):
    """A process ended before its seeds did."""


class Crew:
    """Plays seeds until they are done, the time is over, or somebody stops it (Ctrl-C, or the soak)."""

    def __init__(self, workers: int, minutes: float | None) -> None:
        """Begin to count the time."""
        self._workers = workers
        self._end = None if minutes is None else time.monotonic() + minutes * 60
        self._stopped = False
        self._processes: list[ForkProcess] = []

    def play(self, seeds: range) -> Iterator[Played]:
        """Yield what each seed came to. Raises `WorkerDied`."""
        with self._stoppable():
            if self._workers <= 1:
                yield from self._here(seeds)
            else:
                yield from self._side_by_side(seeds)

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread hears signals
            return
        before = signal.signal(signal.SIGINT, self._stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _stop(self, *_: Any) -> None:
        if self._stopped and self._processes:
            raise KeyboardInterrupt
        self._stopped = True
        for process in self._processes:
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, signal.SIGINT)

    def _here(self, seeds: range) -> Iterator[Played]:
        with table() as where:
            for seed in seeds:
                is_late = self._end is not None and time.monotonic() > self._end
                if self._stopped or is_late:
                    return
                yield where.play(seed)

    def _side_by_side(self, seeds: range) -> Iterator[Played]:
        context = multiprocessing.get_context("fork")
        pipes: list[Connection] = []
        for number in range(self._workers):
            ours, theirs = context.Pipe(duplex=False)
            share = seeds[number :: self._workers]
            process = context.Process(
                target=self._there, args=(share, theirs), daemon=True
            )
            process.start()
            theirs.close()
            pipes.append(ours)
            self._processes.append(process)
        yield from _listen(pipes)
        for process in self._processes:
            process.join()
            if process.exitcode:
                raise WorkerDied(f"a process ended with {process.exitcode}")

    def _there(self, seeds: range, answers: Connection) -> None:
        self._processes = []  # its brothers are no business of this one
        chunk: list[Played] = []
        for played in self._here(seeds):
            chunk.append(played)
            if len(chunk) == _CHUNK:
                answers.send(chunk)
                chunk = []
        answers.send(chunk)
        answers.close()


def _listen(pipes: list[Connection]) -> Iterator[Played]:
    while pipes:
        for pipe in wait(pipes):
            assert isinstance(pipe, Connection)
            try:
                yield from pipe.recv()
            except EOFError:
                pipes.remove(pipe)
