"""The flow of one line: which one it is, then its rule; and the rule again, to change it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import (
    CONF_ACCOUNT_ID,
    CONF_CREDENTIALS,
    CONF_CURRENCY,
    CONF_NUMBER,
    CONF_PROVIDER,
)
from ..models import limits_from, line_from
from ..orders.keys import line_key
from ..providers.base import Line, Offer, Reading
from .choices import bounds, line_title, method_options, option, select
from .defaults import proposed_rule
from .door import Closed, Opened, async_ask, async_offers, async_open, async_read
from .line_form import (
    TYPED_LINE_SCHEMA,
    line_as_data,
    line_from_form,
    rule_as_form,
    rule_from_form,
    rule_schema,
)
from .reload import async_reload_unheard
from .taken import (
    IN_OTHER_ACCOUNT,
    OTHER_ACCOUNT_ERRORS,
    async_other_line_keys,
    line_keys,
)
from .texts import NOTHING

CONF_LINE: Final = "line"
ANOTHER_LINE: Final = "another"


class LineFlow(ConfigSubentryFlow):
    """Add a line to an account, or change its rule."""

    _opened: Opened
    _free: Mapping[str, Line]
    """Lines of the account that no account has yet, by line key: a form shows and sends back no number of a line."""
    _listed: Mapping[str, Line]
    """All lines of the account, by the provider's id."""
    _line: Line
    _offers: Sequence[Offer]
    _first: Mapping[str, Any]
    """The rule that the form begins with, as a subentry holds it."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Pick a line of the account that is not added yet."""
        if user_input is None:
            await self._async_open()
            await self._async_list()
        elif user_input[CONF_LINE] != ANOTHER_LINE:
            line = self._free[user_input[CONF_LINE]]
            reading = await async_read(self._opened.provider, line)
            return await self._async_chosen(
                line, None if isinstance(reading, Closed) else reading
            )
        if user_input is not None or not self._free:
            return await self.async_step_another()
        options = [option(key, line_title(line)) for key, line in self._free.items()]
        options.append(option(ANOTHER_LINE, ANOTHER_LINE))
        picked = vol.Required(CONF_LINE, default=options[0]["value"])
        return self.async_show_form(
            step_id="user",
            data_schema=vol.Schema(
                {picked: select(options, translation_key=CONF_LINE)}
            ),
            description_placeholders={"account": self._get_entry().title},
        )

    async def async_step_another(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Type a line that the account does not list."""
        errors: dict[str, str] = {}
        code = NOTHING
        if user_input is not None:
            line, errors = line_from_form(user_input)
            if line is not None:
                # A listed line is the same line under its id and under its number.
                line = self._listed.get(line.id, line)
                line = self._free.get(self._key(line), line)
                errors = self._refusal(line)
            if line is not None and not errors:
                reading = await async_read(self._opened.provider, line)
                if not isinstance(reading, Closed):
                    return await self._async_chosen(line, reading)
                code, errors = reading.code, reading.line_errors
        return self.async_show_form(
            step_id="another",
            data_schema=self.add_suggested_values_to_schema(
                TYPED_LINE_SCHEMA, user_input
            ),
            errors=errors,
            description_placeholders={"account": self._get_entry().title, "code": code},
        )

    def _refusal(self, line: Line) -> dict[str, str]:
        """Return the form's errors for a line that has an account already."""
        key = self._key(line)
        if key in self._taken:
            return {CONF_NUMBER: "already_added"}
        return OTHER_ACCOUNT_ERRORS if key in self._elsewhere else {}

    async def async_step_rule(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say when the new line is low, and what one recharge of it buys."""
        return self._rule_form("rule", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change the rule of a line."""
        if user_input is None:
            subentry = self._get_reconfigure_subentry()
            await self._async_open()
            self._line = line_from(subentry.data, self._currency)
            self._first = subentry.data
            self._offers = await self._async_offers()
        return self._rule_form("reconfigure", user_input)

    async def _async_open(self) -> None:
        data = self._get_entry().data
        self._opened = _answered(
            await async_open(self.hass, data[CONF_PROVIDER], data[CONF_CREDENTIALS])
        )

    async def _async_list(self) -> None:
        provider = self._opened.provider
        listed: list[Line] = []
        if provider.info.capabilities.lists_lines:
            listed = _answered(await async_ask(provider.info.key, provider.lines()))
        self._listed = {line.id: line for line in listed}
        taken = self._taken | self._elsewhere
        self._free = {
            key: line for line in listed if (key := self._key(line)) not in taken
        }

    async def _async_offers(self) -> Sequence[Offer]:
        return _answered(await async_offers(self._opened.provider, self._line))

    async def _async_chosen(
        self, line: Line, reading: Reading | None
    ) -> SubentryFlowResult:
        """Go on to the rule of the line, with a proposal where money is left on it."""
        self._line = line
        self._offers = await self._async_offers()
        limits = limits_from(self._get_entry().options, self._currency)
        self._first = proposed_rule(reading, limits, self._offers)
        return await self.async_step_rule()

    def _rule_form(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        suggested = rule_as_form(self._first, self._offers)
        if user_input is not None:
            suggested = user_input
            rule, errors = rule_from_form(
                user_input, self._get_entry().options, self._currency, self._offers
            )
            if not errors:
                return self._save(rule)
        account, info = self._opened.account, self._opened.provider.info
        methods = method_options(account.payment_methods, dt_util.now().date())
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                rule_schema(info.capabilities.reads, self._offers, methods), suggested
            ),
            errors=errors,
            description_placeholders={
                "line": line_title(self._line),
                "currency": self._currency,
                "bounds": bounds(self._offers),
            },
        )

    def _save(self, rule: Mapping[str, Any]) -> SubentryFlowResult:
        entry = self._get_entry()
        data = {**line_as_data(self._line), **rule}
        if self.source == SOURCE_RECONFIGURE:
            async_reload_unheard(self.hass, entry)
            return self.async_update_and_abort(
                entry, self._get_reconfigure_subentry(), data=data
            )
        key = self._key(self._line)
        if key in self._taken:  # another window was faster
            return self.async_abort(reason="already_configured")
        if key in self._elsewhere:
            return self.async_abort(reason=IN_OTHER_ACCOUNT)
        async_reload_unheard(self.hass, entry)
        return self.async_create_entry(
            title=line_title(self._line), data=data, unique_id=key
        )

    @property
    def _currency(self) -> str:
        currency: str = self._get_entry().data[CONF_CURRENCY]
        return currency

    @property
    def _taken(self) -> frozenset[str]:
        """The keys of the lines that the account has already."""
        return line_keys(self._get_entry())

    @property
    def _elsewhere(self) -> frozenset[str]:
        """The keys of the lines that other accounts have."""
        return async_other_line_keys(self.hass, self._get_entry().entry_id)

    def _key(self, line: Line) -> str:
        data = self._get_entry().data
        return line_key(data[CONF_PROVIDER], data[CONF_ACCOUNT_ID], line)


def _answered[T](answer: T | Closed) -> T:
    """Return the answer; without one there is nothing to choose from, and the flow ends with the reason."""
    if isinstance(answer, Closed):
        raise AbortFlow("not_answering", {"code": answer.code})
    return answer
