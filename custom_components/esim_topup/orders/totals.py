"""Running totals: what counts against the limits, kept beside the orders in the same transaction.

Orders count from the moment of their reservation (I4) in the day and month of their creation, whenever they end; so do
foreign charges of the provider's history. The totals can be worked out anew from the rows, which is how a damaged book shows.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
import sqlite3
from typing import Final
from zoneinfo import ZoneInfo

from ..providers.money import Money
from .limits import ROLLING_DAYS, Spent
from .policy import day_of, month_of
from .rows import from_us

type _Key = tuple[str, str, str, str]

_ADD: Final = """
INSERT INTO totals (scope, key, period, currency, minor) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (scope, key, period, currency) DO UPDATE SET minor = minor + excluded.minor
"""

_TAKE: Final = "UPDATE totals SET minor = minor - ? WHERE (scope, key, period, currency) = (?, ?, ?, ?)"


def add(
    connection: sqlite3.Connection,
    account_key: str,
    line_key: str,
    money: Money,
    day: str,
    month: str,
) -> None:
    """Count an amount in its UTC day and its month."""
    keys = _keys(account_key, line_key, money.currency, day, month)
    connection.executemany(_ADD, [(*key, money.minor) for key in keys])


def take(
    connection: sqlite3.Connection,
    account_key: str,
    line_key: str,
    money: Money,
    day: str,
    month: str,
) -> None:
    """Count an amount no more: its order failed with evidence, or the money came back."""
    keys = _keys(account_key, line_key, money.currency, day, month)
    connection.executemany(_TAKE, [(money.minor, *key) for key in keys])


def spent(
    connection: sqlite3.Connection,
    account_key: str,
    line_key: str,
    currency: str,
    now: datetime,
    zone: ZoneInfo,
) -> Spent:
    """Return what counts now, in one currency, for a line and its account."""
    day, month = day_of(now), month_of(now, zone)
    first = (now.astimezone(UTC).date() - timedelta(days=ROLLING_DAYS)).isoformat()
    return Spent(
        line_month=_sum(connection, "line_month", line_key, currency, month),
        account_day=_sum(connection, "account_day", account_key, currency, day),
        account_month=_sum(connection, "account_month", account_key, currency, month),
        account_rolling=_sum(connection, "account_day", account_key, currency, first),
    )


def _sum(
    connection: sqlite3.Connection,
    scope: str,
    key: str,
    currency: str,
    first: str,
) -> Money:
    """Return the sum from a period on. It has no end: what a clock that ran ahead dated into the future counts too."""
    query = "SELECT coalesce(sum(minor), 0) FROM totals WHERE scope = ? AND key = ? AND currency = ? AND period >= ?"
    found = connection.execute(query, (scope, key, currency, first)).fetchone()[0]
    return Money.from_minor(found, currency)


def _keys(
    account_key: str, line_key: str, currency: str, day: str, month: str
) -> list[_Key]:
    return [
        ("line_month", line_key, month, currency),
        ("account_month", account_key, month, currency),
        ("account_day", account_key, day, currency),
    ]


def totals_hold(connection: sqlite3.Connection) -> bool:
    """Say whether the totals are what the rows add up to. A flipped bit in either shows here.

    A row says itself in which month it counts: worked out anew, after the rules of the zone have changed, it would be another.
    """
    expected: Counter[_Key] = Counter()
    rows = connection.execute(
        "SELECT account_key, line_key, currency, amount_minor, at_us, month FROM counted"
    )
    for row in rows:
        for key in _keys(
            row["account_key"],
            row["line_key"],
            row["currency"],
            day_of(from_us(row["at_us"])),
            row["month"],
        ):
            expected[key] += row["amount_minor"]
    kept = connection.execute(
        "SELECT scope, key, period, currency, minor FROM totals WHERE minor != 0"
    )
    return {
        (r["scope"], r["key"], r["period"], r["currency"]): r["minor"] for r in kept
    } == dict(expected)
