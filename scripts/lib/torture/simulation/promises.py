"""The invariants I1 to I11, looked at after each thing that happens, and a few faults that have a name of their own.

Those are C6 (a caller's end is not the order's), D2 (no write after a failed one), H10 (the price of now), "quiet" (nobody
caught it).

What is compared: the operator's books, the book on the disk, what was published, and what callers were told. The arithmetic
and the table of steps are our own, on purpose: `orders` is what is doubted here.

What is open by nature, and so not held against the engine (each is let off where it is looked at, and only there):
* A request that is delivered after the settle window (`Road.BEYOND`) may be charged after its order was found to have failed,
  or after its key was forgotten: nobody can wait for ever. Its order is let off I1, I2 and what its caller was told.
* Class H knows charges by their looks only: a stranger's charge of the same amount may stand for ours (I9).
* Where somebody takes the book away while the house is off, or brings an older one, what stood there only is gone (I2, I7).
* An order of another account, whose operator names no time, may bear a wrong date once the clock was set (I3).
* Where the operator names no time, the machine stood still and its clock was set, nobody can know how old a key is (I1, I6).
* A clock that is set within two minutes between the operator's last answer and the reservation goes unnoticed (I11).
* A book that a person began anew knows of strangers' charges only on lines that were looked at since (I4).
"""

from datetime import timedelta
import sqlite3
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import Order
from custom_components.esim_topup.orders.policy import Health, Refused
from custom_components.esim_topup.providers.base import Dedupe, Purchase

from .custody import Custody
from .entries import Entry
from .leaving import look_at_leaving
from .making import look_at_making
from .operator import Operator
from .rows import BY_A_PERSON, OPEN, Row, is_step, read_charges, read_facts, read_orders
from .telling import (
    look_at_life,
    look_at_publishing,
    look_at_telling,
    look_at_the_end_of,
)
from .truth import Truth

if TYPE_CHECKING:
    from .life import Call, Life
    from .world import World

_VISIBLE_WITHIN: Final = 900.0
"""Seconds (I8)."""

_SEEN_FOR: Final = 300.0
"""Seconds; what can be seen that long is in the answer that a step rests on."""

_COUNTS_FOR: Final = timedelta(days=30)


class Promises:
    """Looks at everything that happens in a world."""

    def __init__(self, world: World) -> None:
        """Begin with nothing broken."""
        self.world = world
        self.truth = Truth(world)
        self._connection: sqlite3.Connection | None = None
        self._changes = -1
        self._book_id = ""
        self._spoilt: sqlite3.Connection | None = None
        """The book in which a write has failed: nobody writes into it again."""
        self.custody = Custody(world)

    @property
    def broken(self) -> list[tuple[str, str]]:
        """What did not hold: the promise, and how."""
        return self.truth.broken

    # The operator's books

    def charged(self, entry: Entry) -> None:
        """I1, I2: an order is charged at most once, and is in the book, and not as failed."""
        truth, order_id = self.truth, entry.reference
        if order_id is None:
            return
        self.world.seen["reached: charged"] += 1
        entries = truth.charges.setdefault(order_id, [])
        entries.append(entry)
        row = truth.ever.get(order_id)
        if row is None:
            truth.broke("I2", f"a charge for {order_id[:4]}, which is in no book")
        elif order_id in truth.beyond:
            return
        elif row.state == "failed":
            truth.broke("I2", f"order {row.name} is charged, and the book says failed")
        if len(entries) > 1:
            truth.broke("I1", f"order {order_id[:4]} is charged {len(entries)} times")

    def leaves(self, life: Life, operator: Operator, purchase: Purchase) -> None:
        """A request leaves the house."""
        look_at_leaving(self.truth, life, operator, purchase)

    # The book

    def booted(self) -> None:
        """A new process has begun: what it finds must be what the one before left."""
        self._connection, self._changes = None, -1

    def look(self, life: Life, asked_at: float) -> None:
        """Look into the book after each piece of work of its thread; `asked_at`: when that was asked for."""
        connection = self.world.drive.connection
        if connection is None:
            return
        if connection is not self._connection:
            self._connection, self._changes = connection, -1
        try:
            changes = connection.total_changes
            if changes == self._changes or connection.in_transaction:
                return
            rows = read_orders(connection)
            if is_found := self._changes == -1:
                self._is_opened(*read_facts(connection))
        except sqlite3.Error:  # closed, or one that cannot be read
            return
        self._changes = changes
        if connection is self._spoilt and rows != self.truth.book:
            self.truth.broke("D2", "the book is written after a write has failed")
        self._compare(rows)
        if not is_found:  # what was written right before a power cut is found after it
            for row in rows.values():
                if row.id not in self.truth.ever:
                    look_at_making(self.truth, connection, life, row, rows, asked_at)
        self.truth.book = rows
        self.truth.ever |= rows

    def _is_opened(self, book_id: str, zone: str) -> None:
        """A book was opened: the one before, or another."""
        if book_id != self._book_id:
            self._other_book()
            self._book_id, self.world.zone = book_id, ZoneInfo(zone)

    def _other_book(self) -> None:
        """Another book is in use, for a person decided so. What is open is in it, and what was paid lately: limits go on."""
        if self._book_id:
            self.world.note("another book is in use")
            self.world.seen["reached: a new book was begun"] += 1
            since = self.world.true_time(self.world.now) - _COUNTS_FOR
            self.truth.book = {
                key: row
                for key, row in self.truth.book.items()
                if row.state in OPEN
                or (row.state == "succeeded" and row.created >= since)
            }

    def _compare(self, rows: dict[str, Row]) -> None:
        """I2, I7, I8: what became of each order since the last look."""
        truth = self.truth
        for row in rows.values():
            before = truth.ever.get(row.id)
            if before is None:
                truth.zones[row.id] = self.world.zone
                truth.first_seen[row.id] = truth.state_since[row.id] = self.world.now
                self.world.seen["reached: reserved"] += 1
            elif before != row and row.id not in truth.forgotten:
                self._has_changed(before, row)
        for row in truth.book.values():
            if row.id not in rows and row.id not in truth.forgotten:
                truth.broke("I2", f"order {row.name} ({row.state}) is gone")
        lines = [row.line_key for row in rows.values() if row.state in OPEN]
        if len(lines) != len(set(lines)):
            truth.broke("I8", "a line has two open orders")

    def _has_changed(self, before: Row, row: Row) -> None:
        truth = self.truth
        if before.bought != row.bought:
            truth.broke("I7", f"order {row.name} has changed what it buys")
        if row.sends < before.sends:
            truth.broke("I7", f"order {row.name} was sent more often before")
        if before.state == row.state:
            return
        truth.state_since[row.id] = self.world.now
        self._is_the_only_one(before, row)
        if row.reason == BY_A_PERSON and before.state != "held":
            truth.broke("I7", f"a person decided {row.name}, which was {before.state}")
        if not is_step(before.state, row.state):
            truth.broke("I7", f"order {row.name}: {before.state} -> {row.state}")
        self._is_true(row)

    def _is_true(self, row: Row) -> None:
        """I2, I9: what the book says of an order against the operator's books."""
        truth = self.truth
        entries = truth.charges.get(row.id, [])
        if row.id in truth.forgotten:
            return
        match row.state:
            case "failed" if entries and row.id not in truth.beyond:
                truth.broke("I2", f"order {row.name} has failed, and was charged")
            case "reversed" if not any(entry.given_back for entry in entries):
                truth.broke("I9", f"{row.name} is reversed, and nothing was given back")
            case "succeeded" if not truth.is_charged_rightly(row):
                told = "has succeeded, and was not charged as ordered"
                truth.broke("I9", f"order {row.name} {told}")

    def _is_the_only_one(self, before: Row, row: Row) -> None:
        """I9: class H takes a charge for ours only where no other one fits."""
        truth, sent = self.truth, self.truth.sent.get(row.id)
        if sent is None or row.state != "succeeded" or before.state == "submitting":
            return
        if sent.operator.capabilities.dedupe is not Dedupe.HISTORY:
            return
        assert self._connection is not None
        known = {
            charge.id
            for charge in read_charges(self._connection, row.currency)
            if charge.order_id != row.id
        }
        seen_until = self.world.now - _SEEN_FOR
        fitting = [
            entry
            for entry in truth.doubles(row, sent.operator)
            if entry.id not in known and entry.visible_at <= seen_until
        ]
        if row.reason != BY_A_PERSON and len(fitting) > 1:
            told = f"{row.name} has succeeded by one of {len(fitting)} that fit"
            truth.broke("I9", told)

    # What is told

    def heard(self, life: Life, order: Order) -> None:
        """A step is published."""
        look_at_publishing(self.truth, life, order)

    def told(self, call: Call, told: Placed | Refused) -> None:
        """A caller hears an outcome."""
        look_at_telling(self.truth, call, told)

    def lives(self, call: Call) -> None:
        """A wish in fair weather has had its time."""
        look_at_life(self.truth, call)

    # The house

    def health_changed(self, life: Life) -> None:
        """Spending is locked, or welcome: then no open order may have been forgotten."""
        health, truth = life.engine.health, self.truth
        if health is Health.LOCKED:
            self.world.note(f"locks: {life.engine.locked_because}")
            self.world.seen[f"locked: {life.engine.locked_because}"] += 1
            self._is_spoilt(life)
        if health is not Health.READY:
            return
        self.world.note("ready")
        life.ready_at = self.world.now
        if self.custody.is_suspect:
            told = f"spending is open with a book that {self.custody.why}"
            truth.broke("I11", told)
        for row in truth.ever.values():
            is_there = row.id in truth.book or row.id in truth.forgotten
            if row.state in OPEN and not is_there:
                truth.broke("I2", f"open order {row.name} is not in the book in use")

    def _is_spoilt(self, life: Life) -> None:
        """A write fails because of the disk. Where the disk did all it was asked for, the fault is ours."""
        if life.engine.locked_because is not LockReason.WRITE_FAILED:
            return
        drive, truth = self.world.drive, self.truth
        if drive.disk.failed:
            self._spoilt = drive.connection
        elif not drive.is_dead and not truth.had_hands_on_it:
            truth.broke("quiet", "a write has failed, and the disk has not")

    def held(self) -> list[str]:
        """Return the orders that wait for a person."""
        return [row.id for row in self.truth.book.values() if row.state == "held"]

    def open(self) -> list[str]:
        """Return the orders that are not settled, whoever settles them."""
        return [row.id for row in self.truth.book.values() if row.state in OPEN]

    def between(self) -> None:
        """I8: an order that is not final can be seen within 15 minutes, so it blocks its line."""
        life = self.world.life
        if life is None or life.engine.health is not Health.READY:
            return
        for row in self.truth.book.values():
            if row.state in OPEN and self._should_be_seen(life, row):
                summary = life.engine.summary(row.line_key)
                seen = None if summary is None else summary.book.unfinished
                if seen is None or (seen.id, seen.state.value) != (row.id, row.state):
                    told = f"{row.name} is {row.state}, and cannot be seen"
                    self.truth.broke("I8", told)

    def _should_be_seen(self, life: Life, row: Row) -> bool:
        attached_at = life.attached_at.get(row.account_key)
        if attached_at is None or row.account_key not in life.engine.accounts:
            return False
        since = max(attached_at, life.ready_at, self.truth.state_since[row.id])
        return self.world.now - since >= _VISIBLE_WITHIN

    # The end

    def after_settling(self) -> None:
        """I10: an order of class K or L that can be looked up is not unknown any more, settle and one poll after the storm.

        Left out is what was contradicted (alarm, or the operator goes on lying), what may have been charged by the looks of the
        history, and what rests on a clock that was set, or that the operator cannot confirm.
        """
        truth = self.truth
        for row in truth.book.values():
            account, sent = truth.account(row), truth.sent.get(row.id)
            finds = account.operator.capabilities.finds and account.names_time
            if row.state != "unknown" or row.alarm or not finds or sent is None:
                continue
            lies = any(one.lie for one in account.operator.records.get(row.id, ()))
            if truth.has_a_double(row, account.operator):
                continue
            if not lies and not self.world.wall_was_set:
                truth.broke("I10", f"{row.name} is still unknown, after settling")

    def at_end(self) -> None:
        """Look at everything once more, after the calm. I10: nothing is left that nobody decides."""
        truth = self.truth
        for row in truth.ever.values():
            self._is_true(row)
            charges = len(truth.charges.get(row.id, ()))
            if charges > 1 and row.id not in truth.beyond:
                truth.broke("I1", f"order {row.name} is charged {charges} times")
        for call in self.world.calls:
            look_at_the_end_of(truth, call)
        for row in truth.book.values():
            if row.state in OPEN and row.state != "held":
                told = f"{row.name} is still {row.state} after days of calm"
                truth.broke("I10", told)
