"""A layer that is a folder of tests is counted, convicted and never believed when it did nothing."""

from pathlib import Path
from textwrap import dedent

import pytest
from torture.suite import Suite

CELLS = """
    import pytest

    @pytest.mark.parametrize("fault", [
        pytest.param("reload", id="C7 reload while the operator holds the answer"),
        pytest.param("remove", id="C7 removal while the operator holds the answer"),
    ])
    def test_c7_nothing_changes(record_property, fault):
        record_property("fault", fault)

    def test_n9_counts_itself(record_property):
        record_property("counted", ("executions", 20))
        record_property("counted", ("executions", 22))
        record_property("counted", ("seeds", 3))
"""


@pytest.fixture
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that needs no Home Assistant; the first one to look at it does not wait for it."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return tmp_path


def write(folder: Path, text: str) -> Suite:
    """Make the folder a layer with these tests."""
    (folder / "test_cells.py").write_text(dedent(text), encoding="utf-8")
    return Suite(layer="T6", folder=str(folder), promise="I1")


def test_what_struck_is_counted(layer: Path) -> None:
    """The table says how often each fault was dealt out, not how many tests there are."""
    result = write(layer, CELLS).run().as_json
    assert result.pop("seconds") > 0
    assert result == {
        "layer": "T6",
        "runs": 3,
        "seeds": 3,
        "faults": {"n9 counts itself": 1, "reload": 1, "remove": 1},
        "violations": 0,
        "cases": ["C7", "N9"],
        "skipped": 0,
        "skipped_cells": {},
        "executions": 42,
    }


def test_a_failed_cell_is_a_violation_with_its_command(layer: Path) -> None:
    """Whoever reads the table can see it again, also what was known to fail, and what fails while it is put away."""
    outcome = write(
        layer,
        """
        import pytest

        def test_a6_charged_once(record_property):
            record_property("promise", "I2")
            assert ["300.00"] == []

        @pytest.mark.xfail(reason="issue 9")
        def test_known():
            assert False

        @pytest.fixture
        def task():
            yield
            assert "task" == "ended"

        def test_left_behind(task):
            pass

        @pytest.mark.skip(reason="not in this version")
        def test_elsewhere():
            pass
        """,
    ).run()
    first, *others = outcome.violations
    assert (first.promise, first.story[:16]) == ("I2", "a6 charged once:")
    assert first.again.startswith("TORTURE=all ")
    assert first.again.endswith("test_cells.py::test_a6_charged_once")
    assert [(each.promise, each.story.split(":")[0]) for each in others] == [
        ("I1", "known"),
        ("I1", "left behind"),
    ]
    assert (outcome.runs, outcome.more["skipped"]) == (3, 1)
    assert outcome.more["skipped_cells"] == {
        "elsewhere": "Skipped: not in this version"
    }


@pytest.mark.parametrize(
    ("text", "story"),
    [
        pytest.param("", "nothing was collected", id="empty"),
        pytest.param("import nowhere", "cells.py: ", id="not to be read"),
        pytest.param(
            "import os\ndef test_ends():\n    os._exit(0)",
            "nothing was collected",
            id="died in its first cell",
        ),
        pytest.param(
            "import os\ndef test_one():\n    pass\ndef test_ends():\n    os._exit(0)",
            "pytest ended with 0 before it was done",
            id="died on the way",
        ),
        pytest.param(
            "import pytest\npytestmark = pytest.mark.skip(reason='x')\ndef test_one():\n    pass",
            "every cell was skipped",
            id="all skipped",
        ),
    ],
)
def test_what_did_not_run_proves_nothing(layer: Path, text: str, story: str) -> None:
    """A layer that cannot fail is a defect."""
    outcome = write(layer, text).run()
    assert any(story in violation.story for violation in outcome.violations)
    assert outcome.report() == 1


def test_arguments_choose_cells(layer: Path) -> None:
    """One cell is looked at while it is mended."""
    outcome = write(layer, CELLS).run(["-k", "n9"])
    assert (outcome.runs, outcome.more["cases"]) == (1, ["N9"])
