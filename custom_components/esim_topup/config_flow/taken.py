"""Which lines have an account already: one number must not be topped up by two that each think they are alone."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import (
    CONF_ACCOUNT_ID,
    CONF_CURRENCY,
    CONF_NUMBER,
    CONF_PROVIDER,
    DOMAIN,
    SUBENTRY_LINE,
)
from ..models import line_from
from ..orders.keys import line_key

IN_OTHER_ACCOUNT = "number_in_other_account"

OTHER_ACCOUNT_ERRORS = {CONF_NUMBER: IN_OTHER_ACCOUNT}


def line_keys(entry: ConfigEntry[Any]) -> frozenset[str]:
    """Return the keys of the lines that an account has, loaded or not."""
    return frozenset(
        line_key(
            entry.data[CONF_PROVIDER],
            entry.data[CONF_ACCOUNT_ID],
            line_from(subentry.data, entry.data[CONF_CURRENCY]),
        )
        for subentry in entry.get_subentries_of_type(SUBENTRY_LINE)
    )


@callback
def async_other_line_keys(
    hass: HomeAssistant, entry_id: str | None = None
) -> frozenset[str]:
    """Return the keys of the lines that all accounts but this one have; a number has one key in all of them."""
    others = (
        line_keys(entry)
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.entry_id != entry_id
    )
    return frozenset().union(*others)
