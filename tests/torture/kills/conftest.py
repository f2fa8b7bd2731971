"""One process that has imported Home Assistant, for all tests here: each of them starts and kills forks of it."""

from collections.abc import Iterator
from dataclasses import dataclass
import json
import os
from pathlib import Path
import subprocess
import sys
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Run:
    """What a run came to; `boots` are the Home Assistants one after the other, the last one has settled everything."""

    told: dict[str, Any]

    def boot(self, number: int) -> dict[str, Any]:
        """Return what one of them came to."""
        boot: dict[str, Any] = self.told["boots"][number]
        return boot

    def states(self, boot: int) -> list[str]:
        """Return the states of the orders on the disk when a Home Assistant had ended, oldest first."""
        return list(self.boot(boot)["states"].values())

    def charges(self, boot: int) -> int:
        """Return the charges in the operator's books at that time."""
        return int(self.boot(boot)["charges"])

    def answers(self, boot: int) -> list[str]:
        """Return what callers were told by it: `200` or the text of the error."""
        return [
            "200" if said["status"] == 200 else said["text"]
            for said in self.boot(boot)["said"]
        ]

    @property
    def end(self) -> tuple[int, list[str]]:
        """The charges, and the states of the orders, when everything was settled."""
        return self.told["charges"], [order["state"] for order in self.told["orders"]]

    @property
    def broken(self) -> list[list[str]]:
        """The promises that did not hold, over the whole run."""
        found: list[list[str]] = self.told["broken"]
        return found

    @property
    def promises(self) -> set[str]:
        """Their names."""
        return {promise for promise, _ in self.broken}


class Harness:
    """The process."""

    def __init__(self, folder: Path) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "torture.kills.serve", str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "scripts" / "lib")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def play(self, run: str, defect: str = "") -> Run:
        """Play a run to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"run": run, "defect": defect}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the harness has died"
        return Run(json.loads(line))

    def close(self) -> None:
        """End it, with everything that it started."""
        self._process.communicate(timeout=30)


@pytest.fixture(scope="package")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """The process, shared by all tests of this package."""
    harness = Harness(tmp_path_factory.mktemp("kills"))
    yield harness
    harness.close()
