"""What is read from and written to the order book, one SQLite connection, in one thread. `store.py` owns both.

Nothing here begins or ends a transaction: each writing function is one part of one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import sqlite3
from typing import Any, Final
from zoneinfo import ZoneInfo

from ..providers.base import Charge
from . import totals
from .digests import digest_of
from .order import (
    COUNTED,
    OPEN,
    PAID,
    PAID_NOTHING,
    UNFINISHED,
    BrokenPromise,
    Order,
    OrderState,
    Origin,
    check_step,
)
from .policy import Book, Refused, day_of, month_of
from .rows import (
    ADOPT_ORDER,
    INSERT_ORDER,
    UPDATE_ORDER,
    from_us,
    to_order,
    to_row,
    to_us,
)

type Decide = Callable[[Book], Order | Refused]
"""Looks at the book as it is in this very transaction, and says what to reserve, or why not."""

_JOURNAL: Final = "INSERT INTO journal (at_us, order_id, line_key, event, reason, origin, user_id) VALUES (?, ?, ?, ?, ?, ?, ?)"


_REFUSALS_KEPT: Final = timedelta(days=90)
"""Long enough to find out why a line was not topped up last month; orders are kept for ever."""

_REFUSAL_REPEATS: Final = timedelta(hours=1)
"""A runaway automation is worth one line an hour, not one sync of the disk a minute."""


def _among(states: Iterable[OrderState]) -> str:
    return "(" + ", ".join(f"'{state.value}'" for state in sorted(states)) + ")"


_IS_OPEN: Final = f"state IN {_among(OPEN)}"
_IS_UNFINISHED: Final = f"state IN {_among(UNFINISHED)}"
_IS_PAID: Final = f"state IN {_among(PAID)}"
_STARTS_COOLDOWN: Final = f"state IN {_among(COUNTED | {OrderState.REVERSED})}"
_NEWEST_FIRST: Final = "ORDER BY created_us DESC, id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the book says about a line at a time, for those who only look."""

    book: Book
    last: Order | None = None
    last_success: Order | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, for the journal."""

    line_key: str
    origin: Origin
    user_id: str | None


class Ledger:
    """The order book as functions over its connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take over an opened book."""
        self.connection = connection
        facts = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        self.book_id: str = facts["book_id"]
        self.revision = int(facts["revision"])
        self.zone = ZoneInfo(facts["zone"])
        self._created_at = from_us(int(facts["created_us"]))

    # Writing

    def reserve(
        self,
        asked: Asked,
        decide: Decide,
        account_key: str,
        currency: str,
        now: datetime,
    ) -> Order | Refused:
        """Decide on the book as it is, and count what was decided (I4)."""
        decided = decide(self.book(account_key, asked.line_key, currency, now))
        if isinstance(decided, Refused):
            self.note_refusal(now, asked, decided.reason.value)
            return decided
        self.connection.execute(INSERT_ORDER, to_row(decided))
        if decided.state in COUNTED:
            self._count(decided)
        self.note(now, asked, decided.state.value, decided.reason, decided.id)
        return decided

    def step(
        self,
        order_id: str,
        states: tuple[OrderState, ...],
        now: datetime,
        by: str | None,
        charge: Charge | None,
        changes: Mapping[str, Any],
    ) -> Order:
        """Move an order along the picture, and count it (no more) where that changes. Raises `BrokenPromise`.

        `charge` is the one of the provider's history that proves the step.
        """
        try:
            before = after = self.order(order_id)
        except KeyError:
            raise BrokenPromise("I2", "an order is not in the book any more") from None
        for state in states:
            check_step(after.state, state)
            after = replace(after, state=state, updated_at=now, **changes)
            self.connection.execute(UPDATE_ORDER, to_row(after))
            asked = Asked(after.line_key, after.origin, by or after.user_id)
            self.note(now, asked, state.value, after.reason, order_id)
        if before.state in COUNTED and after.state not in COUNTED:
            self._count_no_more(after)
        if before.state not in COUNTED and after.state in COUNTED:
            self._count(after)
        if charge is not None:
            self.claim(after, charge)
        return after

    def adopt(self, order: Order, now: datetime) -> None:
        """Take over an order of the book before this one, unless it is here."""
        if self.connection.execute(ADOPT_ORDER, to_row(order)).rowcount != 1:
            return
        if order.state in COUNTED:
            self._count(order)
        asked = Asked(order.line_key, order.origin, order.user_id)
        self.note(now, asked, "adopted", order.reason, order.id)

    def claim(self, order: Order, charge: Charge) -> None:
        """Tie a charge of the provider's history to its order. If it was counted as foreign, it is counted once now."""
        found = self.connection.execute(
            "DELETE FROM charges WHERE (account_key, charge_id, amount_minor, currency, at_us)"
            " = (?, ?, ?, ?, ?) AND order_id IS NULL RETURNING line_key, month",
            (
                order.account_key,
                charge.id,
                charge.money.minor,
                charge.money.currency,
                to_us(charge.at),
            ),
        ).fetchall()
        for row in found:
            totals.take(
                self.connection,
                order.account_key,
                row["line_key"],
                charge.money,
                day_of(charge.at),
                row["month"],
            )
        self._insert_charge(order.account_key, order.line_key, charge, order.id)

    def add_foreign(
        self, account_key: str, line_key: str, charges: Iterable[Charge]
    ) -> None:
        """Count charges that no order of ours made; one that is known already is not counted again."""
        for charge in charges:
            if self._insert_charge(account_key, line_key, charge, None):
                totals.add(
                    self.connection,
                    account_key,
                    line_key,
                    charge.money,
                    day_of(charge.at),
                    month_of(charge.at, self.zone),
                )

    def note(
        self,
        now: datetime,
        asked: Asked,
        event: str,
        reason: str | None,
        order_id: str | None = None,
    ) -> None:
        """Write a line of the journal."""
        row = (
            to_us(now),
            order_id,
            asked.line_key,
            event,
            reason,
            asked.origin.value,
            asked.user_id,
        )
        self.connection.execute(_JOURNAL, row)

    def note_refusal(self, now: datetime, asked: Asked, reason: str) -> None:
        """Write down who was refused what, and why; old refusals make room."""
        end = to_us(now - _REFUSALS_KEPT)
        self.connection.execute(
            "DELETE FROM journal WHERE line_key = ? AND event = 'refused' AND at_us < ?",
            (asked.line_key, end),
        )
        self.note(now, asked, "refused", reason)

    def _count(self, order: Order) -> None:
        totals.add(
            self.connection,
            order.account_key,
            order.line_key,
            order.money,
            day_of(order.created_at),
            order.month,
        )

    def _count_no_more(self, order: Order) -> None:
        totals.take(
            self.connection,
            order.account_key,
            order.line_key,
            order.money,
            day_of(order.created_at),
            order.month,
        )

    def _insert_charge(
        self, account_key: str, line_key: str, charge: Charge, order_id: str | None
    ) -> bool:
        facts = (
            account_key,
            charge.id,
            line_key,
            order_id,
            charge.money.minor,
            charge.money.currency,
            to_us(charge.at),
            month_of(charge.at, self.zone),
        )
        cursor = self.connection.execute(
            "INSERT OR IGNORE INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*facts, digest_of(*facts)),
        )
        return cursor.rowcount == 1

    # Reading

    def book(
        self, account_key: str, line_key: str, currency: str, now: datetime
    ) -> Book:
        """Return what a verdict about the line rests on."""
        newest = self.connection.execute(
            "SELECT max(created_us) FROM orders"
        ).fetchone()[0]
        born = self._created_at
        return Book(
            spent=totals.spent(
                self.connection, account_key, line_key, currency, now, self.zone
            ),
            unfinished=self.one(f"line_key = ? AND {_IS_UNFINISHED}", line_key),
            last_started=self.one(
                f"line_key = ? AND {_STARTS_COOLDOWN} {_NEWEST_FIRST} LIMIT 1", line_key
            ),
            newest_at=born if newest is None else max(born, from_us(newest)),
        )

    def summary(
        self, account_key: str, line_key: str, currency: str, now: datetime
    ) -> Summary:
        """Return what the book says about a line."""
        return Summary(
            book=self.book(account_key, line_key, currency, now),
            last=self.one(f"line_key = ? {_NEWEST_FIRST} LIMIT 1", line_key),
            last_success=self.one(
                f"line_key = ? AND state = 'succeeded' {_NEWEST_FIRST} LIMIT 1",
                line_key,
            ),
        )

    def order(self, order_id: str) -> Order:
        """Return an order. Raises `KeyError`."""
        order = self.one("id = ?", order_id)
        if order is None:
            raise KeyError(order_id)
        return order

    def refused_lately(self, now: datetime, asked: Asked, reason: str) -> bool:
        """Say whether the same refusal was written down within the last hour."""
        query = (
            "SELECT 1 FROM journal WHERE line_key = ? AND at_us > ? AND at_us <= ? AND event = 'refused'"
            " AND reason = ? AND origin = ? AND user_id IS ? LIMIT 1"
        )
        since, until = to_us(now - _REFUSAL_REPEATS), to_us(now)
        who = (asked.origin.value, asked.user_id)
        values = (asked.line_key, since, until, reason, *who)
        return self.connection.execute(query, values).fetchone() is not None

    def named(self, line_key: str, request_id: str) -> Order | None:
        """Return the order that a caller's request made before, unless that order paid nothing."""
        return self.one(
            f"line_key = ? AND request_id = ? AND state NOT IN {_among(PAID_NOTHING)}",
            line_key,
            request_id,
        )

    def open_orders(self) -> list[Order]:
        """Return the orders whose money may have moved or may yet move, oldest first."""
        return self.many(f"{_IS_OPEN} ORDER BY created_us")

    def unclaimed_successes(
        self, account_key: str, line_key: str, since: datetime
    ) -> list[Order]:
        """Return the paid orders of a line that no charge of the provider's history was tied to yet, oldest first.

        One made before `since` is left out: its charge is older than the history, and any charge in it is another one.
        """
        return self.many(
            f"account_key = ? AND line_key = ? AND created_us >= ? AND {_IS_PAID}"  # noqa: S608 - our own words
            " AND NOT EXISTS (SELECT 1 FROM charges WHERE charges.order_id = orders.id) ORDER BY created_us",
            account_key,
            line_key,
            to_us(since),
        )

    def known_charges(self, account_key: str, line_key: str) -> dict[str, str | None]:
        """Return the ids of charges known for a line, each with the order it belongs to (`None`: foreign)."""
        query = "SELECT charge_id, order_id FROM charges WHERE account_key = ? AND line_key = ?"
        rows = self.connection.execute(query, (account_key, line_key)).fetchall()
        return {row["charge_id"]: row["order_id"] for row in rows}

    def orders(
        self, line_key: str | None, account_key: str | None, limit: int
    ) -> list[Order]:
        """Return the orders of a line, or else of an account, newest first."""
        column, key = (
            ("line_key", line_key)
            if line_key is not None
            else ("account_key", account_key)
        )
        return self.many(f"{column} = ? {_NEWEST_FIRST} LIMIT ?", key, limit)

    def one(self, where: str, *values: Any) -> Order | None:
        """Return the first order for which `where` holds."""
        found = self.many(where, *values)
        return found[0] if found else None

    def many(self, where: str, *values: Any) -> list[Order]:
        """Return the orders for which `where` holds; it is text of this file, never of a caller."""
        rows = self.connection.execute(f"SELECT * FROM orders WHERE {where}", values)  # noqa: S608 - text of this file only
        return [to_order(row) for row in rows]
