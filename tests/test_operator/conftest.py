"""An operator in the test's own event loop, a control client and a customer."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import ClientSession
import pytest

from tests.operator.app import RunningOperator, start_operator
from tests.operator.client import OperatorControl

from .customer import Customer


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[RunningOperator]:
    """Run an operator with the default seed."""
    async with start_operator(tmp_path / "books.db") as running:
        yield running


@pytest.fixture
async def control(operator: RunningOperator) -> AsyncIterator[OperatorControl]:
    """Control it."""
    async with OperatorControl(operator.base_url) as client:
        yield client


@pytest.fixture
async def customer(operator: RunningOperator) -> AsyncIterator[Customer]:
    """Buy from it."""
    async with ClientSession() as session:
        yield Customer(session, operator.base_url)
