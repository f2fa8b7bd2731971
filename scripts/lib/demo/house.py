"""A running Home Assistant: the process, and a client that talks to it as its own frontend does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import socket
import sys
from typing import Any, Final

import aiohttp

USER: Final = "demo"
PASSWORD: Final = "demo"

_START: Final = 180
"""Seconds for Home Assistant to answer. The very first start compiles all of its modules."""


class HouseError(Exception):
    """Home Assistant did not do what the demo asked; the text says what."""


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class House:
    """A client of a running Home Assistant."""

    url: str
    session: aiohttp.ClientSession
    process: asyncio.subprocess.Process
    token: str = ""

    async def rest(self, method: str, path: str, body: Any = None) -> Any:
        """Call the REST API. Raises `HouseError` with Home Assistant's own text."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.session.request(
            method, f"{self.url}{path}", json=body, headers=headers
        ) as answer:
            if answer.status >= 400:
                raise HouseError(
                    f"{method} {path}: {answer.status} {await answer.text()}"
                )
            return await answer.json()

    async def ask(self, kind: str, **message: Any) -> Any:
        """Send a WebSocket command and return its result. Raises `HouseError`."""
        async with self.session.ws_connect(
            f"{self.url}/api/websocket", max_msg_size=0
        ) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self.token})
            if (await socket.receive_json())["type"] != "auth_ok":
                raise HouseError("the log-in was not accepted")
            await socket.send_json({"id": 1, "type": kind, **message})
            answer = await socket.receive_json()
        if not answer["success"]:
            raise HouseError(f"{kind}: {answer['error']['message']}")
        return answer["result"]

    async def state(self, entity_id: str) -> dict[str, Any]:
        """Return an entity's state with its attributes; one that is not there yet is unavailable."""
        try:
            found: dict[str, Any] = await self.rest("GET", f"/api/states/{entity_id}")
        except HouseError:
            return {"state": "unavailable"}
        return found

    async def entities(self) -> list[dict[str, Any]]:
        """Return this integration's entities with device and translation key, as the frontend gets them."""
        listed = await self.ask("config/entity_registry/list")
        return [entity for entity in listed if entity["platform"] == "esim_topup"]

    async def log_in(self) -> None:
        """Make the first user through onboarding, and become it."""
        client = {"client_id": f"{self.url}/"}
        person = {
            "name": "Demo",
            "username": USER,
            "password": PASSWORD,
            "language": "en",
        }
        code = (await self.rest("POST", "/api/onboarding/users", {**client, **person}))[
            "auth_code"
        ]
        form = {**client, "grant_type": "authorization_code", "code": code}
        async with self.session.post(f"{self.url}/auth/token", data=form) as answer:
            self.token = (await answer.json())["access_token"]


async def until[T](
    look: Callable[[], Awaitable[T | None]],
    seconds: float,
    what: str,
    pause: float = 0.25,
) -> T:
    """Return the first thing that `look` finds. Raises `HouseError` when time is out."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        if (found := await look()) is not None:
            return found
        await asyncio.sleep(pause)
    raise HouseError(f"{what} did not happen within {seconds:g} s")


@asynccontextmanager
async def running(folder: Path, port: int) -> AsyncIterator[House]:
    """Start Home Assistant in its own process; stop it in the end as Ctrl-C would."""
    log = (folder / "console.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "homeassistant", "--config", str(folder), "--skip-pip"),
        stdout=log,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with aiohttp.ClientSession() as session:
            house = House(f"http://127.0.0.1:{port}", session, process)
            await until(
                lambda: _answers(house),
                _START,
                f"Home Assistant's start (see {log.name})",
            )
            yield house
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
        log.close()


async def _answers(house: House) -> bool | None:
    if house.process.returncode is not None:
        raise HouseError("Home Assistant ended by itself")
    try:
        async with house.session.get(f"{house.url}/manifest.json") as answer:
            return True if answer.ok else None
    except aiohttp.ClientError:
        return None
