"""Orders as rows and back, to the last microsecond and kopeck."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
import sqlite3
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.orders.digests import ORDER_FACTS
from custom_components.esim_topup.orders.order import Order, OrderState, Origin
from custom_components.esim_topup.orders.rows import (
    INSERT_ORDER,
    UPDATE_ORDER,
    DamagedRow,
    from_us,
    to_order,
    to_row,
    to_us,
)
from custom_components.esim_topup.orders.schema import SCHEMA
from custom_components.esim_topup.providers.money import Money

from .samples import make_order

times = st.datetimes(timezones=st.just(UTC))
words = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

orders = st.builds(
    Order,
    id=st.uuids().map(str),
    account_key=st.just("account"),
    line_key=st.just("line"),
    offer_id=st.just("open"),
    money=st.builds(
        Money.from_minor, st.integers(1, 10**15), st.sampled_from(["RUB", "JPY", "KWD"])
    ),
    state=st.sampled_from(OrderState),
    created_at=times,
    updated_at=times,
    month=st.just("2026-11"),
    method_id=words,
    request_id=words,
    origin=st.sampled_from(Origin),
    user_id=words,
    sends=st.integers(0, 9),
    last_sent_at=st.none() | times,
    provider_ref=words,
    reason=words,
    alarm=st.booleans(),
)


@pytest.fixture(scope="module")
def table() -> Any:
    """Return an empty book in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(SCHEMA)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@given(order=orders)
def test_an_order_comes_back_as_it_was_written(
    table: sqlite3.Connection, order: Order
) -> None:
    """A kopeck or a microsecond that is lost on the way is a limit that does not hold."""
    table.execute("BEGIN")
    try:
        table.execute(INSERT_ORDER, to_row(order))
        assert to_order(table.execute("SELECT * FROM orders").fetchone()) == order
    finally:
        table.execute("ROLLBACK")


def test_no_field_of_an_order_is_forgotten() -> None:
    """A new field that is not stored would be gone after a restart."""
    columns = set(to_row(make_order()))
    stored = {field.name for field in fields(Order)} - {
        "money",
        "created_at",
        "updated_at",
        "last_sent_at",
    }
    assert (
        stored
        | {"amount_minor", "currency", "created_us", "updated_us", "last_sent_us"}
        == columns - {"digest"}
        == set(ORDER_FACTS)
    )
    assert all(f":{column}" in INSERT_ORDER for column in columns)


def test_an_update_leaves_alone_what_was_bought() -> None:
    """I9: amount, line and time of an order are written once."""
    assert "amount_minor" not in UPDATE_ORDER
    assert "created_us" not in UPDATE_ORDER


@given(at=times)
def test_times_are_exact(at: datetime) -> None:
    """Compared as whole numbers they must stand in the same order."""
    assert from_us(to_us(at)) == at
    assert to_us(at.astimezone(tz=None)) == to_us(at)


def test_1970_is_zero() -> None:
    """T6: a machine without a clock begins there, or even before."""
    assert to_us(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert from_us(-1) == datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)


@pytest.mark.parametrize(
    "damage",
    [
        {"currency": "QQQ"},
        {"created_us": 2**62},
        {"state": "brilliant"},
        {"origin": "nobody"},
        {"last_sent_us": -(2**62)},
    ],
    ids=lambda damage: next(iter(damage)),
)
def test_a_row_that_makes_no_sense_is_a_damaged_book(damage: dict[str, Any]) -> None:
    """D10: any other error would stop Home Assistant's start instead of locking the spending."""
    row: Any = to_row(make_order()) | damage
    with pytest.raises(DamagedRow):
        to_order(row)
