"""What the tests of `orders` share. They need nothing of Home Assistant, and nothing of our side of it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
import importlib
from pathlib import Path
import sys
from types import ModuleType

import pytest


def _let_the_room_stand_alone() -> None:
    """Where the integration around it cannot be imported, its package is only the folder that `orders` lies in."""
    name = "custom_components.esim_topup"
    with suppress(Exception):
        importlib.import_module(name)
        return
    package = ModuleType(name)
    package.__path__ = [
        str(Path(__file__).parents[2] / "custom_components" / "esim_topup")
    ]
    sys.modules[name] = package


_let_the_room_stand_alone()

from custom_components.esim_topup.orders import store as store_module  # noqa: E402

from .world import CountingExecutor, World  # noqa: E402


@pytest.fixture(autouse=True)
def counting() -> Iterator[None]:
    """Let tests see when the book's thread has nothing left to do, and wait for its end."""
    with (
        pytest.MonkeyPatch.context() as patch
    ):  # a test that undoes its own patches keeps this one
        patch.setattr(store_module, "ThreadPoolExecutor", CountingExecutor)
        yield
    CountingExecutor.end_all()


@pytest.fixture
def enable_event_loop_debug() -> None:
    """Leave asyncio's debug mode off: it takes more than half of the time here."""


@pytest.fixture
def kind() -> str:
    """The class of the provider; a test may ask for others."""
    return "L"


@pytest.fixture
async def world(tmp_path: Path, kind: str) -> AsyncIterator[World]:
    """A started house. Whatever its story was, the promises are looked at in the end."""
    world = World(tmp_path, kind)
    await world.boot()
    yield world
    await world.settle()
    await world.engine.stop(timedelta())
    world.check()
