"""Access tokens are fetched once per expiry."""

import asyncio
from datetime import timedelta

import pytest

from custom_components.esim_topup.providers.errors import Unreachable
from custom_components.esim_topup.providers.http import Token, TokenCache


class Issuer:
    """Gives out numbered tokens, and counts."""

    def __init__(self, *, lifetime: timedelta = timedelta(hours=1)) -> None:
        """Begin with no token given, at second 1000."""
        self.given = 0
        self.lifetime = lifetime
        self.now = 1000.0
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.cache = TokenCache(self.fetch, clock=lambda: self.now)

    async def fetch(self) -> Token:
        """Give the next token, or fail."""
        await self.gate.wait()
        if self.broken:
            raise Unreachable
        self.given += 1
        return Token(value=f"token-{self.given}", lifetime=self.lifetime)


async def test_twenty_readers_at_once_ask_for_one_token() -> None:
    """Airalo allows three token requests a minute."""
    issuer = Issuer()
    assert set(await asyncio.gather(*(issuer.cache.get() for _ in range(20)))) == {
        "token-1"
    }
    assert issuer.given == 1


async def test_a_token_is_replaced_before_it_expires() -> None:
    """One that expires on the way is refused."""
    issuer = Issuer(lifetime=timedelta(seconds=3600))
    await issuer.cache.get()
    issuer.now += 3539
    assert await issuer.cache.get() == "token-1"
    issuer.now += 1
    assert await issuer.cache.get() == "token-2"


async def test_the_life_of_a_token_begins_when_it_is_asked_for() -> None:
    """The provider's clock started before its answer arrived."""
    issuer = Issuer(lifetime=timedelta(seconds=3600))

    async def slow() -> Token:
        issuer.now += 50
        return await issuer.fetch()

    cache = TokenCache(slow, clock=lambda: issuer.now)
    await cache.get()
    issuer.now += 3489
    assert await cache.get() == "token-1"
    issuer.now += 1
    assert await cache.get() == "token-2"


async def test_a_short_lived_token_is_used_for_most_of_its_life() -> None:
    """A margin of a minute would fetch a one-minute token for each request."""
    issuer = Issuer(lifetime=timedelta(seconds=60))
    await issuer.cache.get()
    issuer.now += 53
    assert await issuer.cache.get() == "token-1"
    issuer.now += 1
    assert await issuer.cache.get() == "token-2"


async def test_a_fetch_that_failed_is_tried_again() -> None:
    """An outage of a second must not last until the next restart."""
    issuer = Issuer()
    issuer.broken = True
    with pytest.raises(Unreachable):
        await issuer.cache.get()
    issuer.broken = False
    assert await issuer.cache.get() == "token-1"


async def test_a_caller_that_gives_up_does_not_spoil_it_for_the_others() -> None:
    """A cancelled poll is an everyday thing."""
    issuer = Issuer()
    issuer.gate.clear()
    first = asyncio.create_task(issuer.cache.get())
    second = asyncio.create_task(issuer.cache.get())
    await asyncio.sleep(0)
    first.cancel()
    issuer.gate.set()
    assert await second == "token-1"
    assert issuer.given == 1


async def test_only_the_refused_token_is_forgotten() -> None:
    """Twenty answers of 401 to the old token must not throw the new one away."""
    issuer = Issuer()
    old = await issuer.cache.get()
    issuer.cache.forget(old)
    new = await issuer.cache.get()
    issuer.cache.forget(old)
    assert await issuer.cache.get() == new == "token-2"


async def test_a_token_is_not_shown() -> None:
    """It is as good as the key."""
    assert "CANARY" not in repr(Token(value="CANARY", lifetime=timedelta(hours=1)))
