"""Conditions: what an automation may ask about lines."""

from typing import override

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .low_balance import LOW_BALANCE_SPECS, low_balance_sensors


class IsLowCondition(EntityStateConditionBase):
    """True only for a line that is known to be low: what nobody knows is not low."""

    _domain_specs = LOW_BALANCE_SPECS
    _states = {STATE_ON}
    # The sensor may be filed under diagnostics; a line's device means it all the same.
    _primary_entities_only = False

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave only the sensors that say whether a line is low."""
        return low_balance_sensors(self._hass, super().entity_filter(entities))

    @override
    def _should_include(self, _state: State) -> bool:
        """Count unknown lines too: "all lines are low" is not true while one of them is unknown."""
        return True

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        """Say no where no line is left: "all of none" would let an automation act on nothing."""
        return bool(states) and super()._check_all_match_state(states)


CONDITIONS: dict[str, type[Condition]] = {"is_low": IsLowCondition}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions of this integration."""
    return CONDITIONS
