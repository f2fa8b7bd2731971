"""The actions that only tell."""

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.helpers import device_registry as dr

from ..const import DOMAIN
from ..coordinator import EsimTopupConfigEntry
from ..house import DATA_ENGINE
from ..orders.book_file import BookLocked
from ..orders.order import Order
from .answers import offer_answer, past_order_answer
from .errors import failed, invalid
from .fields import ATTR_LIMIT
from .offers import recent_offers
from .resolve import resolve_account, resolve_line


async def async_get_offers(call: ServiceCall) -> ServiceResponse:
    """Answer what can be bought for a line: as of the last minutes, however often a dashboard asks."""
    target = await resolve_line(call.hass, call.data[ATTR_DEVICE_ID])
    return {
        "offers": [
            offer_answer(offer) for offer in await recent_offers(call.hass, target)
        ]
    }


async def async_get_orders(call: ServiceCall) -> ServiceResponse:
    """Answer the orders of a line or of a whole account, newest first."""
    entry, keys = await _whose(call)
    orders = await _orders(call, keys)
    devices = _devices(call.hass, entry)
    return {
        "orders": [
            past_order_answer(order, devices.get(order.line_key)) for order in orders
        ]
    }


async def _whose(call: ServiceCall) -> tuple[EsimTopupConfigEntry, dict[str, str]]:
    """Return the account, and by which key its orders are looked up."""
    named = {key for key in (ATTR_DEVICE_ID, ATTR_CONFIG_ENTRY_ID) if key in call.data}
    if named == {ATTR_DEVICE_ID}:
        target = await resolve_line(call.hass, call.data[ATTR_DEVICE_ID])
        return target.entry, {"line_key": target.line.key}
    if named == {ATTR_CONFIG_ENTRY_ID}:
        entry = await resolve_account(call.hass, call.data[ATTR_CONFIG_ENTRY_ID])
        return entry, {"account_key": entry.runtime_data.account_key}
    raise invalid("line_or_account")


async def _orders(call: ServiceCall, keys: dict[str, str]) -> list[Order]:
    try:
        return await call.hass.data[DATA_ENGINE].orders(
            **keys, limit=call.data[ATTR_LIMIT]
        )
    except BookLocked as err:
        raise failed("book_locked") from err


@callback
def _devices(hass: HomeAssistant, entry: EsimTopupConfigEntry) -> dict[str, str]:
    """Return the device of each line that is set up now, by the name that the order book has for it."""
    registry = dr.async_get(hass)
    found = {
        line.key: registry.async_get_device_by_identifier(
            (DOMAIN, line.registry_key), entry.entry_id
        )
        for line in entry.runtime_data.lines.values()
    }
    return {key: device.id for key, device in found.items() if device is not None}
