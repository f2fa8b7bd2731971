"""What went wrong at a provider, as Home Assistant raises it: each cause has its own text, and no foreign word is in it."""

from typing import Final

from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import UpdateFailed

from .const import DOMAIN
from .providers.errors import (
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

_KEYS: Final[dict[type[ProviderError], str]] = {
    AuthenticationFailed: "authentication_failed",
    NotPermitted: "not_permitted",
    LineUnknown: "line_unknown",
    RateLimited: "provider_rate_limited",
    Refused: "provider_refused",
    Unreachable: "provider_unreachable",
    MalformedAnswer: "provider_malformed_answer",
    NotSupported: "not_supported",
}


def fault_key(error: ProviderError) -> str:
    """Return the key under `exceptions` of the text for an error."""
    return next(
        (key for kind, key in _KEYS.items() if isinstance(error, kind)),
        "provider_error",
    )


def read_failed(error: ProviderError) -> UpdateFailed | ConfigEntryAuthFailed:
    """Return what a failed look at the provider is to Home Assistant; both are translated `HomeAssistantError`s."""
    if isinstance(error, AuthenticationFailed):
        return ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key=fault_key(error)
        )
    wait = error.retry_after if isinstance(error, RateLimited) else None
    return UpdateFailed(
        retry_after=None if wait is None else wait.total_seconds(),
        translation_domain=DOMAIN,
        translation_key=fault_key(error),
        translation_placeholders={"code": error.code},
    )
