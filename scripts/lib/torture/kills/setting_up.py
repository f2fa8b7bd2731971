"""Inside of the very first Home Assistant: makes a user, adds the account and its line, and stops in good order."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
import json
from pathlib import Path
import sys
from types import MappingProxyType
from typing import Any, Final

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.auth.models import TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigSubentryData
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr

from custom_components.esim_topup.const import DOMAIN, SUBENTRY_LINE

from .child import Visit
from .operator import LINE

_NAME: Final = "Phone"

COOLDOWN_HOURS: Final = 6

LIMITS: Final = {
    "per_order": "400",
    "line_month": "900",
    "account_day": "700",
    "account_month": "900",
    "account_rolling": "900",
    "cooldown_hours": COOLDOWN_HOURS,
}

_LINE: Final = {
    "line_id": LINE,
    "kind": "msisdn",
    "number": "+79161234567",
    "balance_below": "50",
    "amount": "300",
}


def settler(folder: Path, description: Mapping[str, Any]) -> Visit:
    """Return what sets everything up once Home Assistant has started, and leaves `prepared.json` in the folder."""
    loaded = set(sys.modules)

    def visit(hass: HomeAssistant) -> None:
        async def started(_: Event) -> None:
            facts = await _set_up(hass, description)
            (folder / "prepared.json").write_text(json.dumps(facts))
            (folder / "modules.json").write_text(
                json.dumps(sorted(set(sys.modules) - loaded))
            )
            asyncio.get_running_loop().call_soon(
                hass.async_create_task, hass.async_stop()
            )

        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, started)

    return visit


async def _set_up(
    hass: HomeAssistant, description: Mapping[str, Any]
) -> dict[str, str]:
    user = await hass.auth.async_create_user("Admin", group_ids=[GROUP_ID_ADMIN])
    refresh = await hass.auth.async_create_refresh_token(
        user,
        client_name="torture",
        token_type=TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
        access_token_expiration=timedelta(days=365),
    )
    entry = _entry(description)
    await hass.config_entries.async_add(entry)
    await hass.async_block_till_done()
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    line = next(device for device in devices if device.name == _NAME)
    return {
        "token": hass.auth.async_create_access_token(refresh),
        "user_id": user.id,
        "device_id": line.id,
        "entry_id": entry.entry_id,
    }


def _entry(description: Mapping[str, Any]) -> ConfigEntry[Any]:
    line = ConfigSubentryData(
        subentry_type=SUBENTRY_LINE, title=_NAME, unique_id=LINE, data=_LINE
    )
    return ConfigEntry(
        domain=DOMAIN,
        title="Operator",
        unique_id="rest_acct-1",
        data={
            "provider": "rest",
            "credentials": dict(description),
            "account_id": "acct-1",
            "currency": "RUB",
            "method_id": "card-1",
        },
        options=LIMITS,
        subentries_data=[line],
        source=SOURCE_USER,
        version=1,
        minor_version=1,
        discovery_keys=MappingProxyType({}),
    )
