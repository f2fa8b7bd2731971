"""The form of a provider's credentials. Which fields there are is data of the provider."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..providers.base import CredentialField

_PLAIN: Final = TextSelector()
_SECRET: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)


def credentials_schema(
    fields: Iterable[CredentialField], *, kept: Mapping[str, Any]
) -> vol.Schema:
    """Return the form. A secret that is kept may be left blank and is never sent to the browser."""
    schema: dict[vol.Marker, Any] = {}
    for field in fields:
        optional = not field.required or (field.secret and field.key in kept)
        marker = vol.Optional if optional else vol.Required
        schema[marker(field.key)] = _SECRET if field.secret else _PLAIN
    return vol.Schema(schema)


def plain_values(
    fields: Iterable[CredentialField], credentials: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what of the credentials may be shown again."""
    shown = {field.key for field in fields if not field.secret}
    return {key: value for key, value in credentials.items() if key in shown}


def renewed(
    fields: Iterable[CredentialField],
    credentials: Mapping[str, Any],
    user_input: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the credentials with what was typed; a plain field that was cleared is gone, a blank secret stays."""
    cleared = {field.key for field in fields if not field.secret}
    return {
        **{key: value for key, value in credentials.items() if key not in cleared},
        **user_input,
    }
