"""What a story can do while a Home Assistant runs: call, wait, let time pass, stop it, decide in Repairs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
import json
from pathlib import Path
import signal
from typing import Any, Final

from tests.operator.client import OperatorControl

from .book import UNDER_WAY, order_states
from .folder import BOOK
from .house import House, Said
from .shared import Shared

_LOOK_EVERY: Final = 0.01

_PATIENCE: Final = 20.0
"""Seconds for something that takes a tenth of one, on a machine that does much else."""

LOCK_ISSUE: Final = "orders_locked"

_FIX: Final = "/api/repairs/issues/fix"


class StoryStuck(Exception):
    """What a story waits for does not come."""


@dataclass(slots=True)
class Stage:
    """A running Home Assistant, its operator, and what was said so far."""

    house: House
    operator: OperatorControl
    shared: Shared
    folder: Path
    said: list[Said] = field(default_factory=list)
    """The answers to all callers of this boot."""
    shown: dict[str, str] = field(default_factory=dict)
    """By entity: the state that was seen."""
    on_call: Callable[[], object] = lambda: None
    """Is told when callers begin to call."""

    async def call(self, callers: int = 5, **more: Any) -> list[Said]:
        """Let some clients ask for the same recharge in the same moment."""
        self.on_call()
        said = await self.house.recharge_at_once(callers, **more)
        self.said += said
        return said

    def calling(self, callers: int = 5, **more: Any) -> asyncio.Task[list[Said]]:
        """Let them ask, without waiting for what they are told."""
        return asyncio.create_task(self.call(callers, **more))

    async def look(self) -> None:
        """See what the entities show."""
        said = await self.house.ask("/api/states", method="GET")
        if said.status == 200:
            self.shown = {
                one["entity_id"]: one["state"] for one in json.loads(said.text)
            }

    async def service(self, name: str, **data: Any) -> Said:
        """Call another action."""
        return await self.house.ask(f"/api/services/{name.replace('.', '/')}", data)

    # Waiting

    def states(self) -> dict[str, str]:
        """Return the state of each order as it stands on the disk."""
        return order_states(self.folder / BOOK)

    def state(self) -> str | None:
        """Return the state of the newest order."""
        return next(reversed(self.states().values()), None)

    async def until(self, what: str, look: Callable[[], bool]) -> None:
        """Wait until it is so. Raises `StoryStuck`."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while not look():
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise StoryStuck(f"{what}; the orders are {self.states()}") from None

    async def until_state(self, *states: str) -> None:
        """Wait until the newest order is in one of these states."""
        await self.until(f"no order became {states}", lambda: self.state() in states)

    async def until_settled(self, *, skip: bool = True) -> None:
        """Wait until nobody follows an order any more; with `skip`, hours of it are over at once."""
        self.shared.skipping = skip
        await self.until(
            "an order stays unsettled",
            lambda: not UNDER_WAY & set(self.states().values()),
        )
        self.shared.skipping = False

    async def until_asked(self, operation: str, times: int = 1) -> None:
        """Wait until the operator has got such a request in this run."""
        async with asyncio.timeout(_PATIENCE):
            while len(await self.operator.requests(operation)) < times:
                await asyncio.sleep(_LOOK_EVERY)

    def pass_time(self, **span: float) -> None:
        """Let engine and operator be so much later."""
        self.shared.pass_time(timedelta(**span))

    async def stop(self) -> None:
        """End it as a service manager does: SIGTERM, and wait."""
        await self.house.running()
        self.house.child.signal(signal.SIGTERM)
        async with asyncio.timeout(_PATIENCE):
            await self.house.dead.wait()

    # A person at Repairs

    async def decide(self, order_id: str, *, charged: bool) -> str:
        """Say what happened to a held order, and return how the flow ended."""
        choice = "charged" if charged else "not_charged"
        return await self._fix(f"order_held_{order_id}", [{"next_step_id": choice}, {}])

    async def unlock(self) -> str:
        """Have the locked order book opened again or set aside, and return how the flow ended."""
        return await self._fix(
            LOCK_ISSUE, [{"next_step_id": "new_book"}, {"understood": True}]
        )

    async def _fix(self, issue: str, answers: list[dict[str, Any]]) -> str:
        handler = {"handler": "esim_topup", "issue_id": issue}
        step = _read(await self.house.ask(_FIX, handler))
        for answer in answers:
            if "flow_id" not in step or step.get("type") in ("abort", "create_entry"):
                break
            step = _read(await self.house.ask(f"{_FIX}/{step['flow_id']}", answer))
        return str(step.get("reason") or step.get("type"))


def _read(said: Said) -> dict[str, Any]:
    if said.status != 200:
        return {"type": f"HTTP {said.status}"}
    step: dict[str, Any] = json.loads(said.text)
    return step
