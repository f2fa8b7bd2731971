"""`balance_became_low`, in automations that run: once per crossing, whatever blinks in between."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, Event, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from .conftest import PHONE, Home
from .low_lines import add_line, say

ON, OFF, UNKNOWN, UNAVAILABLE = "on", "off", "unknown", "unavailable"
SAME = "the same, with other attributes"


async def automate(
    hass: HomeAssistant, target: dict[str, Any], **options: Any
) -> list[Event]:
    """Make an automation with the trigger, and return what it tells."""
    trigger = {
        "trigger": "esim_topup.balance_became_low",
        "target": target,
        "options": options,
    }
    told = {"line": "{{ trigger.device_id }}", "was": "{{ trigger.from_state.state }}"}
    heard = async_capture_events(hass, "became_low")
    automation = {
        "triggers": trigger,
        "actions": {"event": "became_low", "event_data": told},
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automation})
    await hass.async_block_till_done()
    return heard


async def tell(
    hass: HomeAssistant, entity_id: str, states: Sequence[str | None]
) -> None:
    """Let the sensor say one thing after the other."""
    for number, state in enumerate(states):
        current = hass.states.get(entity_id)
        if state == SAME:
            assert current is not None
            say(hass, entity_id, current.state, number=number)
        else:
            say(hass, entity_id, state)
        await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("at_first", "states", "times"),
    [
        pytest.param(OFF, [ON], 1, id="crosses"),
        pytest.param(OFF, [ON, SAME, SAME], 1, id="stays low"),
        pytest.param(OFF, [ON, OFF, ON], 2, id="crosses twice"),
        pytest.param(OFF, [ON, UNAVAILABLE, ON], 1, id="an outage while low"),
        pytest.param(
            OFF,
            [ON, UNKNOWN, ON, UNAVAILABLE, UNKNOWN, ON],
            1,
            id="a portal that blinks",
        ),
        pytest.param(OFF, [UNAVAILABLE, ON], 1, id="became low during an outage"),
        pytest.param(
            OFF, [UNKNOWN, OFF, UNAVAILABLE, OFF], 0, id="an outage while not low"
        ),
        pytest.param(ON, [SAME, UNAVAILABLE, ON], 0, id="low from the beginning"),
        pytest.param(ON, [OFF, ON], 1, id="recharged, and low again"),
        pytest.param(None, [ON], 0, id="the first word ever is low"),
        pytest.param(None, [OFF, ON], 1, id="the first word ever is not low"),
        pytest.param(UNKNOWN, [ON], 0, id="unknown is not known to be not low"),
        pytest.param(UNAVAILABLE, [ON], 0, id="unavailable is not known to be not low"),
        pytest.param(OFF, [None, ON], 0, id="taken away and added anew"),
    ],
)
async def test_it_tells_once_per_crossing(
    hass: HomeAssistant, at_first: str | None, states: Sequence[str | None], times: int
) -> None:
    """An automation that pays must not hear of one crossing twice, nor miss one for ever."""
    line = add_line(hass)
    say(hass, line.entity_id, at_first)
    heard = await automate(hass, {"entity_id": line.entity_id})
    await tell(hass, line.entity_id, states)
    assert len(heard) == times
    assert all(event.data == {"line": line.device_id, "was": OFF} for event in heard)


async def test_a_start_of_home_assistant_is_no_crossing(hass: HomeAssistant) -> None:
    """Each restart with a low balance would pay once more."""
    line = add_line(hass)
    hass.set_state(CoreState.starting)
    say(hass, line.entity_id, UNAVAILABLE, restored=True)
    heard = await automate(hass, {"device_id": line.device_id})
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    await tell(hass, line.entity_id, [ON, UNAVAILABLE, ON])
    assert heard == []
    await tell(hass, line.entity_id, [OFF, ON])
    assert len(heard) == 1


async def test_a_changed_automation_takes_bearings_first(hass: HomeAssistant) -> None:
    """Saving an automation while the line is low is no crossing."""
    line = add_line(hass)
    say(hass, line.entity_id, OFF)
    heard = await automate(hass, {"device_id": line.device_id})
    await tell(hass, line.entity_id, [ON])
    await hass.services.async_call(
        AUTOMATION, "turn_off", {"entity_id": "all"}, blocking=True
    )
    await hass.services.async_call(
        AUTOMATION, "turn_on", {"entity_id": "all"}, blocking=True
    )
    await tell(hass, line.entity_id, [SAME, UNAVAILABLE, ON])
    assert len(heard) == 1


async def test_a_device_means_its_low_sensor_only(hass: HomeAssistant) -> None:
    """A payment problem on the same device is no low balance."""
    line = add_line(hass)
    other = "binary_sensor.phone_payment_problem"
    say(hass, line.entity_id, OFF)
    say(hass, other, OFF)
    heard = await automate(hass, {"device_id": line.device_id})
    await tell(hass, other, [ON])
    assert heard == []
    await tell(hass, line.entity_id, [ON])
    assert len(heard) == 1


async def test_sensors_of_others_are_none_of_ours(hass: HomeAssistant) -> None:
    """A target may be a whole area."""
    stranger = er.async_get(hass).async_get_or_create(
        "binary_sensor", "other", "1", translation_key="low_balance"
    )
    nobody = "binary_sensor.template"
    for entity_id in (stranger.entity_id, nobody):
        say(hass, entity_id, OFF)
    heard = await automate(hass, {"entity_id": [stranger.entity_id, nobody]})
    for entity_id in (stranger.entity_id, nobody):
        await tell(hass, entity_id, [ON])
    assert heard == []


async def test_each_line_of_a_target_speaks_for_itself(hass: HomeAssistant) -> None:
    """Two lines that become low are two recharges."""
    lines = [add_line(hass, name) for name in ("phone", "tracker")]
    for line in lines:
        say(hass, line.entity_id, OFF)
    heard = await automate(hass, {"entity_id": [line.entity_id for line in lines]})
    for line in lines:
        await tell(hass, line.entity_id, [ON, UNAVAILABLE, ON])
    assert [event.data["line"] for event in heard] == [line.device_id for line in lines]


async def test_a_line_that_joins_a_label_later_is_watched_from_then_on(
    hass: HomeAssistant,
) -> None:
    """What it was when it joined is where it starts."""
    line = add_line(hass)
    say(hass, line.entity_id, OFF)
    heard = await automate(hass, {"label_id": "travel"})
    registry = er.async_get(hass)
    await tell(hass, line.entity_id, [ON, OFF])
    registry.async_update_entity(line.entity_id, labels={"travel"})
    await tell(hass, line.entity_id, [ON])
    assert len(heard) == 1
    registry.async_update_entity(line.entity_id, labels=set())
    await tell(hass, line.entity_id, [OFF, ON])
    assert len(heard) == 1


async def wait(hass: HomeAssistant, freezer: Any, minutes: int) -> None:
    """Let time pass."""
    freezer.tick(timedelta(minutes=minutes))
    async_fire_time_changed(hass, dt_util.utcnow())
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("story", "times"),
    [
        pytest.param([ON, 9], 0, id="not yet"),
        pytest.param([ON, 10], 1, id="long enough"),
        pytest.param([ON, 5, SAME, 5], 1, id="other attributes do not begin anew"),
        pytest.param([ON, 10, SAME, 20, UNAVAILABLE, ON, 20], 1, id="told once"),
        pytest.param([ON, 5, OFF, 20], 0, id="recharged in time"),
        pytest.param(
            [ON, 5, UNAVAILABLE, 20], 0, id="not known to be low all the time"
        ),
        pytest.param(
            [ON, 5, UNAVAILABLE, ON, 9], 0, id="after an outage the time begins anew"
        ),
        pytest.param([ON, 5, UNAVAILABLE, ON, 10], 1, id="and is told then"),
        pytest.param([ON, 5, None, ON, 20], 0, id="taken away"),
    ],
)
async def test_it_can_wait(
    hass: HomeAssistant, freezer: Any, story: Sequence[Any], times: int
) -> None:
    """`for`: low for ten minutes, known to be so all the time."""
    line = add_line(hass)
    say(hass, line.entity_id, OFF)
    heard = await automate(
        hass, {"entity_id": line.entity_id}, **{"for": {"minutes": 10}}
    )
    for step in story:
        if isinstance(step, int):
            await wait(hass, freezer, step)
        else:
            await tell(hass, line.entity_id, [step])
    assert len(heard) == times


async def test_waiting_ends_with_the_automation(
    hass: HomeAssistant, freezer: Any
) -> None:
    """An automation that was turned off says nothing any more, and leaves no timer behind."""
    line = add_line(hass)
    say(hass, line.entity_id, OFF)
    heard = await automate(
        hass, {"entity_id": line.entity_id}, **{"for": {"minutes": 10}}
    )
    await tell(hass, line.entity_id, [ON])
    await hass.services.async_call(
        AUTOMATION, "turn_off", {"entity_id": "all"}, blocking=True
    )
    await wait(hass, freezer, 20)
    assert heard == []


@pytest.mark.parametrize("options", [{"behaviour": "each"}, {"for": "soon"}])
async def test_a_misspelt_trigger_is_refused(
    hass: HomeAssistant, options: dict[str, Any]
) -> None:
    """A trigger that means nothing must not look as if it watched."""
    line = add_line(hass)
    say(hass, line.entity_id, OFF)
    heard = await automate(hass, {"entity_id": line.entity_id}, **options)
    await tell(hass, line.entity_id, [ON])
    assert heard == []


async def test_a_line_that_becomes_low_is_recharged_once(home: Home) -> None:
    """The whole way: the balance falls, the automation hears of it and pays, a reload in between changes nothing."""
    hass = home.hass
    automation = {
        "triggers": {
            "trigger": "esim_topup.balance_became_low",
            "target": {"device_id": home.device()},
        },
        "actions": {
            "action": "esim_topup.recharge",
            "data": {"device_id": "{{ trigger.device_id }}", "only_below": 50},
        },
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automation})
    await hass.async_block_till_done()
    await home.provider.burn(PHONE, Decimal(20))  # 62.50 -> 42.50
    assert await hass.config_entries.async_reload(home.entry.entry_id)
    await home.paid(1)
    assert home.charges() == ["300.00 RUB"]
    assert await hass.config_entries.async_reload(home.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert home.charges() == ["300.00 RUB"]
