"""A provider that reads a file: its bytes flip, it is cut, it is another file, and a row holds what nobody wrote there."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
import sqlite3
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp

from custom_components.esim_topup.providers import create_provider
from custom_components.esim_topup.providers.base import Line, Purchase

from .asking import Call, ask
from .court import Blow, Court
from .exchange import Exchange, Said
from .mutate import Dice
from .oracles import CONTRACT, Breach

_INTEGERS: Final = (0, -1, 1, 2**31, 2**53, 10**17, 2**63 - 1, -(2**63))
_TEXTS: Final = (
    "",
    "NaN",
    "-1",
    "1e400",
    "XXX",
    "\x00",
    "<img src=x>",
    "x" * 5000,
    "😀",
)
_OTHERS: Final = (None, b"\xff\xfe", 1.5)

_FLIPS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class FileExchange:
    """One account whose provider keeps a SQLite file, one line, one purchase."""

    name: str
    credentials: Callable[[Path], Mapping[str, Any]]
    """From the folder that the file may lie in."""
    file: str
    line: Line
    purchase: Purchase


class FileAttack:
    """Spoils the file, asks everything, and judges what comes."""

    def __init__(self, key: str, exchange: FileExchange, court: Court) -> None:
        """Take the provider and its file."""
        self._key, self._shown, self._court = key, exchange, court

    async def run(self, seed: int) -> None:
        """Make the file, and spoil it in every way."""
        with TemporaryDirectory() as folder:
            path = Path(folder, self._shown.file)
            if not await self._make(path):
                return
            truth = path.read_bytes()
            for name, spoilt in (*_bytes(truth, seed), *_cells(truth, path)):
                await self._strike(path, name, spoilt)

    async def _make(self, path: Path) -> bool:
        """Let the provider write its own file, with a purchase in it."""
        for call in Call:
            heard = await self._ask(path, call)
            if heard.value is None:
                story = f"{self._key}: {call} does not go well: {heard.words}"
                self._court.accuse("the layer runs", story, "as above")
                return False
        return True

    async def _strike(self, path: Path, name: str, spoilt: bytes) -> None:
        for call in Call:
            for left in path.parent.iterdir():
                left.unlink()
            path.write_bytes(spoilt)
            heard = await self._ask(path, call)
            self._court.outcome.runs += 1
            self._court.outcome.faults["file spoilt"] += 1
            if heard.escaped is not None or (heard.error and call is Call.SUBMIT):
                kind = type(heard.escaped or heard.error).__name__
                breach = Breach(CONTRACT, f"{kind} leaves where the file is spoilt")
                blow = Blow(call, None, Said(body=name))
                self._court.convict(self._key, self._shown.name, blow, breach, heard)

    async def _ask(self, path: Path, call: Call) -> Any:
        exchange = self._exchange(path)
        # It has no HTTP: a session would only be carried along.
        session: aiohttp.ClientSession = None  # type: ignore[assignment]
        provider = create_provider(self._key, exchange.credentials, session)
        return await ask(provider, call, exchange)

    def _exchange(self, path: Path) -> Exchange:
        shown = self._shown
        return Exchange(
            name=shown.name,
            credentials=shown.credentials(path.parent),
            line=shown.line,
            purchase=shown.purchase,
            says=(),
        )


def _bytes(truth: bytes, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield what a bad disk or a wrong copy makes of a file."""
    yield "an empty file", b""
    yield "a text", b"not a database\n" * 99
    yield "zeros", bytes(len(truth))
    for part in range(1, 16):
        yield f"cut at {part}/16", truth[: len(truth) * part // 16]
    dice = Dice(f"{seed}: bits")
    for _ in range(_FLIPS):
        place, bit = dice.below(len(truth)), dice.below(8)
        spoilt = bytearray(truth)
        spoilt[place] ^= 1 << bit
        yield f"bit {bit} of byte {place} flipped", bytes(spoilt)


def _cells(truth: bytes, path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the file with one cell changed, for every column; what its schema refuses is left out."""
    for table, column in _columns(truth, path):
        for value in (*_INTEGERS, *_TEXTS, *_OTHERS):
            spoilt = _changed(truth, path, table, column, value)
            if spoilt is not None:
                yield f"{table}.{column} = {value!r}", spoilt


def _columns(truth: bytes, path: Path) -> list[tuple[str, str]]:
    path.write_bytes(truth)
    with closing(sqlite3.connect(path)) as db:
        tables = [
            row[0]
            for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return [
            (table, row[1])
            for table in tables
            for row in db.execute(f"PRAGMA table_info({table})")
        ]


def _changed(
    truth: bytes, path: Path, table: str, column: str, value: object
) -> bytes | None:
    path.write_bytes(truth)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("PRAGMA ignore_check_constraints = ON")
        with suppress(sqlite3.Error):
            db.execute(
                f"UPDATE {table} SET {column} = ? WHERE rowid = 1 OR rowid IS NULL",  # noqa: S608 - names of its own schema
                (value,),
            )
            if db.total_changes:
                db.close()
                return path.read_bytes()
    return None
