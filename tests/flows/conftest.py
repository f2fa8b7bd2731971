"""What the tests of the flows share."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from custom_components import esim_topup
from custom_components.esim_topup.credentials import DEMO_BOOKS
from tests.operator.app import start_operator
from tests.operator.client import OperatorControl

from .paper import paper

__all__ = ["paper"]


@pytest.fixture(autouse=True)
def no_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set accounts up for real, but without their entities: other tests look at those."""
    monkeypatch.setattr(esim_topup, "PLATFORMS", [])


@pytest.fixture
def books(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Let everything be stored in a folder of the test; return where the demo operator keeps its books."""
    hass.config.config_dir = str(tmp_path)
    (tmp_path / ".storage").mkdir()
    return tmp_path / ".storage" / DEMO_BOOKS


@dataclass(frozen=True)
class Operator:
    """An operator on this machine: where it is, and what controls it."""

    base_url: str
    control: OperatorControl


@pytest.fixture
async def operator(
    hass: HomeAssistant, books: Path, tmp_path: Path
) -> AsyncIterator[Operator]:
    """Run an operator that the custom HTTP API can be described for."""
    async with start_operator(tmp_path / "operator.db") as running:
        control = OperatorControl(running.base_url)
        yield Operator(running.base_url, control)
        await control.close()
