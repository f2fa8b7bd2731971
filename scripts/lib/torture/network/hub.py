"""Gates in a process of their own: what stands between two machines shares neither clock slices nor memory with them.

One control connection is one gate: its plan goes in, its port comes out, then one word per line; its end is the gate's end.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import sys
from typing import Any, Final, Protocol, Self

from .gate import Gate
from .plan import Plan, Report, plan_of, report_of

_START_S: Final = 30.0
"""Python and a few modules, on a machine that is busy with the rest of the torture."""

_LINE_BYTES: Final = 1 << 22
"""A report of some hundred requests."""

_FOLDER: Final = Path(__file__).parents[2]


class AnyGate(Protocol):
    """A gate, wherever it is."""

    @property
    def port(self) -> int:
        """Where the client finds the operator."""
        ...

    async def heal(self) -> None:
        """Relay everything from now on."""
        ...

    async def let_go(self) -> None:
        """Deliver what is held."""
        ...

    async def hang_up(self) -> None:
        """End the connections that stand."""
        ...

    async def report(self) -> Report:
        """Return what happened so far."""
        ...

    async def close(self) -> None:
        """End everything."""
        ...


class Gates(Protocol):
    """Whoever can open a gate."""

    async def gate(self, plan: Plan) -> AnyGate:
        """Open one."""
        ...


class GatesHere:
    """Gates in this very event loop: for a few cells in a test."""

    async def gate(self, plan: Plan) -> AnyGate:
        """Open one."""
        gate = Gate(plan)
        await gate.open()
        return gate


class _FarGate:
    """A gate of the other process, by its control connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader, self._writer = reader, writer
        self.port = 0

    async def open(self, plan: Plan) -> Self:
        self.port = (await self._ask(plan.to_json()))["port"]
        return self

    async def heal(self) -> None:
        await self._ask("heal")

    async def let_go(self) -> None:
        await self._ask("let_go")

    async def hang_up(self) -> None:
        await self._ask("hang_up")

    async def report(self) -> Report:
        return report_of(await self._ask("report"))

    async def close(self) -> None:
        self._writer.close()

    async def _ask(self, what: object) -> Any:
        self._writer.write(json.dumps(what).encode() + b"\n")
        return json.loads(await self._reader.readline())


class GatesThere:
    """Gates in the other process."""

    def __init__(self, port: int) -> None:
        """Take its control port."""
        self._port = port

    async def gate(self, plan: Plan) -> AnyGate:
        """Open one."""
        streams = await asyncio.open_connection(
            "127.0.0.1", self._port, limit=_LINE_BYTES
        )
        return await _FarGate(*streams).open(plan)


@asynccontextmanager
async def gates_there() -> AsyncGenerator[GatesThere]:
    """Run the other process until the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "torture.network.hub",
        cwd=_FOLDER,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_START_S):
            port = int(await process.stdout.readline())
        yield GatesThere(port)
    finally:
        process.kill()
        await process.wait()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    gate = Gate(plan_of(json.loads(await reader.readline())))
    try:
        answer: dict[str, Any] = {"port": await gate.open()}
        while True:
            writer.write(json.dumps(answer).encode() + b"\n")
            line = await reader.readline()
            if not line:
                return
            answer = {}
            match json.loads(line):
                case "heal":
                    await gate.heal()
                case "let_go":
                    await gate.let_go()
                case "hang_up":
                    await gate.hang_up()
                case _:
                    answer = (await gate.report()).to_json()
    finally:
        await gate.close()
        writer.close()


async def _run() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, limit=_LINE_BYTES)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run())
