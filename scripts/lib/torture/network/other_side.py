"""The operator of a cell, and somebody else who ordered there before."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
import os
from pathlib import Path
import tempfile
from typing import Any, Final

from aiohttp import ClientSession

from ..rooms import without_home_assistant

without_home_assistant()

from custom_components.esim_topup.providers.base import Dedupe  # noqa: E402
from tests.operator import shelf, tables  # noqa: E402
from tests.operator.app import RunningOperator, start_operator  # noqa: E402

from .cells import Cell  # noqa: E402

LINE_ID: Final = "line-1"

STRANGER: Final = "somebody-elses-order"
"""Reference of an order of the same line and amount that somebody else made just before."""

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - each cell makes a folder of its own in it
"""Linux' folder in memory. What a disk may lose is another layer's question, and syncs would be most of the time here."""


@asynccontextmanager
async def operator_of(cell: Cell) -> AsyncGenerator[tuple[Path, RunningOperator]]:
    """Run the operator of a cell, behaving like its class, in a folder of its own."""
    behaviour: dict[str, Any] = {}
    if cell.dedupe is not Dedupe.KEY:
        behaviour["idempotency"] = "off"
    if cell.dedupe in (Dedupe.HISTORY, Dedupe.NONE):
        behaviour["lookup"] = False
        behaviour["history_references"] = False
    if cell.dedupe is Dedupe.NONE:
        behaviour["history"] = False
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="torture-network-", dir=memory) as folder:
        async with start_operator(Path(folder) / "operator.db") as operator:
            operator.books.set_rules(operator.books.rules.changed(behaviour))
            yield Path(folder), operator


async def strangers_answer(operator: RunningOperator) -> str:
    """Let somebody else order the same for the same line, and return the operator's answer."""
    wish = {
        "line": LINE_ID,
        "offer": "open",
        "amount": "300.00",
        "currency": "RUB",
        "method": "wallet",
        "reference": STRANGER,
    }
    async with (
        ClientSession(headers={"Authorization": "Bearer demo-key"}) as session,
        session.post(f"{operator.base_url}/v1/orders", json=wish) as response,
    ):
        text = await response.text()
    with operator.books.step() as desk:  # the line is as low as it was
        tables.save(
            desk.db,
            replace(
                shelf.any_line(desk.db, LINE_ID, desk.now_us), balance=Decimal(480)
            ),
        )
    # It is history by now: nobody would take it for an order of a moment later.
    operator.books.clock.change(advance_s=timedelta(hours=1).total_seconds())
    return text
