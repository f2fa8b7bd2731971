"""The demo operator as the rest of the integration sees it: each call runs at the desk, in a worker thread."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final, override

from ..base import (
    Account,
    Answer,
    Capabilities,
    Charge,
    Dedupe,
    Line,
    LineId,
    NotFound,
    Offer,
    Provider,
    ProviderInfo,
    ProviderKind,
    Purchase,
    Quantity,
    Reading,
    ReadResult,
)
from .desk import Desk
from .moods import Mood

INFO: Final = ProviderInfo(
    key="demo",
    name="Demo operator",
    kind=ProviderKind.DEMO,
    capabilities=Capabilities(
        dedupe=Dedupe.KEY,
        key_retention=timedelta(
            days=3
        ),  # as much as an engine should rely on; the books forget nothing
        finds=True,
        history=True,
        lists_lines=True,
        reads=frozenset({Quantity.BALANCE, Quantity.DATA, Quantity.VALIDITY}),
        poll_min=timedelta(
            minutes=1
        ),  # a file on the own disk: nobody is bothered, and a rehearsal wants to see something
    ),
)


def utc_now() -> datetime:
    """Return the time of the machine, in UTC."""
    return datetime.now(UTC)


class DemoProvider(Provider):
    """One account at the demo operator. Every call may raise `BooksUnusable` when its file cannot be used."""

    info = INFO

    def __init__(
        self,
        path: Path,
        *,
        currency: str = "RUB",
        speed: Fraction = Fraction(1),
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take the path of the books, the currency of new ones, how fast the operator's time passes, and the clock.

        The clock is asked in worker threads and answers in UTC.
        """
        self._desk = Desk(path, currency=currency, speed=speed, now=now)

    @property
    @override
    def clock_skew(self) -> timedelta:
        """Always zero: the operator lives by our clock."""
        return timedelta()

    @override
    async def account(self) -> Account:
        return await asyncio.to_thread(self._desk.account)

    @override
    async def lines(self) -> list[Line]:
        return await asyncio.to_thread(self._desk.lines)

    @override
    async def read(self, lines: Sequence[Line]) -> ReadResult:
        return await asyncio.to_thread(self._desk.read, lines)

    @override
    async def offers(self, line: Line) -> list[Offer]:
        return await asyncio.to_thread(self._desk.offers, line)

    @override
    async def submit(self, purchase: Purchase) -> Answer:
        return await asyncio.to_thread(self._desk.submit, purchase)

    @override
    async def find(
        self, purchase: Purchase, provider_ref: str | None = None
    ) -> Answer | NotFound:
        return await asyncio.to_thread(self._desk.find, purchase)

    @override
    async def history(self, line: Line, since: datetime) -> list[Charge]:
        return await asyncio.to_thread(self._desk.history, line, since)

    @property
    def moods(self) -> tuple[Mood, ...]:
        """The ways in which the operator can behave."""
        return tuple(Mood)

    @property
    def mood(self) -> Mood:
        """How the operator behaves, as of the last call."""
        return self._desk.mood

    async def set_mood(self, mood: str) -> None:
        """Let the operator misbehave, or stop it; `Mood` says which moods end by themselves. Raises `ValueError`."""
        await asyncio.to_thread(self._desk.set_mood, Mood(mood))

    async def burn(self, line_id: LineId, amount: Decimal) -> Reading:
        """Use up some of a line at once, and return what is left, whatever the mood.

        `amount` is money, or gigabytes where the line has data only. Raises `LineUnknown`, and `ValueError` for an
        amount below zero.
        """
        return await asyncio.to_thread(self._desk.burn, line_id, amount)
