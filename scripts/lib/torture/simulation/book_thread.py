"""The book's thread, without a thread: what it is given begins and ends at moments that the dice choose.

Between the two moments of one piece of work, and between two pieces, others go on and power cuts strike.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol


class Site(Protocol):
    """Where a thread works: it says how long things take, and hears of each that was done."""

    def patience(self) -> float:
        """Return how long the next step of the thread takes, in seconds."""

    def moment(self) -> float:
        """Return the true time: the machine may be suspended while work waits."""

    def worked(self, asked_at: float) -> bool:
        """Hear that a piece of work is done that was asked for then; say whether the process still lives."""


class BookThread:
    """Stands in for `ThreadPoolExecutor(max_workers=1)`."""

    def __init__(
        self,
        max_workers: int = 1,
        thread_name_prefix: str = "",
        *,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Belong to the loop that runs now."""
        self._loop = loop or asyncio.get_running_loop()
        self._site: Site = self._loop.site  # type: ignore[attr-defined]  # only a loop of ours has threads like this
        self._waiting: deque[tuple[Callable[..., Any], tuple[Any, ...], Any, float]]
        self._waiting = deque()
        self._busy = False
        self._ended = False

    def submit(self, work: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Take work; answer as threads do."""
        return self.enqueue(work, args, Future())  # type: ignore[no-any-return]

    def enqueue(
        self, work: Callable[..., Any], args: tuple[Any, ...], answer: Any
    ) -> Any:
        """Take work. Raises `RuntimeError` after the end, as threads do."""
        if self._ended:
            raise RuntimeError("cannot schedule new futures after shutdown")
        self._waiting.append((work, args, answer, self._site.moment()))
        if not self._busy:
            self._busy = True
            self._later(self._begin)
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; what was given is still done."""
        self._ended = True

    def _later(self, step: Callable[..., None], *args: Any) -> None:
        pause = self._site.patience()
        if pause:
            self._loop.call_later(pause, step, *args)
        else:
            self._loop.call_soon(step, *args)

    def _begin(self) -> None:
        work, args, answer, asked_at = self._waiting.popleft()
        result: Any = None
        error: BaseException | None = None
        if answer.cancelled():  # what was not begun is not done, as threads do it
            self._end(answer, None, None)
            return
        try:
            result = work(*args)
        except BaseException as err:  # noqa: BLE001 - a thread keeps whatever was raised
            error = err
        if self._site.worked(asked_at):
            self._later(self._end, answer, result, error)

    def _end(self, answer: Any, result: Any, error: BaseException | None) -> None:
        if not answer.done():
            if error is None:
                answer.set_result(result)
            else:
                answer.set_exception(error)
        if self._waiting:
            self._later(self._begin)
        else:
            self._busy = False
