"""Names of the actions and their fields, and what each field may hold.

Amounts are taken as they come, and which fields exclude each other is looked at later: what is wrong with them is said in a
translated text, which a schema cannot do.
"""

from typing import Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.helpers import config_validation as cv, selector
import voluptuous as vol

from ..const import DOMAIN

SERVICE_RECHARGE: Final = "recharge"
SERVICE_PREVIEW_RECHARGE: Final = "preview_recharge"
SERVICE_GET_OFFERS: Final = "get_offers"
SERVICE_GET_ORDERS: Final = "get_orders"

ATTR_AMOUNT: Final = "amount"
ATTR_OFFER_ID: Final = "offer_id"
ATTR_CURRENCY: Final = "currency"
ATTR_ONLY_BELOW: Final = "only_below"
ATTR_FORCE: Final = "force"
ATTR_REQUEST_ID: Final = "request_id"
ATTR_LIMIT: Final = "limit"

# The longest id of a package that a provider is known to have is a tenth of it.
_OFFER_ID_LENGTH: Final = 200
# A name, not a text: it is kept with the order.
_REQUEST_ID_LENGTH: Final = 64

_ORDERS_DEFAULT: Final = 20
# One answer of this size is some 60 kB: more than a template wants, less than what makes a phone wait.
_ORDERS_MAX: Final = 200

_DEVICE: Final = selector.DeviceSelector({"filter": {"integration": DOMAIN}})
_LINE: Final = {vol.Required(ATTR_DEVICE_ID): _DEVICE}

_WISH: Final = _LINE | {
    vol.Optional(ATTR_AMOUNT): object,
    vol.Optional(ATTR_OFFER_ID): vol.All(cv.string, vol.Length(max=_OFFER_ID_LENGTH)),
    vol.Optional(ATTR_CURRENCY): cv.string,
    vol.Optional(ATTR_ONLY_BELOW): object,
    vol.Optional(ATTR_FORCE, default=False): cv.boolean,
}

PREVIEW_SCHEMA: Final = vol.Schema(_WISH)

RECHARGE_SCHEMA: Final = PREVIEW_SCHEMA.extend(
    {
        vol.Optional(ATTR_REQUEST_ID): vol.All(
            cv.string, vol.Length(min=1, max=_REQUEST_ID_LENGTH)
        )
    }
)

OFFERS_SCHEMA: Final = vol.Schema(_LINE)

ORDERS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(ATTR_DEVICE_ID): _DEVICE,
        vol.Optional(ATTR_CONFIG_ENTRY_ID): selector.ConfigEntrySelector(
            {"integration": DOMAIN}
        ),
        vol.Optional(ATTR_LIMIT, default=_ORDERS_DEFAULT): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=_ORDERS_MAX)
        ),
    }
)
