"""The operator of a lane: the simulated one, in a process of its own, which also looks at the order book (I5).

When a purchase arrives it opens the order database of that run, read-only, before anything else: what is not on the disk
by then was sent before its intent was durable.
"""

import asyncio
import os
from pathlib import Path
import signal
from typing import Any, Final, TypedDict, override

from aiohttp import web

from tests.operator import report, seed, shelf, tables
from tests.operator.behaviour import Behaviour, Switches
from tests.operator.books import Books
from tests.operator.clock import Clock, wall_us
from tests.operator.control import Control
from tests.operator.exchange import routes
from tests.operator.faults import Fault, FaultData, add
from tests.operator.journal import Arrival
from tests.operator.model import Account
from tests.operator.native import Native
from tests.operator.visit import Operator

from .book import order_states
from .child import Child, fork
from .shared import Shared

LINE: Final = "line-1"

_MAY_BE_SENT: Final = frozenset({"submitting", "pending", "unknown"})


class Beginning(TypedDict):
    """What a run begins with."""

    book: str
    behaviour: Switches
    balance: str
    faults: list[FaultData]


class WatchfulBooks(Books):
    """The books of an operator who looks over its customer's shoulder."""

    def __init__(self, path: Path, shared: Shared) -> None:
        """Open them; the time is the one that the engine has too."""
        super().__init__(path, clock=Clock(lambda: wall_us() + shared.offset_us))
        # Nobody ever kills this operator: its own durability is not what is tried here.
        self.db.execute("PRAGMA synchronous = OFF")
        self.order_book: Path | None = None
        self.premature: list[str] = []
        """What was sent before it was on the disk."""

    def begin(self, beginning: Beginning) -> None:
        """Forget the last run."""
        self.reset()
        self.set_rules(Behaviour().changed(beginning["behaviour"]))
        self.premature.clear()
        self.order_book = Path(beginning["book"])
        with self.step() as desk:
            line = shelf.any_line(desk.db, LINE, desk.now_us)
            tables.save(
                desk.db, seed.changed_line(line, {"balance": beginning["balance"]})
            )
            for fault in beginning["faults"]:
                add(desk.db, fault)

    @override
    def arrive(self, arrival: Arrival) -> tuple[int, Account | None, Fault]:
        if arrival.operation == "order" and self.order_book is not None:
            state = order_states(self.order_book).get(arrival.reference or "")
            if state not in _MAY_BE_SENT:
                self.premature.append(
                    f"{arrival.reference} was sent while the order book on the disk said {state}"
                )
        return super().arrive(arrival)


def start_operator(books: Path, shared: Shared, log: Path) -> tuple[Child, int]:
    """Start an operator, and return it with its port. Raises `RuntimeError`."""
    told, tell = os.pipe()
    child = fork(lambda: asyncio.run(_serve(books, shared, tell)), log)
    os.close(tell)
    with os.fdopen(told) as answer:
        port = answer.readline()
    if not port:
        child.end()
        raise RuntimeError(f"the operator did not start, see {log}")
    return child, int(port)


async def _serve(path: Path, shared: Shared, tell: int) -> int:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    runner = web.AppRunner(
        _app(WatchfulBooks(path, shared)), access_log=None, shutdown_timeout=0.2
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with os.fdopen(tell, "w") as answer:
        answer.write(f"{runner.addresses[0][1]}\n")
    await stop.wait()
    await runner.cleanup()
    return 0


def _app(books: WatchfulBooks) -> web.Application:
    """Return the operator's application with two more questions: begin a run, and what came of it."""
    operator = Operator(books)

    async def begin(request: web.Request) -> web.Response:
        books.begin(await request.json())
        operator.forget()
        return web.json_response({})

    async def told(_: web.Request) -> web.Response:
        seen: dict[str, Any] = report.everything(books)
        return web.json_response({**seen, "premature": books.premature})

    app = web.Application()
    app.add_routes(
        [
            web.post("/_torture/begin", begin),
            web.get("/_torture/told", told),
            *Control(operator).routes(),
            *routes(
                operator, Native()
            ),  # it answers for everything else, so it is last
        ]
    )
    app.on_shutdown.append(lambda _: operator.stop())
    return app
