"""`is_low`, in automations that run: true only for what is known to be low."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from .conftest import PHONE, Home
from .low_lines import add_line, say

ON, OFF, UNKNOWN, UNAVAILABLE = "on", "off", "unknown", "unavailable"


async def automate(
    hass: HomeAssistant, target: dict[str, Any], **options: Any
) -> list[Event]:
    """Make an automation with the condition, and return what it tells."""
    passed = async_capture_events(hass, "passed")
    automation = {
        "triggers": {"trigger": "event", "event_type": "ask"},
        "conditions": {
            "condition": "esim_topup.is_low",
            "target": target,
            "options": options,
        },
        "actions": {"event": "passed"},
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automation})
    await hass.async_block_till_done()
    return passed


async def ask(hass: HomeAssistant) -> None:
    """Trigger the automation."""
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("states", "any_low", "all_low"),
    [
        pytest.param([ON, ON], True, True, id="both low"),
        pytest.param([ON, OFF], True, False, id="one low"),
        pytest.param([OFF, OFF], False, False, id="none low"),
        pytest.param([ON, UNKNOWN], True, False, id="one low, one unknown"),
        pytest.param([ON, UNAVAILABLE], True, False, id="one low, one unavailable"),
        pytest.param([UNKNOWN, UNAVAILABLE], False, False, id="nobody knows"),
        pytest.param([None, None], False, False, id="no line at all"),
    ],
)
@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_only_what_is_known_to_be_low_is_low(
    hass: HomeAssistant,
    states: Sequence[str | None],
    any_low: bool,
    all_low: bool,
    behavior: str,
) -> None:
    """Unknown is not low, and "all" means all."""
    lines = [add_line(hass, name) for name in ("phone", "tracker")]
    for line, state in zip(lines, states, strict=True):
        say(hass, line.entity_id, state)
    target = {"device_id": [line.device_id for line in lines]}
    passed = await automate(hass, target, behavior=behavior)
    await ask(hass)
    assert bool(passed) is (any_low if behavior == "any" else all_low)


async def test_a_payment_problem_is_no_low_balance(hass: HomeAssistant) -> None:
    """The device's other sensors are not asked."""
    line = add_line(hass)
    say(hass, line.entity_id, OFF)
    say(hass, "binary_sensor.phone_payment_problem", ON)
    passed = await automate(hass, {"device_id": line.device_id})
    await ask(hass)
    assert passed == []


async def test_it_can_ask_for_how_long(hass: HomeAssistant, freezer: Any) -> None:
    """Low for at least ten minutes; an outage in between begins anew."""
    line = add_line(hass)
    say(hass, line.entity_id, ON)
    passed = await automate(
        hass, {"entity_id": line.entity_id}, **{"for": {"minutes": 10}}
    )
    freezer.tick(timedelta(minutes=9))
    await ask(hass)
    assert len(passed) == 0
    freezer.tick(timedelta(minutes=2))
    await ask(hass)
    assert len(passed) == 1
    say(hass, line.entity_id, UNAVAILABLE)
    say(hass, line.entity_id, ON)
    await ask(hass)
    assert len(passed) == 1


async def test_a_line_of_the_operators_is_low_when_its_balance_is(home: Home) -> None:
    """With the real sensor: 62.50 is not below 50, 42.50 is."""
    passed = await automate(home.hass, {"device_id": home.device()})
    await ask(home.hass)
    assert passed == []
    await home.provider.burn(PHONE, Decimal(20))
    await home.read()
    await ask(home.hass)
    assert len(passed) == 1
