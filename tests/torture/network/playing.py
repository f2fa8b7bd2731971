"""Plays cells and returns what is told of them."""

import asyncio
from collections.abc import Iterable

from torture.network.cells import Cell, cell_of
from torture.network.hub import GatesHere
from torture.network.story import run_cell
from torture.network.told import Told


async def play(cells: Iterable[Cell]) -> list[Told]:
    """Play cells side by side; each toxic must strike, and no promise may break."""
    runs = await asyncio.gather(*(run_cell(cell, GatesHere()) for cell in cells))
    assert runs
    assert {run.cell.name: run.complaints for run in runs if run.complaints} == {}
    return [run.told for run in runs if run.told is not None]


async def play_named(*names: str) -> list[Told]:
    """Play cells by their names."""
    return await play(cell_of(name) for name in names)


def end_of(told: Told) -> tuple[str, int]:
    """Return where the order ended, and how often the operator's books say that it was charged."""
    assert told.order is not None
    for charge in told.of_order:
        assert (charge.amount, charge.currency) == (300, "RUB")
    return told.order.state.value, len(told.of_order)
