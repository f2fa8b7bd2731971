"""The server: every dialect and the control API on one loopback port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import ipaddress
import os
from pathlib import Path
from typing import Final

from aiohttp import web

from .books import Books
from .control import Control
from .exchange import routes
from .native import Native
from .seed_types import Seed
from .visit import Operator

# Handlers that hang are given up this soon; nobody waits for their answer any more.
_SHUTDOWN_S: Final = 0.2

# A scenario of ten thousand lines is a few megabytes.
_MAX_BODY: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RunningOperator:
    """An operator that listens. `books` is only there in the process that runs it."""

    host: str
    port: int
    books: Books

    @property
    def base_url(self) -> str:
        """Where it listens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@asynccontextmanager
async def start_operator(
    books_path: Path | str | os.PathLike[str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: Seed | None = None,
) -> AsyncIterator[RunningOperator]:
    """Run an operator in this event loop until the block ends. Raises ValueError for any host but loopback."""
    if not is_loopback(host):
        raise ValueError(
            f"{host} is not this machine: the operator has no guard at its control API"
        )
    books = Books(Path(books_path), first_seed=seed)
    runner = web.AppRunner(
        make_app(books), access_log=None, shutdown_timeout=_SHUTDOWN_S
    )
    try:
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        yield RunningOperator(host, runner.addresses[0][1], books)
    finally:
        await runner.cleanup()
        books.close()


def make_app(books: Books) -> web.Application:
    """Return the application over some books."""
    operator = Operator(books)
    app = web.Application(client_max_size=_MAX_BODY)
    # The native dialect comes last: it also answers for what nobody serves.
    app.add_routes([*Control(operator).routes(), *routes(operator, Native())])
    app.on_shutdown.append(lambda _: operator.stop())
    return app


def is_loopback(host: str) -> bool:
    """Say whether a host name or address can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
