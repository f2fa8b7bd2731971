"""A button that reads a line now. There is none that pays: a tap by accident must not cost money."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EsimTopupConfigEntry
from .entity import LineDescription, LineEntity, async_add_as_filled, line_candidates

# One at a time: each is a request to the provider.
PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class LineButtonDescription(LineDescription, ButtonEntityDescription):
    """A button of a line."""


REFRESH: Final = LineButtonDescription(
    key="refresh",
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
    has_fn=lambda view: bool(view.info.capabilities.reads),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EsimTopupConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the button of each line."""
    candidates = line_candidates(entry.runtime_data, [REFRESH], RefreshButton)
    async_add_as_filled(entry, async_add_entities, candidates)


class RefreshButton(LineEntity, ButtonEntity):
    """Reads a line now."""

    entity_description: LineButtonDescription

    @override
    async def async_press(self) -> None:
        """Read the line; say so if that fails."""
        await self.coordinator.async_read_line(self.view.line.key)
