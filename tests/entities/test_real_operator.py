"""The same promises over real HTTP: an operator in a server of its own that breaks in every way it knows."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.house import DATA_ENGINE
from tests.operator.app import start_operator
from tests.operator.client import OperatorControl
from tests.providers.rest.operator_config import operator_config

LINE: Final = "line-1"


@dataclass
class Portal:
    """Home Assistant, the operator, and every state that the line's entities had."""

    hass: HomeAssistant
    entry: MockConfigEntry
    operator: OperatorControl
    seen: dict[str, list[str]] = field(default_factory=dict)

    def entity_id(self, key: str) -> str:
        """Return the entity of the line."""
        entities = er.async_entries_for_config_entry(
            er.async_get(self.hass), self.entry.entry_id
        )
        return next(e.entity_id for e in entities if e.translation_key == key)

    def shown(self, key: str) -> str:
        """Return what is shown."""
        state = self.hass.states.get(self.entity_id(key))
        assert state is not None
        return state.state

    def attribute(self, key: str, name: str) -> Any:
        """Return an attribute of what is shown."""
        state = self.hass.states.get(self.entity_id(key))
        assert state is not None
        return state.attributes.get(name)

    def watch(self) -> None:
        """Note every state from now on."""

        def note(event: Event[Any]) -> None:
            states = self.seen.setdefault(event.data["entity_id"], [])
            states.append(event.data["new_state"].state)

        self.hass.bus.async_listen("state_changed", note)

    def states(self, key: str) -> set[str]:
        """Return the states that an entity had while it was watched."""
        return set(self.seen.get(self.entity_id(key), []))

    async def poll(self) -> None:
        """Let the next poll be now."""
        await self.entry.runtime_data.coordinator.async_refresh()
        await self.hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[OperatorControl]:
    """The operator's books and faults."""
    async with (
        start_operator(tmp_path / "operator.db") as running,
        OperatorControl(running.base_url) as control,
    ):
        control.url = running.base_url  # type: ignore[attr-defined]
        await control.set_line(LINE, balance="480.00")
        yield control


@pytest.fixture
async def portal(
    hass: HomeAssistant, operator: OperatorControl, tmp_path: Path
) -> AsyncIterator[Portal]:
    """The account, set up."""
    hass.config.config_dir = str(tmp_path)
    (tmp_path / ".storage").mkdir()
    line = ConfigSubentryDataWithId(
        subentry_id="line",
        subentry_type="line",
        title="Travel phone •4567",
        unique_id=LINE,
        data={
            "line_id": LINE,
            "kind": "msisdn",
            "number": "+79161234567",
            "balance_below": "50",
            "amount": "300",
        },
    )
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Custom HTTP API",
        unique_id="rest_acct-1",
        data={
            "provider": "rest",
            "credentials": operator_config(operator.url),  # type: ignore[attr-defined]
            "account_id": "acct-1",
            "currency": "RUB",
            "method_id": "wallet",
        },
        options={"per_order": "1000", "cooldown_hours": 6},
        subentries_data=[line],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    yield Portal(hass, entry, operator)
    await hass.data[DATA_ENGINE].stop()


async def test_the_operators_figures_are_shown(portal: Portal) -> None:
    """The way there works at all."""
    assert portal.shown("balance") == "480.00"
    assert portal.shown("low_balance") == "off"
    assert portal.shown("top_up_status") == "ok"


@pytest.mark.parametrize(
    "kind",
    [
        "reset_before",
        "drop_before",
        "error_before",
        "rate_limit",
        "redirect",
        "html",
        "empty",
        "not_json",
        "garbage",
        "truncate",
        "huge",
        "bomb",
        "deep",
        "duplicate_keys",
        "wrong_currency",
        "wrong_line",
        "nan",
        "zero",
        "false_zero",
        "missing_balance",
    ],
)
async def test_whatever_the_portal_answers_for_once_nothing_flaps(
    portal: Portal, kind: str
) -> None:
    """Broken, then whole again: the balance never left 480 and nobody was told that the line is low."""
    portal.watch()
    await portal.operator.fault(kind, "line", times=1)
    await portal.poll()
    assert await portal.operator.waiting_faults() == [], "it struck"
    await portal.poll()
    assert portal.shown("balance") == "480.00"
    assert portal.states("balance") <= {"480.00"}
    assert portal.states("low_balance") <= {"off"}
    assert portal.attribute("balance", "stale_since") is None


async def test_an_outage_over_many_polls_keeps_the_figure_and_its_age(
    portal: Portal,
) -> None:
    """Server errors for an evening."""
    portal.watch()
    await portal.operator.fault("error_before", "line", times=None, status=503)
    for _ in range(3):
        await portal.poll()
    assert portal.states("balance") == {"480.00"}
    assert portal.attribute("balance", "stale_since") is not None
    await portal.operator.clear_faults()
    await portal.poll()
    assert portal.attribute("balance", "stale_since") is None


async def test_jitter_around_the_threshold_is_shown_as_it_is(portal: Portal) -> None:
    """Real figures are not smoothed: what they set off is bounded where money is paid."""
    portal.watch()
    for figure in ("120.00", "50.10", "49.90", "50.10", "49.90"):
        await portal.operator.set_line(LINE, balance=figure)
        await portal.poll()
    assert portal.seen[portal.entity_id("low_balance")][-3:] == ["on", "off", "on"]
    assert portal.shown("balance") == "49.90"
