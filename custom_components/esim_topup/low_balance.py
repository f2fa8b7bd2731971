"""Which entities the trigger and the condition are about: the lines' own word on whether they are low."""

from typing import Final

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec

from .const import DOMAIN

LOW_BALANCE_KEY: Final = "low_balance"

LOW_BALANCE_SPECS: Final = {BINARY_SENSOR_DOMAIN: DomainSpec()}


@callback
def low_balance_sensors(hass: HomeAssistant, entities: set[str]) -> set[str]:
    """Return those that say whether a line is low: a target may name a whole device or area."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entities
        if (entry := registry.async_get(entity_id)) is not None
        and (entry.platform, entry.translation_key) == (DOMAIN, LOW_BALANCE_KEY)
    }
