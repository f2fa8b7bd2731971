"""I1, I4, I11: whether an order may be made now. Looked at when it stands in the book for the first time."""

from collections.abc import Iterator, Mapping
import sqlite3
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from custom_components.esim_topup.orders.policy import Health

from .rows import COUNTED, Row, from_us, read_charges
from .sums import Spent, above, month_of
from .truth import Truth

if TYPE_CHECKING:
    from .life import Life

_WRONG: Final = 302.0
"""Seconds; further from the operator's clock ours is not trusted."""

_WHILE_IN_FLIGHT: Final = 120.0
"""Seconds."""


def look_at_making(
    truth: Truth,
    book: sqlite3.Connection,
    life: Life,
    row: Row,
    rows: Mapping[str, Row],
    asked_at: float,
) -> None:
    """Look at a new order; `asked_at`: when the book's thread was given it."""
    if any(other.user_id == row.user_id for other in truth.ever.values()):
        truth.broke("I1", f"{row.user_id} made two orders")
    if (health := life.engine.health) is not Health.READY:
        truth.broke("I11", f"an order is made while the engine is {health}")
    _clock_is_trusted(truth, row, rows, asked_at)
    limits = truth.account(row).limits_between(asked_at - 0.001)
    month = month_of(row.created, truth.world.zone)
    for what in above(row, _spent(truth, book, row, rows), limits, month):
        truth.broke("I4", what)


def _clock_is_trusted(
    truth: Truth, row: Row, rows: Mapping[str, Row], asked_at: float
) -> None:
    """I11: no order while the clock is far from the operator's or, where that names no time, behind the book."""
    if truth.account(row).names_time:
        now = truth.world.true_time(asked_at)
        error = abs(row.created - now).total_seconds()
        noticed = asked_at - truth.clock_was_set_at > _WHILE_IN_FLIGHT
        if error > _WRONG and noticed:
            told = f"is made with a clock that is wrong by {error:.0f} s"
            truth.broke("I11", f"order {row.name} {told}")
        return
    others = (other.created_us for other in rows.values() if other.id != row.id)
    if row.created_us < max(others, default=row.created_us) - 60_000_000:
        truth.broke("I11", f"order {row.name} is made before the newest order")


def _spent(
    truth: Truth, book: sqlite3.Connection, row: Row, rows: Mapping[str, Row]
) -> Iterator[Spent]:
    """Yield what counts in the currency of an order: orders, strangers in the book, and those that must be in it."""
    zone = truth.world.zone
    for one in rows.values():
        if one.state in COUNTED and one.currency == row.currency:
            yield _spent_by(one, truth.zones[one.id])
    known = read_charges(book, row.currency)
    for charge in known:
        if charge.order_id is None:
            at = from_us(charge.at_us)
            month = month_of(at, zone)
            yield Spent(charge.account_key, charge.line_key, charge.minor, at, month)
    names = {(charge.account_key, charge.id) for charge in known}
    for entry in truth.strangers(row):
        if (row.account_key, entry.id) not in names:
            at, minor = truth.world.true_time(entry.at), entry.money.minor
            month = month_of(at, zone)
            yield Spent(row.account_key, row.line_key, minor, at, month)


def _spent_by(row: Row, zone: ZoneInfo) -> Spent:
    month = month_of(row.created, zone)
    return Spent(row.account_key, row.line_key, row.minor, row.created, month)
