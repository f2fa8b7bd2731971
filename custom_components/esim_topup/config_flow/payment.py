"""What pays at the provider, and how much at most."""

from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigFlowResult,
)
from homeassistant.helpers.selector import SelectOptionDict, TextSelector
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import CONF_CREDENTIALS, CONF_CURRENCY, CONF_METHOD_ID
from ..validation import NotValid, parse_currency
from .choices import method_options, select
from .defaults import proposed_limits
from .limits_form import LIMITS_SCHEMA, limits_as_form, limits_from_form
from .lines import LineSteps

CURRENCY_SCHEMA: Final = vol.Schema({vol.Required(CONF_CURRENCY): TextSelector()})


class PaymentSteps(LineSteps):
    """Go on with the account that answered."""

    @property
    def _methods(self) -> list[SelectOptionDict]:
        return method_options(
            self._opened.account.payment_methods, dt_util.now().date()
        )

    async def _async_logged_in(self) -> ConfigFlowResult:
        """Go on with a new account, or renew the entry of this very account."""
        unique_id = f"{self._info.key}_{self._opened.account.id}"
        await self.async_set_unique_id(unique_id, raise_on_progress=False)
        if self.source == SOURCE_USER:
            self._abort_if_unique_id_configured()
            return await self._async_new_account()
        self._abort_if_unique_id_mismatch(
            reason="wrong_account", description_placeholders=self._placeholders
        )
        if self.source == SOURCE_RECONFIGURE and self._methods:
            return await self.async_step_method()
        return self._renew({})

    async def _async_new_account(self) -> ConfigFlowResult:
        if (currency := self._opened.account.currency) is None:
            return await self.async_step_currency()
        self._currency = currency
        return await self.async_step_payment()

    async def async_step_currency(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the currency, where the provider does not name one."""
        errors: dict[str, str] = {}
        suggested = {CONF_CURRENCY: self.hass.config.currency}
        if user_input is not None:
            suggested = user_input
            try:
                self._currency = parse_currency(user_input[CONF_CURRENCY])
            except NotValid as err:
                errors[CONF_CURRENCY] = err.form_key
            else:
                return await self.async_step_payment()
        return self.async_show_form(
            step_id="currency",
            data_schema=self.add_suggested_values_to_schema(CURRENCY_SCHEMA, suggested),
            errors=errors,
            description_placeholders=self._placeholders,
        )

    async def async_step_payment(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose what pays, and the hard limits."""
        methods = self._methods
        errors: dict[str, str] = {}
        suggested = limits_as_form(proposed_limits(self._currency))
        if user_input is not None:
            suggested = user_input
            self._method_id = user_input.get(CONF_METHOD_ID)
            self._options, errors = limits_from_form(user_input, self._currency)
            errors = errors or await self._async_find_lines()
            if not errors:
                return await self.async_step_lines()
        fields = (
            {vol.Required(CONF_METHOD_ID, default=methods[0]["value"]): select(methods)}
            if methods
            else {}
        )
        return self.async_show_form(
            step_id="payment",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({**fields, **LIMITS_SCHEMA.schema}), suggested
            ),
            errors=errors,
            description_placeholders={**self._placeholders, "currency": self._currency},
        )

    async def async_step_method(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose anew what pays; the limits stay where they are, in the options."""
        if user_input is not None:
            return self._renew({CONF_METHOD_ID: user_input[CONF_METHOD_ID]})
        current = self._get_reconfigure_entry().data[CONF_METHOD_ID]
        schema = vol.Schema({vol.Required(CONF_METHOD_ID): select(self._methods)})
        return self.async_show_form(
            step_id="method",
            data_schema=self.add_suggested_values_to_schema(
                schema, {CONF_METHOD_ID: current}
            ),
            description_placeholders=self._placeholders,
        )

    def _renew(self, updates: dict[str, Any]) -> ConfigFlowResult:
        """Store what the entry works with from now on, and let it be set up with that.

        Also if nothing changed: after credentials were refused, nothing is polled until the entry is set up anew.
        """
        renewing = self.source == SOURCE_RECONFIGURE
        entry = self._get_reconfigure_entry() if renewing else self._get_reauth_entry()
        data = {**entry.data, CONF_CREDENTIALS: dict(self._credentials), **updates}
        # A loaded entry's listener sees a change; it neither sees "the same again" nor exists where set-up failed.
        unseen = data == entry.data or not entry.update_listeners
        result = self.async_update_and_abort(entry, data=data)
        if unseen:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result
