"""Naive designs, made in a child: who cannot find these with kill -9 cannot claim that there are none."""

from collections.abc import Callable, Mapping
import signal
from typing import Any, Final

from custom_components.esim_topup.orders import book_file, engine, store
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Refused
from custom_components.esim_topup.orders.recovery import Recovery


def write_later() -> None:
    """Write the intent down together with the answer: the ledger of somebody who trusts his memory."""
    step = store.Store.step

    async def reserve(self: Any, asked: Any, decide: Any, **about: Any) -> Any:
        found: list[Order | Refused] = []

        def look() -> None:
            key, currency, now = about["account_key"], about["currency"], about["now"]
            found.append(decide(self._ledger.book(key, asked.line_key, currency, now)))

        await self._read(look)
        if isinstance(found[0], Order):
            self._in_memory = found[0]
        return found[0]

    async def write_both(self: Any, order_id: str, *args: Any, **more: Any) -> Order:
        if (order := self.__dict__.pop("_in_memory", None)) is not None:
            await self.adopt(order, now=more["now"])
        return await step(self, order_id, *args, **more)

    setattr(store.Store, "reserve", reserve)  # noqa: B010 - the defect
    setattr(store.Store, "step", write_both)  # noqa: B010


def call_it_failed() -> None:
    """Take what a crash interrupted for something that was not paid."""

    async def after_crash(self: Any) -> None:
        house: engine.Engine = self._engine
        for order in await house.store.open_orders():
            if order.state is OrderState.SUBMITTING:
                await house.take(order, (OrderState.UNKNOWN, OrderState.FAILED))

    setattr(Recovery, "after_crash", after_crash)  # noqa: B010 - the defect


def forget() -> None:
    """Begin each start with an empty book."""
    open_book = book_file.open_book

    def anew(path: Any, witness: Any, *args: Any, **more: Any) -> Any:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return open_book(path, None, *args, **more)

    setattr(store, "open_book", anew)  # noqa: B010 - the defect


def die() -> None:
    """End in the middle of its start, by a signal that nobody of the torture has sent."""
    signal.setitimer(signal.ITIMER_REAL, 0.05)


DEFECTS: Final[Mapping[str, Callable[[], None]]] = {
    "intent written after the send": write_later,
    "interrupted is failed": call_it_failed,
    "the book is forgotten": forget,
    "it dies by itself": die,
}
