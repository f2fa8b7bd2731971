"""`scripts/torture`: what it asks for, when it fails, and how a soak goes on where it ended."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

import pytest
from torture import run, soak as soaking
from torture.__main__ import asked, chosen
from torture.layers import KILLING, LAYERS, Layer, Wanted
from torture.outcome import Outcome
from torture.run import Finished, attack, attack_all, result_in
from torture.soak import Record, add, resume, write
from torture.summary import last_line, table, upper_bound

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def told(layer: str = "T2", **changes: Any) -> dict[str, Any]:
    """Return a result as a layer tells it."""
    return {**Outcome(layer, runs=5, seeds=5).as_json, **changes}


def finished(result: dict[str, Any] | None, *, code: int = 0) -> Finished:
    """Return a layer at its end."""
    layer = next(one for one in LAYERS if one.key == (result or {}).get("layer", "T2"))
    return Finished(layer, code, result, Path("layer.log"))


def test_all_layers_are_attacked_without_an_argument() -> None:
    """Whoever doubts the promise runs one command."""
    layers = chosen(asked([]))
    assert sorted(layer.key for layer in layers) == [f"T{n}" for n in range(10)]
    assert layers[0] is KILLING, "what takes longest begins first"


def test_a_layer_is_told_how_much_is_wanted() -> None:
    """`--kills` and `--seeds` reach the layers that count them."""
    command = KILLING.command(Wanted(kills=7, seed=3, kill_lanes=2))
    assert command == [
        "-m",
        "torture.kills",
        "--kills",
        "7",
        "--seed",
        "3",
        "--lanes",
        "2",
    ]


@pytest.mark.parametrize(
    ("result", "code"),
    [
        pytest.param(told(violations=1), 1, id="a violation"),
        pytest.param(told(), 1, id="it did less than it was asked for"),
        pytest.param(
            told(violations=1), 0, id="a violation that it forgot to fail for"
        ),
        pytest.param(None, 0, id="no result at all"),
    ],
)
def test_a_layer_holds_only_if_it_says_so_in_every_way(
    result: dict[str, Any] | None, code: int
) -> None:
    """A crash of the torture must not look like a promise that held."""
    assert finished(told()).held
    assert not finished(result, code=code).held


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Traceback (most recent call last):",
        "[1, 2]",
        '{"layer": "T2", "violations": 0}',
        f"{json.dumps(told())}\nan error after it",
    ],
)
def test_only_a_whole_result_in_the_last_line_counts(output: str) -> None:
    """Anything else is a layer that did not get to its end."""
    assert result_in(output) is None
    assert result_in(f"a table\n{json.dumps(told())}\n") == told()


async def test_a_layer_that_dies_takes_nobody_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The others go on, and the whole does not hold."""
    monkeypatch.setattr(run, "LOGS", tmp_path)
    broken = Layer("TX", "no such module", "nothing_like_this")
    idle = Layer("TY", "says nothing", "model", ("--help",))
    ends = [end async for end in attack_all((broken, idle), Wanted())]
    assert {end.layer.key: (end.code, end.told) for end in ends} == {
        "TX": (1, None),
        "TY": (0, None),
    }
    assert "no result, exit code 1" in table(ends)
    assert json.loads(last_line(ends, 1.0))["held"] is False


async def test_a_layer_ends_with_its_result_also_when_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ctrl-C after an hour must not lose the hour."""
    program = (
        "import signal, json, time\n"
        "try:\n print('begun', flush=True); time.sleep(60)\n"
        f"except KeyboardInterrupt:\n print({json.dumps(told())!r})"
    )
    monkeypatch.setattr(run, "LOGS", tmp_path)
    monkeypatch.setattr(Layer, "command", lambda *_: ["-c", program])
    enough = asyncio.Event()
    task = asyncio.create_task(attack(KILLING, Wanted(), enough=enough))
    log = tmp_path / "T4-kills.log"
    while not log.exists() or b"begun" not in log.read_bytes():
        await asyncio.sleep(0.01)
    enough.set()
    assert (await task).told == told()


async def test_no_layer_stays_behind_when_the_torture_is_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And none of those that were still to come begins."""
    program = "import time; print('begun', flush=True); time.sleep(60)"
    monkeypatch.setattr(run, "LOGS", tmp_path)
    monkeypatch.setattr(Layer, "command", lambda *_: ["-c", program])
    layers = [Layer(key, "", "x") for key in ("TX", "TY", "TZ")]
    task = asyncio.create_task(anext(attack_all(layers, Wanted())))
    logs = [tmp_path / f"{key}-x.log" for key in ("TX", "TY")]
    while not all(log.exists() and b"begun" in log.read_bytes() for log in logs):
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()
    assert not (tmp_path / "TZ-x.log").exists()
    assert all(b"KeyboardInterrupt" in log.read_bytes() for log in logs)


def test_the_bound_is_the_rule_of_three() -> None:
    """No violation in n tries means less than 3/n at 95 %."""
    assert upper_bound(20_000) == "0.00015"
    assert upper_bound(0) == "unknown"


def test_a_soak_goes_on_where_it_ended(tmp_path: Path) -> None:
    """A night, a reboot, and another night are two nights."""
    path = tmp_path / "soak.json"
    record, earlier = resume(path, NOW)
    kills = finished(told("T4", kills=12, seeds=0))
    seeds = finished(told("T2", seeds=700))
    record = add(record, [kills, seeds], 60.0, NOW)
    write(path, record, earlier)
    again, _ = resume(path, NOW)
    again = add(again, [kills, seeds], 60.0, NOW)
    assert (again.kills, again.seeds, again.stretches) == (24, 1_400, 2)
    assert (again.violations, again.failed_stretches, again.seconds) == (0, 0, 120)
    assert "24 kills" in again.told()


def test_other_code_begins_a_new_record_and_keeps_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills of yesterday's engine prove nothing about today's."""
    path = tmp_path / "soak.json"
    record, earlier = resume(path, NOW)
    write(path, replace(record, kills=9), earlier)
    monkeypatch.setattr(soaking, "digest_of_the_code", lambda: "another")
    fresh, kept = resume(path, NOW)
    assert (fresh.code, fresh.kills) == ("another", 0)
    assert [old["kills"] for old in kept] == [9]


def test_a_stretch_without_a_result_is_a_failed_one() -> None:
    """A soak that stopped working must not go on counting hours."""
    record = Record(code="x", commit="x", since="x", until="x")
    record = add(
        record, [finished(None), finished(told(violations=1), code=1)], 1.0, NOW
    )
    assert (record.failed_stretches, record.violations) == (1, 1)
