"""Many seeds in a few processes, one of them told, and whether another process tells the same story."""

from collections import Counter
import json
import os
import subprocess
import sys
from typing import Final

from ..outcome import Outcome
from .coverage import missing
from .crew import Crew, WorkerDied
from .seeds import Played, digests, table

_COMPARED: Final = 12
"""Seeds that another process plays again, with other hashes (I13)."""

_FAULTS: Final = (
    "network: ",
    "operator: ",
    "question: ",
    "disk: ",
    "house: ",
    "scene: ",
)


def again(seed: int) -> str:
    """Return the command that tells the whole story of a seed."""
    return f"PYTHONPATH=scripts/lib .venv/2026.11/bin/python -m torture.simulation --seed {seed} --trace"


def one(seed: int, *, whole: bool) -> int:
    """Play one seed and tell it."""
    with table() as where:
        world = where.story(seed).world
    print(*world.trace.told(None if whole else 30), sep="\n")
    outcome = Outcome("T2", runs=1, seeds=1)
    outcome.more["digest"] = world.trace.digest
    for promise, what in world.promises.broken:
        outcome.fail(promise, what, again(seed))
    _count(outcome, world.seen)
    return outcome.report()


def many(seeds: range, *, workers: int, minutes: float | None) -> int:
    """Play seeds, and say what was seen and what was broken."""
    outcome, seen = Outcome("T2"), Counter[str]()
    try:
        for played in Crew(workers, minutes).play(seeds):
            outcome.runs += 1
            outcome.seeds += 1
            seen.update(played.seen)
            seen["reached: seeds with a charge"] += "reached: charged" in played.seen
            _judge(outcome, played)
    except WorkerDied as err:
        outcome.fail("harness", str(err), "--workers 1")
    _compare_processes(outcome, seeds[: outcome.seeds])
    for name in missing(seen, outcome.seeds):
        outcome.fail(
            "coverage", f"never seen: {name}", "more seeds, or a harness that can"
        )
    if outcome.seeds < len(seeds) and minutes is None:
        outcome.fail(
            "coverage", f"only {outcome.seeds} of {len(seeds)} seeds", "--seeds"
        )
    _count(outcome, seen)
    seconds = max(outcome.as_json["seconds"], 0.1)
    outcome.more["seeds_per_second"] = round(outcome.seeds / seconds, 1)
    return outcome.report()


def _judge(outcome: Outcome, played: Played) -> None:
    for promise, what in played.broken[:1]:
        story = "\n    ".join((f"seed {played.seed}: {what}", *played.tail))
        outcome.fail(promise, story, again(played.seed))


def _count(outcome: Outcome, seen: Counter[str]) -> None:
    for name, times in sorted(seen.items()):
        if name.startswith(_FAULTS):
            outcome.faults[name] += times
        else:
            kind, _, what = name.partition(": ")
            outcome.more.setdefault(kind, {})[what] = times


# I13


def tell_digests(seeds: list[int]) -> int:
    """Print the digest of each story, for a process that compares."""
    print(json.dumps(digests(seeds)))
    return 0


def _compare_processes(outcome: Outcome, seeds: range) -> None:
    """Let two processes with different hashes play the same seeds."""
    sample = list(seeds[:: max(1, len(seeds) // _COMPARED)])[:_COMPARED]
    if not sample:
        return
    first, second = (_other_process(sample, hashes) for hashes in ("1", "4242"))
    outcome.more["compared_between_processes"] = len(sample)
    for seed in sample:
        if first[str(seed)] != second[str(seed)]:
            outcome.fail(
                "I13", f"seed {seed} is another story in another process", again(seed)
            )


def _other_process(seeds: list[int], hashes: str) -> dict[str, str]:
    command = [
        sys.executable,
        "-m",
        "torture.simulation",
        "--digests",
        *map(str, seeds),
    ]
    environment = os.environ | {"PYTHONHASHSEED": hashes}
    done = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    )
    told: dict[str, str] = json.loads(done.stdout)
    return told
