"""eSIM Top-up: keeps prepaid SIMs and eSIMs alive. Set-up, unload, wiring; nothing else."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .const import (
    CONF_ACCOUNT_ID,
    CONF_BOOK_ID,
    CONF_CREDENTIALS,
    CONF_CURRENCY,
    CONF_PROVIDER,
    DOMAIN,
    LIVE_FIELDS,
    SUBENTRY_LINE,
)
from .coordinator import AccountCoordinator, AccountRuntime, EsimTopupConfigEntry
from .credentials import resolve_credentials
from .house import DATA_HOUSE, House, async_get_house
from .models import LineConfig, line_config
from .orders.engine import Engine
from .orders.keys import account_key
from .orders.links import AccountLink, LineLink
from .providers import create_provider, load_info
from .providers.base import Provider
from .providers.errors import ProviderError
from .services import async_setup_services
from .session import async_get_session

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions: they exist, and explain themselves, also while no account is loaded."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: EsimTopupConfigEntry) -> bool:
    """Set up one account: its provider, its place at the engine, its entities."""
    house = await _async_house(hass, entry)
    provider = await _async_provider(hass, entry)
    key = _account_key(entry)
    lines = _lines(entry)
    # Before the first refresh: orders of before the restart are looked up, and shown, even while a balance cannot be read.
    _attach(house.engine, entry, key, provider, lines)
    await house.engine.refresh(key)
    titles = {line.key: line.title for line in lines.values()}
    house.issues.async_introduce(key, titles)
    coordinator = AccountCoordinator(hass, entry, provider, key, lines)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = AccountRuntime(
        provider=provider,
        account_key=key,
        currency=entry.data[CONF_CURRENCY],
        coordinator=coordinator,
        lines=lines,
    )
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.add_update_listener(_Reloader(entry)))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: EsimTopupConfigEntry) -> bool:
    """Unload an account. What is in flight goes on: it belongs to the engine."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: EsimTopupConfigEntry) -> None:
    """Forget an account; its orders stay in the book, so that limits cannot be reset by adding it anew."""
    house = hass.data.get(DATA_HOUSE)
    if house is not None:
        house.engine.detach(_account_key(entry))
        house.issues.async_forget(_account_key(entry))


async def _async_house(hass: HomeAssistant, entry: EsimTopupConfigEntry) -> House:
    house = await async_get_house(hass, entry.data.get(CONF_BOOK_ID))
    witness = house.engine.witness
    if witness is not None and entry.data.get(CONF_BOOK_ID) != witness.book_id:
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_BOOK_ID: witness.book_id}
        )
    return house


async def _async_provider(hass: HomeAssistant, entry: EsimTopupConfigEntry) -> Provider:
    """Return the provider of an account. Raises a translated `ConfigEntryError` if what is stored cannot be used."""
    key = entry.data[CONF_PROVIDER]
    credentials = resolve_credentials(hass, key, entry.data[CONF_CREDENTIALS])
    try:
        await hass.async_add_import_executor_job(load_info, key)
        return create_provider(key, credentials, async_get_session(hass))
    except (ProviderError, ValueError) as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="credentials_unusable"
        ) from err


def _account_key(entry: EsimTopupConfigEntry) -> str:
    return account_key(entry.data[CONF_PROVIDER], entry.data[CONF_ACCOUNT_ID])


def _lines(entry: EsimTopupConfigEntry) -> dict[str, LineConfig]:
    return {
        subentry.subentry_id: line_config(entry, subentry)
        for subentry in entry.subentries.values()
        if subentry.subentry_type == SUBENTRY_LINE
    }


def _attach(
    engine: Engine,
    entry: EsimTopupConfigEntry,
    key: str,
    provider: Provider,
    lines: Mapping[str, LineConfig],
) -> None:
    links = {
        config.key: LineLink(line=config.line, limits=config.limits)
        for config in lines.values()
    }
    currency = entry.data[CONF_CURRENCY]
    engine.attach(
        AccountLink(key=key, provider=provider, currency=currency, lines=links)
    )


class _Reloader:
    """Decides what a change of the entry means: a rule that is edited live is taken over, anything else is a reload."""

    def __init__(self, entry: EsimTopupConfigEntry) -> None:
        self._frame = _frame(entry)

    async def __call__(self, hass: HomeAssistant, entry: EsimTopupConfigEntry) -> None:
        if _frame(entry) != self._frame:
            hass.config_entries.async_schedule_reload(entry.entry_id)
            return
        for subentry in entry.subentries.values():
            if subentry.subentry_type == SUBENTRY_LINE:
                entry.runtime_data.update_line(subentry)


def _frame(entry: EsimTopupConfigEntry) -> dict[str, Any]:
    """Return everything of an entry that its entities and its place at the engine are built from."""
    return {
        "data": {
            key: value for key, value in entry.data.items() if key != CONF_BOOK_ID
        },
        "options": dict(entry.options),
        "title": entry.title,
        "lines": {key: _line_frame(sub) for key, sub in entry.subentries.items()},
    }


def _line_frame(subentry: ConfigSubentry) -> dict[str, Any]:
    fixed = {
        key: value for key, value in subentry.data.items() if key not in LIVE_FIELDS
    }
    return {**fixed, "title": subentry.title}
