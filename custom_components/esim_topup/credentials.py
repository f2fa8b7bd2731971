"""From stored credentials to those that a provider works with."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant

DEMO: Final = "demo"
DEMO_BOOKS: Final = "esim_topup.demo.db"
CONF_BOOKS: Final = "books"


def resolve_credentials(
    hass: HomeAssistant, provider_key: str, credentials: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return what `create_provider` takes.

    Of the demo operator's books only the file's name is stored, so that a configuration can be moved or restored
    elsewhere; a whole path stays as it is. Other providers' credentials mean the same everywhere.
    """
    if provider_key != DEMO:
        return credentials
    books = hass.config.path(".storage", credentials.get(CONF_BOOKS) or DEMO_BOOKS)
    return {**credentials, CONF_BOOKS: books}
