"""The demo operator's books while they are open: one connection, inside one transaction."""

from datetime import datetime
import sqlite3
from typing import Final

from ..base import Charge, LineId, PaymentMethod, Purchase
from . import rows
from .checkout import Order
from .lines import DemoLine
from .moods import Mood, MoodNote
from .world import World

_PUT_LINE: Final = """
INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
  as_of_us = excluded.as_of_us, balance_micro = excluded.balance_micro,
  data_left_bytes = excluded.data_left_bytes, valid_until_us = excluded.valid_until_us
"""
_PUT_METHOD: Final = """
INSERT INTO methods VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET funds_minor = excluded.funds_minor
"""
_ADD_ORDER: Final = """
INSERT INTO orders (reference, line_id, offer_id, amount, currency, method_id, reason, settles_at_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_CHARGE: Final = """
INSERT INTO charges (at_us, line_id, offer_id, method_id, amount_minor, reference) VALUES (?, ?, ?, ?, ?, ?)
"""


class Ledger:
    """What can be looked up and written down. Whoever made the connection commits and closes it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Open the first page: whose books these are."""
        self._db = db
        row = db.execute("SELECT id, currency FROM account").fetchone()
        self.account_id: str = row[0]
        self.currency: str = row[1]

    def mood(self) -> MoodNote:
        """Return the mood as it was chosen."""
        name, until = self._db.execute(
            "SELECT mood, mood_until_us FROM account"
        ).fetchone()
        # The mood of a newer version is no mood here; it is no reason to call the books damaged.
        mood = Mood(name) if name in Mood else Mood.WELL_BEHAVED
        return MoodNote(mood=mood, until=rows.from_us_or_none(until))

    def set_mood(self, note: MoodNote) -> None:
        """Write a chosen mood down."""
        until = rows.to_us_or_none(note.until)
        self._db.execute(
            "UPDATE account SET mood = ?, mood_until_us = ?", (note.mood, until)
        )

    def lines(self) -> list[DemoLine]:
        """Return every line as it was last written down."""
        found = self._db.execute("SELECT * FROM lines ORDER BY rowid").fetchall()
        return [rows.line(row, self._credits(row[0]), self.currency) for row in found]

    def line(self, line_id: LineId) -> DemoLine | None:
        """Return a line as it was last written down; None for one that does not exist."""
        return next((each for each in self.lines() if each.line.id == line_id), None)

    def put_line(self, line: DemoLine) -> None:
        """Write down a line, new or changed."""
        self._db.execute(_PUT_LINE, rows.line_row(line))
        self._db.execute("DELETE FROM credits WHERE line_id = ?", (line.line.id,))
        coming = [rows.credit_row(line, credit) for credit in line.coming]
        self._db.executemany("INSERT INTO credits VALUES (?, ?, ?, ?, ?)", coming)

    def methods(self) -> tuple[PaymentMethod, ...]:
        """Return what can pay, the wallet first."""
        found = self._db.execute("SELECT * FROM methods ORDER BY rowid").fetchall()
        return tuple(rows.method(row, self.currency) for row in found)

    def method(self, method_id: str) -> PaymentMethod | None:
        """Return what pays under this id; None where nothing does."""
        return next((each for each in self.methods() if each.id == method_id), None)

    def put_method(self, method: PaymentMethod) -> None:
        """Write down a payment method, new or with other funds."""
        self._db.execute(_PUT_METHOD, rows.method_row(method))

    def order(self, reference: str) -> Order | None:
        """Return what became of a reference; None for one that never arrived."""
        row = self._db.execute(
            "SELECT * FROM orders WHERE reference = ?", (reference,)
        ).fetchone()
        return None if row is None else rows.order(row)

    def add_order(
        self, purchase: Purchase, reason: str | None, settles_at: datetime
    ) -> Order:
        """Write down what became of a purchase. A second row for a reference is refused by the schema."""
        row = rows.order_row(purchase, reason, settles_at)
        number = self._db.execute(_ADD_ORDER, row).lastrowid
        return rows.order((number, *row))

    def add_charge(
        self, purchase: Purchase, at: datetime, reference: str | None
    ) -> None:
        """Write a charge down. A second one for a reference is refused by the schema (I1)."""
        self._db.execute(_ADD_CHARGE, rows.charge_row(purchase, at, reference))

    def charges(
        self, line_id: LineId | None = None, since: datetime = rows.EPOCH
    ) -> list[Charge]:
        """Return the charges since then, of one line or of all, the oldest first."""
        found = self._db.execute(
            "SELECT * FROM charges WHERE at_us >= ?1 AND (?2 IS NULL OR line_id = ?2) ORDER BY at_us, id",
            (rows.to_us(since), line_id),
        )
        return [rows.charge(row, self.currency) for row in found]

    def _credits(self, line_id: LineId) -> list[rows.Row]:
        query = "SELECT * FROM credits WHERE line_id = ? ORDER BY lands_at_us, rowid"
        return self._db.execute(query, (line_id,)).fetchall()


def write_world(db: sqlite3.Connection, world: World) -> None:
    """Fill empty books."""
    account = (world.account_id, world.currency, Mood.WELL_BEHAVED)
    db.execute(
        "INSERT INTO account (one, id, currency, mood) VALUES (1, ?, ?, ?)", account
    )
    ledger = Ledger(db)
    for line in world.lines:
        ledger.put_line(line)
    for method in world.methods:
        ledger.put_method(method)
