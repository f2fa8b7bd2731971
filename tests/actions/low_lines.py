"""Sensors that say whether a line is low, moved by hand: outages and starts are hard to order from an operator."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.low_balance import LOW_BALANCE_KEY


def add_line(hass: HomeAssistant, name: str = "phone") -> er.RegistryEntry:
    """Register a line with its sensor; it has no state yet."""
    account = MockConfigEntry(domain=DOMAIN, title="Account")
    account.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=account.entry_id, identifiers={(DOMAIN, name)}, name=name
    )
    registry = er.async_get(hass)
    for key in ("payment_problem", LOW_BALANCE_KEY):
        entry = registry.async_get_or_create(
            "binary_sensor",
            DOMAIN,
            f"{name}_{key}",
            suggested_object_id=f"{name}_{key}",
            translation_key=key,
            config_entry=account,
            device_id=device.id,
        )
    return entry


def say(
    hass: HomeAssistant, entity_id: str, state: str | None, **attributes: Any
) -> None:
    """Let a sensor say something; None takes it away."""
    if state is None:
        hass.states.async_remove(entity_id)
    else:
        hass.states.async_set(entity_id, state, attributes)
