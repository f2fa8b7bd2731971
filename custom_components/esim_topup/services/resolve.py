"""From what an action names to a line or an account that is set up now."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, service

from ..const import DOMAIN
from ..coordinator import AccountRuntime, EsimTopupConfigEntry
from ..models import LineConfig
from .errors import invalid

SETUP_PATIENCE: Final = timedelta(seconds=30)
"""A provider that answers slowly makes a reload last about that long; whoever waits longer is told that it is not loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTarget:
    """The line that an action is about, with the account it belongs to."""

    entry: EsimTopupConfigEntry
    account: AccountRuntime
    line: LineConfig


async def resolve_line(hass: HomeAssistant, device_id: str) -> LineTarget:
    """Return the line of a device.

    Raises `ServiceValidationError`, with a key per cause: no such device, a device of another integration, an account
    that is not loaded, an account instead of a line, a line that is gone.
    """
    _, loading = dr.async_get_device_and_config_entry_for_domain(
        hass, device_id, domain=DOMAIN
    )
    await _settled(loading)
    device, entry = service.async_get_device_and_config_entry(hass, DOMAIN, device_id)
    account: AccountRuntime = entry.runtime_data
    keys = {key for domain, key in device.identifiers if domain == DOMAIN}
    for line in account.lines.values():
        if line.registry_key in keys:
            return LineTarget(entry=entry, account=account, line=line)
    if account.account_key in keys:
        name = device.name_by_user or device.name or device_id
        raise invalid("account_selected", device=name)
    raise invalid("refused_line_gone")


async def resolve_account(hass: HomeAssistant, entry_id: str) -> EsimTopupConfigEntry:
    """Return the account of a config entry. Raises `ServiceValidationError` where there is none or it is not loaded."""
    await _settled(hass.config_entries.async_get_entry(entry_id))
    entry: EsimTopupConfigEntry = service.async_get_config_entry(hass, DOMAIN, entry_id)
    return entry


async def _settled(entry: ConfigEntry | None) -> None:
    """Wait until a reload is over: the line's own sensor tells of a low balance while the account is still being set up."""
    if entry is None:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(SETUP_PATIENCE.total_seconds()), entry.setup_lock:
            return
