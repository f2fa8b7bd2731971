"""Books of earlier versions become books of this one: in one transaction, so that a crash leaves the old book or the new one."""

import sqlite3
from typing import Final
from zoneinfo import ZoneInfo

from .digests import DIGESTS_OF_CHARGES, DIGESTS_OF_ORDERS, seal
from .policy import month_of
from .rows import from_us
from .schema import (
    CHARGES,
    COUNTED_VIEW,
    DIGEST,
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
        seal(connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back by itself
            connection.execute("ROLLBACK")
        raise


def _months_are_kept(connection: sqlite3.Connection) -> None:
    """1 -> 2: each row keeps the month it counts in: worked out anew at each start, it moved with the rules of the zone.

    The id of a charge is one of its line: two lines may both have a charge number 1. And each row gets its digest.
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
        f"ALTER TABLE orders ADD COLUMN {DIGEST}",
        "UPDATE orders SET month = month_of(created_us)",
        f"UPDATE orders SET digest = {DIGESTS_OF_ORDERS}",  # noqa: S608 - put together from our own names of columns
        "DROP INDEX one_charge_per_order",
        "ALTER TABLE charges RENAME TO earlier_charges",
        CHARGES,
        ONE_CHARGE_PER_ORDER,
        "INSERT INTO charges SELECT *, month_of(at_us), x'' FROM earlier_charges",
        f"UPDATE charges SET digest = {DIGESTS_OF_CHARGES}",  # noqa: S608 - as above
        "DROP TABLE earlier_charges",
        COUNTED_VIEW,
        KEEP_PURCHASE,
    ):
        connection.execute(statement)


_STEPS: Final = {1: _months_are_kept}
"""By the version that a step begins with."""
