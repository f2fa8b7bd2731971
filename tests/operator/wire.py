"""How an answer leaves, or does not: the connection's own faults."""

import asyncio
from collections.abc import AsyncIterator, Iterator
import socket
import struct
from typing import Final
import zlib

from aiohttp import web

from .faults import Fault, Kind
from .replies import Reply

_CHUNK: Final = 64 * 1024

# How often a hanging handler looks whether the client has gone.
_LOOK_EVERY_S: Final = 0.02

# close() with this option sends RST instead of FIN.
_LINGER_OFF: Final = struct.pack("ii", 1, 0)


class Cut(Exception):
    """The connection ends here without an answer."""

    def __init__(self, *, reset: bool) -> None:
        """Say how: with a TCP reset, or with an ordinary close."""
        super().__init__()
        self.reset = reset


async def disturb(fault: Fault, request: web.BaseRequest) -> None:
    """Delay, hang or cut, before or after the effect; the caller knows which of them it is."""
    match fault.kind:
        case Kind.DELAY | Kind.DELAY_AFTER:
            await asyncio.sleep(fault.number("seconds", 1.0))
        case Kind.HANG | Kind.HANG_AFTER:
            while request.transport is not None:
                await asyncio.sleep(_LOOK_EVERY_S)
            raise Cut(reset=False)
        case Kind.RESET_BEFORE | Kind.RESET_AFTER:
            raise Cut(reset=True)
        case Kind.DROP_BEFORE | Kind.DROP_AFTER:
            raise Cut(reset=False)


def cut(request: web.BaseRequest, *, reset: bool) -> web.Response:
    """End the connection. What is returned goes nowhere; the server wants to have something."""
    transport = request.transport
    if transport is not None and reset:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
        transport.abort()
    elif transport is not None:
        transport.close()
    return web.Response()


async def send(
    request: web.BaseRequest, reply: Reply, fault: Fault
) -> web.StreamResponse:
    """Send the answer, whole or spoilt on its way."""
    match fault.kind:
        case Kind.TRUNCATE:
            return await _truncated(request, reply)
        case Kind.CLOSE_IDLE:
            return await _last_of_its_connection(request, reply)
        case Kind.SLOW:
            return await _stream(
                request,
                reply,
                _slowly(reply.body, fault.number("bytes_per_second", 10)),
            )
        case Kind.HUGE:
            size = round(fault.number("bytes", 1_000_000))
            return await _stream(request, reply, _all(_padded(reply.body, size)))
        case Kind.BOMB:
            size = round(fault.number("bytes", 100_000_000))
            return await _stream(
                request, reply, _all(_packed(_padded(reply.body, size))), packed=True
            )
        case _:
            return web.Response(
                status=reply.status,
                body=reply.body,
                content_type=reply.content_type,
                headers=reply.headers,
            )


async def _truncated(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """Promise the whole body, send half of it and close."""
    response = _begin(reply)
    response.content_length = len(reply.body)
    await response.prepare(request)
    await response.write(reply.body[: len(reply.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _last_of_its_connection(
    request: web.BaseRequest, reply: Reply
) -> web.StreamResponse:
    """Answer in full, then close without a word: the next request on this connection meets a dead peer."""
    response = _begin(reply)
    response.content_length = len(reply.body)
    await response.prepare(request)
    await response.write_eof(reply.body)
    if request.transport is not None:
        request.transport.close()
    return response


async def _stream(
    request: web.BaseRequest,
    reply: Reply,
    parts: AsyncIterator[bytes],
    *,
    packed: bool = False,
) -> web.StreamResponse:
    response = _begin(reply)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    try:
        await response.prepare(request)
        async for part in parts:
            await response.write(part)
        await response.write_eof()
    except (
        ConnectionError
    ):  # the client has had enough: that is what such an answer is for
        return response
    return response


def _begin(reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_type = reply.content_type
    return response


async def _slowly(body: bytes, bytes_per_second: float) -> AsyncIterator[bytes]:
    for offset in range(len(body)):
        await asyncio.sleep(1 / bytes_per_second)
        yield body[offset : offset + 1]


async def _all(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def _padded(body: bytes, size: int) -> Iterator[bytes]:
    """Give the JSON a member that makes it `size` bytes longer, without holding it in memory."""
    opened = body.endswith(b"}")
    yield body[:-1] + (b',"padding":"' if opened else b',"')
    for start in range(0, size, _CHUNK):
        yield b"x" * min(_CHUNK, size - start)
    yield b'"' + body[-1:]


def _packed(parts: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    for part in parts:
        if packed := packer.compress(part):
            yield packed
    yield packer.flush()
