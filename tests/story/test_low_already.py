"""A line that is low is topped up in the end, also where nobody saw it become low; with the automation of demo and README."""

from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from demo.story import LineDevice, became_low
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from .conftest import AMOUNT, LINE, THRESHOLD, House

README = Path(__file__).parents[2] / "README.md"
HOUR = timedelta(hours=1)


def of_demo(house: House) -> dict[str, Any]:
    """Return the automation that the demo makes."""
    line = LineDevice(device_id=house.device_id, name="Travel phone", entities={})
    return became_low(line, THRESHOLD, AMOUNT)


def of_readme(house: House) -> dict[str, Any]:
    """Return the automation that readers copy, with their device in it."""
    _, block = README.read_text().split("```yaml\nalias:", 1)
    found = parse_yaml(f"alias:{block.split('```', 1)[0]}")
    assert isinstance(found, dict)
    example = found["actions"][0]["data"]["device_id"]
    own: dict[str, Any] = json.loads(
        json.dumps(found).replace(example, house.device_id)
    )
    return own


@pytest.fixture(params=[of_demo, of_readme], ids=["demo", "README"])
def automation(house: House, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return an automation as it stands in YAML."""
    made: dict[str, Any] = request.param(house)
    return made


async def hours_pass(house: House, hours: int = 1) -> None:
    """Let full hours strike, one after the other."""
    now = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    for hour in range(1, hours + 1):
        async_fire_time_changed(house.hass, now + hour * HOUR)
        await house.hass.async_block_till_done(wait_background_tasks=True)


async def test_it_was_low_when_the_automation_was_made(
    house: House, automation: dict[str, Any]
) -> None:
    """Who makes the automation because the line is low is not left waiting for the next crossing."""
    await house.operator.set_line(LINE, balance="45.00")
    await house.poll()
    await house.automate(**automation)
    assert await house.payments() == [], "not because somebody saved an automation"

    await hours_pass(house)

    assert await house.payments() == [AMOUNT]


async def test_it_became_low_while_home_assistant_was_down(
    house: House, automation: dict[str, Any]
) -> None:
    """A power cut does not cost the traveller the line."""
    entries, entry_id = house.hass.config_entries, house.entry.entry_id
    assert await entries.async_unload(entry_id)
    await house.operator.set_line(LINE, balance="45.00")
    await house.automate(**automation)  # as at a start: before anything was read
    assert await entries.async_setup(entry_id)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert await house.payments() == [], "a start is no crossing"

    await hours_pass(house)

    assert await house.payments() == [AMOUNT]


async def test_the_first_attempt_meets_an_outage(
    house: House, automation: dict[str, Any]
) -> None:
    """One refusal is not the end: the next hour tries again."""
    await house.automate(**automation)
    await house.operator.fault("drop_before", "offers", times=None)
    await house.operator.set_line(LINE, balance="45.00")
    await house.poll()
    await hours_pass(house)
    assert await house.payments() == []

    await house.operator.clear_faults()
    await hours_pass(house, 2)

    assert await house.payments() == [AMOUNT]


async def test_a_look_at_each_hour_of_the_cooldown_pays_nothing_more(
    house: House, automation: dict[str, Any]
) -> None:
    """The money takes a day to arrive, and the line is low at each look until then."""
    await house.operator.behave(credit_delay_s=86400)
    await house.automate(**automation)
    await house.operator.set_line(LINE, balance="45.00")
    await house.poll()
    assert await house.payments() == [AMOUNT]

    await hours_pass(house, 5)

    assert house.shown("low_balance") == "on"
    assert await house.payments() == [AMOUNT]


async def test_a_line_that_is_not_known_to_be_low_is_left_alone(
    house: House, automation: dict[str, Any]
) -> None:
    """Enough money, or nobody knows: the hour strikes and nothing happens."""
    await house.automate(**automation)
    await hours_pass(house)
    await house.operator.fault("drop_before", "line", times=None)
    await house.poll()
    await hours_pass(house)
    assert await house.operator.requests("order") == []
    assert await house.payments() == []
