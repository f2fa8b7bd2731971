"""Servers for one test: real HTTP on 127.0.0.1, polite or not."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
import ssl
from typing import Any

from aiohttp import web

type RawHandler = Callable[
    [asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]
]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    """With the query, percent-encoded."""
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class Api:
    """A server that answers each path with what it was told, and remembers who asked for what."""

    base_url: str = ""
    seen: list[Seen] = field(default_factory=list)
    answers: dict[str, list[web.Response | Callable[[], web.Response]]] = field(
        default_factory=dict
    )

    def on(self, path: str, *bodies: object) -> None:
        """Answer `path` (with its query) with these bodies as JSON, one after the other; the last one stays."""
        self.answers[path] = [self._as_answer(body) for body in bodies]

    def raw(self, path: str, **response: Any) -> None:
        """Answer `path` with `aiohttp.web.Response(**response)`."""
        self.answers[path] = [lambda: web.Response(**response)]

    @staticmethod
    def _as_answer(body: object) -> Callable[[], web.Response]:
        text = body if isinstance(body, str) else json.dumps(body)
        return lambda: web.Response(text=text, content_type="application/json")

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.path for request in self.seen]

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        body = await request.read()
        self.seen.append(
            Seen(request.method, request.raw_path, dict(request.headers), body)
        )
        answers = self.answers.get(request.raw_path)
        if answers is None:
            return web.Response(
                status=404,
                text='{"error": {"code": "no_such_path"}}',
                content_type="application/json",
            )
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer() if callable(answer) else answer


@asynccontextmanager
async def api_server() -> AsyncIterator[Api]:
    """Run an `Api` until the block ends."""
    api = Api()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        api.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield api
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(
    handler: RawHandler, *, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[int]:
    """Run a server of bare sockets until the block ends; yields its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(reader, writer)
        except ConnectionError, asyncio.IncompleteReadError:
            pass
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Read one whole request (with `Content-Length`, as clients send small bodies) and return it."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + await reader.readexactly(length)
