"""Everything an administrator sets up in the UI.

    account    provider -> credentials -> payment and limits -> lines: one entry, with its lines as subentries
    line       which one -> its rule: one subentry
    options    the limits; nothing else changes them

* `account`, `payment`, `lines`: the steps of an account, in the order in which they build on each other
* `rest_steps`, `rest_forms`: the steps of a provider that the administrator describes
* `line`, `options`: the other two flows
* `door`: the one place that asks a provider
* `taken`: which lines have an account already
* `reload`: how a change reaches an account that could not be set up
* `choices`, `credentials`, `defaults`, `limits_form`, `line_form`, `texts`: what the forms show, propose and take
"""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback
import voluptuous as vol

from ..const import CONF_PROVIDER, DOMAIN, SUBENTRY_LINE
from ..credentials import CONF_BOOKS, DEMO, DEMO_BOOKS
from ..validation import card_errors
from .choices import option, provider_choices, select
from .credentials import credentials_schema, plain_values, renewed
from .line import LineFlow
from .options import LimitsFlow
from .rest_steps import REST, RestSteps


class EsimTopupConfigFlow(RestSteps, domain=DOMAIN):
    """Set up an account, or renew it."""

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Lines are added one by one."""
        return {SUBENTRY_LINE: LineFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Limits are the options."""
        return LimitsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose the provider."""
        infos = await self.hass.async_add_executor_job(provider_choices)
        if user_input is not None:
            self._info = next(
                info for info in infos if info.key == user_input[CONF_PROVIDER]
            )
            demo = self._info.key == DEMO
            self._credentials = {CONF_BOOKS: DEMO_BOOKS} if demo else {}
            return await self._async_begin()
        options = [
            option(info.key, f"{info.name} (beta)" if info.experimental else info.name)
            for info in infos
        ]
        chosen = vol.Required(CONF_PROVIDER, default=infos[0].key)
        return self.async_show_form(
            step_id="user", data_schema=vol.Schema({chosen: select(options)})
        )

    async def async_step_credentials(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take the credentials and try them at once."""
        return await self._async_credentials("credentials", user_input)

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Ask again for what does not work any more."""
        await self._async_resume(entry_data)
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take new secrets; what is no secret stays as it is."""
        return await self._async_credentials("reauth_confirm", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the credentials, and what pays."""
        await self._async_resume(self._get_reconfigure_entry().data)
        return await self._async_begin()

    async def _async_begin(self) -> ConfigFlowResult:
        """Ask for the credentials; where there are none to ask for, log in at once."""
        if self._info.key == REST:
            return await self._async_describe()
        return await self.async_step_credentials(None if self._info.credentials else {})

    async def _async_credentials(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        renewing = self.source == SOURCE_REAUTH
        fields = [
            field for field in self._info.credentials if field.secret or not renewing
        ]
        typed = self._credentials
        errors: dict[str, str] = {}
        if user_input is not None:
            typed = renewed(fields, self._credentials, user_input)
            errors = card_errors(user_input) or await self._async_log_in(typed)
            if not errors:
                return await self._async_logged_in()
        kept = self._credentials if self.source == SOURCE_RECONFIGURE else {}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                credentials_schema(fields, kept=kept), plain_values(fields, typed)
            ),
            errors=errors,
            description_placeholders=self._placeholders,
        )
