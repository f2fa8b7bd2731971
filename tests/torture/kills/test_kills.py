"""The layer itself: it finds naive designs, repeats a run by its name, and leaves nothing behind."""

import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import pytest

from .conftest import ROOT, Harness

RUNS = 8
"""Random runs within which a defect has to show."""


@pytest.mark.parametrize(
    ("defect", "promises"),
    [
        ("intent written after the send", {"I5"}),
        ("interrupted is failed", {"I2", "I7"}),
        ("the book is forgotten", {"I1", "I2", "I3"}),
        ("it dies by itself", {"T4"}),
    ],
)
def test_a_naive_design_is_convicted_within_a_few_kills(
    harness: Harness, defect: str, promises: set[str]
) -> None:
    """A torture that finds nothing wrong with these proves nothing."""
    names = ["rehearsal/L/killed in flight", *(f"random/0/{n}" for n in range(RUNS))]
    for name in names:
        found = harness.play(name, defect).promises
        if found & promises:
            return
    pytest.fail(f"{defect} was not convicted in {len(names)} runs")


@pytest.mark.parametrize("number", range(4))
def test_a_random_run_holds_every_promise(harness: Harness, number: int) -> None:
    """One of each class."""
    run = harness.play(f"random/0/{number}")
    assert run.told["kills"] >= 1
    assert run.broken == []


def test_every_boot_of_a_run_is_a_real_start_and_every_kill_a_real_kill(
    harness: Harness,
) -> None:
    """The last process of a run ends by SIGKILL, too; nothing of it may stay."""
    run = harness.play("story/L/A12 three in a row")
    assert [boot["code"] for boot in run.told["boots"]] == [-9] * 4


def command(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    """Start the layer as the torture does."""
    return subprocess.Popen(
        [sys.executable, "-m", "torture.kills", *arguments, "--folder", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts" / "lib")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_the_command_in_good_order_and_what_it_did_counts(
    tmp_path: Path,
) -> None:
    """A soak is stopped like that; its last line is what the whole torture adds up, and nothing is left behind."""
    process = command("--random-only", "--kills", "100000", folder=tmp_path)
    end = time.monotonic() + 40
    while not list(tmp_path.glob("*/lane 1/*/console.log")):
        assert time.monotonic() < end, "nothing was started"
        time.sleep(0.1)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    told = json.loads(output.splitlines()[-1])
    assert (process.returncode, told["layer"], told["violations"]) == (0, "T4", 0)
    assert told["cut_short"]
    assert told["kills"] > 0
    assert list(tmp_path.iterdir()) == []
