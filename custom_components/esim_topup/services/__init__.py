"""The actions: what automations, scripts and people may ask for.

    recharge          pay for a line; administrators and automations only
    preview_recharge  what would `recharge` do right now?
    get_offers        what can be bought for a line?
    get_orders        what was bought?

Limits, approvals and unlocking are no actions: an automation or an assistant must not be able to widen its own leash.

    fields.py    names and schemas
    resolve.py   from a device to a line, with a reason per cause
    amounts.py   from what was typed to money
    wish.py      from line, amount and offers to what the engine takes
    errors.py    from a refusal or failure to a translated error
    answers.py   from orders, offers and verdicts to response data
    recharge.py  the actions about paying
    queries.py   the actions that only tell
"""

from homeassistant.core import HomeAssistant, SupportsResponse, callback
from homeassistant.helpers import service

from ..const import DOMAIN
from .fields import (
    OFFERS_SCHEMA,
    ORDERS_SCHEMA,
    PREVIEW_SCHEMA,
    RECHARGE_SCHEMA,
    SERVICE_GET_OFFERS,
    SERVICE_GET_ORDERS,
    SERVICE_PREVIEW_RECHARGE,
    SERVICE_RECHARGE,
)
from .queries import async_get_offers, async_get_orders
from .recharge import async_preview, async_recharge


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    service.async_register_admin_service(
        hass,
        DOMAIN,
        SERVICE_RECHARGE,
        async_recharge,
        RECHARGE_SCHEMA,
        SupportsResponse.OPTIONAL,
    )
    for name, answer, schema in (
        (SERVICE_PREVIEW_RECHARGE, async_preview, PREVIEW_SCHEMA),
        (SERVICE_GET_OFFERS, async_get_offers, OFFERS_SCHEMA),
        (SERVICE_GET_ORDERS, async_get_orders, ORDERS_SCHEMA),
    ):
        hass.services.async_register(
            DOMAIN, name, answer, schema, SupportsResponse.ONLY
        )
