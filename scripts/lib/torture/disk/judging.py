"""What a start after a power cut must find: the book as it was, or with the one commit that was under way, and nothing else."""

from contextlib import closing
from pathlib import Path
import sqlite3
from typing import Final

from custom_components.esim_topup.orders.book_file import BookLocked, Witness, open_book
from tests.orders.fake_clock import NOON
from tests.orders.samples import MOSCOW

from .recording import Content, Knowledge, content_of

BOOK: Final = "orders.db"


def what_is_wrong(
    folder: Path, knowledge: Knowledge, witness: Witness | None
) -> str | None:
    """Open the book in a folder as the next start does; return what is wrong with that, if anything is."""
    try:
        connection = open_book(folder / BOOK, witness, MOSCOW, NOON)
    except BookLocked as err:
        return f"it is locked: {err.reason}"
    with closing(connection):
        settings = [
            _pragma(connection, name) for name in ("journal_mode", "synchronous")
        ]
        if settings != ["wal", 2]:
            return f"its commits are not synced any more: {settings}"
        return _compare(content_of(connection), knowledge)


def _pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _compare(found: Content, knowledge: Knowledge) -> str | None:
    if knowledge.sure is None:
        return None if not found.states else "a new book has orders in it"
    possible = {one.digest: one for one in (knowledge.sure, *knowledge.perhaps)}
    if found.book_id != knowledge.sure.book_id:
        return "a new book was begun in silence"
    if (same := possible.get(found.digest)) is None:
        return f"it says {_words(found)}; surely written was {_words(knowledge.sure)}"
    if found.revision != same.revision:
        return f"revision {found.revision} says what {same.revision} said"
    return None


def _words(content: Content) -> str:
    orders = ", ".join(f"{order[:4]} {state}" for order, state in content.states[-6:])
    return f"revision {content.revision} with {len(content.states)} orders ({orders})"
