"""Books of earlier versions become books of this one: in one transaction, so that a crash leaves the old book or the new one."""

import sqlite3
from typing import Final
from zoneinfo import ZoneInfo

from .policy import month_of
from .rows import from_us
from .schema import COUNTED_VIEW, KEEP_PURCHASE, MONTH, VERSION


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a whole book from its version to ours. Raises `KeyError` for a version that never was, and what SQLite raises."""
    if version == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(version, VERSION):
            _STEPS[number](connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back by itself
            connection.execute("ROLLBACK")
        raise


def _months_are_kept(connection: sqlite3.Connection) -> None:
    """1 -> 2: each row keeps the month it counts in. Worked out anew at each start, it moved with the rules of the zone."""
    facts = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    zone = ZoneInfo(facts["zone"])
    connection.create_function(
        "month_of", 1, lambda us: month_of(from_us(us), zone), deterministic=True
    )
    for statement in (
        "DROP TRIGGER orders_keep_their_purchase",
        "DROP VIEW counted",
        f"ALTER TABLE orders ADD COLUMN {MONTH}",
        f"ALTER TABLE charges ADD COLUMN {MONTH}",
        "UPDATE orders SET month = month_of(created_us)",
        "UPDATE charges SET month = month_of(at_us)",
        COUNTED_VIEW,
        KEEP_PURCHASE,
    ):
        connection.execute(statement)


_STEPS: Final = {1: _months_are_kept}
"""By the version that a step begins with."""
