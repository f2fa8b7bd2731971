"""Moving money and data: from a payment method to a line, and back. Decides nothing."""

from dataclasses import replace
from decimal import Decimal
import sqlite3

from . import shelf, tables
from .clock import DAY_US, to_iso_precise, wall_us
from .model import Charge, Line, Offer, OfferKind, Order, OrderStatus


def new_id(db: sqlite3.Connection, table: str, prefix: str) -> str:
    """Return the next id of a table: the same story gives the same ids."""
    (count,) = db.execute(f"SELECT coalesce(max(position), 0) FROM {table}").fetchone()  # noqa: S608  # our own names
    return f"{prefix}-{count + 1:06d}"


def take(db: sqlite3.Connection, order: Order, now_us: int) -> None:
    """Take the money of an order from its payment method and write it down."""
    method = shelf.method(db, order.account, order.method)
    if method.funds is not None:
        tables.save(db, replace(method, funds=method.funds - order.amount))
    charge = Charge(
        id=new_id(db, "charges", "chg"),
        order=order.id,
        account=order.account,
        line=order.line,
        offer=order.offer,
        method=order.method,
        amount=order.amount,
        currency=order.currency,
        reference=order.reference,
        key=order.key,
        at_us=now_us,
        wall_at=to_iso_precise(wall_us()),
        status=OrderStatus.SUCCEEDED,
        foreign=False,
    )
    tables.save(db, charge)


def take_foreign(
    db: sqlite3.Connection, line: Line, offer: Offer, amount: Decimal
) -> Charge:
    """Write down that somebody else paid for a line, now being the line's own time."""
    charge = Charge(
        id=new_id(db, "charges", "chg"),
        order=None,
        account=line.account,
        line=line.id,
        offer=offer.id,
        method=None,
        amount=amount,
        currency=offer.currency,
        reference=None,
        key=None,
        at_us=line.anchor_us,
        wall_at=to_iso_precise(wall_us()),
        status=OrderStatus.SUCCEEDED,
        foreign=True,
    )
    tables.save(db, charge)
    return charge


def give_back(db: sqlite3.Connection, order: Order) -> None:
    """Return the money of an order to its payment method; the charge stays in the books as reversed."""
    db.execute(
        """UPDATE charges SET status = 'reversed' WHERE "order" = ?""", (order.id,)
    )
    method = shelf.method(db, order.account, order.method)
    if method.funds is not None:
        tables.save(db, replace(method, funds=method.funds + order.amount))


def add_to_line(
    db: sqlite3.Connection, line: Line, offer: Offer, amount: Decimal
) -> None:
    """Give a line what was bought. What a line did not report before, it reports from its first purchase on."""
    if offer.kind is OfferKind.OPEN:
        tables.save(
            db,
            replace(
                line, balance=amount if line.balance is None else line.balance + amount
            ),
        )
        return
    data, until = line.data_left_bytes, line.valid_until_us
    if offer.data_bytes is not None:
        data = offer.data_bytes if data is None else data + offer.data_bytes
    if offer.validity_days is not None:
        start = line.anchor_us if until is None else max(line.anchor_us, until)
        until = start + offer.validity_days * DAY_US
    tables.save(db, replace(line, data_left_bytes=data, valid_until_us=until))


def take_from_line(
    db: sqlite3.Connection, line: Line, offer: Offer, amount: Decimal
) -> None:
    """Take back what a reversed order brought. Money that is used up leaves a debt, data does not."""
    if offer.kind is OfferKind.OPEN:
        if line.balance is not None:
            tables.save(db, replace(line, balance=line.balance - amount))
        return
    data, until = line.data_left_bytes, line.valid_until_us
    if data is not None and offer.data_bytes is not None:
        data = max(0, data - offer.data_bytes)
    if until is not None and offer.validity_days is not None:
        until -= offer.validity_days * DAY_US
    tables.save(db, replace(line, data_left_bytes=data, valid_until_us=until))
