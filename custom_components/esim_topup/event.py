"""Tells what became of top-ups, while somebody watches."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import SIGNAL_ORDER
from .coordinator import EsimTopupConfigEntry
from .entity import LineDescription, LineEntity, async_add_as_filled, line_candidates
from .orders.news import Bearings, News, bearings, follow
from .orders.order import Order

# The engine tells; entities only pass it on.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class LineEventDescription(LineDescription, EventEntityDescription):
    """Something that happens to a line."""


TOP_UP: Final = LineEventDescription(key="top_up", event_types=list(News))


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EsimTopupConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events of each line."""
    candidates = line_candidates(entry.runtime_data, [TOP_UP], TopUpEvent)
    async_add_as_filled(entry, async_add_entities, candidates)


class TopUpEvent(LineEntity, EventEntity):
    """Each outcome of a top-up, once. What was so before this entity began to watch is no news."""

    entity_description: LineEventDescription
    _unrecorded_attributes = frozenset({"order_id"})
    _seen: Bearings | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Take bearings, then watch."""
        await super().async_added_to_hass()
        line_key = self.view.line.key
        self._seen = bearings(self.view.summary.last if self.view.summary else None)
        self.async_on_remove(
            async_dispatcher_connect(
                self.hass, SIGNAL_ORDER.format(line_key), self._order_stepped
            )
        )

    @callback
    def _order_stepped(self, order: Order) -> None:
        if order.account_key != self._runtime.account_key:
            return  # the same number in another account, which tells it itself
        reading = self.view.reading
        balance = None if reading is None else reading.balance
        self._seen, news = follow(self._seen, order, balance)
        if news is not None:
            self._trigger_event(news, _told(order, self._seen))
            self.async_write_ha_state()


def _told(order: Order, seen: Bearings) -> dict[str, Any]:
    """Return what is said of a top-up: no number of a person, and no word of the provider's but its short code."""
    told: dict[str, Any] = {
        "order_id": order.id,
        "amount": order.money.plain,
        "currency": order.money.currency,
        "reason": order.reason,
    }
    if seen.balance_before is not None:
        told["balance_before"] = seen.balance_before.plain
    return told
