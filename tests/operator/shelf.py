"""Questions to the books. What is asked for by a client and is not there is a `Refusal`."""

from collections.abc import Sequence
import sqlite3

from . import tables
from .model import Account, Charge, Code, Line, Method, Offer, Order, Refusal


def account_by_key(db: sqlite3.Connection, key: str | None) -> Account | None:
    """Return whose key this is."""
    row = db.execute("SELECT * FROM accounts WHERE key = ?", (key,)).fetchone()
    return None if row is None else tables.account_of(row)


def accounts(db: sqlite3.Connection) -> list[Account]:
    """Return all accounts in the order they were made."""
    return [
        tables.account_of(row)
        for row in db.execute("SELECT * FROM accounts ORDER BY position")
    ]


def account(db: sqlite3.Connection, account_id: str) -> Account:
    """Return one account."""
    for found in accounts(db):
        if found.id == account_id:
            return found
    raise Refusal(Code.UNKNOWN_ACCOUNT)


def methods(db: sqlite3.Connection, account: str) -> list[Method]:
    """Return what can pay for an account."""
    rows = db.execute(
        "SELECT * FROM methods WHERE account = ? ORDER BY position", (account,)
    )
    return [tables.method_of(row) for row in rows]


def method(db: sqlite3.Connection, account: str, method_id: str) -> Method:
    """Return one payment method of an account."""
    row = db.execute(
        "SELECT * FROM methods WHERE account = ? AND id = ?", (account, method_id)
    ).fetchone()
    if row is None:
        raise Refusal(Code.UNKNOWN_METHOD)
    return tables.method_of(row)


def lines(
    db: sqlite3.Connection, account: str, now_us: int, *, skip: int = 0, limit: int = -1
) -> list[Line]:
    """Return the lines of an account that are not removed, as they stand now."""
    rows = db.execute(
        "SELECT * FROM lines WHERE account = ? AND NOT removed ORDER BY position LIMIT ? OFFSET ?",
        (account, limit, skip),
    )
    return [tables.line_of(row).at(now_us) for row in rows]


def line(db: sqlite3.Connection, account: str, line_id: str, now_us: int) -> Line:
    """Return one line of an account as it stands now."""
    found = any_line(db, line_id, now_us)
    if found.account != account:
        raise Refusal(Code.UNKNOWN_LINE)
    if found.removed:
        raise Refusal(Code.LINE_GONE)
    return found


def any_line(db: sqlite3.Connection, line_id: str, now_us: int) -> Line:
    """Return a line whoever owns it, removed or not."""
    row = db.execute("SELECT * FROM lines WHERE id = ?", (line_id,)).fetchone()
    if row is None:
        raise Refusal(Code.UNKNOWN_LINE)
    return tables.line_of(row).at(now_us)


def all_lines(db: sqlite3.Connection, now_us: int) -> list[Line]:
    """Return all lines of all accounts, removed ones too, as they stand now."""
    return [
        tables.line_of(row).at(now_us)
        for row in db.execute("SELECT * FROM lines ORDER BY position")
    ]


def all_offers(db: sqlite3.Connection) -> list[Offer]:
    """Return all offers of all accounts."""
    return [
        tables.offer_of(row)
        for row in db.execute("SELECT * FROM offers ORDER BY position")
    ]


def any_offer(db: sqlite3.Connection, account_id: str, offer_id: str) -> Offer:
    """Return an offer of an account, whatever line it is for."""
    row = db.execute(
        "SELECT * FROM offers WHERE account = ? AND id = ?", (account_id, offer_id)
    ).fetchone()
    if row is None:
        raise Refusal(Code.UNKNOWN_OFFER)
    return tables.offer_of(row)


def offers(db: sqlite3.Connection, on: Line) -> list[Offer]:
    """Return what can be bought for a line."""
    rows = db.execute(
        "SELECT * FROM offers WHERE account = ? AND (line IS NULL OR line = ?) ORDER BY position",
        (on.account, on.id),
    )
    return [tables.offer_of(row) for row in rows]


def offer(db: sqlite3.Connection, on: Line, offer_id: str) -> Offer:
    """Return one offer for a line."""
    for found in offers(db, on):
        if found.id == offer_id:
            return found
    raise Refusal(Code.UNKNOWN_OFFER)


def order(db: sqlite3.Connection, order_id: str) -> Order:
    """Return one order, whoever made it."""
    row = db.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
    if row is None:
        raise Refusal(Code.UNKNOWN_ORDER)
    return tables.order_of(row)


def all_orders(db: sqlite3.Connection) -> list[Order]:
    """Return all orders of all accounts, oldest first."""
    return [
        tables.order_of(row)
        for row in db.execute("SELECT * FROM orders ORDER BY position")
    ]


def orders_by_reference(
    db: sqlite3.Connection, account: str, reference: str, line_id: str | None
) -> list[Order]:
    """Return an account's orders under a client's reference, newest first."""
    rows = db.execute(
        "SELECT * FROM orders WHERE account = ? AND reference = ? AND coalesce(line = ?, TRUE) ORDER BY position DESC",
        (account, reference, line_id),
    )
    return [tables.order_of(row) for row in rows]


def charges(db: sqlite3.Connection, line_id: str | None = None) -> list[Charge]:
    """Return every time money was taken, oldest first."""
    rows = db.execute(
        "SELECT * FROM charges WHERE coalesce(line = ?, TRUE) ORDER BY position",
        (line_id,),
    )
    return [tables.charge_of(row) for row in rows]


def history(
    db: sqlite3.Connection,
    line_id: str,
    times_us: tuple[int, int],
    *,
    skip: int,
    limit: int,
) -> Sequence[Charge]:
    """Return a line's charges between two times (both included), newest first."""
    rows = db.execute(
        "SELECT * FROM charges WHERE line = ? AND at_us BETWEEN ? AND ? ORDER BY position DESC LIMIT ? OFFSET ?",
        (line_id, *times_us, limit, skip),
    )
    return [tables.charge_of(row) for row in rows]
