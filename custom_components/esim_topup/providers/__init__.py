"""The registry of providers: a provider joins by existing.

A provider is a module or package in this folder with two names at module level:

* `INFO: ProviderInfo`
* `create(credentials, session, *, base_url=None) -> Provider`, which makes no request and raises `ValueError` for
  credentials of a wrong shape

Importing this package imports no provider, and no HTTP client.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
import sys
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from .errors import ProviderError

if TYPE_CHECKING:
    import aiohttp

    from .base import Provider, ProviderInfo

# What the providers share, and no provider itself.
_HOUSE: Final = frozenset({"base", "errors", "http", "money"})

# It needs nothing, so a newcomer finds it first.
_FIRST: Final = "demo"


class UnknownProvider(ProviderError):
    """There is no provider of this name here: an account of a newer version, or of a provider that has been dropped."""

    code = "unknown_provider"


class _ProviderModule(Protocol):
    """What a module in this folder must offer to be a provider."""

    INFO: ProviderInfo

    def create(
        self,
        credentials: Mapping[str, Any],
        session: aiohttp.ClientSession,
        *,
        base_url: str | None = None,
    ) -> Provider:
        """Return the provider for one account."""
        ...


def provider_keys() -> tuple[str, ...]:
    """Return the keys of all providers: the demo operator first, then by name."""
    return _KEYS


def load_info(key: str) -> ProviderInfo:
    """Return what the provider is; `UnknownProvider` where there is none.

    The first call for a key imports that provider's module: keep it out of the event loop.
    """
    return _module(key).INFO


def create_provider(
    key: str,
    credentials: Mapping[str, Any],
    session: aiohttp.ClientSession,
    *,
    base_url: str | None = None,
) -> Provider:
    """Return the provider for one account; `UnknownProvider` where there is none. No request is made.

    The first call for a key imports that provider's module: keep it out of the event loop.
    """
    return _module(key).create(credentials, session, base_url=base_url)


def _module(key: str) -> _ProviderModule:
    # The key comes from a stored account: only what was found in this folder is ever imported.
    if key not in _KEYS:
        raise UnknownProvider
    # Asking for a module that is there already would still count as blocking work in the event loop.
    module = sys.modules.get(f"{__name__}.{key}") or import_module(f".{key}", __name__)
    return cast(_ProviderModule, module)


def _found(names: list[str]) -> tuple[str, ...]:
    """Return the providers among the modules of a folder, in the order in which they are shown."""
    providers = (
        name for name in names if name not in _HOUSE and not name.startswith("_")
    )
    return tuple(sorted(providers, key=lambda name: (name != _FIRST, name)))


# Looked up once, at import: a module is imported in a worker thread, while later calls come from the event loop.
_KEYS: Final = _found([module.name for module in iter_modules(__path__)])
