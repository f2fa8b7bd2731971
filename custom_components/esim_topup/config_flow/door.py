"""The one door to a provider for all flows: who asks gets the answer or the form's errors, never an exception."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant

from ..const import CONF_NUMBER
from ..credentials import resolve_credentials
from ..providers import create_provider
from ..providers.base import Account, Line, Offer, Provider, Reading
from ..providers.errors import (
    AuthenticationFailed,
    LineUnknown,
    MalformedAnswer,
    NotPermitted,
    NotSupported,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
)
from ..session import async_get_session

_LOGGER = logging.getLogger(__name__)


class InvalidCredentials(ProviderError):
    """The credentials cannot even be tried: a provider says so before any request."""

    code = "invalid_credentials"


_LINE_UNKNOWN: Final = "line_unknown"
_UNKNOWN: Final = "unknown"

_FORM_KEYS: Final[Mapping[type[Exception], str]] = {
    AuthenticationFailed: "invalid_auth",
    NotPermitted: "not_permitted",
    LineUnknown: _LINE_UNKNOWN,
    RateLimited: "rate_limited",
    Refused: "refused",
    Unreachable: "cannot_connect",
    MalformedAnswer: "malformed_answer",
    NotSupported: "not_supported",
    InvalidCredentials: "invalid_credentials",
    ProviderError: "provider_error",
}
"""The text for each cause says what to do next. A subclass has the text of its nearest ancestor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A provider that has proven its credentials, and the account it showed for them."""

    provider: Provider
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Why there is no answer: the key of the form's error, and the provider's own short code for its text."""

    form_key: str
    code: str

    @property
    def errors(self) -> dict[str, str]:
        """The form's errors."""
        return {"base": self.form_key}

    @property
    def line_errors(self) -> dict[str, str]:
        """The errors of a form in which a line was typed: a line that does not exist is a mistake in its number."""
        return (
            {CONF_NUMBER: self.form_key}
            if self.form_key == _LINE_UNKNOWN
            else self.errors
        )


async def async_ask[T](key: str, question: Awaitable[T]) -> T | Closed:
    """Return the answer to a question to the provider of this key, or why there is none."""
    try:
        return await question
    except ProviderError as err:
        form_key = next(
            _FORM_KEYS[kind] for kind in type(err).__mro__ if kind in _FORM_KEYS
        )
        return Closed(form_key=form_key, code=err.code)
    except Exception as err:  # noqa: BLE001 - a bug of one provider's module; people get a text, and something to report
        # Its name only: message and traceback can hold what the provider said, and what it was told.
        name = type(err).__name__
        _LOGGER.error("Provider %s failed with %s while it was set up", key, name)
        return Closed(form_key=_UNKNOWN, code=name)


async def async_open(
    hass: HomeAssistant, key: str, credentials: Mapping[str, Any]
) -> Opened | Closed:
    """Log in: create the provider and let it show its account."""
    return await async_ask(key, _open(hass, key, credentials))


async def async_read(provider: Provider, line: Line) -> Reading | Closed | None:
    """Read a line that was just chosen; `None` where the provider reads nothing."""
    info = provider.info
    if not info.capabilities.reads:
        return None
    return await async_ask(info.key, _read(provider, line))


async def async_offers(provider: Provider, line: Line) -> Sequence[Offer] | Closed:
    """Return what can be bought for a line; nothing where the provider has no list of it."""
    return await async_ask(provider.info.key, _offers(provider, line))


async def _read(provider: Provider, line: Line) -> Reading:
    result = (await provider.read([line])).get(line.id)
    if isinstance(result, ProviderError):
        raise result
    if result is None:
        raise LineUnknown
    return result


async def _offers(provider: Provider, line: Line) -> Sequence[Offer]:
    try:
        return await provider.offers(line)
    except NotSupported:
        return ()


async def _provider(
    hass: HomeAssistant, key: str, credentials: Mapping[str, Any]
) -> Provider:
    # The module may have to be imported: that happens in a thread.
    session = async_get_session(hass)
    resolved = resolve_credentials(hass, key, credentials)
    try:
        return await hass.async_add_executor_job(
            create_provider, key, resolved, session
        )
    except ValueError:
        raise InvalidCredentials from None


async def _open(
    hass: HomeAssistant, key: str, credentials: Mapping[str, Any]
) -> Opened:
    provider = await _provider(hass, key, credentials)
    return Opened(provider=provider, account=await provider.account())
