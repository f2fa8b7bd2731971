"""The demo operator's rows as values, and back. Pure functions; each tuple has the columns of `schema.py` in order.

Times are microseconds since 1970 UTC; money is millionths (lines) or minor units (what is paid): whole numbers only.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from ..base import Charge, Line, LineKind, PaymentKind, PaymentMethod, Purchase
from ..money import Money
from .checkout import Order, method_id
from .lines import Credit, DemoLine

type Row = tuple[Any, ...]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """Return a time as it is stored."""
    return (at - EPOCH) // _MICROSECOND


def to_us_or_none(at: datetime | None) -> int | None:
    """Return a time that may be missing as it is stored."""
    return None if at is None else to_us(at)


def from_us(us: int) -> datetime:
    """Return a stored time."""
    return EPOCH + us * _MICROSECOND


def from_us_or_none(us: int | None) -> datetime | None:
    """Return a stored time that may be missing."""
    return None if us is None else from_us(us)


def line_row(line: DemoLine) -> Row:
    """Return the row of table `lines`."""
    return (
        line.line.id,
        line.line.kind,
        line.line.number,
        line.line.name,
        to_us(line.as_of),
        line.balance_micro,
        line.burn_micro_per_day,
        line.data_left_bytes,
        line.burn_bytes_per_day,
        to_us_or_none(line.valid_until),
    )


def line(row: Row, credit_rows: Iterable[Row], currency: str) -> DemoLine:
    """Return a line from its row and those of what is on its way to it."""
    line_id, kind, number, name, as_of, balance, burn_micro, data, burn_bytes, until = (
        row
    )
    return DemoLine(
        line=Line(
            id=line_id, kind=LineKind(kind), number=number, name=name, currency=currency
        ),
        as_of=from_us(as_of),
        balance_micro=balance,
        burn_micro_per_day=burn_micro,
        data_left_bytes=data,
        burn_bytes_per_day=burn_bytes,
        valid_until=from_us_or_none(until),
        coming=tuple(_credit(each) for each in credit_rows),
    )


def credit_row(line: DemoLine, credit: Credit) -> Row:
    """Return the row of table `credits`."""
    validity = credit.validity // _MICROSECOND
    return (
        line.line.id,
        to_us(credit.lands_at),
        credit.money_micro,
        credit.data_bytes,
        validity,
    )


def method_row(method: PaymentMethod) -> Row:
    """Return the row of table `methods`."""
    return (
        method.id,
        method.kind,
        method.label,
        method.last_digits,
        None if method.funds is None else method.funds.minor,
        None if method.expires is None else method.expires.toordinal(),
    )


def method(row: Row, currency: str) -> PaymentMethod:
    """Return a payment method from its row."""
    name, kind, label, last_digits, funds, expires = row
    return PaymentMethod(
        id=name,
        kind=PaymentKind(kind),
        label=label,
        last_digits=last_digits,
        funds=None if funds is None else Money.from_minor(funds, currency),
        expires=None if expires is None else date.fromordinal(expires),
    )


def order_row(purchase: Purchase, reason: str | None, settles_at: datetime) -> Row:
    """Return the row of table `orders`, without its number. The amount is kept as asked, even if nobody could pay it."""
    return (
        purchase.reference,
        purchase.line.id,
        purchase.offer_id,
        str(purchase.money.amount),
        purchase.money.currency,
        method_id(purchase),
        reason,
        to_us(settles_at),
    )


def order(row: Row) -> Order:
    """Return an order from its row."""
    number, reference, line_id, offer_id, amount, currency, pays, reason, settles_at = (
        row
    )
    return Order(
        number=number,
        reference=reference,
        line_id=line_id,
        offer_id=offer_id,
        money=Money(Decimal(amount), currency),
        method_id=pays,
        reason=reason,
        settles_at=from_us(settles_at),
    )


def charge_row(purchase: Purchase, at: datetime, reference: str | None) -> Row:
    """Return the row of table `charges`, without its number."""
    pays = method_id(purchase)
    return (
        to_us(at),
        purchase.line.id,
        purchase.offer_id,
        pays,
        purchase.money.minor,
        reference,
    )


def charge(row: Row, currency: str) -> Charge:
    """Return a charge from its row."""
    number, at, line_id, offer_id, _, amount_minor, reference = row
    return Charge(
        id=f"charge-{number}",
        at=from_us(at),
        money=Money.from_minor(amount_minor, currency),
        line_id=line_id,
        offer_id=offer_id,
        reference=reference,
    )


def _credit(row: Row) -> Credit:
    _, lands_at, money_micro, data_bytes, validity = row
    return Credit(
        lands_at=from_us(lands_at),
        money_micro=money_micro,
        data_bytes=data_bytes,
        validity=validity * _MICROSECOND,
    )
