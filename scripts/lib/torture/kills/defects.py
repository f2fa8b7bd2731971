"""Naive designs, made in a child: who cannot find these with kill -9 cannot claim that there are none."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from custom_components.esim_topup.orders import book_file, engine, store
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Refused
from custom_components.esim_topup.orders.recovery import Recovery


def write_later() -> None:
    """Send first, and write the intent down a moment later."""

    async def reserve(self: Any, asked: Any, decide: Any, **about: Any) -> Any:
        found: list[Order | Refused] = []

        def only_look(*args: Any) -> None:
            ledger = self._ledger
            found.append(decide(ledger.book(about["account_key"], asked.line_key, about["currency"], about["now"])))  # fmt: skip

        await self._read(only_look)
        order = found[0]

        async def write() -> None:
            await asyncio.sleep(0.02)
            await self.adopt(order, now=about["now"])

        if isinstance(order, Order):
            self.late = asyncio.get_running_loop().create_task(write())
        return order

    setattr(store.Store, "reserve", reserve)  # noqa: B010 - the defect


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


DEFECTS: Final[Mapping[str, Callable[[], None]]] = {
    "intent written after the send": write_later,
    "interrupted is failed": call_it_failed,
    "the book is forgotten": forget,
}
