"""The two numbers of a rule: below what a line is low, and how much one top-up is."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_AMOUNT, CONF_BALANCE_BELOW, CONF_OFFER_ID, DOMAIN
from .coordinator import AccountRuntime, EsimTopupConfigEntry
from .entity import LineDescription, LineEntity, async_add_as_filled, line_candidates
from .providers.base import Quantity
from .providers.money import InvalidMoney, Money, minor_digits
from .rule_change import async_change_rule
from .view import LineView

# Nothing is asked of the provider.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what, and in which steps."""

    least: Decimal
    most: Decimal
    step: Decimal


@dataclass(frozen=True, kw_only=True)
class LineNumberDescription(LineDescription, NumberEntityDescription):
    """An amount in a line's rule."""

    value_fn: Callable[[LineView], Money | None]
    bounds_fn: Callable[[LineView], Bounds]
    changes_fn: Callable[[Money], dict[str, Any]]
    """What to store."""


def _threshold_bounds(view: LineView) -> Bounds:
    """A threshold that one order cannot lift the balance above would never be left behind; nothing is below none at all."""
    return Bounds(
        _minor_unit(view), view.line.limits.per_order.amount, _minor_unit(view)
    )


def _amount_bounds(view: LineView) -> Bounds:
    most = view.line.limits.per_order
    offer = view.open_amount
    if offer is None or offer.minimum.currency != most.currency:
        return Bounds(_minor_unit(view), most.amount, _minor_unit(view))
    return Bounds(offer.minimum.amount, min(offer.maximum, most).amount, offer.step)


def _minor_unit(view: LineView) -> Decimal:
    return Decimal(1).scaleb(-minor_digits(view.line.currency))


NUMBERS: Final = (
    LineNumberDescription(
        key="low_balance_threshold",
        has_fn=lambda view: view.has(Quantity.BALANCE),
        value_fn=lambda view: view.line.rule.balance_below,
        bounds_fn=_threshold_bounds,
        changes_fn=lambda money: {CONF_BALANCE_BELOW: money.plain},
    ),
    LineNumberDescription(
        key="top_up_amount",
        entity_registry_enabled_default=False,
        wants_offers=True,
        has_fn=lambda view: view.sells_amounts,
        value_fn=lambda view: view.line.rule.amount,
        bounds_fn=_amount_bounds,
        # Who names an amount wants that, and no longer the package that was chosen before.
        changes_fn=lambda money: {CONF_AMOUNT: money.plain, CONF_OFFER_ID: None},
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EsimTopupConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of each line."""
    candidates = line_candidates(entry.runtime_data, NUMBERS, LineNumber)
    async_add_as_filled(entry, async_add_entities, candidates)


class LineNumber(LineEntity, NumberEntity):
    """One amount in a line's rule."""

    entity_description: LineNumberDescription
    _attr_device_class = NumberDeviceClass.MONETARY
    _attr_entity_category = EntityCategory.CONFIG
    _attr_mode = NumberMode.BOX

    def __init__(
        self,
        runtime: AccountRuntime,
        subentry_id: str,
        description: LineNumberDescription,
    ) -> None:
        """Take the currency of the line."""
        super().__init__(runtime, subentry_id, description)
        self._attr_native_unit_of_measurement = self.view.line.currency

    @property
    @override
    def native_value(self) -> float | None:
        """The amount. Home Assistant's numbers are floats: exact here, since amounts are short and checked as decimals."""
        money = self.entity_description.value_fn(self.view)
        return None if money is None else float(money.amount)

    @property
    @override
    def native_min_value(self) -> float:
        """The least that makes sense."""
        return float(self.entity_description.bounds_fn(self.view).least)

    @property
    @override
    def native_max_value(self) -> float:
        """The most that the limits and the offer allow."""
        return float(self.entity_description.bounds_fn(self.view).most)

    @property
    @override
    def native_step(self) -> float:
        """The steps of the offer, or the smallest coin."""
        return float(self.entity_description.bounds_fn(self.view).step)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Store the amount, cut to the smallest coin, if the rule can work with it."""
        view = self.view
        try:
            # 0.1 + 0.2 is 0.30000000000000004 to whoever computes in a template: six places are more than any coin has.
            money = Money.floor(Decimal(repr(round(value, 6))), view.line.currency)
        except InvalidMoney:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="rule_not_an_amount"
            ) from None
        async_change_rule(view, **self.entity_description.changes_fn(money))
