"""`scripts/demo --check`: a line falls below its threshold, an automation recharges it, and the operator's books are asked.

Once with the custom HTTP provider against the simulated operator in a process of its own, once with the demo operator.
What is counted stands in the operator's books, not in ours.
"""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from decimal import Decimal
import json
from pathlib import Path
import shutil
import sys
import time
from typing import Any, Final, override

from custom_components.esim_topup.providers.demo import DemoProvider, charges
from tests.operator.process import OperatorProcess

from .folder import ROOT, prepare
from .house import House, HouseError, free_port, running, until
from .rest_answers import rest_answers
from .story import (
    Answers,
    LineDevice,
    add_account,
    add_automation,
    balance,
    became_low,
    below_threshold,
    line_devices,
    update,
)

THRESHOLD: Final = "50.00"
AMOUNT: Final = "300.00"

_NOTICED: Final = 150
"""Seconds: one poll of the demo operator, and the second reading that a big drop asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was seen of one provider."""

    provider: str
    ok: bool
    ha_version: str
    balance_before: str
    threshold: str
    balance_after: str
    orders: int
    charges_at_operator: int
    seconds: float
    problem: str | None = None


class Rehearsal(ABC):
    """One provider and its operator's books."""

    provider: str
    line: str

    @abstractmethod
    async def prepare(self) -> Answers:
        """Let the line begin a little above the threshold, and return what to enter in the flow."""

    @abstractmethod
    async def spend(self, down_to: Decimal) -> None:
        """Let the line lose balance."""

    @abstractmethod
    async def charges(self) -> int:
        """Count the charges of the line in the operator's own books."""


class DemoRehearsal(Rehearsal):
    """The demo operator: its books are a file."""

    provider = "demo"
    line = "demo-phone"

    def __init__(self, books: Path) -> None:
        """Say where the operator's books are."""
        self._books = books

    @override
    async def prepare(self) -> Answers:
        return {}

    @override
    async def spend(self, down_to: Decimal) -> None:
        operator = DemoProvider(self._books)
        lines = [line for line in await operator.lines() if line.id == self.line]
        reading = (await operator.read(lines))[self.line]
        left = getattr(reading, "balance", None)
        if left is None:
            raise HouseError("the demo operator does not know its own balance")
        await operator.burn(self.line, left.amount - down_to)

    @override
    async def charges(self) -> int:
        return len(await asyncio.to_thread(charges, self._books, self.line))


class RestRehearsal(Rehearsal):
    """The simulated operator, in a process of its own, through the custom HTTP provider."""

    provider = "rest"
    line = "line-1"

    def __init__(self, operator: OperatorProcess) -> None:
        """Say which operator it is."""
        self._operator = operator

    @override
    async def prepare(self) -> Answers:
        await self._operator.control.set_line(self.line, balance="62.50")
        return rest_answers(self._operator.base_url)

    @override
    async def spend(self, down_to: Decimal) -> None:
        await self._operator.control.set_line(self.line, balance=str(down_to))

    @override
    async def charges(self) -> int:
        return len(await self._operator.control.charges(self.line))


async def check(folder: Path, port: int) -> dict[str, Any]:
    """Rehearse with both providers in one Home Assistant; `ok` says whether each was charged exactly once."""
    prepare(folder, port)
    runs: list[Run] = []
    async with (
        OperatorProcess(folder / "operator.db") as operator,
        running(folder, port) as house,
    ):
        await house.log_in()
        books = folder / ".storage" / "esim_topup.demo.db"
        for rehearsal in (RestRehearsal(operator), DemoRehearsal(books)):
            print(
                f"==> {rehearsal.provider}: set-up, low balance, automation, recharge",
                file=sys.stderr,
                flush=True,
            )
            runs.append(await _rehearse(house, rehearsal))
    return {"ok": all(run.ok for run in runs), "runs": [asdict(run) for run in runs]}


async def _rehearse(house: House, rehearsal: Rehearsal) -> Run:
    started = time.monotonic()
    seen: dict[str, Any] = {
        "balance_before": "",
        "balance_after": "",
        "orders": 0,
        "charges_at_operator": 0,
    }
    version: str = (await house.rest("GET", "/api/config"))["version"]
    problem = None
    try:
        await _play(house, rehearsal, seen)
    except HouseError as err:
        problem = str(err)
    seconds = round(time.monotonic() - started, 1)
    ok = problem is None and _adds_up(seen)
    return Run(
        provider=rehearsal.provider,
        ok=ok,
        ha_version=version,
        threshold=THRESHOLD,
        seconds=seconds,
        problem=problem,
        **seen,
    )


def _adds_up(seen: dict[str, Any]) -> bool:
    paid = Decimal(seen["balance_after"]) - Decimal(seen["balance_before"])
    return (
        paid == Decimal(AMOUNT) and seen["orders"] == seen["charges_at_operator"] == 1
    )


async def _play(house: House, rehearsal: Rehearsal, seen: dict[str, Any]) -> None:
    entry_id = await add_account(house, rehearsal.provider, await rehearsal.prepare())
    line = await until(lambda: _money_line(house, entry_id), 30, "the line's device")
    await until(lambda: balance(house, line), 30, "the first balance")
    await _set_threshold(house, line)
    make = became_low if rehearsal.provider == "demo" else below_threshold
    automation = make(line, THRESHOLD, AMOUNT)
    await add_automation(house, f"check_{rehearsal.provider}", automation)

    await rehearsal.spend(Decimal("42.50"))
    async with _refreshing(house, line):
        before, after = await until(
            lambda: _crossing(house, line), _NOTICED, "the recharge of the low balance"
        )
        seen |= {"balance_before": before, "balance_after": after}
        # A second payment would come from the looks that follow; give it the chance.
        await asyncio.sleep(3)
    answer = await house.ask(
        "call_service",
        domain="esim_topup",
        service="get_orders",
        service_data={"device_id": line.device_id},
        return_response=True,
    )
    orders = [
        order for order in answer["response"]["orders"] if order["state"] == "succeeded"
    ]
    seen |= {"orders": len(orders), "charges_at_operator": await rehearsal.charges()}


async def _money_line(house: House, entry_id: str) -> LineDevice | None:
    lines = await line_devices(house, entry_id)
    return next((line for line in lines if "balance" in line.entities), None)


async def _set_threshold(house: House, line: LineDevice) -> None:
    data = {
        "entity_id": line.entities["low_balance_threshold"],
        "value": float(THRESHOLD),
    }
    await house.rest("POST", "/api/services/number/set_value", data)


@asynccontextmanager
async def _refreshing(house: House, line: LineDevice) -> AsyncIterator[None]:
    """Ask for an update now and then, as an impatient user would: polling alone takes minutes."""

    async def ask() -> None:
        while True:
            await update(house, line)
            await asyncio.sleep(2)

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking


async def _crossing(house: House, line: LineDevice) -> tuple[str, str] | None:
    """Return the last balance below the threshold and the one it rose to, as the recorder saw them.

    An automation is faster than anybody who looks at the state now and then.
    """
    entity_id = line.entities["balance"]
    recorded = await house.rest(
        "GET", f"/api/history/period?filter_entity_id={entity_id}&minimal_response"
    )
    shown = [
        row["state"]
        for row in (recorded[0] if recorded else [])
        if row["state"].replace(".", "", 1).isdigit()
    ]
    for before, after in zip(reversed(shown[:-1]), reversed(shown), strict=False):
        if Decimal(before) < Decimal(THRESHOLD) < Decimal(after):
            return before, after
    return None


def main() -> int:
    """Check, print what was seen as one line of JSON, and return the exit code."""
    port = free_port()
    # A folder of its own, so that two checks at once leave each other alone; a failed one stays to be looked at.
    folder = ROOT / ".cache" / f"check-{port}"
    result = asyncio.run(check(folder, port))
    if result["ok"]:
        shutil.rmtree(folder)
    print(json.dumps(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
