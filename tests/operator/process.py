"""The operator as a process of its own, for tests that kill one side and ask the other."""

import asyncio
import json
from pathlib import Path
import sys
from types import TracebackType
from typing import Final, Self

from .client import OperatorControl

# Python, aiohttp and an empty SQLite file; a busy machine needs a few seconds for it.
_START_S: Final = 30.0

_ROOT: Final = Path(__file__).parents[2]


class OperatorProcess:
    """Starts the operator, waits until it listens and kills it at the end.

    The port of the first start is kept over `restart`, so that clients find the operator again.
    """

    def __init__(
        self,
        books: Path,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        seed_file: Path | None = None,
    ) -> None:
        """Say where the books are; nothing is started yet."""
        self.books = books
        self.host = host
        self.port = port
        self._seed_file = seed_file
        self._process: asyncio.subprocess.Process | None = None
        self._control: OperatorControl | None = None

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id."""
        return self._running().pid

    @property
    def control(self) -> OperatorControl:
        """The control client."""
        if self._control is None:
            raise RuntimeError("the operator is not started")
        return self._control

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill what still runs; the books are safe by design, and tests should not wait."""
        await self.kill()
        if self._control is not None:
            await self._control.close()

    async def start(self) -> None:
        """Start the process and wait for its one line. Raises RuntimeError if it does not come."""
        command = [
            "-m",
            "tests.operator",
            "--books",
            str(self.books),
            "--host",
            self.host,
            "--port",
            str(self.port),
        ]
        if self._seed_file is not None:
            command += ["--seed-file", str(self._seed_file)]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=_ROOT, stdout=asyncio.subprocess.PIPE
        )
        self.port = await self._port_told(self._process)
        if self._control is None:
            self._control = OperatorControl(self.base_url)

    async def kill(self) -> None:
        """End it as a power cut would: kill -9, nothing is tidied up."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """End it politely and return its exit code."""
        process = self._running()
        process.terminate()
        return await process.wait()

    async def restart(self, *, kill: bool = False) -> None:
        """Stop, or kill -9, and start again on the same books and the same port."""
        if kill:
            await self.kill()
        else:
            await self.stop()
        await self.start()

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            raise RuntimeError("the operator does not run")
        return self._process

    @staticmethod
    async def _port_told(process: asyncio.subprocess.Process) -> int:
        if process.stdout is None:
            raise RuntimeError("the operator has no stdout")
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _START_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise RuntimeError("the operator did not start in time") from None
        if not line:
            raise RuntimeError(
                f"the operator did not start: exit code {await process.wait()}"
            )
        return int(json.loads(line)["port"])
