"""What every way to an account shares: the provider, its credentials, and the account that answers to them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlow

from ..const import CONF_CREDENTIALS, CONF_PROVIDER
from ..providers import load_info
from ..providers.base import ProviderInfo
from .door import Closed, Opened, async_open
from .texts import NOTHING


class AccountFlow(ConfigFlow):
    """An account on its way into an entry, or back into its own."""

    _info: ProviderInfo
    _credentials: Mapping[str, Any]
    _opened: Opened
    _code: str = NOTHING
    """The provider's own short code at its last refusal."""

    @property
    def _placeholders(self) -> dict[str, str]:
        return {
            "provider": self._info.name,
            "docs": self._info.docs or NOTHING,
            "code": self._code,
        }

    async def _async_resume(self, entry_data: Mapping[str, Any]) -> None:
        """Take up the provider and the credentials of an entry."""
        key = entry_data[CONF_PROVIDER]
        self._info = await self.hass.async_add_executor_job(load_info, key)
        self._credentials = entry_data[CONF_CREDENTIALS]

    async def _async_log_in(self, credentials: Mapping[str, Any]) -> dict[str, str]:
        """Try the credentials; return the form's errors, none if they work."""
        answer = await async_open(self.hass, self._info.key, credentials)
        if isinstance(answer, Closed):
            return self._errors(answer)
        self._credentials, self._opened = credentials, answer
        return {}

    def _errors(self, closed: Closed) -> dict[str, str]:
        """Return the form's errors, and keep the code that their text names."""
        self._code = closed.code
        return closed.errors
