"""The same lies through the real HTTP library: bombs, broken framing, and what no JSON seam can tell.

The connection is in memory: a connector of aiohttp whose other end writes what the attack wants to be read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
import resource
import time
import tracemalloc
from typing import Any, Final, override
import zlib

from aiohttp import BaseConnector, ClientSession, ClientTimeout, DummyCookieJar
from aiohttp.client_proto import ResponseHandler

from .attack import Attack
from .conversation import Conversation
from .corpus import BYTES_MAX, CHEAP, SECONDS_MAX
from .court import COMMAND, Blow
from .exchange import Said
from .lessons import Subject
from .oracles import Breach
from .seams import as_it_is, as_wire

type Framed = Callable[[bytes], Iterable[bytes]]
"""From the right body to all bytes of an answer, head and all."""

_PIECE: Final = 64 * 1024
_BOMB_BYTES: Final = 200 * 1024 * 1024


def _head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")


def _plain(body: bytes, *lines: str, status: str = "200 OK") -> bytes:
    return (
        _head(
            f"Content-Length: {len(body)}",
            "Content-Type: application/json",
            *lines,
            status=status,
        )
        + body
    )


def _pack(window: int, body: bytes) -> Iterator[bytes]:
    """Yield a packed body that unpacks to 200 MiB of spaces before the truth."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    for _ in range(_BOMB_BYTES // _PIECE):
        if piece := packer.compress(b" " * _PIECE):
            yield piece
    yield packer.compress(body) + packer.flush()


def _bomb(encoding: str, window: int) -> Framed:
    def frame(body: bytes) -> Iterator[bytes]:
        yield _head(f"Content-Encoding: {encoding}", "Connection: close")
        yield from _pack(window, body)

    return frame


def _endless(_: bytes) -> Iterator[bytes]:
    """Yield 200 MiB that are not packed."""
    yield _head("Connection: close")
    for _piece in range(_BOMB_BYTES // _PIECE):
        yield b" " * _PIECE


FRAMED: Final[Mapping[str, Framed]] = {
    "200 MiB, gzip": _bomb("gzip", 31),
    "200 MiB, deflate": _bomb("deflate", 15),
    "200 MiB, plain": _endless,
    "gzip that is none": lambda body: [_plain(body, "Content-Encoding: gzip")],
    "an encoding nobody knows": lambda body: [_plain(body, "Content-Encoding: rot13")],
    "packed twice, said once": lambda body: [_plain(zlib.compress(zlib.compress(body)), "Content-Encoding: deflate")],
    "length too long": lambda body: [_head(f"Content-Length: {len(body) + 1}"), body],
    "length too short": lambda body: [_head(f"Content-Length: {max(len(body) - 1, 0)}"), body],
    "two lengths": lambda body: [_plain(body, "Content-Length: 3")],
    "a negative length": lambda body: [_head("Content-Length: -1"), body],
    "length and chunks": lambda body: [_plain(body, "Transfer-Encoding: chunked")],
    "a cut chunk": lambda body: [_head("Transfer-Encoding: chunked"), b"%x\r\n" % (len(body) + 9), body],
    "chunks without an end": lambda body: [_head("Transfer-Encoding: chunked"), b"%x\r\n%s\r\n" % (len(body), body)],
    # In one piece: after a pause, aiohttp 3.14 waits for more until the client's 15 s are over, which then end it.
    "a chunk of no size": lambda body: [_head("Transfer-Encoding: chunked") + b"zz\r\n" + body + b"\r\n0\r\n\r\n"],
    "no head": lambda body: [body],
    "no HTTP": lambda _: [b"SSH-2.0-OpenSSH_9.6\r\n"],
    "nothing": lambda _: [],
    "half a head": lambda _: [b"HTTP/1.1 200 OK\r\nContent-"],
    "status 99": lambda body: [_plain(body, status="99 Low")],
    "status 1000": lambda body: [_plain(body, status="1000 High")],
    "status -1": lambda body: [_plain(body, status="-1 No")],
    "status words": lambda body: [_plain(body, status="OK 200")],
    "100 and no more": lambda _: [_head(status="100 Continue")],
    "103, then 200": lambda body: [_head("Link: </x>", status="103 Early Hints"), _plain(body)],
    "101": lambda _: [_head("Upgrade: websocket", "Connection: Upgrade", status="101 Switching Protocols")],
    "204 with a body": lambda body: [_plain(body, status="204 No Content")],
    "304": lambda _: [_head(status="304 Not Modified")],
    "307 to elsewhere": lambda body: [_plain(body, "Location: https://evil.example/", status="307 Temporary Redirect")],
    "20,000 headers": lambda body: [_plain(body, *(f"X-{n}: y" for n in range(20_000)))],
    "a header of 1 MiB": lambda body: [_plain(body, f"X-Long: {'y' * 1024 * 1024}")],
    "NUL in a header": lambda body: [_plain(body, "X-Nul: a\x00b")],
    "a header without a name": lambda body: [_plain(body, ": x")],
    "a header in two lines": lambda body: [_plain(body, "X-Fold: a\r\n b")],
    "a charset nobody knows": lambda body: [_plain(body, "Content-Type: application/json; charset=klingon")],
    "two answers": lambda body: [_plain(body), _plain(b"{}", status="500 Late")],
    "bare line feeds": lambda body: [b"HTTP/1.1 200 OK\nContent-Length: %d\n\n%s" % (len(body), body)],
}  # fmt: skip


class _Line(asyncio.Transport):
    """Our end of a connection: what the client writes comes here, and the answer goes to its protocol."""

    def __init__(self, connector: MemoryConnector, protocol: ResponseHandler) -> None:
        super().__init__()
        self._connector, self._protocol = connector, protocol
        self._heard = b""
        self._answer: Iterator[bytes] | None = None
        self._paused = self._closed = False

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._heard += bytes(data)
        if self._answer is None and (request := _request(self._heard)):
            self._answer = iter(self._connector.answer(*request))
            asyncio.get_running_loop().call_soon(self._feed)

    @override
    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def _feed(self) -> None:
        """Give the client one piece after the other, as fast as it takes them."""
        if self._paused or self._closed or self._answer is None:
            return
        if (piece := next(self._answer, None)) is None:
            self._protocol.eof_received()
            self._end()
            return
        self._connector.fed += len(piece)
        for start in range(0, len(piece), _PIECE):
            self._protocol.data_received(piece[start : start + _PIECE])
        asyncio.get_running_loop().call_soon(self._feed)

    @override
    def pause_reading(self) -> None:
        self._paused = True

    @override
    def resume_reading(self) -> None:
        self._paused = False
        asyncio.get_running_loop().call_soon(self._feed)

    @override
    def is_closing(self) -> bool:
        return self._closed

    @override
    def close(self) -> None:
        asyncio.get_running_loop().call_soon(self._end)

    @override
    def abort(self) -> None:
        self.close()

    def _end(self) -> None:
        if not self._closed:
            self._closed = True
            self._protocol.connection_lost(None)


class MemoryConnector(BaseConnector):
    """Connects to nobody."""

    allowed_protocol_schema_set = frozenset({"", "http", "https"})

    def __init__(self, conversation: Conversation) -> None:
        """Take who answers."""
        super().__init__(force_close=True)
        self._conversation = conversation
        self.framed: Framed | None = None
        """How the lie is written; the truth is written as it should be."""
        self.fed = 0

    def answer(self, method: str, path: str) -> Iterable[bytes]:
        """Return the bytes of the answer."""
        said = self._conversation.answer(method, path)
        body = as_wire(said.body)
        if isinstance(said.body, bytes) and self.framed is not None:
            return self.framed(body)
        lines = [f"{name}: {value}" for name, value in said.headers.items()]
        return [_plain(body, *lines, status=f"{said.status} Said")]

    @override
    async def _create_connection(
        self, req: Any, traces: Any, timeout: ClientTimeout
    ) -> ResponseHandler:
        protocol: ResponseHandler = self._factory()
        protocol.connection_made(_Line(self, protocol))
        return protocol


def _request(heard: bytes) -> tuple[str, str] | None:
    """Return method and path of a request that is whole."""
    head, end, body = heard.partition(b"\r\n\r\n")
    if not end:
        return None
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and len(body) < int(value):
            return None
    method, target, _ = head.split(b" ", 2)
    return method.decode(), target.decode().partition("?")[0]


@asynccontextmanager
async def connected(subject: Subject) -> AsyncIterator[MemoryConnector]:
    """Give the provider a real session, whose connections lead here."""
    connector = MemoryConnector(subject.conversation)
    async with ClientSession(
        connector=connector, cookie_jar=DummyCookieJar()
    ) as session:
        with as_it_is(), subject.on(session):
            yield connector


async def tell(attack: Attack, only: Iterable[str] = FRAMED) -> Mapping[str, int]:
    """Tell these frames to every request; return the most memory that one took, traced and resident."""
    heaviest = resident = 0
    async with connected(attack.subject) as connector:
        for call, request, right in attack.targets:
            lie = replace(right, body=as_wire(right.body))
            for name in only:
                connector.framed, connector.fed = FRAMED[name], 0
                before = _resident()
                tracemalloc.start()
                began = time.thread_time()
                try:
                    heard = await attack.strike(call, request, lie)
                    taken = tracemalloc.get_traced_memory()[1]
                finally:
                    tracemalloc.stop()
                seconds = time.thread_time() - began
                attack.court.outcome.faults[f"wire: {name}"] += 1
                if not connector.fed and name != "nothing":
                    story = f"{attack.subject.name}: {name} never reached {call}"
                    attack.court.accuse("the layer runs", story, COMMAND)
                heaviest = max(heaviest, taken)
                resident = max(resident, _resident() - before)
                if taken > BYTES_MAX or seconds > SECONDS_MAX:
                    rule = f"wire: {name} takes {seconds:.1f} s and {taken >> 20} MiB in {call}"
                    attack.convict(
                        Blow(call, request, Said(body=name.encode())),
                        Breach(CHEAP, rule),
                        heard,
                    )
    return {"traced_bytes": heaviest, "resident_bytes": resident}


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
