"""What a lane has: a folder, two ports, an operator, memory that outlives a kill, and what all lanes were forked with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
import json
from pathlib import Path
import shutil
from typing import Any

from scripts.lib.demo.house import free_port

from .book import OrderBook, read_book
from .checks import Money
from .child import Child
from .classes import behaviour, description
from .folder import BOOK, Template
from .labels import Point
from .operator import Beginning, start_operator
from .shared import Shared
from .stories import Story
from .trap import Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What is made once and shared by all lanes."""

    points: list[Point]
    codes: Codes
    template: Template


@dataclass(slots=True, kw_only=True)
class World:
    """One lane's own."""

    kit: Kit
    place: Path
    """Everything of this lane lies below."""
    port: int
    """Of Home Assistant."""
    operator: Child
    operator_port: int
    shared: Shared
    folder: Path

    @property
    def operator_url(self) -> str:
        """Where the operator listens."""
        return f"http://127.0.0.1:{self.operator_port}"

    def begin(self, story: Story, kind: str, name: str) -> None:
        """Forget the last run: new folder, new books, real time."""
        self.folder = self.place / name
        self.shared.begin()
        described = story.describe(description(kind, self.operator_url))
        self.kit.template.write(
            self.folder,
            self.port,
            described,
            yaml=story.yaml,
            fresh=story.fresh,
            automatic_at=story.automatic_at,
        )
        beginning: Beginning = {
            "book": str(self.folder / BOOK),
            "behaviour": behaviour(kind, story.behaviour),
            "balance": "45.00",
            "faults": list(story.faults),
        }
        self.ask("POST", "/_torture/begin", beginning)

    def mend_operator(self) -> None:
        """From now on it works."""
        self.ask("DELETE", "/_control/faults")
        self.ask("PATCH", "/_control/behaviour", {"order_outcome": "succeeded"})

    def keep(self, name: str) -> None:
        """Keep the folder of the present run, to be looked at, under the name of the run."""
        kept = self.place / f"broken {name.replace('/', ' ')[:150]}"
        shutil.rmtree(kept, ignore_errors=True)
        self.folder.rename(kept)

    def money(self) -> Money:
        """Return what the operator took and was asked."""
        return Money.of(self.ask("GET", "/_torture/told"))

    def book(self) -> OrderBook:
        """Return what lies on the disk, read from copies: whoever looks must not tidy up what a kill left."""
        copies = self.place / "looked at"
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir()
        found = []
        for book in self._books():
            for suffix in ("", "-wal"):
                path = Path(f"{book}{suffix}")
                if path.is_file():
                    shutil.copyfile(path, copies / path.name)
            found.append(read_book(copies / book.name))
        return _together(found)

    def _books(self) -> Iterator[Path]:
        """Return the order book, and before it those that were set aside."""
        book = self.folder / BOOK
        yield from sorted(book.parent.glob(f"{book.name}.*.old"))
        yield from (path for path in (book, Path(f"{book}.away")) if path.is_file())

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the operator's control."""
        connection = HTTPConnection("127.0.0.1", self.operator_port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {text!r}")
        return json.loads(text)


def _together(books: list[OrderBook]) -> OrderBook:
    """Return several books as one: where an order stands in two, the newer book has the say."""
    orders = {order.id: order for book in books for order in book.orders}
    return OrderBook(
        orders=tuple(sorted(orders.values(), key=lambda order: order.created_us)),
        journal=tuple(step for book in books for step in book.journal),
        whole=all(book.whole for book in books),
    )


@contextmanager
def world(kit: Kit, place: Path) -> Iterator[World]:
    """Have a world until the block ends."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    shared = Shared(len(kit.points))
    operator, port = start_operator(place / "operator.db", shared, place / "operator.log")  # fmt: skip
    try:
        yield World(
            kit=kit,
            place=place,
            port=free_port(),
            operator=operator,
            operator_port=port,
            shared=shared,
            folder=place,
        )
    finally:
        operator.end()
