"""The steps in which a person describes an API: connection, reading, ordering, then whatever else it has."""

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult

from ..providers.rest import RestConfigError, parse_config
from ..validation import card_errors
from .rest_forms import PARTS
from .rest_part import Part
from .rest_try import RestTry
from .texts import NOTHING, async_form_text

REST: Final = "rest"

# A text with braces cannot stand in the translations.
_EXAMPLES: Final = {
    "line_path": "/lines/{line}",
    "order_path": "/orders",
    "order_body": '{"line": "{line}", "amount": "{amount}", "currency": "{currency}", "reference": "{reference}"}',
    "order_names": "{line}, {number}, {amount}, {amount_minor}, {currency}, {offer}, {method}, {reference}",
    "find_path": "/orders?reference={reference}",
    "history_path": "/lines/{line}/charges?since={since}",
}


class RestSteps(RestTry):
    """Describe an API, or change its description."""

    _ahead: tuple[str, ...] = ("rest_reading", "rest_order")
    """What comes after the connection: what nearly every API has. The menu offers the rest."""

    async def _async_describe(self) -> ConfigFlowResult:
        """Begin: a new API is walked through, a known one shows what can be changed."""
        if self.source == SOURCE_USER:
            return await self.async_step_rest_connection()
        self._ahead = ()
        return await self.async_step_rest_menu()

    async def async_step_rest_menu(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what else can be described, and the way on."""
        return self.async_show_menu(
            step_id="rest_menu",
            menu_options=["rest_try", *PARTS],
            description_placeholders=self._placeholders,
        )

    async def async_step_rest_connection(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Where the API is, and the key to it."""
        return await self._async_part("rest_connection", user_input)

    async def async_step_rest_reading(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Where it says what is left on a line."""
        return await self._async_part("rest_reading", user_input)

    async def async_step_rest_order(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """How a recharge is ordered, and what its answer means."""
        return await self._async_part("rest_order", user_input)

    async def async_step_rest_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Where it says who we are, and what can pay."""
        return await self._async_part("rest_account", user_input)

    async def async_step_rest_lines(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Where it lists the lines of the account."""
        return await self._async_part("rest_lines", user_input)

    async def async_step_rest_offers(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Where it lists what can be bought."""
        return await self._async_part("rest_offers", user_input)

    async def async_step_rest_find(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Where an order can be looked up."""
        return await self._async_part("rest_find", user_input)

    async def async_step_rest_history(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Where it lists the charges of a line."""
        return await self._async_part("rest_history", user_input)

    async def _async_part(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        part = PARTS[step_id]
        if user_input is None:
            return await self._async_part_form(part)
        if errors := card_errors(user_input):
            return await self._async_part_form(part, user_input, errors)
        description = part.taken(self._credentials, user_input)
        mistake = _mistake(description)
        if mistake is not None and (place := part.field_at(mistake.field)):
            errors = part.errors(place, mistake.code)
            return await self._async_part_form(part, user_input, errors, place)
        self._credentials = description
        return await self._async_after()

    @override
    async def async_step_rest_try(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try the description; if it has a mistake, that is shown beside its field instead."""
        mistake = _mistake(self._credentials)
        if mistake is None:
            return await super().async_step_rest_try(user_input)
        for part in PARTS.values():
            if place := part.field_under(mistake.field):
                errors = part.errors(place, mistake.code)
                return await self._async_part_form(part, None, errors, place)
        first = PARTS["rest_connection"]
        return await self._async_part_form(first, None, {"base": mistake.code})

    async def _async_part_form(
        self,
        part: Part,
        typed: Mapping[str, Any] | None = None,
        errors: dict[str, str] | None = None,
        place: str | None = None,
    ) -> ConfigFlowResult:
        """Show what was typed, or what stands in the description; an error may have to name the field at a place."""
        known = {"currency": self.hass.config.currency, **self._credentials}
        label = NOTHING
        if place is not None:
            label = await async_form_text(self.hass, part.step, part.label_path(place))
        return self.async_show_form(
            step_id=part.step,
            data_schema=self.add_suggested_values_to_schema(
                part.schema(), part.shown(known) if typed is None else typed
            ),
            errors=errors,
            description_placeholders={
                **self._placeholders,
                **_EXAMPLES,
                "field": label,
            },
        )

    async def _async_after(self) -> ConfigFlowResult:
        """Walk on; at the end of the walk comes the menu."""
        if not self._ahead:
            return await self.async_step_rest_menu()
        step_id, *ahead = self._ahead
        self._ahead = tuple(ahead)
        return await self._async_part(step_id, None)


def _mistake(description: Mapping[str, Any]) -> RestConfigError | None:
    """Return the first mistake in a description."""
    try:
        parse_config(description)
    except RestConfigError as err:
        return err
    return None
