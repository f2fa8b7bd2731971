"""A layer that is a folder of tests: run all of it, and say what was done in the words of every layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
import json
import os
from pathlib import Path
import re
import shlex
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final

from .outcome import Outcome
from .rooms import ROOT

EVERYTHING: Final = "TORTURE"
"""The environment variable that lets a folder run all of its cells, `all`, and not only the named and spread ones."""

_WORDS: Final = 300
"""Of a failure: enough to see what it is about; the command shows the rest."""

_DONE: Final = frozenset({0, 1})
"""pytest has run to its end, with or without failed tests."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One layer and its folder. `main()` is all that its `__main__.py` needs."""

    layer: str
    """`T0` to `T9`."""
    folder: str
    """From the project's root: `tests/torture/callers`."""
    promise: str = "what the cell says"
    """What is broken by a failed cell that names no promise itself."""

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Run everything and report; further arguments are pytest's own. Returns the exit code."""
        chosen = sys.argv[1:] if arguments is None else list(arguments)
        outcome = self.run(chosen)
        return outcome.report()

    def run(self, arguments: Sequence[str] = ()) -> Outcome:
        """Run the folder in a process of its own and return what it did."""
        outcome = Outcome(self.layer)
        with TemporaryDirectory() as folder:
            report = Path(folder, "cells.jsonl")
            command = [self.folder, *arguments]
            code = _pytest(
                [*command, "-p", "torture.cells", f"--torture-report={report}"]
            )
            lines = list(_lines(report))
        cells = [line for line in lines if "id" in line]
        for cell in cells:
            self._count(outcome, cell)
        outcome.more |= _tally(cells)
        if not cells:
            outcome.fail("the layer runs", "nothing was collected", _again(*command))
        elif code not in _DONE or {"exit": code} not in lines:
            story = f"pytest ended with {code} before it was done"
            outcome.fail("the layer runs", story, _again(*command))
        elif outcome.runs == 0:
            outcome.fail("the layer runs", "every cell was skipped", _again(*command))
        elif code != 0 and not outcome.violations:
            story = "pytest failed, and no cell of it"
            outcome.fail("the layer runs", story, _again(*command))
        return outcome

    def _count(self, outcome: Outcome, cell: dict[str, Any]) -> None:
        if cell["ended"] == "skipped":
            return
        outcome.runs += 1
        said: list[list[Any]] = cell["said"]
        struck = [fault for name, fault in said if name == "fault"]
        outcome.faults.update(struck or [_words(cell["id"])])
        for figure, times in (value for name, value in said if name == "counted"):
            if figure == "seeds":
                outcome.seeds += times
            else:
                outcome.more[figure] = outcome.more.get(figure, 0) + times
        if cell["ended"] == "failed":
            named = (str(promise) for name, promise in said if name == "promise")
            why = " ".join(cell["why"].split())[:_WORDS]
            story = f"{_words(cell['id'])}: {why}"
            outcome.fail(next(named, self.promise), story, _again(cell["id"]))


def _tally(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what is said beside the figures: which named cases were met, and what was left out, and why."""
    skipped = [cell for cell in cells if cell["ended"] == "skipped"]
    cases = {
        cell["case"]
        for cell in cells
        if cell["case"] is not None and cell["ended"] != "skipped"
    }
    return {
        "cases": sorted(cases, key=lambda case: (case[0], int(case[1:]))),
        "skipped": len(skipped),
        "skipped_cells": {_words(cell["id"]): cell["why"] for cell in skipped},
    }


def _pytest(arguments: Sequence[str]) -> int:
    """Run pytest; what it prints goes beside our own output, whose last line is JSON."""
    paths = [str(ROOT / "scripts" / "lib"), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        EVERYTHING: "all",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False
    ).returncode


def _lines(report: Path) -> Iterator[dict[str, Any]]:
    if report.exists():
        for line in report.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def _words(nodeid: str) -> str:
    """Return what a test is called, in words: its own id, else its name."""
    name = nodeid.rsplit("::", 1)[-1]
    chosen = re.search(r"\[(.+)\]$", name)
    return chosen[1] if chosen else name.removeprefix("test_").replace("_", " ")


def _again(*arguments: str) -> str:
    """Return the command that shows a cell again, from the project's root."""
    python = Path(sys.executable)
    if python.is_relative_to(ROOT):
        python = python.relative_to(ROOT)
    return f"{EVERYTHING}=all {shlex.join([str(python), '-m', 'pytest', *arguments])}"
