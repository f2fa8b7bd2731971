"""The options: hard limits. This is the only place where they change, and only an administrator gets here."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow

from ..const import CONF_CURRENCY
from .limits_form import LIMITS_SCHEMA, limits_as_form, limits_from_form
from .reload import async_reload_unheard


class LimitsFlow(OptionsFlow):
    """Change the limits of an account."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the limits as they are, and take new ones."""
        currency: str = self.config_entry.data[CONF_CURRENCY]
        suggested = limits_as_form(self.config_entry.options)
        errors: dict[str, str] = {}
        if user_input is not None:
            suggested = user_input
            options, errors = limits_from_form(user_input, currency)
            if not errors:
                async_reload_unheard(self.hass, self.config_entry)
                return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(LIMITS_SCHEMA, suggested),
            errors=errors,
            description_placeholders={
                "account": self.config_entry.title,
                "currency": currency,
            },
        )
