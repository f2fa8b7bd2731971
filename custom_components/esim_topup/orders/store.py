"""The order book, durable: one SQLite file, one thread of its own, one transaction per decision.

Own thread: Home Assistant's executor cancels futures at shutdown, and a write that goes on unseen could race a later one.
Every writing method returns only after the commit is on the disk. Every one of them raises `BookLocked` if the disk says
no; after that the book is not written again until the next start (a second sync after a failed one proves nothing).
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
import sqlite3
from typing import Any
from zoneinfo import ZoneInfo

from ..providers.base import Charge
from .book_file import BookLocked, LockReason, Witness, open_book
from .ledger import Asked, Decide, Ledger, Summary
from .order import Order, OrderState
from .policy import Refused
from .rows import DamagedRow


class Store:
    """The order book. Open it with `Store.open`; `close` it at the end."""

    def __init__(
        self, executor: ThreadPoolExecutor, connection: sqlite3.Connection
    ) -> None:
        """Take over an opened book and the one thread that may touch it."""
        self._executor = executor
        self._ledger = Ledger(connection)
        self._locked: LockReason | None = None

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        zone: ZoneInfo,
        now: datetime,
        witness: Witness | None,
        adopt: Collection[Order] = (),
        book_id: str | None = None,
    ) -> Store:
        """Open the book, or begin one where there was none, with the orders to `adopt`. Raises `BookLocked`."""
        executor = ThreadPoolExecutor(
            max_workers=1, thread_name_prefix="esim_topup_orders"
        )
        opening = executor.submit(
            lambda: cls(
                executor,
                open_book(path, witness, zone, now, adopt=adopt, book_id=book_id),
            )
        )
        try:
            return await _outcome(asyncio.wrap_future(opening))
        except BaseException:
            # Whoever waited may be gone, the thread is not: a file that stays open takes the log of its successor with it.
            executor.submit(_close_unwanted, opening)
            executor.shutdown(wait=False)
            raise

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the book's months: the one that Home Assistant had when the book began."""
        return self._ledger.zone

    @property
    def witness(self) -> Witness:
        """What to note outside of the book."""
        return Witness(self._ledger.book_id, self._ledger.revision)

    async def close(self) -> None:
        """Close the file and end the thread."""
        try:
            await self._in_thread(self._ledger.connection.close)
        finally:
            self._executor.shutdown(wait=False)

    async def reserve(
        self,
        asked: Asked,
        decide: Decide,
        *,
        account_key: str,
        currency: str,
        now: datetime,
    ) -> Order | Refused:
        """P2 and P3: decide and reserve in one transaction. When it returns an order, it is on the disk (I5)."""
        return await self._write(
            self._ledger.reserve, asked, decide, account_key, currency, now
        )

    async def note_refusal(
        self, asked: Asked, refused: Refused, *, now: datetime
    ) -> None:
        """Write down who was refused what, and why; the same again within the hour is not worth a write."""
        said = (now, asked, refused.reason.value)
        if not await self._read(self._ledger.refused_lately, *said):
            await self._write(self._ledger.note_refusal, *said)

    async def step(
        self,
        order_id: str,
        states: Iterable[OrderState],
        *,
        now: datetime,
        by: str | None = None,
        charge: Charge | None = None,
        **changes: Any,
    ) -> Order:
        """Move an order along the picture; `changes` are further fields, `by` the person who decided.

        `charge` is the one of the provider's history that proves the step. Raises `BookLocked`, `BrokenPromise`.
        """
        return await self._write(
            self._ledger.step, order_id, tuple(states), now, by, charge, changes
        )

    async def adopt(self, order: Order, *, now: datetime) -> None:
        """Take over an unsettled order of the book before this one, unless it is here."""
        await self._write(self._ledger.adopt, order, now)

    async def claim(self, order: Order, charge: Charge) -> None:
        """Note that this charge of the provider's history is the one of this order."""
        await self._write(self._ledger.claim, order, charge)

    async def add_foreign(
        self, account_key: str, line_key: str, charges: Iterable[Charge]
    ) -> None:
        """Count charges that no order of ours made."""
        await self._write(
            self._ledger.add_foreign, account_key, line_key, tuple(charges)
        )

    async def get(self, order_id: str) -> Order:
        """Return an order. Raises `KeyError`."""
        return await self._read(self._ledger.order, order_id)

    async def named(self, line_key: str, request_id: str) -> Order | None:
        """Return the order that a caller's request made before, if there is one."""
        return await self._read(self._ledger.named, line_key, request_id)

    async def open_orders(self) -> list[Order]:
        """Return the orders whose money may have moved or may yet move, oldest first."""
        return await self._read(self._ledger.open_orders)

    async def unclaimed_successes(
        self, account_key: str, line_key: str, since: datetime
    ) -> list[Order]:
        """Return the paid orders of a line since then that no charge of the provider's history was tied to yet."""
        return await self._read(
            self._ledger.unclaimed_successes, account_key, line_key, since
        )

    async def known_charges(
        self, account_key: str, line_key: str
    ) -> dict[str, str | None]:
        """Return the ids of charges known for a line, each with the order it belongs to (`None`: foreign)."""
        return await self._read(self._ledger.known_charges, account_key, line_key)

    async def orders(
        self,
        *,
        line_key: str | None = None,
        account_key: str | None = None,
        limit: int = 50,
    ) -> list[Order]:
        """Return the orders of a line, or else of an account, newest first."""
        return await self._read(self._ledger.orders, line_key, account_key, limit)

    async def summaries(
        self, account_key: str, line_keys: Iterable[str], currency: str, now: datetime
    ) -> dict[str, Summary]:
        """Return what the book says about each of these lines."""
        keys = tuple(line_keys)
        return await self._read(
            lambda: {
                key: self._ledger.summary(account_key, key, currency, now)
                for key in keys
            }
        )

    async def _write[**P, T](
        self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._in_thread(self._commit, partial(work, *args, **kwargs))

    async def _read[**P, T](
        self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        try:
            return await self._in_thread(work, *args, **kwargs)
        except (DamagedRow, UnicodeDecodeError) as err:
            raise BookLocked(LockReason.DAMAGED) from err
        except sqlite3.Error as err:
            raise BookLocked(LockReason.UNREADABLE) from err

    async def _in_thread[**P, T](
        self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        loop = asyncio.get_running_loop()
        try:
            running = loop.run_in_executor(
                self._executor, partial(work, *args, **kwargs)
            )
        except RuntimeError:  # the book was closed meanwhile
            raise BookLocked(LockReason.UNREADABLE) from None
        return await _outcome(running)

    # What follows runs in the book's own thread.

    def _commit[T](self, work: Callable[[], T]) -> T:
        if self._locked is not None:
            raise BookLocked(self._locked)
        try:
            with self._transaction():
                return work()
        except (sqlite3.Error, UnicodeDecodeError) as err:
            self._locked = LockReason.WRITE_FAILED
            raise BookLocked(LockReason.WRITE_FAILED) from err

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        connection, revision = self._ledger.connection, self._ledger.revision + 1
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute(
                "UPDATE meta SET value = ? WHERE key = 'revision'", (str(revision),)
            )
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._ledger.revision = revision


async def _outcome[T](running: asyncio.Future[T]) -> T:
    """Wait for the thread. A caller that is cancelled does not cancel it, and a failure then is nobody's noise."""
    running.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait((running,))
    return running.result()


def _close_unwanted(opening: Future[Store]) -> None:
    if opening.exception() is None:
        opening.result()._ledger.connection.close()  # noqa: SLF001 - the same module
