"""The moments of an order at which a cell strikes, each held still until it is let go.

Nothing in the integration knows of this: the operator waits where it is told to, and the engine's step between the durable
intent and the send is wrapped from outside.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
import pytest

from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.order import Order, OrderState
from tests.operator import wire
from tests.operator.client import OperatorControl
from tests.operator.faults import Fault, Kind

PATIENCE: Final = 20
"""Seconds. Everything here happens on this machine, however busy: whoever waits longer has found a defect."""


@dataclass
class Gate:
    """Holds whoever comes to it until it is opened."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    answer_is_lost: bool = False
    """The connection breaks when the gate opens."""
    holds_senders: bool = False
    """The gate stands between the durable intent and the send."""

    async def hold(self) -> None:
        """Wait here."""
        self.reached.set()
        await self.opened.wait()

    async def until_reached(self) -> None:
        """Wait until somebody stands at the gate."""
        async with asyncio.timeout(PATIENCE):
            await self.reached.wait()


@dataclass(frozen=True)
class Moment:
    """Where an order is when it is struck, and how that can be seen from outside."""

    name: str
    fault: Kind | None
    """What holds the operator there; without one it is the engine that is held."""
    operation: str = "order"
    state: OrderState | None = OrderState.SUBMITTING
    """How the book has it; `None`: there is no order yet."""
    requests: int = 1
    """Purchases that have reached the operator."""
    charges: int = 0

    async def prepare(self, gate: Gate, operator: OperatorControl) -> None:
        """Let the next order stop here."""
        if self.fault is None:
            gate.holds_senders = True
        else:
            await operator.fault(self.fault.value, self.operation)

    def __str__(self) -> str:
        """For ids."""
        return self.name


LOOK: Final = Moment(
    "at the look", Kind.DELAY, operation="line", state=None, requests=0
)
BEFORE_SEND: Final = Moment("before the send", None, requests=0)
HOLDING: Final = Moment("while the operator holds the answer", Kind.DELAY)
CHARGED: Final = Moment("after the charge", Kind.DELAY_AFTER, charges=1)

MOMENTS: Final = (LOOK, BEFORE_SEND, HOLDING, CHARGED)


def guard(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the gate in the way of the operator's delays and of the engine's send."""
    disturb, publish = wire.disturb, Engine.publish

    async def held(fault: Fault, request: web.BaseRequest) -> None:
        if fault.kind not in (Kind.DELAY, Kind.DELAY_AFTER):
            await disturb(fault, request)
            return
        await gate.hold()
        if gate.answer_is_lost:
            raise wire.Cut(reset=True)

    async def published(engine: Engine, order: Order) -> None:
        if gate.holds_senders and order.state is OrderState.SUBMITTING:
            gate.holds_senders = False
            await gate.hold()
        await publish(engine, order)

    monkeypatch.setattr(wire, "disturb", held)
    monkeypatch.setattr(Engine, "publish", published)
