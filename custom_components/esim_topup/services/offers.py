"""What is sold for a line: from memory where that will do, asked anew where it will not.

Nothing here is the last word: the engine looks at the offer once more, just before it pays.
"""

from collections.abc import Sequence
from datetime import timedelta
import logging
from typing import Final

from homeassistant.core import HomeAssistant

from ..providers.base import Offer
from ..providers.errors import AuthenticationFailed, ProviderError
from .errors import not_asked, not_understood
from .resolve import LineTarget

_LOGGER = logging.getLogger(__name__)

_RECENT: Final = timedelta(minutes=5)
"""A dashboard that asks at each look, or somebody who may only look, must not use an operator's patience up."""


async def known_offers(hass: HomeAssistant, target: LineTarget) -> Sequence[Offer]:
    """Return what the provider sold when it was last asked; it is asked where nobody has done so yet."""
    return await _offers(hass, target, None)


async def recent_offers(hass: HomeAssistant, target: LineTarget) -> Sequence[Offer]:
    """Return what the provider sold some minutes ago at most."""
    return await _offers(hass, target, _RECENT)


async def fresh_offers(hass: HomeAssistant, target: LineTarget) -> Sequence[Offer]:
    """Return what the provider sells right now."""
    return await _offers(hass, target, timedelta())


async def _offers(
    hass: HomeAssistant, target: LineTarget, max_age: timedelta | None
) -> Sequence[Offer]:
    """Return the offers, not older than that. Raises `HomeAssistantError` where the provider has no answer."""
    account = target.account
    try:
        return await account.coordinator.async_offers(target.line, max_age)
    except ProviderError as err:
        if isinstance(err, AuthenticationFailed):
            target.entry.async_start_reauth(hass)
        raise not_asked(err) from err
    except Exception as err:  # noqa: BLE001 - a provider's module that breaks must not show its caller what it was reading
        _LOGGER.error(
            "The provider %s failed to list its offers: %s",
            account.provider.info.key,
            type(err).__name__,
        )
        raise not_understood() from None
