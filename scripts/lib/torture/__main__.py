"""Attacks the promise from every side. The last line is the result as JSON; exits 1 if anything broke.

usage: python -m torture [--kills N] [--seeds N] [--seed S] [--layer T0..T9 ...] [--mutants] [--soak [--hours N]]
"""

import argparse
import asyncio
from collections.abc import Coroutine, Sequence
import os
import signal
import sys
import time
from typing import Any

from .layers import KILLS, LAYERS, MUTANTS, SEEDS, Layer, Wanted
from .run import Finished, attack_all
from .soak import soak
from .summary import last_line, row, table


def asked(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="scripts/torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS, help="kills of layer T4")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds of layer T2")
    parser.add_argument("--seed", type=int, default=0, help="where the dice begin")
    parser.add_argument(
        "--layer", nargs="+", choices=[layer.key for layer in LAYERS], metavar="T0..T9"
    )
    parser.add_argument(
        "--mutants", action="store_true", help="convict naive designs instead"
    )
    parser.add_argument(
        "--soak", action="store_true", help="go on until stopped; resumes"
    )
    parser.add_argument("--hours", type=float, help="... for so long")
    return parser.parse_args(arguments)


def chosen(options: argparse.Namespace) -> list[Layer]:
    """Return the layers to run."""
    if options.mutants:
        return list(MUTANTS)
    keys = options.layer or [layer.key for layer in LAYERS]
    return [layer for layer in LAYERS if layer.key in keys]


async def torture(layers: Sequence[Layer], wanted: Wanted) -> int:
    """Run the layers, print what they found; return the exit code."""
    began = time.perf_counter()
    everything: list[Finished] = []
    async for finished in attack_all(layers, wanted):
        everything.append(finished)
        print(row(finished), flush=True)
        if not finished.held:
            print(finished.log.read_text(errors="replace"), flush=True)
    print("", *(details(finished) for finished in everything), sep="\n")
    print(table(everything), "", sep="\n")
    print(last_line(everything, time.perf_counter() - began), flush=True)
    return int(not all(finished.held for finished in everything))


def details(finished: Finished) -> str:
    """Return a layer's own table of faults."""
    lines = finished.log.read_text(errors="replace").splitlines()
    heads = [
        n
        for n, line in enumerate(lines)
        if line.startswith(f"{finished.layer.key}: fault")
    ]
    return "\n".join([*lines[heads[-1] : -1], ""]) if heads else ""


def main() -> int:
    """Do what the command line asks for."""
    options = asked()
    if options.soak:
        return asyncio.run(_stoppable(soak(options.hours)))
    lanes = max(1, (os.cpu_count() or 1) // 2)
    wanted = Wanted(options.kills, options.seeds, options.seed, lanes)
    return asyncio.run(_stoppable(torture(chosen(options), wanted)))


async def _stoppable(work: Coroutine[Any, Any, int]) -> int:
    """Let a SIGTERM end the work as Ctrl-C does: no process of a layer stays behind."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    return await task


if __name__ == "__main__":
    sys.exit(main())
