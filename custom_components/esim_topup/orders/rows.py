"""Rows of the order book as values, and back. Times are whole microseconds since 1970 UTC, amounts whole minor units."""

from datetime import UTC, datetime, timedelta
import sqlite3
from typing import Final

from ..providers.money import Money
from .digests import ORDER_FACTS, digest_of
from .order import Order, OrderState, Origin

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_INSERT: Final = f"""
INTO orders ({", ".join(ORDER_FACTS)}, digest)
VALUES ({", ".join(f":{fact}" for fact in ORDER_FACTS)}, :digest)
"""

INSERT_ORDER: Final = f"INSERT {_INSERT}"

ADOPT_ORDER: Final = f"INSERT OR IGNORE {_INSERT}"
"""Leaves out what is there already, or what this book cannot hold."""

UPDATE_ORDER: Final = """
UPDATE orders SET state = :state, updated_us = :updated_us, sends = :sends, last_sent_us = :last_sent_us,
                  provider_ref = :provider_ref, reason = :reason, alarm = :alarm, digest = :digest
WHERE id = :id
"""


def to_us(at: datetime) -> int:
    """Return a time as whole microseconds since 1970 UTC, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Return the UTC time of whole microseconds since 1970."""
    return _EPOCH + us * _MICROSECOND


def to_row(order: Order) -> dict[str, str | int | bytes | None]:
    """Return the order as parameters of `INSERT_ORDER` and `UPDATE_ORDER`."""
    facts = _facts(order)
    return {**facts, "digest": digest_of(*(facts[name] for name in ORDER_FACTS))}


def _facts(order: Order) -> dict[str, str | int | None]:
    return {
        "id": order.id,
        "account_key": order.account_key,
        "line_key": order.line_key,
        "offer_id": order.offer_id,
        "amount_minor": order.money.minor,
        "currency": order.money.currency,
        "state": order.state.value,
        "created_us": to_us(order.created_at),
        "updated_us": to_us(order.updated_at),
        "month": order.month,
        "method_id": order.method_id,
        "request_id": order.request_id,
        "origin": order.origin.value,
        "user_id": order.user_id,
        "sends": order.sends,
        "last_sent_us": None
        if order.last_sent_at is None
        else to_us(order.last_sent_at),
        "provider_ref": order.provider_ref,
        "reason": order.reason,
        "alarm": int(order.alarm),
    }


class DamagedRow(sqlite3.DataError):
    """A row that no order of ours can have written. To whoever reads the book it is a fault of the file."""

    def __init__(self) -> None:
        """Tell nothing of the row."""
        super().__init__("a row of the order book makes no sense")


def to_order(row: sqlite3.Row) -> Order:
    """Return the order that a row holds. Raises `DamagedRow`."""
    order = to_doubtful_order(row)
    if not is_as_written(row):
        raise DamagedRow
    return order


def to_doubtful_order(row: sqlite3.Row) -> Order:
    """Return what a row seems to say, whether or not its digest fits. Raises `DamagedRow`."""
    try:
        return _order(row)
    except ValueError, OverflowError, LookupError, TypeError:
        raise DamagedRow from None


def is_as_written(row: sqlite3.Row) -> bool:
    """Say whether the digest of an order fits. Rows of version 1 have none."""
    if "digest" not in row.keys():  # noqa: SIM118 - a row is no mapping: `in` looks at its values
        return True
    digest: bytes = row["digest"]
    return digest == digest_of(*(row[name] for name in ORDER_FACTS))


def _order(row: sqlite3.Row) -> Order:
    return Order(
        id=row["id"],
        account_key=row["account_key"],
        line_key=row["line_key"],
        offer_id=row["offer_id"],
        money=Money.from_minor(row["amount_minor"], row["currency"]),
        state=OrderState(row["state"]),
        created_at=from_us(row["created_us"]),
        updated_at=from_us(row["updated_us"]),
        month=row["month"],
        method_id=row["method_id"],
        request_id=row["request_id"],
        origin=Origin(row["origin"]),
        user_id=row["user_id"],
        sends=row["sends"],
        last_sent_at=None
        if row["last_sent_us"] is None
        else from_us(row["last_sent_us"]),
        provider_ref=row["provider_ref"],
        reason=row["reason"],
        alarm=bool(row["alarm"]),
    )
