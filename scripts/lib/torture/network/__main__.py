"""Let every toxic strike at every moment, for every class of operator. The last line is the result as JSON.

usage: python -m torture.network [--cell NAME [--true-times]] [--list] [--at-once N] [--mutants]
"""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
import logging
import sys
from typing import Final

from aiohttp import ClientTimeout

from ..outcome import Outcome
from .cells import Cell, all_cells, cell_of
from .client import SHORT_PATIENCE
from .hub import Gates, gates_there
from .mutants import MUTANTS
from .story import Run, run_cell
from .table import cases_of, table

AT_ONCE: Final = 20
"""Most of a cell is waiting: for the disk, for the other process, for a call that nobody answers."""

TRUE_TIMES: Final = tuple(
    f"{toxic}/purchase/{letter}"
    for toxic in (
        "connect-time-out",
        "black-hole",
        "time-out-after-request",
        "one-byte-a-second",
    )
    for letter in "KLHN"
)
"""Cells that are run a second time with the client's own patience, 15 s in all and 5 s to connect, all at once."""

NAMED: Final = frozenset(f"N{number}" for number in range(1, 28)) - {"N12", "N22"}
"""The faults of the network that have a name; two of the numbers name none."""

_ALL: Final = "PYTHONPATH=scripts/lib .venv/2026.11/bin/python -m torture.network"
_AGAIN: Final = f"{_ALL} --cell"


async def run_all(
    cells: Iterable[Cell],
    gates: Gates,
    at_once: int,
    patience: ClientTimeout | None = SHORT_PATIENCE,
) -> list[Run]:
    """Run cells, so many at once; in the order in which they came."""
    room = asyncio.Semaphore(at_once)

    async def run(cell: Cell) -> Run:
        async with room:
            return await run_cell(cell, gates, patience=patience)

    return await asyncio.gather(*(run(cell) for cell in cells))


def judge(
    cells: Iterable[Cell], runs: Sequence[Run], outcome: Outcome, *flags: str
) -> None:
    """Count runs and note their violations; a cell without a run is one."""
    played = {run.cell.name for run in runs}
    for cell in cells:
        if cell.name not in played:
            again = " ".join((_AGAIN, cell.name, *flags))
            outcome.fail("T5", f"{cell.name} was not played", again, cell.toxic.name)
    for run in runs:
        outcome.runs += 1
        outcome.faults[run.cell.toxic.name] += run.strikes
        again = " ".join((_AGAIN, run.cell.name, *flags))
        for breach in run.complaints:
            story = f"{run.cell.name}: {breach.story}"
            outcome.fail(breach.promise, story, again, run.cell.toxic.name)


async def torture(asked: argparse.Namespace) -> int:
    """Run what is asked for, and report."""
    cells = [asked.cell] if asked.cell else list(all_cells())
    outcome = Outcome("T5")
    async with gates_there() as gates:
        if not asked.true_times:
            runs = await run_all(cells, gates, asked.at_once)
            judge(cells, runs, outcome)
            print(*table(runs), sep="\n")
            outcome.more["cases"] = cases = cases_of(runs)
            for case in () if asked.cell else NAMED - set(cases):
                outcome.fail("T5", f"{case} was never dealt out", f"{_ALL} --list")
        if asked.true_times or not asked.cell:
            patient = cells if asked.cell else [cell_of(name) for name in TRUE_TIMES]
            runs = await run_all(patient, gates, len(patient), patience=None)
            judge(patient, runs, outcome, "--true-times")
            print("\nthe same with the client's own patience:", *table(runs), sep="\n")
    return outcome.report()


async def convict() -> int:
    """Run the clients with bad habits, each in the cell that must convict it."""
    outcome = Outcome("T5 mutants")
    async with gates_there() as gates:
        for mutant in MUTANTS:
            run = await run_cell(cell_of(mutant.cell), gates, habits=mutant.habits)
            outcome.runs += 1
            outcome.faults[mutant.habits.name] += 1
            found = [breach.promise for breach in run.breaches]
            print(f"{mutant.habits.name}: {mutant.cell} breaks {', '.join(found)}")
            if mutant.promise not in found:
                again = f"{_ALL} --mutants"
                story = f"{mutant.habits.name} gets away with it in {mutant.cell}"
                outcome.fail(mutant.promise, story, again)
    return outcome.report()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the flags and run."""
    parser = argparse.ArgumentParser(prog="torture.network", description=__doc__)
    parser.add_argument("--cell", type=cell_of, help="only this one")
    parser.add_argument(
        "--true-times", action="store_true", help="with the client's own patience"
    )
    parser.add_argument("--list", action="store_true", help="name all cells")
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument(
        "--mutants", action="store_true", help="convict clients with bad habits"
    )
    asked = parser.parse_args(arguments)
    if asked.true_times and not asked.cell:
        parser.error("--true-times is about one cell")
    if asked.list:
        print(*(cell.name for cell in all_cells()), sep="\n")
        return 0
    # The operator complains about every connection that was cut: that is what this is about.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    return asyncio.run(convict() if asked.mutants else torture(asked))


if __name__ == "__main__":
    sys.exit(main())
