"""The form of the hard limits: asked at set-up, and changed in the options only."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
)
import voluptuous as vol

from ..const import (
    CONF_ACCOUNT_DAY,
    CONF_ACCOUNT_MONTH,
    CONF_ACCOUNT_ROLLING,
    CONF_COOLDOWN_HOURS,
    CONF_LINE_MONTH,
    CONF_PER_ORDER,
)
from ..providers.money import Money
from ..validation import NotValid, parse_amount

SECTION_MORE_LIMITS: Final = "more_limits"

COOLDOWN_SELECTOR: Final = NumberSelector(
    # Below an hour a balance that moves late would be paid for twice; beyond a month the line would be dead.
    NumberSelectorConfig(
        min=1,
        max=720,
        step=0.5,
        mode=NumberSelectorMode.BOX,
        unit_of_measurement=UnitOfTime.HOURS,
    )
)

LIMITS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_PER_ORDER): TextSelector(),
        vol.Optional(CONF_ACCOUNT_MONTH): TextSelector(),
        vol.Required(SECTION_MORE_LIMITS): section(
            vol.Schema(
                {
                    vol.Optional(CONF_ACCOUNT_DAY): TextSelector(),
                    vol.Optional(CONF_ACCOUNT_ROLLING): TextSelector(),
                    vol.Optional(CONF_LINE_MONTH): TextSelector(),
                    vol.Required(CONF_COOLDOWN_HOURS): COOLDOWN_SELECTOR,
                }
            ),
            {"collapsed": True},
        ),
    }
)

_SUMS: Final = (
    CONF_ACCOUNT_MONTH,
    CONF_ACCOUNT_DAY,
    CONF_ACCOUNT_ROLLING,
    CONF_LINE_MONTH,
)
_MORE: Final = frozenset(
    {CONF_ACCOUNT_DAY, CONF_ACCOUNT_ROLLING, CONF_LINE_MONTH, CONF_COOLDOWN_HOURS}
)


def limits_as_form(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored limits as the form shows them."""
    top = {key: value for key, value in options.items() if key not in _MORE}
    return {
        **top,
        SECTION_MORE_LIMITS: {
            key: value for key, value in options.items() if key in _MORE
        },
    }


def limits_from_form(
    user_input: Mapping[str, Any], currency: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the limits to store, and the form's errors. The frontend shows a section's errors above the section."""
    typed = {**user_input, **user_input[SECTION_MORE_LIMITS]}
    amounts: dict[str, Money] = {}
    errors: dict[str, str] = {}
    for key in (CONF_PER_ORDER, *_SUMS):
        if not typed.get(key):
            if key == CONF_PER_ORDER:  # a form takes a cleared field for a filled one
                errors[key] = "required_limit"
            continue
        try:
            amounts[key] = parse_amount(typed[key], currency)
        except NotValid as err:
            errors[_place(key)] = err.form_key
    most = amounts.get(CONF_PER_ORDER)
    for key in _SUMS:
        if most is not None and key in amounts and amounts[key] < most:
            errors[_place(key)] = "below_order_limit"
    stored = {key: money.plain for key, money in amounts.items()}
    return {**stored, CONF_COOLDOWN_HOURS: typed[CONF_COOLDOWN_HOURS]}, errors


def _place(key: str) -> str:
    return SECTION_MORE_LIMITS if key in _MORE else key
