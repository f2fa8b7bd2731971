"""A pytest plugin that writes down what each test of a layer was: its cell, the faults that struck in it, how it ended.

A test says with `record_property("fault", "reload of the entry")` that a fault really struck, as often as it did. One that says
nothing counts under the words of its own id. `record_property("counted", ("executions", 1000))` adds to a figure of the layer,
`record_property("promise", "I4")` names what is broken if it fails.
"""

import json
from pathlib import Path
import re
from typing import Any, Final

import pytest

_REPORT: Final = "--torture-report"

_CASE: Final = re.compile(r"(?:::test_|\[)([a-zA-Z]\d{1,2})(?=[ _\]-])")
"""A named case is the first word of a test or of its id: `test_c6_…`, `[N9 truncated …]`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file to write to."""
    parser.addoption(_REPORT, type=Path)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to write; the workers of one run tell their news to its first process, which comes by here too."""
    path = config.getoption(_REPORT)
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Writer(path))


class _Writer:
    """One line of JSON per cell, as soon as it ends: a run that dies has still said how far it came."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cells: dict[str, dict[str, Any]] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read is a layer that was not run."""
        if report.failed:
            self._write(_cell(report.nodeid) | _failure(report))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Set-up, call and tear-down are one cell; the first of them that goes wrong says how it ended."""
        cell = self._cells.setdefault(report.nodeid, _cell(report.nodeid))
        if cell["ended"] == "passed" and (hasattr(report, "wasxfail") or report.failed):
            cell |= _failure(report)
        elif cell["ended"] == "passed" and report.skipped:
            cell |= {"ended": "skipped", "why": _skip_reason(report)}
        if report.when == "teardown":
            cell["said"] = [list(said) for said in report.user_properties]
            self._write(self._cells.pop(report.nodeid))

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Say that this is all: what has not ended by now never will."""
        for cell in self._cells.values():
            self._write(cell | {"ended": "failed", "why": "never ended"})
        self._write({"exit": int(exitstatus)})

    def _write(self, line: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as report:
            report.write(json.dumps(line) + "\n")


def _cell(nodeid: str) -> dict[str, Any]:
    found = _CASE.search(nodeid)
    return {
        "id": nodeid,
        "case": found[1].upper() if found else None,
        "ended": "passed",
        "why": "",
        "said": [],
    }


def _failure(report: pytest.TestReport | pytest.CollectReport) -> dict[str, str]:
    """Return the end of a failed cell. One that was expected to fail has failed all the same."""
    expected = getattr(report, "wasxfail", "")
    crash = getattr(report.longrepr, "reprcrash", None)
    why = str(crash.message if crash is not None else report.longrepr)
    return {
        "ended": "failed",
        "why": (f"known: {expected}; " if expected else "") + why,
    }


def _skip_reason(report: pytest.TestReport) -> str:
    return str(
        report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    )
