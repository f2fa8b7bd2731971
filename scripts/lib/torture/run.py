"""Runs layers as processes of their own: a layer that hangs or dies takes nobody with it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
import json
import os
from pathlib import Path
import signal
import sys
from typing import Any, Final

from .layers import Layer, Wanted
from .rooms import ROOT

LOGS: Final = ROOT / ".cache" / "torture"

_REQUIRED: Final = frozenset(
    {"layer", "runs", "faults", "violations", "seeds", "seconds"}
)


@dataclass(frozen=True, slots=True)
class Finished:
    """A layer at its end."""

    layer: Layer
    code: int
    told: dict[str, Any] | None
    """Its last line; `None` if that was no result."""
    log: Path

    @property
    def held(self) -> bool:
        """Say whether every promise held, and whether that was looked at in full."""
        return self.code == 0 and self.told is not None and not self.told["violations"]


def result_in(output: str) -> dict[str, Any] | None:
    """Return the result in the last line, if it is one."""
    lines = output.strip().splitlines()
    try:
        told = json.loads(lines[-1]) if lines else None
    except json.JSONDecodeError:
        return None
    return told if isinstance(told, dict) and told.keys() >= _REQUIRED else None


async def attack(
    layer: Layer,
    wanted: Wanted,
    *,
    more: Iterable[str] = (),
    enough: asyncio.Event | None = None,
) -> Finished:
    """Run one layer to its end, or until it is enough: then it ends in good order, and what it did counts."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{layer.key}-{layer.module}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *layer.command(wanted),
            *more,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "scripts" / "lib")},
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
        code = await _end_of(process, enough or asyncio.Event())
    return Finished(layer, code, result_in(log.read_text(errors="replace")), log)


async def _end_of(process: asyncio.subprocess.Process, enough: asyncio.Event) -> int:
    ending = asyncio.ensure_future(process.wait())
    stopping = asyncio.ensure_future(enough.wait())
    try:
        await asyncio.wait((ending, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not ending.done():
            process.send_signal(signal.SIGINT)
            await ending
    return ending.result()


async def attack_all(
    layers: Iterable[Layer], wanted: Wanted
) -> AsyncIterator[Finished]:
    """Run the first layer beside all others, which run one after the other; yield each at its end."""
    first, *others = layers
    results: asyncio.Queue[Finished] = asyncio.Queue()

    async def one_after_the_other(some: Iterable[Layer]) -> None:
        for layer in some:
            results.put_nowait(await attack(layer, wanted))

    async with asyncio.TaskGroup() as group:
        group.create_task(one_after_the_other((first,)))
        group.create_task(one_after_the_other(others))
        for _ in range(1 + len(others)):
            yield await results.get()
