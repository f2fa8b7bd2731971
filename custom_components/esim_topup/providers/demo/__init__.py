"""The demo operator: rehearse your automations free of charge.

It needs no account and no network. Its lines lose balance as time passes, can be recharged from a wallet or two stored
cards, and it misbehaves on command (`Mood`). Its books are one SQLite file that survives a restart:

    provider.py    the operator as the rest of the integration sees it
    desk.py        the same, call by call, in a worker thread
    checkout.py    may this be bought, and what follows?         (pure)
    catalogue.py   what can be bought, and what does it bring?   (pure)
    moods.py       how it misbehaves                             (pure)
    lines.py       lines, and what time does to them             (pure)
    world.py       lines, wallet and cards of a new operator     (pure)
    rows.py        values to rows and back                       (pure)
    ledger.py      the rows while the books are open
    schema.py      the tables
    books.py       the file: made once, never halfway
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..money import minor_digits
from .books import BooksUnusable, charges
from .moods import Mood
from .provider import INFO, DemoProvider

if TYPE_CHECKING:
    import aiohttp

__all__ = ["INFO", "BooksUnusable", "DemoProvider", "Mood", "charges", "create"]


def create(
    credentials: Mapping[str, Any],
    session: aiohttp.ClientSession,
    *,
    base_url: str | None = None,
) -> DemoProvider:
    """Return the demo operator whose books lie at `credentials["books"]`; they are made at the first call.

    `speed` (default 1) lets the operator's time pass faster; `currency` (default RUB) is that of books yet to be made,
    and means nothing to books that exist. Raises `ValueError` for a missing path, a speed that is no number above zero
    or a currency that is none.
    """
    if not (books := credentials.get("books")):
        raise ValueError("the demo operator needs the path of its books")
    speed = Fraction(str(credentials.get("speed", 1)))
    if speed <= 0:
        raise ValueError("the demo operator's time runs forward")
    currency = credentials.get("currency", "RUB")
    minor_digits(currency)  # refuses what is no currency
    return DemoProvider(Path(books), currency=currency, speed=speed)
