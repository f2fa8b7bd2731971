"""Orders as they stand in the book, read by ourselves, and the steps they may take: written down a second time, on purpose."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import sqlite3
from typing import Final

COUNTED: Final = frozenset({"submitting", "pending", "unknown", "held", "succeeded"})
OPEN: Final = frozenset({"submitting", "pending", "unknown", "held"})

STEPS: Final = {
    "submitting": {"succeeded", "pending", "failed", "unknown"},
    "pending": {"succeeded", "failed", "unknown", "held"},
    "unknown": {"pending", "succeeded", "failed", "held"},
    "held": {"succeeded", "failed"},
    "succeeded": {"reversed"},
    "failed": set[str](),
    "reversed": set[str](),
}

BY_A_PERSON: Final = "decided_by_a_person"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_ROWS: Final = (
    "SELECT id, account_key, line_key, offer_id, amount_minor, currency, created_us, user_id,"
    " state, sends, reason, alarm, provider_ref FROM orders"
)
_CHARGES: Final = "SELECT account_key, charge_id, line_key, order_id, amount_minor, at_us FROM charges WHERE currency = ?"

_FACTS: Final = "SELECT key, value FROM meta WHERE key IN ('book_id', 'zone')"


@dataclass(frozen=True, slots=True)
class Row:
    """An order as it stands in the book."""

    id: str
    account_key: str
    line_key: str
    offer_id: str
    minor: int
    currency: str
    created_us: int
    user_id: str | None
    state: str
    sends: int
    reason: str | None
    alarm: int
    provider_ref: str | None

    @property
    def name(self) -> str:
        """What a story calls it."""
        return self.id[:4]

    @property
    def bought(self) -> tuple[object, ...]:
        """What must never change."""
        return (
            self.account_key,
            self.line_key,
            self.offer_id,
            self.minor,
            self.currency,
            self.created_us,
            self.user_id,
        )

    @property
    def created(self) -> datetime:
        """When it was made, by the clock on the wall."""
        return from_us(self.created_us)


@dataclass(frozen=True, slots=True)
class KnownCharge:
    """A charge of the operator's history that the book knows."""

    account_key: str
    id: str
    line_key: str
    order_id: str | None
    minor: int
    at_us: int


def from_us(us: int) -> datetime:
    """Return the UTC time of whole microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=us)


def is_step(before: str, after: str) -> bool:
    """Say whether one transaction may lead from one state to the other: by one step, or by two."""
    steps = STEPS[before]
    return after in steps or any(after in STEPS[step] for step in steps)


def read_orders(connection: sqlite3.Connection) -> dict[str, Row]:
    """Return the orders of a book by id. Raises `sqlite3.Error`."""
    factory, connection.row_factory = connection.row_factory, None
    try:
        found = connection.execute(_ROWS).fetchall()
    finally:
        connection.row_factory = factory
    return {values[0]: Row(*values) for values in found}


def read_charges(connection: sqlite3.Connection, currency: str) -> list[KnownCharge]:
    """Return the charges that a book knows, in one currency."""
    found = connection.execute(_CHARGES, (currency,)).fetchall()
    return [KnownCharge(*values) for values in found]


def read_facts(connection: sqlite3.Connection) -> tuple[str, str]:
    """Return the id of a book and the zone of its months."""
    facts = dict(tuple(row) for row in connection.execute(_FACTS))
    return facts["book_id"], facts["zone"]
