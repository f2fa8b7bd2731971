"""The one HTTP session for all requests to providers."""

from typing import Final

from aiohttp import ClientSession, DummyCookieJar
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

_DATA_SESSION: Final[HassKey[ClientSession]] = HassKey(f"{DOMAIN}.session")


@callback
def async_get_session(hass: HomeAssistant) -> ClientSession:
    """Return the session, which lives as long as Home Assistant.

    It is not Home Assistant's own: two accounts at one operator must not share a log-in by cookie. And it is not an
    entry's: that would be taken away at a reload, from under an order in flight.
    """
    if _DATA_SESSION not in hass.data:
        session = async_create_clientsession(
            hass, auto_cleanup=False, cookie_jar=DummyCookieJar()
        )
        hass.data[_DATA_SESSION] = session

        @callback
        def detach(_: Event) -> None:
            session.detach()

        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, detach)
    return hass.data[_DATA_SESSION]
