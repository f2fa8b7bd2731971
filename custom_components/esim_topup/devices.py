"""The devices: an account, and the lines that hang on it. Their names come from the user, with 4 digits at most."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo

from .const import DOMAIN
from .models import LineConfig
from .providers.base import LineKind, ProviderInfo

_MODELS: Final = {
    LineKind.ICCID: "eSIM",
    LineKind.MSISDN: "Phone line",
    LineKind.WALLET: "Wallet",
    LineKind.OTHER: "Line",
}


def account_device(title: str, account_key: str, provider: ProviderInfo) -> DeviceInfo:
    """Return the device of an account; its key is a digest, so that no number is in the registry."""
    return DeviceInfo(
        identifiers={(DOMAIN, account_key)},
        name=title,
        manufacturer=provider.name,
        model="Account",
        entry_type=DeviceEntryType.SERVICE,
        configuration_url=provider.docs,
    )


def line_device(
    line: LineConfig, provider: ProviderInfo, account_device_id: str
) -> DeviceInfo:
    """Return the device of a line, which hangs on that of its account."""
    return DeviceInfo(
        identifiers={(DOMAIN, line.registry_key)},
        name=line.title,
        manufacturer=provider.name,
        model=_MODELS[line.line.kind],
        via_device_id=account_device_id,
    )


@callback
def async_register_account(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    account_key: str,
    provider: ProviderInfo,
) -> str:
    """Make the account's device and return its id: lines hang on it, also where the account has no entity of its own."""
    info = account_device(entry.title, account_key, provider)
    return (
        dr.async_get(hass)
        .async_get_or_create(config_entry_id=entry.entry_id, **info)
        .id
    )
