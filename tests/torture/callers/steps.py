"""A coroutine that is cancelled at exactly its n-th wait: deterministic, whatever else the loop is doing."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any


class CancelledAtWait[T]:
    """Awaits a coroutine and cancels the task around it when it waits for the n-th time (0: never)."""

    def __init__(self, work: Coroutine[Any, Any, T], number: int) -> None:
        """Take what is awaited, and where it ends."""
        self._work, self._number = work, number
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, T]:
        """Step through the coroutine as the loop does."""
        steps = self._work.__await__()
        try:
            waited_for = next(steps)
            while True:
                self.waits += 1
                if self.waits == self._number:
                    task = asyncio.current_task()
                    assert task is not None
                    task.cancel()
                try:
                    sent = yield waited_for
                except BaseException as err:  # noqa: BLE001 - it is passed on, whatever it is
                    waited_for = steps.throw(err)
                else:
                    waited_for = steps.send(sent)
        except StopIteration as end:
            result: T = end.value
            return result


async def cancelled_at[T](work: Coroutine[Any, Any, T], number: int) -> bool:
    """Run a coroutine as a task of its own that is cancelled at its n-th wait. Return whether it came that far."""
    steps = CancelledAtWait(work, number)

    async def run() -> T:
        return await steps

    (result,) = await asyncio.gather(
        asyncio.ensure_future(run()), return_exceptions=True
    )
    if isinstance(result, asyncio.CancelledError):
        return True
    if isinstance(result, BaseException):
        raise result
    assert steps.waits < number, "it was cancelled, and did not mind"
    return False
