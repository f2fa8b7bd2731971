"""Starting atheris in a process of its own, and reading what it found."""

from importlib.util import find_spec
import json
import os
import platform
import re
import subprocess
import sys
from typing import Any, Final

from ..rooms import ROOT
from .asking import Heard
from .court import COMMAND, Court, read_blow
from .oracles import Breach

_GRACE: Final = 120
"""Seconds for learning and instrumenting, and for ending, beside those for fuzzing."""


def why_not() -> str | None:
    """Return why there is no atheris here, `None` where there is one."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return "atheris is built for x86_64 Linux only"
    if find_spec("atheris") is None:
        return "atheris is not installed"
    return None


def fuzz(court: Court, key: str, seconds: int, seed: int) -> int:
    """Let atheris spoil the answers of one provider; return how many it told."""
    court.folder.mkdir(parents=True, exist_ok=True)
    found = court.folder / f"{key}.found.jsonl"
    found.unlink(missing_ok=True)
    command = [
        *("-m", "torture.hostile.guided", "--provider", key, "--found", str(found)),
        *("--seconds", str(seconds), "--seed", str(seed + 1)),  # libFuzzer's 0 is "any"
    ]
    code, told = _run(command, seconds + _GRACE)
    units = re.search(r"number_of_executed_units: *(\d+)", told)
    executed = int(units[1]) if units else 0
    for line in (
        found.read_text(encoding="utf-8").splitlines() if found.exists() else ()
    ):
        _convict(court, key, json.loads(line))
    if code or executed == 0:
        crash = re.search(r"Test unit written to (\S+)", told)
        again = " ".join(
            [
                COMMAND.replace("-m torture.hostile", ""),
                *command,
                *([crash[1]] if crash else []),
            ]
        )
        story = f"atheris ended with {code} after {executed} answers of {key}: {told[-300:]}"
        court.accuse("the layer runs", story, again)
    court.outcome.runs += executed
    court.outcome.faults["grown by atheris"] += executed
    return executed


def _run(command: list[str], patience: int) -> tuple[int, str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts" / "lib")}
    try:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -1, "it did not end in time"
    return done.returncode, done.stdout + done.stderr


def _convict(court: Court, key: str, line: dict[str, Any]) -> None:
    breach = Breach(line["promise"], line["rule"])
    court.convict(
        key, line["exchange"], read_blow(line), breach, Heard(value=line["heard"])
    )
