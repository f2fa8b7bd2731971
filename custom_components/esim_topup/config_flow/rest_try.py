"""Try the description of an API: ask everything that only looks, and show what was understood."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol

from ..const import CONF_LINE_ID, CONF_NUMBER, DOMAIN, SUBENTRY_LINE
from ..providers.base import Line
from .choices import line_title
from .door import Closed, async_ask, async_offers, async_read
from .line_form import TYPED_LINE_SCHEMA, line_from_form
from .payment import PaymentSteps
from .texts import offer_texts, reading_texts

CONF_CHANGE: Final = "change"
"""Ticked by whom an error sends back to the description."""


class RestTry(PaymentSteps):
    """Try what was described so far."""

    _result: Mapping[str, str]
    """What was read, for the texts."""

    @abstractmethod
    async def async_step_rest_menu(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go back to the description."""

    async def async_step_rest_try(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try the description on one line; where the API lists lines, on the first of them."""
        errors: dict[str, str] = {}
        if user_input is not None and user_input.get(CONF_CHANGE):
            return await self.async_step_rest_menu()
        if user_input is not None and not (errors := await self._async_try(user_input)):
            return self.async_show_menu(
                step_id="rest_result",
                menu_options=["rest_accept", "rest_menu"],
                description_placeholders={**self._placeholders, **self._result},
            )
        schema = vol.Schema({}) if self._lists_lines else TYPED_LINE_SCHEMA
        if errors:  # whatever is wrong may be wrong in the description
            schema = schema.extend({vol.Optional(CONF_CHANGE): BooleanSelector()})
        return self.async_show_form(
            step_id="rest_try",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or self._known_line
            ),
            errors=errors,
            description_placeholders=self._placeholders,
        )

    async_step_rest_result = async_step_rest_try

    async def async_step_rest_accept(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go on with the account that answered."""
        return await self._async_logged_in()

    async def _async_try(self, user_input: Mapping[str, Any]) -> dict[str, str]:
        """Ask the API for everything that only looks; return the form's errors."""
        if errors := await self._async_log_in(self._credentials):
            return errors
        if self._is_nameless_twin:
            return {"base": "account_not_named"}
        line, errors = (
            await self._async_first_line()
            if self._lists_lines
            else line_from_form(user_input)
        )
        return errors if line is None else await self._async_try_line(line)

    @property
    def _is_nameless_twin(self) -> bool:
        """Whether this new account could not be told from one that is set up: both are known by their address only."""
        account = self._opened.account
        named = self._credentials.get("account", {}).get("id") is not None
        known = self.hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, f"{self._info.key}_{account.id}"
        )
        return self.source == SOURCE_USER and not named and known is not None

    @property
    def _lists_lines(self) -> bool:
        return "lines" in self._credentials

    async def _async_first_line(self) -> tuple[Line | None, dict[str, str]]:
        lines = await async_ask(self._info.key, self._opened.provider.lines())
        if isinstance(lines, Closed):
            return None, self._errors(lines)
        return (lines[0], {}) if lines else (None, {"base": "no_lines"})

    async def _async_try_line(self, line: Line) -> dict[str, str]:
        provider = self._opened.provider
        reading = await async_read(provider, line)
        if isinstance(reading, Closed):
            return self._line_errors(reading)
        offers = await async_offers(provider, line)
        if isinstance(offers, Closed):
            return self._line_errors(offers)
        self._tried = line
        self._result = {
            "line": line_title(line),
            **reading_texts(reading),
            **offer_texts(offers),
        }
        return {}

    def _line_errors(self, closed: Closed) -> dict[str, str]:
        errors = self._errors(closed)
        return errors if self._lists_lines else closed.line_errors

    @property
    def _known_line(self) -> dict[str, Any]:
        """Return a line of the account that is described anew, as the form shows it."""
        if self.source == SOURCE_USER:
            return {}
        lines = self._get_reconfigure_entry().get_subentries_of_type(SUBENTRY_LINE)
        return (
            {**lines[0].data, CONF_NUMBER: lines[0].data[CONF_LINE_ID]} if lines else {}
        )
