"""Talking to the Home Assistant of a run, over its own interfaces, while it may die at any moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from .child import Child
from .folder import Template

_KNOCK_EVERY: Final = 0.004

RECHARGE: Final = "/api/services/esim_topup/recharge?return_response"


@dataclass(frozen=True, slots=True)
class Said:
    """What a caller was told; status 0: nothing, the process died."""

    status: int
    text: str = ""

    @property
    def went_through(self) -> bool:
        """Whether the caller was given an order."""
        return self.status == 200


@dataclass(slots=True)
class House:
    """A Home Assistant that may be starting, running, dying or dead."""

    url: str
    template: Template
    child: Child
    session: aiohttp.ClientSession
    dead: asyncio.Event

    async def up(self) -> bool:
        """Wait until it answers; false if it dies before."""
        while not self.dead.is_set():
            try:
                async with self.session.get(f"{self.url}/api/", headers=self._headers):
                    return True
            except aiohttp.ClientError, OSError, TimeoutError:
                await asyncio.sleep(_KNOCK_EVERY)
        return False

    async def running(self) -> None:
        """Wait until its start is over: from then on it ends in good order when it is told to."""
        while not self.dead.is_set():
            said = await self.ask("/api/core/state", method="GET")
            if '"RUNNING"' in said.text:
                return
            await asyncio.sleep(_KNOCK_EVERY)

    async def ask(self, path: str, body: Any = None, method: str = "POST") -> Said:
        """Ask once."""
        try:
            async with self.session.request(
                method, f"{self.url}{path}", json=body, headers=self._headers
            ) as answer:
                return Said(answer.status, await answer.text())
        except aiohttp.ClientError, OSError, TimeoutError:
            return Said(0)

    async def tell(self, kind: str, **message: Any) -> Said:
        """Send one WebSocket command, and return its result."""
        hello = {"type": "auth", "access_token": self.template.token}
        try:
            async with self.session.ws_connect(f"{self.url}/api/websocket") as socket:
                await socket.receive_json()
                await socket.send_json(hello)
                await socket.receive_json()
                await socket.send_json({"id": 1, "type": kind, **message})
                answer = await socket.receive_json()
        except aiohttp.ClientError, OSError, TimeoutError, TypeError:
            return Said(0)
        return Said(200 if answer.get("success") else 500, str(answer))

    async def recharge(self, **more: Any) -> Said:
        """Call the action as any client of the REST API would."""
        return await self.ask(RECHARGE, {**self.template.wish, **more})

    async def recharge_at_once(self, callers: int, **more: Any) -> list[Said]:
        """Let several clients call in the same moment."""
        return list(
            await asyncio.gather(*(self.recharge(**more) for _ in range(callers)))
        )

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.template.token}"}


@asynccontextmanager
async def meet(port: int, template: Template, child: Child) -> AsyncIterator[House]:
    """Talk to a Home Assistant until it is dead or nobody wants to any more."""
    loop, dead = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(child.pidfd, dead.set)
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(total=40)
    try:
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout
        ) as session:
            yield House(f"http://127.0.0.1:{port}", template, child, session, dead)
    finally:
        loop.remove_reader(child.pidfd)
