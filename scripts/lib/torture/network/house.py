"""Our side of a cell: the real engine on a real book, and the real client behind the gate."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3
import ssl
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from aiohttp import ClientSession, TCPConnector

from ..rooms import without_home_assistant

without_home_assistant()

from custom_components.esim_topup.orders.engine import Engine  # noqa: E402
from custom_components.esim_topup.orders.keys import account_key, line_key  # noqa: E402
from custom_components.esim_topup.orders.limits import Limits  # noqa: E402
from custom_components.esim_topup.orders.links import AccountLink, LineLink, Placed  # noqa: E402
from custom_components.esim_topup.orders.order import OPEN, Order, OrderState  # noqa: E402
from custom_components.esim_topup.orders.policy import Refused, Wish  # noqa: E402
from custom_components.esim_topup.orders.rows import to_order  # noqa: E402
from custom_components.esim_topup.orders.totals import totals_hold  # noqa: E402
from custom_components.esim_topup.providers import rest  # noqa: E402
from custom_components.esim_topup.providers.base import Line, LineKind  # noqa: E402
from custom_components.esim_topup.providers.http import AddressGuard  # noqa: E402
from custom_components.esim_topup.providers.money import Money  # noqa: E402
from tests.operator.app import RunningOperator  # noqa: E402
from tests.operator.client import OperatorControl  # noqa: E402
from tests.operator.records import ChargeRecord  # noqa: E402
from tests.providers.rest.operator_config import operator_config  # noqa: E402

from .cells import Cell  # noqa: E402
from .certificates import client_context  # noqa: E402
from .client import Habits, Session, tracing  # noqa: E402
from .clock import FastClock  # noqa: E402
from .moments import RESENDS  # noqa: E402
from .names import HOST, Names  # noqa: E402
from .other_side import LINE_ID, STRANGER  # noqa: E402
from .toxic import TLS  # noqa: E402

ZONE: Final = ZoneInfo("Europe/Moscow")
LINE: Final = Line(
    id=LINE_ID, kind=LineKind.MSISDN, number="+79161234567", currency="RUB"
)
ACCOUNT: Final = account_key("rest", "acct-1")
LINE_KEY: Final = line_key("rest", "acct-1", LINE)


def rub(amount: int) -> Money:
    """Return roubles."""
    return Money.parse(str(amount), "RUB")


LIMITS: Final = Limits(per_order=rub(1000), account_month=rub(3000))


@dataclass(slots=True)
class House:
    """One house with one line, and the operator on the other side."""

    cell: Cell
    folder: Path
    operator: RunningOperator
    control: OperatorControl
    names: Names = field(default_factory=Names)
    heard: list[Order] = field(default_factory=list)
    """Every step of every order, as published."""
    errors: list[str] = field(default_factory=list)
    """Types of what was raised by requests, as the client saw it."""
    on_step: Callable[[Order], None] = lambda _: None
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    clock: FastClock = field(init=False)
    engine: Engine = field(init=False)
    session: Session = field(init=False)

    def __post_init__(self) -> None:
        """Build what needs no time."""
        now_us = self.operator.books.clock.now_us()
        self.clock = FastClock(
            datetime.fromtimestamp(now_us / 1e6, UTC), self._bell.set
        )
        self.engine = Engine(clock=self.clock)
        self.engine.subscribe(self._hear)

    @property
    def book(self) -> Path:
        """Where the order book is."""
        return self.folder / "orders.db"

    # Deeds

    async def recharge(
        self, amount: int = 300, *, force: bool = False
    ) -> Placed | Refused:
        """Want roubles for the line, if its balance is low."""
        wish = Wish(
            account_key=ACCOUNT,
            line_key=LINE_KEY,
            line=LINE,
            offer_id="open",
            money=rub(amount),
            method_id="card-1",
            only_below=None if force else rub(500),
            force=force,
        )
        return await self.engine.recharge(wish)

    def pass_by(self, pause: timedelta) -> None:
        """Let time pass, here and at the operator."""
        self.operator.books.clock.change(advance_s=pause.total_seconds())
        self.clock.pass_by(pause)

    async def quiet(self) -> None:
        """Wait until the order is settled, or everybody waits for the clock."""
        while self.clock.next_waking is None and self.is_open:
            self._bell.clear()
            await self._bell.wait()

    @property
    def is_open(self) -> bool:
        """Whether somebody still looks after the order."""
        return bool(self.heard) and self.heard[-1].state in OPEN - {OrderState.HELD}

    def _hear(self, order: Order) -> None:
        self.heard.append(order)
        self.on_step(order)
        self._bell.set()

    # What became of it

    async def charges(self) -> list[ChargeRecord]:
        """Return every time the operator took money for us."""
        charges = await self.control.charges(LINE.id)
        return [charge for charge in charges if charge.reference != STRANGER]

    def rows(self) -> list[Order]:
        """Return the orders on the disk, oldest first."""
        with _opened(self.book) as book:
            rows = book.execute("SELECT * FROM orders ORDER BY created_us, rowid")
            return [to_order(row) for row in rows]

    def sums_hold(self) -> bool:
        """Say whether the book's running totals are what its rows add up to (I4)."""
        with _opened(self.book) as book:
            return totals_hold(book)

    def spent(self) -> int:
        """Return the roubles that count against the month's limit, beside those of the stranger."""
        summary = self.engine.summary(LINE_KEY)
        assert summary is not None
        return int(summary.book.spent.account_month.amount)


def _opened(path: Path) -> Any:
    book = sqlite3.connect(path)
    book.row_factory = sqlite3.Row
    return closing(book)


@asynccontextmanager
async def house(
    cell: Cell,
    folder: Path,
    operator: RunningOperator,
    port: int,
    *,
    trusted: str | None,
    habits: Habits,
) -> AsyncGenerator[House]:
    """Run the house of a cell, with its client looking for the operator behind the gate."""
    async with OperatorControl(operator.base_url) as control:
        home = House(cell, folder, operator, control)
        tls: ssl.SSLContext | bool = (
            True if trusted is None else client_context(trusted)
        )
        named = cell.toxic.deaf is not None
        connector = (
            TCPConnector(ssl=tls, resolver=home.names, use_dns_cache=False)
            if named
            else TCPConnector(ssl=tls)
        )
        async with ClientSession(
            connector=connector, trace_configs=[tracing(home.errors)]
        ) as session:
            scheme = "http" if trusted is None else "https"
            url = f"{scheme}://{HOST if named else '127.0.0.1'}:{port}"
            home.session = Session(session, habits.send)
            home.engine.attach(_account(home, url, habits))
            await home.engine.start(home.book, zone=ZONE, witness=None)
            try:
                yield home
            finally:
                await home.engine.stop()


def _account(home: House, url: str, habits: Habits) -> AccountLink:
    config = operator_config(url, home.cell.dedupe)
    if home.cell.moment in RESENDS:
        del config["find"]  # a look-up would settle it before the second attempt
    provider = rest.create(config, cast(ClientSession, home.session))
    if home.cell.toxic.deaf is not None:
        provider._client._guard = AddressGuard(  # noqa: SLF001 - its resolver is no part of a description
            allow_local=True, resolve=home.names.look
        )
    return AccountLink(
        key=ACCOUNT,
        provider=habits.wrap(provider),
        currency="RUB",
        lines={LINE_KEY: LineLink(line=LINE, limits=LIMITS)},
    )


def wants_tls(cell: Cell) -> bool:
    """Say whether the client of this cell talks TLS."""
    return cell.toxic.door in TLS
