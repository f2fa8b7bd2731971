"""What these tests share."""

from collections.abc import Iterator

import pytest
from torture.simulation.seeds import Table, table


@pytest.fixture(scope="module")
def worlds() -> Iterator[Table]:
    """Where seeds are played, in this process."""
    with table() as where:
        yield where
