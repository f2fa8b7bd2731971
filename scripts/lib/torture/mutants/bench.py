"""The other end of `inside.py`: asks a warm process to run commands in copies."""

from dataclasses import dataclass
import json
import os
from pathlib import Path
import subprocess
import sys
from types import TracebackType
from typing import Self

from ..rooms import ROOT
from .inside import FOREIGN, places_in


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a command."""

    code: int | None
    """`None`: it was ended, since it took too long."""
    output: str
    seconds: float
    copy: Path

    @property
    def at_home(self) -> bool:
        """Whether the code that ran was that of the copy."""
        last = self.output.rpartition(FOREIGN)[2].strip()
        return self.code is None or Path(last).is_relative_to(self.copy)


class Bench:
    """A warm process. One command at a time."""

    def __init__(self, *, warm: bool = True) -> None:
        """Start it; the first command waits until it is warm."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "torture.mutants.inside", *(["warm"] * warm)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places_in(ROOT))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, copy: Path, command: tuple[str, ...], timeout: float) -> Ran:
        """Run a module with its arguments inside of a copy."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        output = copy / "said.txt"
        asked = {
            "copy": str(copy),
            "command": command,
            "output": str(output),
            "timeout": timeout,
        }
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        told = json.loads(self._process.stdout.readline())
        return Ran(
            told["code"], output.read_text(errors="replace"), told["seconds"], copy
        )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()
