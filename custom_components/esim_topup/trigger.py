"""Triggers: what an automation may be told about lines."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.const import (
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    CONF_FOR,
    CONF_OPTIONS,
    STATE_OFF,
    STATE_ON,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    HassJob,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.target import (
    TargetStateChangedData,
    async_track_target_selector_state_change_event,
)
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityTriggerBase,
    Trigger,
    TriggerActionRunner,
    TriggerNotTriggeredReporter,
)
import voluptuous as vol

from .low_balance import LOW_BALANCE_SPECS, low_balance_sensors

_SCHEMA: Final = ENTITY_STATE_TRIGGER_SCHEMA.extend(
    {
        vol.Required(CONF_OPTIONS, default={}): {
            vol.Optional(CONF_FOR): cv.positive_time_period
        }
    }
)


class BalanceBecameLowTrigger(EntityTriggerBase):
    """Tells once that a line that was known not to be low is low now.

    What nobody knows says nothing: an outage neither makes a line low nor hides that it became low meanwhile. Whoever
    starts to watch takes bearings first, so that neither a start of Home Assistant nor a changed automation tells
    about a line that has been low for long.
    """

    _domain_specs = LOW_BALANCE_SPECS
    _schema = _SCHEMA

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave only the sensors that say whether a line is low."""
        return low_balance_sensors(self._hass, super().entity_filter(entities))

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Watch the lines of the target until the returned function is called."""
        watch = _Watch(self._hass, self._duration or timedelta(), run_action)
        stop_tracking = await async_track_target_selector_state_change_event(
            self._hass,
            self._target,
            watch.state_changed,
            self.entity_filter,
            watch.entities_changed,
            # The sensor may be filed under diagnostics; a line's device means it all the same.
            primary_entities_only=False,
        )

        @callback
        def stop() -> None:
            stop_tracking()
            watch.stop()

        return stop


class _Watch:
    """Knows which lines can become low: those last known not to be, and not told about since."""

    def __init__(
        self, hass: HomeAssistant, duration: timedelta, run_action: TriggerActionRunner
    ) -> None:
        self._hass = hass
        self._duration = duration
        self._run_action = run_action
        self._not_low: dict[str, State] = {}
        self._timers: dict[str, CALLBACK_TYPE] = {}

    @callback
    def entities_changed(
        self, added: set[str], removed: set[str], states: Mapping[str, State | None]
    ) -> None:
        """Take bearings of new lines, forget those that left the target."""
        for entity_id in removed:
            self._forget(entity_id)
        for entity_id in added:
            if (state := states[entity_id]) is not None and state.state == STATE_OFF:
                self._not_low[entity_id] = state

    @callback
    def state_changed(self, data: TargetStateChangedData) -> None:
        """Compare what is known now with what was known last; unknown in between changes neither."""
        event = data.state_change_event
        entity_id, state = event.data["entity_id"], event.data["new_state"]
        if state is None:
            self._forget(entity_id)
        elif state.state == STATE_ON:
            self._is_low(entity_id, state, event.context)
        else:
            # It was not low, or not known to be, for the whole time that was asked for.
            self._cancel_timer(entity_id)
            if state.state == STATE_OFF:
                self._not_low[entity_id] = state

    @callback
    def stop(self) -> None:
        """Forget everything."""
        for entity_id in list(self._timers):
            self._cancel_timer(entity_id)

    def _is_low(self, entity_id: str, state: State, context: Context) -> None:
        if entity_id not in self._not_low or entity_id in self._timers:
            return

        @callback
        def tell(_: datetime | None = None) -> None:
            self._timers.pop(entity_id, None)
            self._tell(entity_id, state, context)

        if self._duration:
            self._timers[entity_id] = async_call_later(
                self._hass, self._duration, HassJob(tell, cancel_on_shutdown=True)
            )
        else:
            tell()

    def _tell(self, entity_id: str, state: State, context: Context) -> None:
        entry = er.async_get(self._hass).async_get(entity_id)
        self._run_action(
            {
                ATTR_ENTITY_ID: entity_id,
                # What the actions want: `device_id: "{{ trigger.device_id }}"`.
                ATTR_DEVICE_ID: entry and entry.device_id,
                "from_state": self._not_low.pop(entity_id),
                "to_state": state,
                "for": self._duration,
            },
            f"balance of {entity_id} became low",
            context,
        )

    def _forget(self, entity_id: str) -> None:
        self._cancel_timer(entity_id)
        self._not_low.pop(entity_id, None)

    def _cancel_timer(self, entity_id: str) -> None:
        if (cancel := self._timers.pop(entity_id, None)) is not None:
            cancel()


TRIGGERS: dict[str, type[Trigger]] = {"balance_became_low": BalanceBecameLowTrigger}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of this integration."""
    return TRIGGERS
