"""Rows in, values out: how the model's values are stored. No decision is made here."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
import sqlite3
from typing import Final

from .model import (
    Account,
    Charge,
    Line,
    Method,
    MethodKind,
    Offer,
    OfferKind,
    Order,
    OrderStatus,
)

type Stored = Account | Method | Line | Offer | Order | Charge
type SqlValue = str | int | None

_PLACE: Final[Mapping[type[Stored], tuple[str, tuple[str, ...]]]] = {
    Account: ("accounts", ("id",)),
    Method: ("methods", ("account", "id")),
    Line: ("lines", ("id",)),
    Offer: ("offers", ("account", "id")),
    Order: ("orders", ("id",)),
    Charge: ("charges", ("id",)),
}


def save(db: sqlite3.Connection, thing: Stored) -> None:
    """Insert the thing, or replace what is stored under its id; its place in the list stays."""
    table, key = _PLACE[type(thing)]
    values = {name: _encode(value) for name, value in asdict(thing).items()}
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f":{name}" for name in values)
    change = ", ".join(f'"{name}" = :{name}' for name in values)
    db.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT ({', '.join(key)}) DO UPDATE SET {change}",  # noqa: S608  # names of our own fields
        values,
    )


def _encode(value: object) -> SqlValue:
    match value:
        case None | str():
            return value
        case bool() | int():
            return int(value)
        case Decimal():
            return format(value, "f")
        case _:
            raise TypeError(f"not to be stored: {value!r}")


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def account_of(row: sqlite3.Row) -> Account:
    """Read an account."""
    return Account(id=row["id"], key=row["key"], currency=row["currency"])


def method_of(row: sqlite3.Row) -> Method:
    """Read a payment method."""
    return Method(
        account=row["account"],
        id=row["id"],
        type=MethodKind(row["type"]),
        label=row["label"],
        last4=row["last4"],
        expires=row["expires"],
        funds=_decimal(row["funds"]),
        declines=bool(row["declines"]),
    )


def line_of(row: sqlite3.Row) -> Line:
    """Read a line as it stood at its anchor."""
    return Line(
        id=row["id"],
        account=row["account"],
        name=row["name"],
        currency=row["currency"],
        anchor_us=row["anchor_us"],
        iccid=row["iccid"],
        msisdn=row["msisdn"],
        balance=_decimal(row["balance"]),
        data_left_bytes=row["data_left_bytes"],
        valid_until_us=row["valid_until_us"],
        money_per_day=Decimal(row["money_per_day"]),
        bytes_per_day=row["bytes_per_day"],
        removed=bool(row["removed"]),
        barred=bool(row["barred"]),
    )


def offer_of(row: sqlite3.Row) -> Offer:
    """Read an offer."""
    return Offer(
        account=row["account"],
        id=row["id"],
        kind=OfferKind(row["kind"]),
        name=row["name"],
        currency=row["currency"],
        line=row["line"],
        price=_decimal(row["price"]),
        min=_decimal(row["min"]),
        max=_decimal(row["max"]),
        step=_decimal(row["step"]),
        data_bytes=row["data_bytes"],
        validity_days=row["validity_days"],
    )


def order_of(row: sqlite3.Row) -> Order:
    """Read an order."""
    return Order(
        id=row["id"],
        account=row["account"],
        line=row["line"],
        offer=row["offer"],
        amount=Decimal(row["amount"]),
        currency=row["currency"],
        method=row["method"],
        reference=row["reference"],
        key=row["key"],
        status=OrderStatus(row["status"]),
        reason=row["reason"],
        created_us=row["created_us"],
        credited=_decimal(row["credited"]),
    )


def charge_of(row: sqlite3.Row) -> Charge:
    """Read a charge."""
    return Charge(
        id=row["id"],
        order=row["order"],
        account=row["account"],
        line=row["line"],
        offer=row["offer"],
        method=row["method"],
        amount=Decimal(row["amount"]),
        currency=row["currency"],
        reference=row["reference"],
        key=row["key"],
        at_us=row["at_us"],
        wall_at=row["wall_at"],
        status=OrderStatus(row["status"]),
        foreign=bool(row["foreign"]),
    )
