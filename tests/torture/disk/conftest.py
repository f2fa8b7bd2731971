"""A Home Assistant that can be stopped and started again on the same folder, with the operator's own books beside it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, flush_store

from custom_components.esim_topup.const import DOMAIN, ORDER_BOOK_FILE
from custom_components.esim_topup.house import DATA_ENGINE, DATA_HOUSE
from custom_components.esim_topup.orders import store
from custom_components.esim_topup.orders.book_file import LockReason
from tests.operator.client import OperatorControl
from tests.orders.world import CountingExecutor
from tests.story.conftest import LINE, House, dedupe, entry, operator, server  # noqa: F401 - fixtures

_PATIENCE = 20


@dataclass
class Home(House):
    """One account on a folder of its own, which outlives each start."""

    @property
    def storage(self) -> Path:
        """Where the order book and its note lie."""
        return Path(self.hass.config.path(".storage"))

    @property
    def book(self) -> Path:
        """The order book."""
        return self.storage / ORDER_BOOK_FILE

    @property
    def note(self) -> Path:
        """What proves that the book existed, and how far it was."""
        return self.storage / DOMAIN

    async def start(self) -> None:
        """Set the account up: the order book is opened, the balance is read."""
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def end(self) -> None:
        """Stop in good order; what the next start finds is what lies in the folder."""
        if self.entry.state is ConfigEntryState.LOADED:
            assert await self.hass.config_entries.async_unload(self.entry.entry_id)
        if (roof := self.hass.data.pop(DATA_HOUSE, None)) is not None:
            del self.hass.data[DATA_ENGINE]
            await roof.engine.stop()
            await flush_store(roof._note)

    # What is seen

    async def told(self, **wish: Any) -> str:
        """Recharge, and return what the caller is told: the order's state, or the key of the error."""
        try:
            return str((await self.recharge(**wish))["state"])
        except HomeAssistantError as err:
            return str(err.translation_key)

    @property
    def repairs(self) -> set[str]:
        """What Repairs shows of us."""
        shown = ir.async_get(self.hass).issues.values()
        return {
            issue.translation_key or "" for issue in shown if issue.domain == DOMAIN
        }

    @property
    def spent(self) -> str:
        """What counts against the line's limit of this month."""
        key = next(iter(self.entry.runtime_data.lines.values())).key
        summary = self.engine.summary(key)
        assert summary is not None
        return str(summary.book.spent.line_month.amount)

    async def sends(self) -> int:
        """Return how often the operator was asked to charge."""
        return len(await self.operator.requests("order"))

    async def states(self) -> list[str]:
        """Return the states of the line's orders, oldest first."""
        key = next(iter(self.entry.runtime_data.lines.values())).key
        orders = await self.engine.orders(line_key=key)
        return [order.state.value for order in reversed(orders)]

    async def until(self, *states: str) -> None:
        """Wait until the line's orders are in these states."""
        async with asyncio.timeout(_PATIENCE):
            while await self.states() != [*states]:
                await asyncio.sleep(0.01)

    async def is_locked(self, because: LockReason) -> None:
        """Look at everything that a locked book means (I11): no payment, a reason in Repairs, and balances that go on."""
        before = await self.sends()
        assert self.engine.locked_because is because
        assert self.repairs == {"orders_locked"}
        for _ in range(2):
            left = await self.operator.burn(LINE, amount="1.00")
            await self.poll()
            assert self.shown() == str(left.balance)
            assert self.shown("top_up_status") == "stopped"
            assert await self.told(force=True) == "refused_locked"
        assert await self.sends() == before


@pytest.fixture(autouse=True)
def fixture_threads_end(verify_cleanup: None) -> Iterator[None]:
    """Wait for the book's thread: closing it does not, and Home Assistant's own fixture looks for threads afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "ThreadPoolExecutor", CountingExecutor)
        yield
    CountingExecutor.end_all()


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let Home Assistant write files: what becomes of them is what this is about."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """The folder of one Home Assistant."""
    (tmp_path / ".storage").mkdir()
    return str(tmp_path)


@pytest.fixture
async def home(
    hass: HomeAssistant,
    operator: OperatorControl,  # noqa: F811 - a fixture
    entry: MockConfigEntry,  # noqa: F811 - a fixture
) -> AsyncIterator[Home]:
    """A home that has not started yet."""
    entry.add_to_hass(hass)
    home = Home(hass, entry, operator)
    yield home
    await home.end()
