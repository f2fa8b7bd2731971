"""What an honest reader makes of a book that somebody had his hands on: whether it may be trusted, and what it still says."""

from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
import sqlite3
from typing import TYPE_CHECKING, Final

from custom_components.esim_topup.orders.book_file import Witness

from ..disk import write_files
from ..disk.platter import read_files
from .rows import read_facts
from .synced import BOOK

if TYPE_CHECKING:
    from .world import World

_NEWEST: Final = 50
"""No release of ours has written so high a version."""

_SUMS: Final = """
WITH counted AS (
  SELECT account_key, line_key, currency, amount_minor AS minor, created_us AS at_us, month FROM orders
    WHERE state IN ('submitting', 'pending', 'unknown', 'held', 'succeeded')
  UNION ALL
  SELECT account_key, line_key, currency, amount_minor, at_us, month FROM charges WHERE order_id IS NULL
), right AS (
  SELECT 'line_month', line_key, month, currency, sum(minor) FROM counted GROUP BY line_key, month, currency
  UNION ALL
  SELECT 'account_month', account_key, month, currency, sum(minor) FROM counted GROUP BY account_key, month, currency
  UNION ALL
  SELECT 'account_day', account_key, date(at_us / 1000000, 'unixepoch') AS day, currency, sum(minor) FROM counted
    GROUP BY account_key, day, currency
), kept AS (SELECT scope, key, period, currency, minor FROM totals WHERE minor != 0)
SELECT count(*) FROM (
  SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM right)
  UNION ALL SELECT * FROM (SELECT * FROM right EXCEPT SELECT * FROM kept))
"""

type Said = dict[str, tuple[str, int]]
"""State and sends of each order that can be read."""


class Custody:
    """Knows whether the book in its place may be spent by."""

    def __init__(self, world: World) -> None:
        """Begin with a book that nobody touched."""
        self._world = world
        self.is_suspect = False
        """Until a person has unlocked."""
        self.why = ""

    def look(self) -> None:
        """Look at the files after somebody has changed them while the house was off (I11); what is lost is lost."""
        world = self._world
        drive, truth = world.drive, world.promises.truth
        self.why, said = _examine(
            drive.files(), world.witness, drive.folder / "custody"
        )
        self.is_suspect = bool(self.why)
        truth.had_hands_on_it = True
        truth.forgotten |= {
            row.id
            for row in truth.ever.values()
            if said.get(row.id) != (row.state, row.sends)
        }


def _examine(
    files: Mapping[str, bytes], witness: Witness | None, scratch: Path
) -> tuple[str, Said]:
    """Return what is wrong with a book ("" for nothing), and what it says."""
    if BOOK not in files:
        return "is gone" if witness is not None or files else "", {}
    write_files(scratch, files)
    with closing(_opened(scratch)) as connection:
        try:
            wrong = _what_is_wrong(connection, witness)
        except sqlite3.Error, KeyError, ValueError:
            wrong = "cannot be understood"
        said: Said = {}
        with suppress(sqlite3.Error):
            rows = connection.execute("SELECT id, state, sends FROM orders").fetchall()
            said = {row[0]: (row[1], row[2]) for row in rows}
    return wrong, said


def _opened(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / BOOK, isolation_level=None)
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def _what_is_wrong(connection: sqlite3.Connection, witness: Witness | None) -> str:
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        return "" if witness is None else "is empty"
    if connection.execute("PRAGMA user_version").fetchone()[0] > _NEWEST:
        return "is of a newer release"
    if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
        return "is damaged"
    book_id, _ = read_facts(connection)
    if witness is not None and book_id != witness.book_id:
        return "is another one"
    if witness is not None and _revision(connection) < witness.revision:
        return "is older than it was"
    if connection.execute(_SUMS).fetchone()[0]:
        return "has wrong sums"
    return ""


def _revision(connection: sqlite3.Connection) -> int:
    query = "SELECT value FROM meta WHERE key = 'revision'"
    return int(connection.execute(query).fetchone()[0])


def tampered(
    files: Mapping[str, bytes], statement: str, scratch: Path
) -> dict[str, bytes]:
    """Return the files of a book after somebody has written into it; as they were, where that cannot be done."""
    write_files(scratch, files)
    try:
        with closing(_opened(scratch)) as connection:
            connection.execute(statement)
    except sqlite3.Error:
        return dict(files)
    return dict(read_files(scratch))
