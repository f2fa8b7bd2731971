"""The listening side of a gate: a port that stays ours, open, closed or full."""

import asyncio
from collections.abc import Awaitable, Callable
import socket
from typing import Final

type Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

# With a backlog of 0 the kernel takes one connection that nobody accepts; more of them make sure.
_FILLERS: Final = 3


class Threshold:
    """One port of 127.0.0.1. While it is closed the kernel answers with a reset; while it is full, not at all."""

    def __init__(self, serve: Serve) -> None:
        """Take what to do with a connection, and reserve the port."""
        self._serve = serve
        # Bound and never listening: nobody else is given the port, and a listener can share it.
        self._holder = _bound(0)
        self.port: int = self._holder.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._full: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Let connections in."""
        if self._server is None:
            self._leave_room()
            self._server = await asyncio.start_server(
                self._spawn, sock=_bound(self.port)
            )

    def close(self) -> None:
        """Refuse new connections; those that stand go on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def fill(self) -> None:
        """Let new connections wait for ever."""
        self.close()
        listener = _bound(self.port)
        listener.listen(0)
        self._full.append(listener)
        for _ in range(_FILLERS):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._full.append(filler)

    async def end(self) -> None:
        """End everything, and whoever is being served."""
        self.close()
        self._leave_room()
        self._holder.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _leave_room(self) -> None:
        while self._full:
            self._full.pop().close()

    def _spawn(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.ensure_future(self._guarded(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await self._serve(reader, writer)
        except OSError:  # either side left: that is what this is about
            pass
        finally:
            writer.close()


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.setblocking(False)
    return sock
