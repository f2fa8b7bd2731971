"""Yes or no: is the line low, and is something wrong with what pays."""

from collections.abc import Callable, Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EsimTopupConfigEntry
from .entity import LineDescription, LineEntity, async_add_as_filled, line_candidates
from .low_balance import LOW_BALANCE_KEY
from .view import LineView

# The coordinator asks; entities only show.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class LineBinarySensorDescription(LineDescription, BinarySensorEntityDescription):
    """A question about a line; its answer is yes where there are reasons for it."""

    reasons_fn: Callable[[LineView], AbstractSet[StrEnum] | None]
    """`None` when nobody knows."""


BINARY_SENSORS: Final = (
    LineBinarySensorDescription(
        key=LOW_BALANCE_KEY,
        device_class=BinarySensorDeviceClass.PROBLEM,
        needs_reading=True,
        has_fn=lambda view: bool(view.info.capabilities.reads),
        reasons_fn=lambda view: view.low_reasons,
    ),
    LineBinarySensorDescription(
        key="payment_problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        reasons_fn=lambda view: view.payment_problems,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EsimTopupConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of each line."""
    candidates = line_candidates(entry.runtime_data, BINARY_SENSORS, LineBinarySensor)
    async_add_as_filled(entry, async_add_entities, candidates)


class LineBinarySensor(LineEntity, BinarySensorEntity):
    """One question about a line."""

    entity_description: LineBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """The answer."""
        reasons = self.entity_description.reasons_fn(self.view)
        return None if reasons is None else bool(reasons)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Why yes."""
        return {"reasons": sorted(self.entity_description.reasons_fn(self.view) or ())}
