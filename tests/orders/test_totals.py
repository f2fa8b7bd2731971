"""The running totals: right after every sum, in every zone, whatever is added and taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import sqlite3
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.esim_topup.orders import totals
from custom_components.esim_topup.orders.limits import ROLLING_DAYS, Spent
from custom_components.esim_topup.orders.policy import day_of, month_of
from custom_components.esim_topup.orders.schema import SCHEMA
from custom_components.esim_topup.providers.money import Money

from .fake_clock import NOON
from .samples import MOSCOW, rub, usd

DAY = timedelta(days=1)


@pytest.fixture
def book() -> Iterator[sqlite3.Connection]:
    """An empty book in memory."""
    connection = empty_book()
    yield connection
    connection.close()


def empty_book() -> sqlite3.Connection:
    """Return an empty book in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(SCHEMA)
    connection.row_factory = sqlite3.Row
    return connection


def spent(book: sqlite3.Connection, now: datetime = NOON, line: str = "line") -> Spent:
    """Return what counts for a line of the account."""
    return totals.spent(book, "account", line, "RUB", now, MOSCOW)


def add(
    book: sqlite3.Connection,
    money: Money,
    at: datetime = NOON,
    line: str = "line",
    account: str = "account",
) -> None:
    """Count an amount."""
    totals.add(book, account, line, money, day_of(at), month_of(at, MOSCOW))


def test_an_empty_book_has_spent_nothing(book: sqlite3.Connection) -> None:
    """Zero with its currency, not "unknown": a new user may recharge."""
    assert spent(book) == Spent(
        line_month=rub(0),
        account_day=rub(0),
        account_month=rub(0),
        account_rolling=rub(0),
    )


def test_an_account_is_the_sum_of_its_lines(book: sqlite3.Connection) -> None:
    """A family's common limit holds whoever's phone is topped up."""
    add(book, rub(100))
    add(book, rub(20), line="other")
    add(book, rub(3), account="other account")
    now = spent(book)
    assert (now.line_month, now.account_day, now.account_month) == (
        rub(103),
        rub(120),
        rub(120),
    )
    assert spent(book, line="other").line_month == rub(20)


def test_currencies_do_not_mix(book: sqlite3.Connection) -> None:
    """Roubles that fill a limit in dollars would make it meaningless."""
    add(book, usd(100))
    assert spent(book).account_month == rub(0)


@pytest.mark.parametrize(
    ("at", "day", "month", "rolling"),
    [
        (NOON, 1, 1, 1),
        (NOON - DAY, 0, 1, 1),
        (datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), 0, 1, 1),
        (datetime(2026, 10, 31, 21, 0, tzinfo=UTC), 0, 1, 1),  # November in Moscow
        (datetime(2026, 10, 31, 20, 59, 59, tzinfo=UTC), 0, 0, 1),
        (NOON - ROLLING_DAYS * DAY, 0, 0, 1),
        (NOON - (ROLLING_DAYS + 1) * DAY, 0, 0, 0),
        (NOON + DAY, 1, 1, 1),  # a clock that was set forward dated it there
        (NOON + 400 * DAY, 1, 1, 1),
        (datetime(9999, 12, 31, 12, tzinfo=UTC), 1, 1, 1),
    ],
)
def test_an_amount_counts_in_its_periods(
    book: sqlite3.Connection, at: datetime, day: int, month: int, rolling: int
) -> None:
    """T3, T5, T7: what is dated into another period must not be gone from all of them; what lies ahead counts in all."""
    add(book, rub(1), at)
    now = spent(book)
    assert (now.account_day, now.account_month, now.account_rolling) == (
        rub(day),
        rub(month),
        rub(rolling),
    )
    assert now.line_month == rub(month)


def test_taking_back_what_was_never_counted_is_an_error(
    book: sqlite3.Connection,
) -> None:
    """A sum below zero would be money that may be spent above the limit."""
    add(book, rub(1))
    with pytest.raises(sqlite3.IntegrityError):
        totals.take(
            book, "account", "line", rub(2), day_of(NOON), month_of(NOON, MOSCOW)
        )


@dataclass(frozen=True)
class Entry:
    """One amount at a time."""

    minor: int
    at: datetime
    line: str
    kept: bool


entries = st.lists(
    st.builds(
        Entry,
        minor=st.integers(1, 10**9),
        at=st.datetimes(
            min_value=datetime(2026, 9, 1),
            max_value=datetime(2026, 12, 31),
            timezones=st.just(UTC),
        ),
        line=st.sampled_from(["a", "b"]),
        kept=st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=40)
@given(
    entries=entries,
    now=st.datetimes(
        min_value=datetime(2026, 9, 1),
        max_value=datetime(2026, 12, 31),
        timezones=st.just(UTC),
    ),
    zone=st.sampled_from(
        ["UTC", "Europe/Moscow", "America/New_York", "Pacific/Kiritimati"]
    ).map(ZoneInfo),
)
def test_the_totals_are_what_the_entries_add_up_to(
    entries: list[Entry], now: datetime, zone: ZoneInfo
) -> None:
    """A limit is as good as the sum it is compared with."""
    book = empty_book()
    try:
        for entry in entries:
            totals.add(
                book,
                "account",
                entry.line,
                Money.from_minor(entry.minor, "RUB"),
                day_of(entry.at),
                month_of(entry.at, zone),
            )
        for entry in entries:
            if not entry.kept:
                totals.take(
                    book,
                    "account",
                    entry.line,
                    Money.from_minor(entry.minor, "RUB"),
                    day_of(entry.at),
                    month_of(entry.at, zone),
                )
        found = totals.spent(book, "account", "a", "RUB", now, zone)
    finally:
        book.close()
    day, month = day_of(now), month_of(now, zone)
    kept = [
        (entry, (day_of(entry.at), month_of(entry.at, zone)))
        for entry in entries
        if entry.kept
    ]
    first = (now.date() - ROLLING_DAYS * DAY).isoformat()
    assert found.line_month.minor == sum(
        e.minor for e, (_, m) in kept if m >= month and e.line == "a"
    )
    assert found.account_month.minor == sum(e.minor for e, (_, m) in kept if m >= month)
    assert found.account_day.minor == sum(e.minor for e, (d, _) in kept if d >= day)
    assert found.account_rolling.minor == sum(
        e.minor for e, (d, _) in kept if d >= first
    )
