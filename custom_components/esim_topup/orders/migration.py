"""Books of earlier versions become books of this one: in one transaction, so that a crash leaves the old book or the new one."""

import sqlite3
from typing import Final
from zoneinfo import ZoneInfo

from .policy import month_of
from .rows import from_us
from .schema import (
    CHARGES,
    COUNTED_VIEW,
    KEEP_PURCHASE,
    MONTH,
    ONE_CHARGE_PER_ORDER,
    VERSION,
)


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
    """1 -> 2: each row keeps the month it counts in: worked out anew at each start, it moved with the rules of the zone.

    And the id of a charge is one of its line: two lines may both have a charge number 1.
    """
    facts = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    zone = ZoneInfo(facts["zone"])
    connection.create_function(
        "month_of", 1, lambda us: month_of(from_us(us), zone), deterministic=True
    )
    for statement in (
        "DROP TRIGGER orders_keep_their_purchase",
        "DROP VIEW counted",
        f"ALTER TABLE orders ADD COLUMN {MONTH}",
        "UPDATE orders SET month = month_of(created_us)",
        "DROP INDEX one_charge_per_order",
        "ALTER TABLE charges RENAME TO earlier_charges",
        CHARGES,
        ONE_CHARGE_PER_ORDER,
        "INSERT INTO charges SELECT *, month_of(at_us) FROM earlier_charges",
        "DROP TABLE earlier_charges",
        COUNTED_VIEW,
        KEEP_PURCHASE,
    ):
        connection.execute(statement)


_STEPS: Final = {1: _months_are_kept}
"""By the version that a step begins with."""
