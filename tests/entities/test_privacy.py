"""Only the last 4 digits of any number reach what Home Assistant keeps, shows or hands to other integrations."""

import json

from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.esim_topup.providers.errors import Unreachable

from .conftest import ESIM, PHONE, Home

NUMBERS = ("79990000001", "8999900000000000014", "8999900000000000022")


@pytest.mark.usefixtures("all_enabled")
async def test_no_full_number_is_anywhere_a_user_or_an_add_on_looks(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """States and registries end up in backups, screenshots and bug reports."""
    events: list[str] = []
    home.hass.bus.async_listen("*", lambda event: events.append(repr(event.data)))
    await home.recharge("300")
    home.provider.trouble["read"] = Unreachable()
    await home.poll()
    entities = er.async_entries_for_config_entry(
        er.async_get(home.hass), home.entry.entry_id
    )
    devices = dr.async_entries_for_config_entry(
        dr.async_get(home.hass), home.entry.entry_id
    )
    seen = "\n".join(
        [
            *(
                json.dumps(state.as_dict(), default=str)
                for state in home.hass.states.async_all()
            ),
            *(repr(entity) for entity in entities),
            *(repr(device) for device in devices),
            *events,
            caplog.text,
        ]
    )
    assert len(entities) > 30
    assert "•0001" in seen
    for number in NUMBERS:
        assert number not in seen
        assert number[:-4] not in seen


async def test_keys_of_entities_are_digests(home: Home) -> None:
    """A line keeps its entities through a new name, and tells nobody its number."""
    for line in (PHONE, ESIM):
        key = home.key_of(line)
        assert len(key) == 32
        assert home.entity_id("top_up_status", line) is not None
