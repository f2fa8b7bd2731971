"""A house with one prepaid line at the simulated operator. What was paid is asked of the operator's books."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.house import DATA_ENGINE
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.providers.base import Dedupe
from tests.operator.app import RunningOperator, start_operator
from tests.operator.client import OperatorControl
from tests.providers.rest.operator_config import operator_config

LINE: Final = "line-1"
AMOUNT: Final = "300.00"
THRESHOLD: Final = "50.00"


@dataclass
class House:
    """Home Assistant with one account, and the operator it talks to."""

    hass: HomeAssistant
    entry: MockConfigEntry
    operator: OperatorControl

    @property
    def engine(self) -> Engine:
        """The engine of this house."""
        return self.hass.data[DATA_ENGINE]

    @property
    def device_id(self) -> str:
        """The line's device."""
        key = next(iter(self.entry.runtime_data.lines.values())).registry_key
        device = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, key), self.entry.entry_id
        )
        assert device is not None
        return device.id

    def entity(self, key: str) -> str:
        """Return the entity of the line with this translation key."""
        entities = er.async_entries_for_device(er.async_get(self.hass), self.device_id)
        return next(
            entity.entity_id for entity in entities if entity.translation_key == key
        )

    def shown(self, key: str = "balance") -> str:
        """Return what Home Assistant shows."""
        state = self.hass.states.get(self.entity(key))
        assert state is not None
        return state.state

    async def poll(self) -> None:
        """Let the next poll of the account be now."""
        await self.entry.runtime_data.coordinator.async_refresh()
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def recharge(self, **data: Any) -> dict[str, Any]:
        """Call the action and return its answer."""
        answer = await self.hass.services.async_call(
            DOMAIN,
            "recharge",
            {"device_id": self.device_id, "amount": AMOUNT, **data},
            blocking=True,
            return_response=True,
        )
        assert answer is not None
        return answer

    async def payments(self) -> list[str]:
        """Return what was paid for the line, by the operator's books."""
        return [str(charge.amount) for charge in await self.operator.charges(LINE)]

    async def automate(
        self,
        alias: str,
        triggers: list[dict[str, Any]],
        actions: list[dict[str, Any]],
        **more: Any,
    ) -> None:
        """Set an automation up as it stands in YAML."""
        automation = {
            "alias": alias,
            "id": alias,
            "triggers": triggers,
            "actions": actions,
            **more,
        }
        assert await async_setup_component(
            self.hass, "automation", {"automation": [automation]}
        )
        await self.hass.async_block_till_done()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningOperator]:
    """The operator's server."""
    async with start_operator(tmp_path / "operator.db") as running:
        yield running


@pytest.fixture
async def operator(
    server: RunningOperator, dedupe: Dedupe
) -> AsyncIterator[OperatorControl]:
    """The operator's books and faults; it can be asked just as its class says. The line begins a little above the threshold."""
    async with OperatorControl(server.base_url) as control:
        await control.behave(
            idempotency="replay" if dedupe is Dedupe.KEY else "off",
            lookup=dedupe in (Dedupe.KEY, Dedupe.LOOKUP),
            history=dedupe is not Dedupe.NONE,
            history_references=dedupe is not Dedupe.HISTORY,
        )
        await control.set_line(LINE, balance="60.00")
        yield control


@pytest.fixture
def dedupe() -> Dedupe:
    """How the provider can be asked about an order: by key."""
    return Dedupe.KEY


@pytest.fixture
def entry(server: RunningOperator, dedupe: Dedupe) -> MockConfigEntry:
    """The account as the flow would have stored it."""
    line = ConfigSubentryDataWithId(
        subentry_id="line",
        subentry_type="line",
        title="Travel phone •4567",
        unique_id=LINE,
        data={
            "line_id": LINE,
            "kind": "msisdn",
            "number": "+79161234567",
            "name": "Travel phone",
            "balance_below": THRESHOLD,
            "amount": AMOUNT,
        },
    )
    return MockConfigEntry(
        domain=DOMAIN,
        title="Custom HTTP API",
        unique_id="rest_acct-1",
        data={
            "provider": "rest",
            "credentials": operator_config(server.base_url, dedupe),
            "account_id": "acct-1",
            "currency": "RUB",
            "method_id": "wallet",
        },
        options={
            "per_order": "1000.00",
            "account_month": "3000.00",
            "cooldown_hours": 6,
        },
        subentries_data=[line],
    )


@pytest.fixture
async def house(
    hass: HomeAssistant,
    tmp_path: Path,
    operator: OperatorControl,
    entry: MockConfigEntry,
) -> AsyncIterator[House]:
    """A house that is set up and has read the line once."""
    hass.config.config_dir = str(tmp_path)
    (tmp_path / ".storage").mkdir()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    yield House(hass, entry, operator)
    if hass.services.has_service("automation", "turn_off"):  # it would wait for hours
        await hass.services.async_call(
            "automation", "turn_off", {"entity_id": "all"}, blocking=True
        )
    await hass.data[DATA_ENGINE].stop()
