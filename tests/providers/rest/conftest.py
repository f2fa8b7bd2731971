"""What the tests of the custom HTTP API share."""

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from custom_components.esim_topup.providers.rest import RestProvider, create
from tests.providers.web import Api

from .description import description

type Make = Callable[..., RestProvider]


@pytest.fixture
def make(session: aiohttp.ClientSession, api: Api) -> Make:
    """Make the provider of the small API, with some parts of its description replaced."""

    def make(**more: Any) -> RestProvider:
        base_url = more.pop("base_url", api.base_url)
        return create(description(base_url, **more), session)

    return make
