"""One call on its way through the proxy: what a toxic can do with it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import socket
import struct
from typing import Final

from .wire import Message, read_message

# close() with this option sends RST instead of FIN.
_LINGER_OFF: Final = struct.pack("ii", 1, 0)


_CACHED_FOR: Final = timedelta(minutes=20)
"""Days pass here within a second, so that a cache has to make up how long it has known something."""


class OperatorSilent(Exception):
    """The operator ended the connection without an answer."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request that was read whole, the client that waits for its answer, and the way to the operator."""

    request: Message
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    upstream: int
    """The operator's port."""
    elsewhere: int
    """The port of somebody who only writes down what arrives."""
    stranger: bytes
    """The operator's true answer to another order."""
    hold: Callable[[], Awaitable[None]]
    """Wait until held requests are let go."""
    delivered: Callable[[], None]
    """Tell that the one that was held has had its effect."""
    busy: list[Message]
    """What the operator is asked and did not answer yet."""
    cache: dict[str, Message]
    """By target: the first answer to each GET."""
    ended: bool = False
    """The client's connection is over."""
    spared: bool = False
    """There was nothing to spoil: the toxic did not strike."""

    async def deliver(self) -> Message:
        """Give the request to the operator, again if it was given before; return the answer. Raises `OperatorSilent`."""
        self.busy.append(self.request)
        try:
            message = await self._ask()
        finally:
            self.busy.pop()
        if message is None:
            raise OperatorSilent
        if self.request.start.startswith("GET "):
            self.cache.setdefault(self.request.start, message)
        return message

    async def _ask(self) -> Message | None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            writer.write(self._as_post().raw)
            return await read_message(reader)
        finally:
            writer.close()

    async def copy(self) -> Message:
        """Return the first answer to this request, dated as it was, or nearly: as old as a second look would find it."""
        known = self.cache.get(self.request.start)
        if known is None:
            self.spared = True
            return await self.deliver()
        then = format_datetime(datetime.now(UTC) - _CACHED_FOR, usegmt=True)
        age = str(round(_CACHED_FOR.total_seconds()))
        return known.having(("Date", then), ("Age", age))

    async def deliver_part(self, *, reset: bool) -> None:
        """Give the operator all but the last bytes of the request, and end the connection there."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        raw = self._as_post().raw
        writer.write(raw[: -max(1, len(self.request.body) // 2)])
        await writer.drain()
        if reset:
            reset_connection(writer)
        else:
            writer.close()

    async def deliver_and_leave(self, *, half: bool) -> None:
        """Give the operator the request, and close the connection, or our half of it, without waiting."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        writer.write(self._as_post().raw)
        await writer.drain()
        if half:
            writer.write_eof()
            await read_message(reader)
        writer.close()

    async def relay(self, *, last: bool = False) -> None:
        """Do what a proxy is for. `last`: the connection ends with it."""
        message = await self.deliver()
        if last:
            message = message.having(("Connection", "close"))
        await self.send(message.raw)
        if last:
            self.close()

    async def send(self, data: bytes) -> None:
        """Send bytes to the client, whatever they are; one that has gone misses them."""
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            self.ended = True

    async def send_slowly(self, data: bytes, pause_s: float, step: int = 1) -> None:
        """Send a few bytes at a time, until all are sent or the client has had enough."""
        for start in range(0, len(data), step):
            if self.writer.is_closing() or self.reader.at_eof():
                return
            await self.send(data[start : start + step])
            await asyncio.sleep(pause_s)

    def close(self) -> None:
        """End the client's connection in good order."""
        self.ended = True
        self.writer.close()

    def reset(self) -> None:
        """End the client's connection with a TCP reset."""
        self.ended = True
        reset_connection(self.writer)

    async def half_close(self) -> None:
        """Say nothing more, and go on listening until the client leaves too."""
        self.ended = True
        self.writer.write_eof()
        await self.client_leaves()

    async def client_leaves(self) -> None:
        """Wait until the client has given up."""
        self.ended = True
        try:
            while await self.reader.read(4096):
                pass
        except ConnectionError:
            pass
        self.writer.close()

    def _as_post(self) -> Message:
        """Return the request as the operator takes it: some take a PUT for a POST, and so does this proxy."""
        method, _, rest = self.request.start.partition(" ")
        return Message(
            f"{'POST' if method == 'PUT' else method} {rest}",
            self.request.headers,
            self.request.body,
        )


def reset_connection(writer: asyncio.StreamWriter) -> None:
    """End a connection with a TCP reset."""
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() != -1:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
    writer.transport.abort()
