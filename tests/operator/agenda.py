"""What the operator will do by itself later. It is done when somebody looks, in the order of its times."""

from dataclasses import dataclass
from enum import StrEnum
import json
import sqlite3
from typing import Final


class What(StrEnum):
    """One thing that happens later."""

    DELIVER = "deliver"
    """A request that was under way reaches the books."""
    FINISH = "finish"
    """A pending order ends."""
    CREDIT = "credit"
    """A paid line gets its money."""


@dataclass(frozen=True, slots=True)
class Due:
    """An entry whose time has come; `at_us` is the time it is done at, however late somebody looks."""

    at_us: int
    what: What
    payload: dict[str, str | None]


_NEXT: Final = "SELECT id, at_us, what, payload FROM agenda WHERE at_us <= ? ORDER BY at_us, id LIMIT 1"


def add(
    db: sqlite3.Connection, at_us: int, what: What, payload: dict[str, str | None]
) -> None:
    """Note something for later."""
    db.execute(
        "INSERT INTO agenda (at_us, what, payload) VALUES (?, ?, ?)",
        (at_us, what, json.dumps(payload)),
    )


def anything_due(db: sqlite3.Connection, now_us: int) -> bool:
    """Say whether there is something to do."""
    return db.execute(_NEXT, (now_us,)).fetchone() is not None


def pop(db: sqlite3.Connection, now_us: int) -> Due | None:
    """Take the next entry that is due, or None."""
    row = db.execute(_NEXT, (now_us,)).fetchone()
    if row is None:
        return None
    db.execute("DELETE FROM agenda WHERE id = ?", (row["id"],))
    return Due(row["at_us"], What(row["what"]), json.loads(row["payload"]))
