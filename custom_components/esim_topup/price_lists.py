"""Which lines' offers somebody wants to see, when each list was last asked for, and one request for all who ask at once."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util

from .const import OFFERS_MAX_AGE
from .models import LineConfig
from .providers.base import Offer, Provider
from .providers.errors import ProviderError, Unreachable

RETRY_AFTER: Final = timedelta(hours=1)
"""A price list that could not be read is no emergency."""


class PriceLists:
    """Asks for offers only where somebody looks at them, and seldom: it is one request per line."""

    def __init__(self, provider: Provider) -> None:
        """Ask this provider."""
        self._provider = provider
        self._wanted: Counter[str] = Counter()
        self._due: dict[str, datetime] = {}
        self._asked_at: dict[str, datetime] = {}
        """By line key: when the list that is known was read."""
        self._asking: dict[str, asyncio.Task[tuple[Offer, ...]]] = {}

    @callback
    def async_want(self, line_key: str) -> CALLBACK_TYPE:
        """Keep the offers of a line fresh until the returned function is called."""
        self._wanted[line_key] += 1

        @callback
        def stop() -> None:
            self._wanted[line_key] -= 1

        return stop

    async def async_fetch(
        self, lines: Iterable[LineConfig]
    ) -> dict[str, tuple[Offer, ...]]:
        """Return the offers of those lines for which it is time. A list that cannot be read spoils nothing else."""
        found: dict[str, tuple[Offer, ...]] = {}
        now = dt_util.utcnow()
        for line in lines:
            if not self._is_wanted(line) or now < self._due.get(line.key, now):
                continue
            self._due[line.key] = now + RETRY_AFTER
            with suppress(ProviderError):
                found[line.key] = await self.async_ask(line)
        return found

    async def async_ask(self, line: LineConfig) -> tuple[Offer, ...]:
        """Return what is sold for a line right now. Raises `ProviderError`.

        Whoever asks while another one waits for the answer gets the same: twenty calls at once are one request. One of
        them that gives up takes nothing away from the others.
        """
        if (asking := self._asking.get(line.key)) is None:
            asking = asyncio.create_task(self._ask(line))
            self._asking[line.key] = asking
            asking.add_done_callback(lambda done: self._answered(line.key, done))
        await asyncio.wait((asking,))
        if asking.cancelled():
            raise Unreachable(sent=False)
        return asking.result()

    def is_younger(self, line_key: str, age: timedelta) -> bool:
        """Say whether the list of a line was read less than that long ago."""
        asked_at = self._asked_at.get(line_key)
        return asked_at is not None and dt_util.utcnow() - asked_at < age

    @callback
    def async_stop(self) -> None:
        """Wait for no answer any more."""
        for asking in self._asking.values():
            asking.cancel()

    async def _ask(self, line: LineConfig) -> tuple[Offer, ...]:
        offers = tuple(await self._provider.offers(line.line))
        now = dt_util.utcnow()
        self._asked_at[line.key], self._due[line.key] = now, now + OFFERS_MAX_AGE
        return offers

    def _answered(self, line_key: str, asking: asyncio.Task[tuple[Offer, ...]]) -> None:
        del self._asking[line_key]
        # Looked at here too: a failure that nobody waits for any more would be written to the log, whatever is in it.
        asking.cancelled() or asking.exception()

    def _is_wanted(self, line: LineConfig) -> bool:
        """Whether somebody looks at the offers, or the rule needs the price of its package."""
        return self._wanted[line.key] > 0 or line.rule.offer_id is not None
