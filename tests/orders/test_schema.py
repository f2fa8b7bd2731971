"""The promises that the schema itself keeps, so that a forgotten check in the code is an error and not a charge."""

from collections.abc import Iterator
import sqlite3
from typing import Any

import pytest

from custom_components.esim_topup.orders.order import (
    NEXT,
    PAID_NOTHING,
    UNFINISHED,
    OrderState,
)
from custom_components.esim_topup.orders.rows import INSERT_ORDER, to_row
from custom_components.esim_topup.orders.schema import SCHEMA, VERSION

from .samples import make_order

S = OrderState


@pytest.fixture
def book() -> Iterator[sqlite3.Connection]:
    """An empty book in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(f"PRAGMA foreign_keys = ON; {SCHEMA}")
    yield connection
    connection.close()


def put(book: sqlite3.Connection, state: S = S.SUBMITTING, /, **changes: Any) -> str:
    """Insert an order past all checks of the code; return its id."""
    row = to_row(make_order(state)) | changes
    book.execute(INSERT_ORDER, row)
    return str(row["id"])


def test_the_version_is_written(book: sqlite3.Connection) -> None:
    """Without it a newer book would be taken for ours."""
    assert book.execute("PRAGMA user_version").fetchone()[0] == VERSION


@pytest.mark.parametrize("first", S)
def test_a_line_has_at_most_one_unfinished_order(
    book: sqlite3.Connection, first: S
) -> None:
    """I3: two of them are two charges for one wish."""
    for second in S:
        line_key = f"line for {second}"
        put(book, first, line_key=line_key)
        if {first, second} <= UNFINISHED:
            with pytest.raises(sqlite3.IntegrityError):
                put(book, second, line_key=line_key)
        else:
            put(book, second, line_key=line_key)


@pytest.mark.parametrize("before", S)
def test_an_illegal_step_is_an_error(book: sqlite3.Connection, before: S) -> None:
    """I7: the same table as in the code, in a place that the code cannot forget to ask."""
    step = "UPDATE orders SET state = ? WHERE id = ?"
    for after in S:
        order_id = put(book, before, line_key=f"line for {after}")
        if after is before or after in NEXT[before]:
            book.execute(step, (after.value, order_id))
        else:
            with pytest.raises(sqlite3.IntegrityError, match="I7"):
                book.execute(step, (after.value, order_id))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "another"),
        ("account_key", "another"),
        ("line_key", "another"),
        ("offer_id", "another"),
        ("amount_minor", 1),
        ("currency", "USD"),
        ("created_us", 1),
        ("month", "2026-12"),
        ("method_id", "card"),
    ],
)
def test_what_was_ordered_never_changes(
    book: sqlite3.Connection, column: str, value: Any
) -> None:
    """I9: what is compared with the operator's answer must be what was sent."""
    put(book)
    with pytest.raises(sqlite3.IntegrityError, match="I9"):
        book.execute(f"UPDATE orders SET {column} = ?", (value,))  # noqa: S608


@pytest.mark.parametrize("state", S)
def test_an_order_is_never_deleted(book: sqlite3.Connection, state: S) -> None:
    """I2: a charge without its order is money that nobody can explain."""
    put(book, state)
    with pytest.raises(sqlite3.IntegrityError, match="I2"):
        book.execute("DELETE FROM orders")


@pytest.mark.parametrize(
    "nonsense",
    [
        {"amount_minor": 0},
        {"amount_minor": -1},
        {"amount_minor": 1.5},
        {"currency": "RUBLES"},
        {"state": "brilliant"},
        {"origin": "nobody"},
        {"sends": -1},
        {"created_us": "yesterday"},
    ],
    ids=str,
)
def test_nonsense_is_not_stored(
    book: sqlite3.Connection, nonsense: dict[str, Any]
) -> None:
    """What cannot have been meant cannot be counted either."""
    with pytest.raises(sqlite3.IntegrityError):
        put(book, **nonsense)


def test_an_order_id_is_used_once(book: sqlite3.Connection) -> None:
    """It is the idempotency key: used twice, the second order would be taken for the first."""
    order_id = put(book, S.SUCCEEDED)
    with pytest.raises(sqlite3.IntegrityError):
        put(book, S.SUCCEEDED, id=order_id)


def test_a_named_request_is_one_order_of_its_line(book: sqlite3.Connection) -> None:
    """An automation that repeats its call must not get a second order under the same name."""
    put(book, S.SUCCEEDED, request_id="weekly")
    put(book, S.SUCCEEDED, request_id="weekly", line_key="another line")
    put(book, S.SUCCEEDED, request_id=None)
    put(book, S.SUCCEEDED, request_id=None)
    with pytest.raises(sqlite3.IntegrityError):
        put(book, S.SUCCEEDED, request_id="weekly")


@pytest.mark.parametrize("state", sorted(PAID_NOTHING))
def test_an_order_that_paid_nothing_gives_its_name_back(
    book: sqlite3.Connection, state: S
) -> None:
    """A name of the month that failed once would otherwise fail until the end of the month."""
    put(book, state, request_id="november")
    put(book, state, request_id="november")
    put(book, S.SUCCEEDED, request_id="november")


CHARGE = "INSERT INTO charges VALUES ('account', ?, 'line', ?, 30000, 'RUB', 0, '1970-01', x'')"


def test_a_charge_is_the_proof_of_one_order(book: sqlite3.Connection) -> None:
    """I1, class H: and an order has one charge."""
    order_id = put(book, S.SUCCEEDED)
    book.execute(CHARGE, ("c1", order_id))
    with pytest.raises(sqlite3.IntegrityError):
        book.execute(CHARGE, ("c2", order_id))
    with pytest.raises(sqlite3.IntegrityError):
        book.execute(CHARGE, ("c1", None))
    with pytest.raises(sqlite3.IntegrityError):
        book.execute(CHARGE, ("c3", "no such order"))


def test_a_sum_is_never_below_zero(book: sqlite3.Connection) -> None:
    """It would be room above the limit."""
    with pytest.raises(sqlite3.IntegrityError):
        book.execute(
            "INSERT INTO totals VALUES ('account_day', 'a', '2026-11-23', 'RUB', -1)"
        )


@pytest.mark.parametrize("state", S)
def test_what_counts_is_said_once_in_the_schema(
    book: sqlite3.Connection, state: S
) -> None:
    """I4: the totals are checked against this view at each start."""
    put(book, state)
    counted = book.execute("SELECT count(*) FROM counted").fetchone()[0]
    assert bool(counted) is (
        state in {S.SUBMITTING, S.PENDING, S.UNKNOWN, S.HELD, S.SUCCEEDED}
    )
