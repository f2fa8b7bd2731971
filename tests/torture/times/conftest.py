"""What the tests of time share."""

from collections.abc import Iterator
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from torture.times.oracle import same_rules_everywhere

from custom_components.esim_topup.orders import store
from tests.orders.world import CountingExecutor

EVERYTHING = os.environ.get("TORTURE") == "all"


@pytest.fixture(autouse=True)
def same_rules() -> Iterator[None]:
    """Let every machine have the same zones: those of the package `tzdata`."""
    with same_rules_everywhere():
        yield


@pytest.fixture(autouse=True)
def fixture_threads_end(verify_cleanup: None) -> Iterator[None]:
    """Wait for the book's thread: closing it does not, and Home Assistant's own fixture looks for threads afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "ThreadPoolExecutor", CountingExecutor)
        yield
    CountingExecutor.end_all()


@pytest.fixture
def enable_event_loop_debug() -> None:
    """Leave asyncio's debug mode off: it takes more than half of the time here."""


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of books need no real disk."""
    memory = Path("/dev/shm")  # noqa: S108 - a directory of its own is made in it
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
