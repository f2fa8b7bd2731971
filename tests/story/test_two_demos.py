"""Two demos at once leave each other alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import socket

from demo import show
from demo.house import House, HouseError, free_port
import pytest


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """The folders that were made anew; no Home Assistant is started in them."""
    folders: list[Path] = []

    @asynccontextmanager
    async def stopped(folder: Path, port: int) -> AsyncIterator[House]:
        raise HouseError("not started")
        yield

    monkeypatch.setattr(show, "ROOT", tmp_path)
    monkeypatch.setattr(show, "prepare", lambda folder, port: folders.append(folder))
    monkeypatch.setattr(show, "running", stopped)
    return folders


async def test_each_port_has_its_own_folder(
    prepared: list[Path], tmp_path: Path
) -> None:
    """The second one must not clear away what the first one stands on."""
    ports = [free_port(), free_port()]
    for port in ports:
        with pytest.raises(HouseError, match="not started"):
            await show.show(port)
    assert prepared == [tmp_path / ".cache" / f"demo-{port}" for port in ports]


@pytest.mark.usefixtures("socket_enabled")
async def test_a_port_that_is_taken_is_said_before_anything_is_touched(
    prepared: list[Path],
) -> None:
    """It is most likely the first demo that listens there."""
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(HouseError, match=f"port {port} is taken.*--port"):
            await show.show(port)
    assert prepared == []
