"""The house of the stories, with its operator over real HTTP, and a gate that holds an order where it is to be struck."""

from collections.abc import Iterator
import os
from pathlib import Path
import tempfile
import threading
from typing import Any, Final

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.providers.base import Dedupe, Line, LineKind
from tests.actions.conftest import line_subentry
from tests.operator.app import RunningOperator
from tests.providers.rest.operator_config import operator_config
from tests.story.conftest import (  # noqa: F401 - fixtures
    AMOUNT,
    LINE,
    THRESHOLD,
    dedupe,
    house,
    operator,
    server,
)

from .moments import PATIENCE, Gate, guard
from .ways import Doors

EVERYTHING: Final = os.environ.get("TORTURE") == "all"


@pytest.fixture(autouse=True)
def expected_lingering_timers(request: pytest.FixtureRequest) -> bool:
    """A page that is open while Home Assistant stops leaves its heartbeat behind: Home Assistant's own timer, not ours."""
    callspec = getattr(request.node, "callspec", None)
    cell = callspec.params if callspec is not None else {}
    return cell.get("way") == "WebSocket" and cell["event"].ends_process


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Both books in memory, where there is such a place: what a disk does to them is another layer's question."""
    memory = Path("/dev/shm")  # noqa: S108 - a directory of its own is made in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the loop's debugging off: noting a stack for every step is half of a cell's time."""


@pytest.fixture(autouse=True)
def threads_end(verify_cleanup: None) -> Iterator[None]:
    """Wait for the books' threads: closing a book does not, and Home Assistant's own fixture looks for threads afterwards."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("esim_topup_orders"):
            thread.join(PATIENCE)


@pytest.fixture
def options() -> dict[str, Any]:
    """The hard limits of the account."""
    return {"per_order": "1000.00", "account_month": "3000.00", "cooldown_hours": 6}


@pytest.fixture
def threshold() -> str:
    """Below what the line is low."""
    return THRESHOLD


@pytest.fixture
def entry(
    server: RunningOperator,  # noqa: F811 - a fixture
    dedupe: Dedupe,  # noqa: F811 - a fixture
    options: dict[str, Any],
    threshold: str,
) -> MockConfigEntry:
    """The account of the stories, under the id that its operator answers with: only then can it be reconfigured."""
    line = Line(
        id=LINE, kind=LineKind.MSISDN, number="+79161234567", name="Travel phone"
    )
    account_id = f"127.0.0.1:{server.port}:acct-1"
    return MockConfigEntry(
        domain=DOMAIN,
        title="Custom HTTP API",
        unique_id=f"rest_{account_id}",
        data={
            "provider": "rest",
            "credentials": operator_config(server.base_url, dedupe),
            "account_id": account_id,
            "currency": "RUB",
            "method_id": "wallet",
        },
        options=options,
        subentries_data=[line_subentry(line, balance_below=threshold, amount=AMOUNT)],
    )


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The gate, in its place. In the end it is open, whatever went wrong."""
    gate = Gate()
    guard(gate, monkeypatch)
    yield gate
    gate.opened.set()


@pytest.fixture
def doors(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> Doors:
    """What leads into Home Assistant."""
    return Doors(hass, hass_client, hass_ws_client)


@pytest.fixture
def strikes(record_property: Any) -> Any:
    """Say that a fault really struck."""

    def strikes(fault: str, way: str | None = None) -> None:
        record_property("fault", fault)
        if way is not None:
            record_property("counted", (f"calls over {way}", 1))

    return strikes
