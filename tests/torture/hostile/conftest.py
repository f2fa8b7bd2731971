"""What the tests of hostile answers share."""

from collections.abc import Iterator

import pytest

from custom_components.esim_topup.orders import store
from tests.orders.world import CountingExecutor


@pytest.fixture(autouse=True)
def fixture_threads_end(verify_cleanup: None) -> Iterator[None]:
    """Wait for the book's thread: closing it does not, and Home Assistant's own fixture looks for threads afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "ThreadPoolExecutor", CountingExecutor)
        yield
    CountingExecutor.end_all()
