"""Torture that goes on until it is stopped, and goes on again from there.

The record stands in a file beside the caches. It belongs to the code it was made with: other code begins a new one, and
the old one is kept, for who wants to compare.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
import hashlib
import json
from pathlib import Path
import time
from typing import Any, Final

from .layers import KILLING, SIMULATION, Wanted
from .rooms import ROOT
from .run import LOGS, Finished, attack
from .summary import commit, upper_bound

RECORD: Final = LOGS / "soak.json"

STRETCH: Final = 10
"""Minutes after which the record is written: what a power cut may cost."""

_ENDLESS: Final = 10**9

_FIRST_KILL: Final = 1_000_000
"""Kills of the soak have dice of their own: not again those of `scripts/torture` without an argument."""

_TORTURED: Final = ("orders", "providers/base.py", "providers/http", "providers/rest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was done so far, with one state of the code."""

    code: str
    commit: str
    since: str
    until: str
    kills: int = 0
    seeds: int = 0
    violations: int = 0
    stretches: int = 0
    failed_stretches: int = 0
    """Those that ended without a result, or found something."""
    seconds: int = 0

    def told(self) -> str:
        """Return the record as a sentence."""
        return (
            f"{self.kills:,} kills (violation of at most {upper_bound(self.kills)} per kill) and {self.seeds:,} seeds "
            f"(at most {upper_bound(self.seeds)} per seed, both at 95 %), {self.violations} violations, "
            f"{self.seconds / 3600:.1f} h until {self.until[:10]}, commit {self.commit}"
        )


def digest_of_the_code() -> str:
    """Return a name for the code under torture: how money is spent and how the operator is talked to."""
    package = ROOT / "custom_components" / "esim_topup"
    digest = hashlib.sha256()
    for name in _TORTURED:
        place = package / name
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        for file in files:
            digest.update(str(file.relative_to(package)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def resume(path: Path, now: datetime) -> tuple[Record, list[dict[str, Any]]]:
    """Return the record to go on with, and the earlier ones."""
    told = json.loads(path.read_text()) if path.exists() else {}
    known = {field.name for field in fields(Record)}
    earlier: list[dict[str, Any]] = told.pop("earlier", [])
    last = (
        Record(**{name: told[name] for name in known & told.keys()}) if told else None
    )
    code = digest_of_the_code()
    if last is not None and last.code == code:
        return replace(last, commit=commit()), earlier
    if last is not None:
        earlier.append(asdict(last))
    today = now.isoformat(timespec="seconds")
    return Record(code=code, commit=commit(), since=today, until=today), earlier


def write(path: Path, record: Record, earlier: list[dict[str, Any]]) -> None:
    """Write the record, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**asdict(record), "earlier": earlier}, indent=1))
    fresh.replace(path)


def add(
    record: Record, results: Iterable[Finished], seconds: float, now: datetime
) -> Record:
    """Return the record after one more stretch."""
    told = [finished.told or {} for finished in results]
    return replace(
        record,
        kills=record.kills + sum(one.get("kills", 0) for one in told),
        seeds=record.seeds
        + sum(one.get("seeds", 0) for one in told if one.get("layer") == "T2"),
        violations=record.violations + sum(one.get("violations", 0) for one in told),
        stretches=record.stretches + 1,
        failed_stretches=record.failed_stretches
        + (not all(finished.held for finished in results)),
        seconds=record.seconds + round(seconds),
        until=now.isoformat(timespec="seconds"),
    )


async def soak(hours: float | None, path: Path = RECORD) -> int:
    """Torture in stretches; return the exit code. Being cancelled ends the stretch, and what it did still counts."""
    record, earlier = resume(path, datetime.now(UTC))
    end = None if hours is None else time.monotonic() + hours * 3600
    while end is None or time.monotonic() < end:
        minutes = (
            STRETCH if end is None else min(STRETCH, (end - time.monotonic()) / 60)
        )
        began = time.monotonic()
        results, stopped = await _stretch(record, minutes)
        record = add(record, results, time.monotonic() - began, datetime.now(UTC))
        write(path, record, earlier)
        print(record.told(), flush=True)
        for finished in results:
            if not finished.held:
                print(f"{finished.layer.key} broke or ended early: {finished.log}")
        if stopped or record.failed_stretches:
            break
    print(json.dumps(asdict(record)), flush=True)
    return int(record.failed_stretches > 0)


async def _stretch(record: Record, minutes: float) -> tuple[tuple[Finished, ...], bool]:
    """Run both layers for so long; also return whether somebody stopped them."""
    wanted = Wanted(kills=_ENDLESS, seeds=_ENDLESS, seed=record.seeds)
    limit = ("--minutes", f"{minutes:.2f}")
    enough = asyncio.Event()
    kills = replace(wanted, seed=_FIRST_KILL + record.stretches)
    both = asyncio.gather(
        attack(KILLING, kills, more=("--random-only", *limit), enough=enough),
        attack(SIMULATION, wanted, more=("--workers", "1", *limit), enough=enough),
    )
    try:
        return await asyncio.shield(both), False
    except asyncio.CancelledError:
        enough.set()
        return await both, True
