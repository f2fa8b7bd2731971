"""Digests that show a flipped bit, in a row or in the book's own rules, before money is moved by it.

They are meant against failing disks: who may write the book may write them too.
"""

from hashlib import blake2b
import json
import sqlite3
from typing import Final

ORDER_FACTS: Final = (
    "id",
    "account_key",
    "line_key",
    "offer_id",
    "amount_minor",
    "currency",
    "state",
    "created_us",
    "updated_us",
    "month",
    "method_id",
    "request_id",
    "origin",
    "user_id",
    "sends",
    "last_sent_us",
    "provider_ref",
    "reason",
    "alarm",
)

CHARGE_FACTS: Final = (
    "account_key",
    "charge_id",
    "line_key",
    "order_id",
    "amount_minor",
    "currency",
    "at_us",
    "month",
)

DIGESTS_OF_ORDERS: Final = f"digest_of({', '.join(ORDER_FACTS)})"
DIGESTS_OF_CHARGES: Final = f"digest_of({', '.join(CHARGE_FACTS)})"
"""For statements on a connection that knows `digest_of`."""

_ANY_WRONG: Final = f"""
SELECT EXISTS (SELECT 1 FROM orders WHERE digest IS NOT {DIGESTS_OF_ORDERS})
    OR EXISTS (SELECT 1 FROM charges WHERE digest IS NOT {DIGESTS_OF_CHARGES})
"""  # noqa: S608 - put together from our own names of columns

_RULES: Final = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
)
_STEPS: Final = "SELECT before, after FROM steps ORDER BY before, after"
_LASTING_FACTS: Final = (
    "SELECT key, value FROM meta WHERE key NOT IN ('revision', 'seal') ORDER BY key"
)


def digest_of(*facts: str | bytes | int | None) -> bytes:
    """Return 8 bytes that are others when any of the facts is another. Only a damaged book has bytes where a text was."""
    return blake2b(json.dumps(facts, default=repr).encode(), digest_size=8).digest()


def teach(connection: sqlite3.Connection) -> None:
    """Make `digest_of` known to the statements of a connection."""
    connection.create_function("digest_of", -1, digest_of, deterministic=True)


def seal(connection: sqlite3.Connection) -> None:
    """Note what the book's rules and lasting facts are: tables, indexes, triggers, steps, id, zone."""
    connection.execute(
        "INSERT OR REPLACE INTO meta (key, value) VALUES ('seal', ?)",
        (_seal_of(connection),),
    )


def is_unbroken(connection: sqlite3.Connection) -> bool:
    """Say whether every row, every rule and every lasting fact of the book is what was written."""
    kept = connection.execute("SELECT value FROM meta WHERE key = 'seal'").fetchone()
    if kept is None or kept[0] != _seal_of(connection):
        return False
    return not connection.execute(_ANY_WRONG).fetchone()[0]


def _seal_of(connection: sqlite3.Connection) -> str:
    facts = [
        fact
        for query in (_RULES, _STEPS, _LASTING_FACTS)
        for row in connection.execute(query).fetchall()
        for fact in row
    ]
    return digest_of(*facts).hex()
