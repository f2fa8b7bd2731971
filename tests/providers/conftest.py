"""What the tests of all providers share."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from .web import Api, api_server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A session as Home Assistant would inject it, without the cookies of others."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """A server that answers what the test tells it."""
    async with api_server() as api:
        yield api
