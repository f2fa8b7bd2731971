"""A store of one's own, for tests that look at the book and not at the engine."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
import sqlite3
from typing import Any

from custom_components.esim_topup.orders.ledger import Asked
from custom_components.esim_topup.orders.order import Order, OrderState, Origin
from custom_components.esim_topup.orders.policy import Book, Refused
from custom_components.esim_topup.orders.store import Store
from custom_components.esim_topup.orders.totals import totals_hold

from .fake_clock import NOON
from .samples import ACCOUNT, LINE_KEY, MOSCOW, make_order
from .world import reading

ASKED = Asked(LINE_KEY, Origin.AUTOMATION, "user-1")


async def open_store(path: Path, **changes: Any) -> Store:
    """Open a book."""
    usual: dict[str, Any] = {"zone": MOSCOW, "now": NOON, "witness": None}
    return await Store.open(path, **usual | changes)


async def reserve(
    store: Store, order: Order | Refused | None = None, *, now: datetime = NOON
) -> Order | Refused:
    """Reserve an order, or note a refusal."""
    decided = order or make_order()
    line_key = decided.line_key if isinstance(decided, Order) else LINE_KEY
    asked = Asked(line_key, ASKED.origin, ASKED.user_id)
    return await store.reserve(
        asked, lambda _: decided, account_key=ACCOUNT, currency="RUB", now=now
    )


async def reserved(
    store: Store, state: OrderState = OrderState.SUBMITTING, **changes: Any
) -> Order:
    """Reserve an order in a state, and return it."""
    order = await reserve(store, make_order(state, **changes))
    assert isinstance(order, Order)
    return order


async def look(store: Store, line_key: str = LINE_KEY, now: datetime = NOON) -> Book:
    """Return what the book says about a line."""
    return (await store.summaries(ACCOUNT, (line_key,), "RUB", now))[line_key].book


def holds(path: Path) -> bool:
    """Say whether the totals are what the rows add up to."""
    with reading(path) as connection:
        return totals_hold(connection)


def journal(path: Path) -> list[tuple[str, str | None, str, str | None]]:
    """Return what the journal says: event, reason, origin, user."""
    with reading(path) as connection:
        return [
            tuple(row)
            for row in connection.execute(
                "SELECT event, reason, origin, user_id FROM journal ORDER BY seq"
            )
        ]


class Disk(sqlite3.Connection):
    """A connection to a disk that can begin to fail: at a statement, so many times, after doing it or before."""

    fails_at = ""
    times = 10**9
    after = False
    on_reach: Callable[[], None] | None = None
    """Called in the book's thread when the statement is reached."""

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        """Do it, unless the disk says no."""
        hit = bool(Disk.fails_at) and Disk.fails_at in sql
        if hit and Disk.on_reach is not None:
            Disk.on_reach()
        if not hit or Disk.times <= 0:
            return super().execute(sql, *args)
        Disk.times -= 1
        if Disk.after:
            super().execute(sql, *args)
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    @classmethod
    def fail(cls, at: str, *, times: int = 10**9, after: bool = False) -> None:
        """Fail at every statement with this in it."""
        cls.fails_at, cls.times, cls.after = at, times, after

    @classmethod
    def heal(cls) -> None:
        """Work again."""
        cls.fails_at, cls.times, cls.after, cls.on_reach = "", 10**9, False, None


HOUR = timedelta(hours=1)
