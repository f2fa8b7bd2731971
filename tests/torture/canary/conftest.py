"""A house before its first account, with everything that keeps or shows something."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.esim_topup.house import DATA_ENGINE
from custom_components.esim_topup.providers.base import Dedupe
from tests.operator.app import start_operator
from tests.operator.client import OperatorControl
from tests.torture.callers.conftest import threads_end  # noqa: F401 - a fixture

from .aviary import Birds, seed
from .ear import Ear
from .life import EVERYTHING, House

CLASSES = (Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY, Dedupe.NONE)


@pytest.fixture(
    params=CLASSES if EVERYTHING else CLASSES[:1], ids=lambda dedupe: dedupe.value
)
def dedupe(request: pytest.FixtureRequest) -> Dedupe:
    """The class of the provider."""
    kind: Dedupe = request.param
    return kind


@pytest.fixture
async def house(
    recorder_mock: object,
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    dedupe: Dedupe,
) -> AsyncIterator[House]:
    """A house before its first account, with everything that keeps or shows something."""
    hass.config.config_dir = str(tmp_path)
    (tmp_path / ".storage").mkdir()
    birds, ear = Birds(), Ear(hass, tmp_path, caplog, hass_storage)
    ear.begin(monkeypatch)
    for component in (
        "persistent_notification",
        "logbook",
        "system_log",
        "trace",
        "config",
        "repairs",
    ):
        assert await async_setup_component(hass, component, {component: {}})
    async with (
        start_operator(tmp_path / "operator.db", seed=seed(birds)) as server,
        OperatorControl(server.base_url) as operator,
    ):
        await operator.behave(
            idempotency="replay" if dedupe is Dedupe.KEY else "off",
            lookup=dedupe in (Dedupe.KEY, Dedupe.LOOKUP),
            history=dedupe is not Dedupe.NONE,
            history_references=dedupe is not Dedupe.HISTORY,
        )
        yield House(hass, server, operator, birds, ear, dedupe)
        if DATA_ENGINE in hass.data:
            await hass.data[DATA_ENGINE].stop()
