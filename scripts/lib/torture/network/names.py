"""The names that the client of a cell knows, and two ways not to find one: the guard's look, and the connector's."""

from collections.abc import Sequence
import socket
from typing import Final, override

from aiohttp.abc import AbstractResolver, ResolveResult

HOST: Final = "operator.test"
_ADDRESS: Final = "127.0.0.1"


class Names(AbstractResolver):
    """Finds the one host there is, unless it is to fail."""

    def __init__(self) -> None:
        """Find it."""
        self.guard_fails = False
        self.connector_fails = False
        self.failed = 0

    async def look(self, host: str) -> Sequence[str]:
        """Return the address, as the guard wants it. Raises `OSError`."""
        return [self._find(host, fails=self.guard_fails)]

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the address, as the connector wants it. Raises `OSError`."""
        address = self._find(host, fails=self.connector_fails)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    @override
    async def close(self) -> None:
        """Keep nothing."""

    def _find(self, host: str, *, fails: bool) -> str:
        if fails:
            self.failed += 1
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        if host != HOST:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return _ADDRESS
