"""The last part of a new account: its lines, each with a first rule, and the entry."""

from collections.abc import Sequence
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, ConfigSubentryData
import voluptuous as vol

from ..const import (
    CONF_ACCOUNT_ID,
    CONF_CREDENTIALS,
    CONF_CURRENCY,
    CONF_METHOD_ID,
    CONF_PROVIDER,
    SUBENTRY_LINE,
)
from ..models import limits_from
from ..orders.keys import line_key
from ..providers.base import Line, ProviderKind, Reading
from ..validation import shown
from .account import AccountFlow
from .choices import line_title, option, select
from .defaults import proposed_rule
from .door import Closed, async_ask, async_offers, async_read
from .line_form import TYPED_LINE_SCHEMA, line_as_data, line_from_form
from .taken import OTHER_ACCOUNT_ERRORS, async_other_line_keys

CONF_LINES: Final = "lines"

TICKED_MAX: Final = 20
"""More lines than this belong to a company, and each costs a device with a dozen entities."""


class LineSteps(AccountFlow):
    """Choose the lines and create the entry."""

    _currency: str
    _method_id: str | None = None
    _options: dict[str, Any]
    _found: dict[str, Line]
    """By line key: a form shows and sends back no number of a line."""
    _hidden: int
    """How many more the provider knows, which another account has already."""
    _tried: Line | None = None
    """A line that was typed on the way here, where the provider cannot list any."""

    async def _async_find_lines(self) -> dict[str, str]:
        """Ask for the lines of the account; return the form's errors."""
        lines: list[Line] | Closed = [] if self._tried is None else [self._tried]
        if self._opened.provider.info.capabilities.lists_lines:
            lines = await async_ask(self._info.key, self._opened.provider.lines())
        if isinstance(lines, Closed):
            return self._errors(lines)
        self._found = {self._key(line): line for line in lines}
        self._hidden = 0
        self._hide_taken()
        return {}

    def _hide_taken(self) -> None:
        """Leave out the lines that another account has."""
        taken = self._found.keys() & async_other_line_keys(self.hass)
        self._hidden += len(taken)
        self._found = {
            key: line for key, line in self._found.items() if key not in taken
        }

    def _key(self, line: Line) -> str:
        return line_key(self._info.key, self._opened.account.id, line)

    async def async_step_lines(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Tick the lines to watch; all of them at first, unless there are too many to want them all."""
        if user_input is not None:
            keys = user_input.get(CONF_LINES, [])
            self._hide_taken()  # another window may have been faster
            if self._found.keys() >= set(keys):
                return await self._async_create([self._found[key] for key in keys])
        if not self._found:
            return await self._async_no_lines()
        options = [option(key, line_title(line)) for key, line in self._found.items()]
        few = len(options) <= TICKED_MAX
        ticked = vol.Required(CONF_LINES, default=list(self._found) if few else [])
        return self._lines_form({ticked: select(options, multiple=True)})

    async_step_free_lines = async_step_lines

    def _lines_form(self, fields: dict[vol.Marker, Any]) -> ConfigFlowResult:
        """Show the form; its text says so if lines are missing that another account has."""
        return self.async_show_form(
            step_id="free_lines" if self._hidden else "lines",
            data_schema=vol.Schema(fields),
            description_placeholders={
                **self._placeholders,
                "hidden": str(self._hidden),
            },
        )

    async def _async_no_lines(self) -> ConfigFlowResult:
        if not self._opened.provider.info.capabilities.lists_lines:
            return await self.async_step_line()
        return self._lines_form({}) if self._hidden else await self._async_create([])

    async def async_step_line(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Type the first line, where the provider cannot list any."""
        errors: dict[str, str] = {}
        if user_input is not None:
            line, errors = line_from_form(user_input)
            if line is not None and self._key(line) in async_other_line_keys(self.hass):
                errors = OTHER_ACCOUNT_ERRORS
            elif line is not None:
                reading = await async_read(self._opened.provider, line)
                if not isinstance(reading, Closed):
                    return await self._async_create([line])
                self._code, errors = reading.code, reading.line_errors
        return self.async_show_form(
            step_id="line",
            data_schema=self.add_suggested_values_to_schema(
                TYPED_LINE_SCHEMA, user_input
            ),
            errors=errors,
            description_placeholders=self._placeholders,
        )

    async def _async_create(self, lines: Sequence[Line]) -> ConfigFlowResult:
        """Create the entry, with a subentry for each line."""
        rules = await self._async_rules(lines)
        return self.async_create_entry(
            title=self._title,
            data={
                CONF_PROVIDER: self._info.key,
                CONF_CREDENTIALS: dict(self._credentials),
                CONF_ACCOUNT_ID: self._opened.account.id,
                CONF_CURRENCY: self._currency,
                CONF_METHOD_ID: self._method_id,
            },
            options=self._options,
            subentries=[
                ConfigSubentryData(
                    data={**line_as_data(line), **rules.get(line.id, {})},
                    subentry_type=SUBENTRY_LINE,
                    title=line_title(line),
                    unique_id=self._key(line),
                )
                for line in lines
            ],
        )

    @property
    def _title(self) -> str:
        """The provider's name; of APIs that a person described there may be several, so theirs."""
        custom = self._info.kind is ProviderKind.CUSTOM
        return (shown(self._opened.account.name) if custom else None) or self._info.name

    async def _async_rules(self, lines: Sequence[Line]) -> dict[str, dict[str, Any]]:
        """Return a first rule for each line; a line that cannot be read now starts without one."""
        if not lines:
            return {}
        provider = self._opened.provider
        result = await async_ask(self._info.key, provider.read(lines))
        if isinstance(result, Closed):
            return {}
        readings = {
            line: reading
            for line in lines
            if isinstance(reading := result.get(line.id), Reading)
        }
        # Lines of one account are sold the same amounts, so one question is enough for a proposal.
        prepaid = next(
            (line for line, said in readings.items() if said.balance is not None), None
        )
        offers = () if prepaid is None else await async_offers(provider, prepaid)
        known = () if isinstance(offers, Closed) else offers
        limits = limits_from(self._options, self._currency)
        return {
            line.id: proposed_rule(reading, limits, known)
            for line, reading in readings.items()
        }
