"""One flipped bit anywhere in a book (D10): it is locked, or nothing that moves money has changed."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
import sqlite3
from typing import Final

from custom_components.esim_topup.orders.book_file import BookLocked, Witness, open_book
from tests.orders.fake_clock import NOON
from tests.orders.samples import MOSCOW

from ..outcome import Outcome
from .judging import BOOK
from .recording import content_of
from .store_lives import write_everything

NAME: Final = "bit flips"

_EMPTY: Final = 64
"""Pages are mostly empty: of the zeros only each so manieth byte is tried."""

_MOVES_MONEY: Final = (
    "SELECT * FROM orders ORDER BY id",
    "SELECT * FROM charges ORDER BY 1, 2, 3",
    "SELECT * FROM totals WHERE minor != 0 ORDER BY 1, 2, 3, 4",
    "SELECT * FROM steps ORDER BY 1, 2",
    "SELECT key, value FROM meta WHERE key != 'revision' ORDER BY key",
    "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2",
)
"""The journal only tells. A revision that is too high locks the next start at the latest; one too low does so at once."""


def flip_everywhere(folder: Path, outcome: Outcome, every: int = 1) -> None:
    """Open a book with all kinds of rows once for each flipped bit, and judge."""
    folder.mkdir()
    path = folder / BOOK
    asyncio.run(write_everything(path))
    whole = path.read_bytes()
    with closing(open_book(path, None, MOSCOW, NOON)) as book:
        truth, witness = _what_moves_money(book), content_of(book).witness
    for at, bit in list(_bits(whole))[::every]:
        flipped = bytearray(whole)
        flipped[at] ^= 1 << bit
        _begin_with(path, bytes(flipped))
        outcome.runs += 1
        outcome.faults[NAME] += 1
        if (wrong := _what_is_wrong(path, witness, truth)) is not None:
            story = f"bit {bit} of byte {at} is flipped: {wrong}"
            again = f"PYTHONPATH=scripts/lib python -m torture.disk --life '{NAME}'"
            outcome.fail("I11", story, again, NAME)


def _bits(whole: bytes) -> Iterator[tuple[int, int]]:
    dice = Random(len(whole))
    for at, byte in enumerate(whole):
        if byte or at % _EMPTY == 0:
            yield at, dice.randrange(8)


def _begin_with(path: Path, content: bytes) -> None:
    for beside in path.parent.iterdir():
        beside.unlink()
    path.write_bytes(content)


def _what_is_wrong(path: Path, witness: Witness, truth: list[object]) -> str | None:
    try:
        with closing(open_book(path, witness, MOSCOW, NOON)) as book:
            found = _what_moves_money(book)
    except BookLocked:
        return None
    except Exception as err:  # noqa: BLE001 - whatever escapes here stops the house at its start
        return f"{type(err).__name__} escapes"
    return None if found == truth else "it is opened, and says something else"


def _what_moves_money(book: sqlite3.Connection) -> list[object]:
    return [
        tuple(row) for query in _MOVES_MONEY for row in book.execute(query).fetchall()
    ]
