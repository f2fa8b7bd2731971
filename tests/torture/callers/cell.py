"""One cell: a house, a way to call it, and what has to be true of every order afterwards, whatever happened to it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import ClientSession
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, HomeAssistant
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.esim_topup.const import ORDER_BOOK_FILE
from custom_components.esim_topup.house import DATA_ENGINE
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.links import AccountLink
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Refused, Wish
from custom_components.esim_topup.providers import create_provider
from custom_components.esim_topup.providers.money import Money
from custom_components.esim_topup.session import async_get_session
from tests.operator.client import OperatorControl
from tests.story.conftest import AMOUNT, House

from .moments import PATIENCE, Gate, Moment
from .ways import Way

_OF_THE_ENGINE: Final = tuple(
    f"esim_topup {what}" for what in ("recharge", "look after", "resolve", "unlock")
)
"""What the engine calls its tasks."""


@dataclass
class Cell:
    """A house in which one order is made, and what was noted of it before anything happened."""

    house: House
    way: Way
    gate: Gate
    engine: Engine = field(init=False)
    link: AccountLink = field(init=False)
    """The account as it was set up at first."""
    stopping: asyncio.Task[None] | None = None
    new_key: str | None = None
    """The operator's key, once it was rotated."""

    def __post_init__(self) -> None:
        """Take down what may be gone later."""
        self.engine = self.house.engine
        (self.link,) = self.engine.accounts.values()
        self._line = next(iter(self.link.lines.values())).line
        (self.line_key,) = self.link.lines
        self._calls: list[Event[Any]] = async_capture_events(self.hass, "call_service")

    @property
    def hass(self) -> HomeAssistant:
        """Home Assistant."""
        return self.house.hass

    @property
    def entry(self) -> MockConfigEntry:
        """The account's entry."""
        return self.house.entry

    @property
    def operator(self) -> OperatorControl:
        """The operator's books and faults."""
        return self.house.operator

    @property
    def calls(self) -> int:
        """How often the action was called by anybody."""
        return sum(event.data["service"] == "recharge" for event in self._calls)

    def is_loaded_anew(self, before: object) -> bool:
        """Say whether the entry was set up since."""
        loaded = self.entry.state is ConfigEntryState.LOADED
        return loaded and self.entry.runtime_data is not before

    # Waiting

    async def until(self, true: Callable[[], object], what: str) -> None:
        """Wait until something is true."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():
                    await asyncio.sleep(0.002)
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}") from None

    async def turn(self) -> None:
        """Let everybody take some steps."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def landed(self) -> None:
        """Open the gate and wait until the flight is over, and with it everything that waited for it."""
        self.gate.opened.set()
        await self.until(lambda: not self.engine._flights, "the flight's end")
        if self.stopping is not None:
            async with asyncio.timeout(PATIENCE):
                await self.stopping
        else:
            await self.hass.async_block_till_done()
        await self.way.rest()

    async def until_charged(self, charges: int) -> None:
        """Wait for what the operator does by itself, with nobody there to hear of it."""
        async with asyncio.timeout(PATIENCE):
            while len(await self.house.payments()) < charges:
                await asyncio.sleep(0.002)

    # What is true

    async def order(self) -> Order | None:
        """Return the one order there may be."""
        orders = await self.engine.orders(line_key=self.line_key)
        assert len(orders) <= 1, "one wish, one order"
        return orders[0] if orders else None

    async def assert_at(self, moment: Moment) -> None:
        """See that the order is really there: a cell that strikes too early or too late proves nothing."""
        order = await self.order()
        assert (None if order is None else order.state) == moment.state
        assert len(await self.operator.requests("order")) == moment.requests
        assert len(await self.house.payments()) == moment.charges

    async def assert_blocked(self, engine: Engine | None = None) -> None:
        """Try to pay something else meanwhile, by force: nothing may leave."""
        sent = len(await self.operator.requests("order"))
        answer = await (engine or self.engine).recharge(self.wish("301.00"))
        assert isinstance(answer, Refused), "the line is blocked"
        assert len(await self.operator.requests("order")) == sent

    def wish(self, amount: str) -> Wish:
        """Return a wish of somebody who does not care for the cooldown."""
        return Wish(
            account_key=self.link.key,
            line_key=self.line_key,
            line=self._line,
            offer_id="open",
            money=Money.parse(amount, "RUB"),
            method_id="wallet",
            force=True,
        )

    async def assert_books_agree(self, charges: int) -> None:
        """Compare the operator's books with ours, to the last promise."""
        assert await self.house.payments() == [AMOUNT] * charges
        engine = self.hass.data[DATA_ENGINE]
        assert engine is self.engine, "one engine, from the first call to the last"
        order = await self.order()
        await self._assert_sent_by(order)
        if order is not None:
            assert order.state is (
                OrderState.SUCCEEDED if charges else OrderState.FAILED
            )
            await self._assert_limits_used(charges)
        await self.until(lambda: not our_tasks(), "the end of the engine's tasks")

    async def _assert_sent_by(self, order: Order | None) -> None:
        """I1, I5: whatever reached the operator carries the number of an order of ours, and reached it once."""
        sent = await self.operator.requests("order")
        assert len(sent) <= 1
        references = {request["reference"] for request in sent}
        assert references <= ({order.id} if order else set())

    async def _assert_limits_used(self, charges: int) -> None:
        """I4: what was charged counts, all of it and nothing else."""
        summaries = await self.engine.store.summaries(
            self.link.key, (self.line_key,), "RUB", self.engine.clock.now()
        )
        used = summaries[self.line_key].book.spent.account_month.amount
        assert used == Decimal(AMOUNT) * charges

    # Afterwards

    def comes_back(self) -> None:
        """Let the account be there again, with the key that is good by now: it looks after its orders."""
        provider = self.link.provider
        if self.new_key is not None:
            provider = create_provider(
                "rest", self.credentials, async_get_session(self.hass)
            )
        self.engine.attach(replace(self.link, provider=provider))

    @property
    def credentials(self) -> dict[str, Any]:
        """What the account logs in with, once a person has typed the new key."""
        credentials = dict(self.entry.data["credentials"])
        if self.new_key is not None:
            credentials["auth_value"] = f"Bearer {self.new_key}"
        return credentials

    async def next_start(self, charges: int) -> OrderState | None:
        """Start as the next process does: the same book, a new engine. Return what it makes of the order."""
        async with ClientSession() as session:
            provider = create_provider("rest", self.credentials, session)
            engine = Engine()
            engine.attach(replace(self.link, provider=provider))
            path = Path(self.hass.config.path(".storage", ORDER_BOOK_FILE))
            await engine.start(path, zone=ZoneInfo("UTC"), witness=self.engine.witness)
            try:
                return await self._settled(engine, charges)
            finally:
                await engine.stop()

    async def _settled(self, engine: Engine, charges: int) -> OrderState | None:
        """Return what becomes of the order, and see that it is followed, or shown to a person, and in the way until then."""
        orders = await engine.orders(line_key=self.line_key)
        assert len(orders) <= 1
        state = orders[0].state if orders else None
        if orders and charges:
            state = await settle(engine, orders[0].id)
        if orders and (await engine.store.get(orders[0].id)).open:
            await self.assert_blocked(engine)
            followed = bool(engine._recovery.tasks)
            state = (await engine.store.get(orders[0].id)).state
            assert followed or state is OrderState.HELD
        assert len(await self.house.payments()) == charges
        return state


async def settle(engine: Engine, order_id: str) -> OrderState:
    """Wait until an order is at its end, or a person has to look."""
    async with asyncio.timeout(PATIENCE):
        while True:
            order = await engine.store.get(order_id)
            if not order.open or order.state is OrderState.HELD:
                return order.state
            await asyncio.sleep(0.005)


def our_tasks() -> list[str]:
    """Return the engine's tasks that still run; those of the entries are Home Assistant's to end."""
    names = (task.get_name() for task in asyncio.all_tasks() if not task.done())
    return [name for name in names if name.startswith(_OF_THE_ENGINE)]
