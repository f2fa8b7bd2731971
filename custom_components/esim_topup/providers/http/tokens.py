"""Access tokens: fetched when needed, kept until shortly before they expire, never fetched twice at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Final

# A token that expires on the way is refused: so much earlier it counts as expired, at most.
_MARGIN: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token as the provider gave it."""

    value: str = field(repr=False)
    lifetime: timedelta
    """Counted from the moment it was asked for."""


class TokenCache:
    """Gives everybody the same token. A fetch that fails is not remembered: the next caller tries again."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Token]],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Take how to fetch a token (raises `ProviderError`), and a clock in seconds that never jumps."""
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value: str | None = None
        self._good_until = 0.0

    async def get(self) -> str:
        """Return a token that is good for a moment at least. Raises what the fetch raises."""
        async with self._lock:
            if self._value is None or self._clock() >= self._good_until:
                asked_at = self._clock()
                token = await self._fetch()
                self._value = token.value
                # A short-lived token keeps nine tenths of its life.
                usable = max(token.lifetime - _MARGIN, token.lifetime * 0.9)
                self._good_until = asked_at + usable.total_seconds()
            return self._value

    def forget(self, value: str) -> None:
        """Drop a token that the provider refused; a newer one stays."""
        if self._value == value:
            self._value = None
