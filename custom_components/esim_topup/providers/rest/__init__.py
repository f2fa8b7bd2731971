"""Custom HTTP API: any operator whose JSON API a person can describe.

The description says where to ask, what to send and, in JMESPath, where the answer stands. It is checked completely by
`parse_config`, and the dedupe class follows from it: an idempotency header K, a look-up by our reference L, a complete
history H, none of these N.

    config.py        the whole description         fields.py       one field of it, with its mistakes
    calls.py         the calls that look           order_calls.py  the calls around an order
    model.py         what a description means      expressions.py  JMESPath with exact numbers
    templates.py     placeholders                  pages.py        lists over several pages
    parse.py         answers to values             answers.py      answers about an order
    provider.py      the provider that it makes
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .._values import as_word
from ..base import Capabilities, CredentialField, Dedupe, ProviderInfo, ProviderKind
from ..http import AddressGuard, HttpClient, Json
from .config import parse_config
from .fields import RestConfigError
from .model import RestConfig
from .provider import RestProvider

if TYPE_CHECKING:
    from aiohttp import ClientSession

__all__ = [
    "INFO",
    "RestConfig",
    "RestConfigError",
    "RestProvider",
    "create",
    "parse_config",
]

INFO: Final = ProviderInfo(
    key="rest",
    name="Custom HTTP API",
    kind=ProviderKind.CUSTOM,
    capabilities=Capabilities(
        dedupe=Dedupe.NONE
    ),  # those of an account follow from its description
    credentials=(
        CredentialField(key="base_url", secret=False),
        CredentialField(key="auth_header", secret=False, required=False),
        CredentialField(key="auth_value", required=False),
    ),
)


def create(
    credentials: Mapping[str, Any],
    session: ClientSession,
    *,
    base_url: str | None = None,
) -> RestProvider:
    """Return the provider that the stored description makes; `base_url` replaces the one in it.

    Raises `RestConfigError` (a `ValueError`) for a description with a mistake. No request is made.
    """
    config = parse_config(
        credentials if base_url is None else {**credentials, "base_url": base_url}
    )

    def error_code(body: Json) -> str | None:
        try:
            return (
                None
                if config.error_code is None
                else as_word(config.error_code.search(body))
            )
        except ValueError:
            return None

    client = HttpClient(
        session,
        config.base_url,
        headers=config.headers,
        error_code=error_code,
        allow_http=config.allow_local_http,
        guard=AddressGuard(allow_local=config.allow_local_http),
    )
    return RestProvider(INFO, config, client)
