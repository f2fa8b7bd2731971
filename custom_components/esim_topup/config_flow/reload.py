"""Let a change be seen by an account that could not be set up."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback


@callback
def async_reload_unheard(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Set the entry up anew, unless its own listener will see the change: where set-up failed there is none.

    Soon, not now: a flow's manager stores what a step returned after the step, in the same turn of the event loop.
    """
    if not entry.update_listeners:
        hass.loop.call_soon(hass.config_entries.async_schedule_reload, entry.entry_id)
