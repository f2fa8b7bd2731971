"""An event loop without a machine below it: time passes when the world says so, and everything happens in one order.

One loop is one life of the process. When the power fails it is dropped with all that waits in it: nobody in it hears of it.
"""

import asyncio
from asyncio import events
from collections.abc import Callable, Coroutine
import contextvars
import heapq
import inspect
from typing import Any, Final

from .book_thread import BookThread, Site

_POOL: Final = 3

type _Work = Coroutine[Any, Any, Any]


def _is_new(work: _Work) -> bool:
    return inspect.getcoroutinestate(work) == inspect.CORO_CREATED


class Spinning(Exception):
    """Work makes new work for ever, and no time passes."""


class HouseTask(asyncio.Task[Any]):
    """A task that is the same in every process: sets of tasks are walked through in the order of their making."""

    def __init__(
        self,
        work: _Work,
        *,
        loop: HouseLoop,
        name: str | None = None,
        context: contextvars.Context | None = None,
    ) -> None:
        """Take the next number."""
        self.number = loop.next_number()
        super().__init__(work, loop=loop, name=name, context=context)
        self._log_destroy_pending = False  # in a power cut nobody complains

    def __hash__(self) -> int:
        """Return the number: an address would be another one each time."""
        return self.number

    def __eq__(self, other: object) -> bool:
        """Be nobody else."""
        return self is other


def _make_task(
    loop: asyncio.AbstractEventLoop, work: Any, **more: Any
) -> asyncio.Task[Any]:
    assert isinstance(loop, HouseLoop)
    return HouseTask(work, loop=loop, **more)


class HouseLoop(asyncio.BaseEventLoop):
    """The loop of one life of the process."""

    _ready: Any
    _scheduled: Any

    def __init__(self, monotonic: Callable[[], float], site: Site) -> None:
        """Take the clock of the world, and the site where its threads work."""
        super().__init__()
        self.site = site
        self.time = monotonic  # type: ignore[method-assign]
        self.complaints: list[str] = []
        """What nobody caught."""
        self._numbers = 0
        self._pool = [BookThread(loop=self) for _ in range(_POOL)]
        self.set_task_factory(_make_task)

    def __del__(self, _warn: Any = None) -> None:
        """Go without a word: a power cut closes nothing."""

    def next_number(self) -> int:
        """Return a number that nobody else has."""
        self._numbers += 1
        return self._numbers

    def run_ready(self, limit: int = 200_000) -> None:
        """Do what waits for nothing, and what follows from it. Raises `Spinning`."""
        ready = self._ready
        if not ready:
            return
        events._set_running_loop(self)  # noqa: SLF001 - as every loop does
        try:
            while ready:
                handle = ready.popleft()
                if not handle._cancelled:  # noqa: SLF001
                    handle._run()  # noqa: SLF001
                limit -= 1
                if limit < 0:
                    raise Spinning
        finally:
            events._set_running_loop(None)  # noqa: SLF001

    def die(self) -> None:
        """Do nothing any more. Work that was not begun is closed: Python would complain that nobody awaited it."""
        for handle in self._ready:
            task = getattr(handle._callback, "__self__", None)  # noqa: SLF001
            if isinstance(task, HouseTask):
                work = task.get_coro()
                if inspect.iscoroutine(work) and _is_new(work):
                    work.close()
        self._ready.clear()
        self._scheduled.clear()

    @property
    def next_due(self) -> float | None:
        """When the next timer ends, by this loop's clock."""
        scheduled = self._scheduled
        while scheduled and scheduled[0]._cancelled:  # noqa: SLF001
            heapq.heappop(scheduled)._scheduled = False  # noqa: SLF001
        return scheduled[0].when() if scheduled else None

    def release(self, until: float) -> None:
        """Make ready whose timers have ended."""
        scheduled = self._scheduled
        while scheduled and scheduled[0].when() <= until:
            handle = heapq.heappop(scheduled)
            handle._scheduled = False  # noqa: SLF001 - as `BaseEventLoop` does
            self._ready.append(handle)

    def run_in_executor(  # type: ignore[override]  # ours is no `Executor`
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Give work to a thread: the book's own, or one of the pool, which overtake each other."""
        thread = (
            self._pool[self.next_number() % _POOL] if executor is None else executor
        )
        return thread.enqueue(func, args, self.create_future())

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what nobody caught: it is a fault."""
        error = context.get("exception")
        self.complaints.append(f"{context.get('message')} {error!r}")

    def _write_to_self(self) -> None:
        """Nobody sleeps who could be woken."""
