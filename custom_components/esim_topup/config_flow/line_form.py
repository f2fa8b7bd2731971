"""The forms of one line: which one it is, when it is low, and what one recharge of it buys."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from homeassistant.const import UnitOfInformation, UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from ..const import (
    CONF_AMOUNT,
    CONF_BALANCE_BELOW,
    CONF_COOLDOWN_HOURS,
    CONF_DATA_BELOW_MB,
    CONF_LINE_ID,
    CONF_LINE_KIND,
    CONF_LINE_MONTH,
    CONF_METHOD_ID,
    CONF_NAME,
    CONF_NUMBER,
    CONF_OFFER_ID,
    CONF_VALIDITY_BELOW_DAYS,
)
from ..models import limits_from, rule_from
from ..orders.rule import RuleProblem, rule_problems
from ..providers.base import Line, LineKind, Offer, OpenAmount, Package, Quantity
from ..validation import NotValid, card_errors, parse_amount, parse_line, shown
from .choices import package_options, select
from .limits_form import COOLDOWN_SELECTOR

SECTION_LINE_LIMITS: Final = "line_limits"

TYPED_LINE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_LINE_KIND, default=LineKind.ICCID.value): SelectSelector(
            SelectSelectorConfig(
                options=[LineKind.ICCID, LineKind.MSISDN, LineKind.OTHER],
                mode=SelectSelectorMode.LIST,
                translation_key="line_kind",
            )
        ),
        vol.Required(CONF_NUMBER): TextSelector(),
        vol.Optional(CONF_NAME): TextSelector(),
    }
)

_LIMITS_SECTION: Final = section(
    vol.Schema(
        {
            vol.Optional(CONF_LINE_MONTH): TextSelector(),
            vol.Optional(CONF_COOLDOWN_HOURS): COOLDOWN_SELECTOR,
        }
    ),
    {"collapsed": True},
)


def _number(maximum: int, unit: str) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=1,
            max=maximum,
            step=1,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=unit,
        )
    )


_THRESHOLDS: Final = (
    (Quantity.BALANCE, CONF_BALANCE_BELOW, TextSelector()),
    (
        Quantity.DATA,
        CONF_DATA_BELOW_MB,
        _number(1_000_000, UnitOfInformation.MEGABYTES),
    ),
    (Quantity.VALIDITY, CONF_VALIDITY_BELOW_DAYS, _number(365, UnitOfTime.DAYS)),
)

_AMOUNTS: Final = (CONF_BALANCE_BELOW, CONF_AMOUNT, CONF_LINE_MONTH)
_NUMBERS: Final = (CONF_DATA_BELOW_MB, CONF_VALIDITY_BELOW_DAYS, CONF_COOLDOWN_HOURS)


def line_as_data(line: Line) -> dict[str, Any]:
    """Return what a subentry keeps of a line itself."""
    return {
        CONF_LINE_ID: line.id,
        CONF_LINE_KIND: line.kind.value,
        CONF_NUMBER: line.number,
        CONF_NAME: shown(line.name),
    }


def line_from_form(user_input: Mapping[str, Any]) -> tuple[Line | None, dict[str, str]]:
    """Return the line that was typed, or the form's errors. A number of a line may look like a card; a name must not."""
    name = user_input.get(CONF_NAME)
    if errors := card_errors({CONF_NAME: name}):
        return None, errors
    try:
        return parse_line(
            LineKind(user_input[CONF_LINE_KIND]), user_input[CONF_NUMBER], name
        ), {}
    except NotValid as err:
        return None, {CONF_NUMBER: err.form_key}


def rule_schema(
    reads: Collection[Quantity],
    offers: Sequence[Offer],
    methods: Sequence[SelectOptionDict],
) -> vol.Schema:
    """Return the form of a line's rule, with the fields that this line and its provider can fill."""
    fields: dict[vol.Marker, Any] = {
        vol.Optional(key): selector
        for quantity, key, selector in _THRESHOLDS
        if quantity in reads
    }
    if not offers or any(isinstance(offer, OpenAmount) for offer in offers):
        fields[vol.Optional(CONF_AMOUNT)] = TextSelector()
    if any(isinstance(offer, Package) for offer in offers):
        fields[vol.Optional(CONF_OFFER_ID)] = select(package_options(offers))
    if methods:
        fields[vol.Optional(CONF_METHOD_ID)] = select(methods)
    fields[vol.Required(SECTION_LINE_LIMITS)] = _LIMITS_SECTION
    return vol.Schema(fields)


def rule_as_form(data: Mapping[str, Any], offers: Sequence[Offer]) -> dict[str, Any]:
    """Return a stored rule as the form shows it. A package that is no longer sold is not shown as chosen."""
    packages = {offer.id for offer in offers if isinstance(offer, Package)}
    kept = {
        key: value
        for key, value in data.items()
        if key != CONF_OFFER_ID or value in packages
    }
    return {
        **kept,
        SECTION_LINE_LIMITS: {key: data[key] for key in _LINE_LIMITS if key in data},
    }


def rule_from_form(
    user_input: Mapping[str, Any],
    options: Mapping[str, Any],
    currency: str,
    offers: Sequence[Offer],
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the rule to store, and the form's errors; whether the rule makes sense is decided in `orders`."""
    data, errors = _parsed({**user_input, **user_input[SECTION_LINE_LIMITS]}, currency)
    if errors:
        return data, errors
    limits = limits_from(options, currency, data)
    if (
        limits.line_month is not None
    ):  # what one month may cost, one order may not exceed either
        limits = replace(limits, per_order=min(limits.per_order, limits.line_month))
    problems = rule_problems(rule_from(data, currency), limits, offers)
    return data, {
        _field(problem, data): problem.value for problem in reversed(problems)
    }


def _parsed(
    typed: Mapping[str, Any], currency: str
) -> tuple[dict[str, Any], dict[str, str]]:
    data: dict[str, Any] = {
        key: typed[key]
        for key in (*_NUMBERS, CONF_OFFER_ID, CONF_METHOD_ID)
        if typed.get(key)
    }
    errors: dict[str, str] = {}
    for key in _AMOUNTS:
        if not typed.get(key):
            continue
        try:
            data[key] = parse_amount(typed[key], currency).plain
        except NotValid as err:
            errors[SECTION_LINE_LIMITS if key in _LINE_LIMITS else key] = err.form_key
    return data, errors


_LINE_LIMITS: Final = (CONF_LINE_MONTH, CONF_COOLDOWN_HOURS)


def _field(problem: RuleProblem, data: Mapping[str, Any]) -> str:
    if problem is RuleProblem.THRESHOLD_ABOVE_AMOUNT:
        return CONF_BALANCE_BELOW
    return CONF_OFFER_ID if CONF_OFFER_ID in data else CONF_AMOUNT
