"""Our side of the wire: a provider whose requests and answers travel through the world, and may not come to their end.

One client belongs to one life of the process. What it sends lives on when it dies; what is answered then reaches nobody.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from custom_components.esim_topup.providers.base import (
    Account,
    Answer,
    AnswerState,
    Charge,
    Line,
    NotFound,
    Offer,
    Provider,
    ProviderInfo,
    ProviderKind,
    Purchase,
    Reading,
    ReadResult,
)
from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    MalformedAnswer,
    RateLimited,
    Unreachable,
)
from custom_components.esim_topup.providers.money import Money

from .lies import about_another
from .operator import Operator, settle_deadline
from .weather import Look, Road
from .wire import Life, Wire

PATIENCE: Final = 15.0
"""Seconds; after them the HTTP client gives up."""


@dataclass(slots=True)
class Client(Provider):
    """One account, as this process sees it."""

    wire: Wire
    life: Life
    operator: Operator
    names_time: bool
    roads: deque[Road]
    """What becomes of the next requests, if that is decided."""
    looks: deque[Look]
    _skew: timedelta | None = None

    @property
    def info(self) -> ProviderInfo:  # type: ignore[override]  # nobody writes it
        """What the provider is."""
        return ProviderInfo(
            key=self.operator.key,
            name="Simulated",
            kind=ProviderKind.AIRTIME,
            capabilities=self.operator.capabilities,
        )

    @property
    def clock_skew(self) -> timedelta | None:
        """The operator's clock minus ours, as its last answer told."""
        return self._skew

    # The wire

    def _future(self) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().create_future()

    def _hear(self, answer: asyncio.Future[Any], said: Any) -> None:
        """Let what was said at the other end arrive here, if anybody is left to hear it."""
        if self.life.is_over or answer.done():
            return
        if self.names_time:
            self._skew = self.wire.true_time(self.wire.now) - self.life.wall()
        answer.set_result(said)

    def _soon(self) -> float:
        if (pace := self.wire.pace) is not None:
            return self.wire.now + pace
        return self.wire.now + self.wire.dice.choice((0.001, 0.02, 0.02, 0.3, 2.0))

    # Purchases

    async def submit(self, purchase: Purchase) -> Answer:
        """Send one attempt."""
        road = self.roads.popleft() if self.roads else self.wire.draw_road()
        if road is Road.DUPLICATED and not self.operator.stands_repetition:
            road = Road.GOOD  # there no client survives it
        self.life.leaves(self.operator, purchase)
        if road is not Road.GOOD:
            self.wire.happened(f"network: {road.value}")
        if road is Road.CANCELLED:
            self.wire.cut_short(purchase.reference)
        answer = self._future()
        give_up = asyncio.get_running_loop().call_later(
            1e9 if road is Road.HANGS else PATIENCE, _give_up, answer
        )
        self._travel(road, purchase, answer)
        try:
            said = await answer
        finally:
            give_up.cancel()
        return self._meaning(road, said)

    def _travel(
        self, road: Road, purchase: Purchase, answer: asyncio.Future[Any]
    ) -> None:
        """Let a request go its way."""
        wire, operator = self.wire, self.operator
        left_at = wire.now
        deadline = settle_deadline(operator, left_at)
        there: float | None = self._soon()
        broken_at: float | None = None
        match road:
            case Road.NEVER_LEFT:
                there, broken_at = None, self._soon()
            case Road.LOST:
                there = None
            case Road.RESET_BEFORE:
                there, broken_at = None, self._soon()
            case Road.RESET_AFTER | Road.BREAKS | Road.CANCELLED:
                broken_at = wire.now + 2.05
            case Road.LATE | Road.RESET_LATE:
                if road is Road.RESET_LATE:
                    broken_at = self._soon()
                last = wire.dice.random() < 0.4
                earliest = deadline - 20 if last else left_at + 16
                there = wire.dice.uniform(earliest, deadline)
            case Road.BEYOND:
                there = left_at + operator.settle * wire.dice.uniform(1.05, 4)
                deadline = there + 60

        def arrive() -> None:
            wire.note(f"{purchase.reference[:4]} arrives at {operator.key}")
            wire.arrived(operator, purchase, left_at)
            said = operator.buy(purchase, deadline)
            if said is not None and road not in _MUTE:
                back = PATIENCE + 1 if road is Road.ANSWER_LATE else 0
                wire.at(self._soon() + back, lambda: self._hear(answer, said))

        if there is not None:
            wire.at(there, arrive)
        if there is not None and road is Road.DUPLICATED:
            wire.at(wire.dice.uniform(there, deadline - 1), arrive)
        if broken_at is not None:
            wire.at(broken_at, lambda: self._break(answer))

    def _break(self, answer: asyncio.Future[Any]) -> None:
        if not self.life.is_over and not answer.done():
            answer.set_result(None)

    def _meaning(self, road: Road, said: Answer | None) -> Answer:
        """Return what a module of ours makes of what came back, or did not."""
        if said is not None:
            return said
        match road:
            case Road.NEVER_LEFT:
                return Answer(state=AnswerState.NOT_SENT, reason="dns")
            case Road.BREAKS:
                raise KeyError("data")
            case Road.CANCELLED:
                raise asyncio.CancelledError
        return Answer(state=AnswerState.UNKNOWN, reason="timeout")

    # Questions

    async def _ask[T](
        self,
        serve: Callable[[], T],
        *,
        is_look_up: bool = False,
        another: Callable[[], T] | None = None,
    ) -> T:
        """Ask something; `another`: what comes if another question is answered. Raises whatever the look meets."""
        wire = self.wire
        look = self.looks.popleft() if self.looks else wire.draw_look()
        if is_look_up and wire.now < self.operator.down_until:
            look = Look.LOST
            wire.happened("operator: look-ups down")
        if look is not Look.GOOD:
            wire.happened(f"question: {look.value}")
        answer = self._future()
        give_up = asyncio.get_running_loop().call_later(
            1e9 if look is Look.HANGS else PATIENCE, _give_up, answer
        )
        if look not in (Look.LOST, Look.HANGS):
            wire.at(self._soon(), lambda: self._serve(serve, answer, look))
        try:
            said = await answer
        finally:
            give_up.cancel()
        if said is None:
            raise Unreachable
        if look in _FAULTS:
            _raise(look)
        result: T = said[0]
        return another() if look is Look.ANOTHER and another else result

    def _serve(
        self, serve: Callable[[], Any], answer: asyncio.Future[Any], look: Look
    ) -> None:
        said = (serve(),)
        pause = 14.0 if look is Look.SLOW else 0.0
        self.wire.at(self._soon() + pause, lambda: self._hear(answer, said))

    async def read(self, lines: Sequence[Line]) -> ReadResult:
        """Read balances."""
        return await self._ask(lambda: {line.id: self._reading(line) for line in lines})

    def _reading(self, line: Line) -> Reading:
        operator, wire = self.operator, self.wire
        balance = operator.balances.get(line.id, 20)
        return Reading(
            at=wire.true_time(wire.now),
            balance=Money.parse(balance, operator.currency),
        )

    async def offers(self, line: Line) -> list[Offer]:
        """Return what is sold."""
        return list(await self._ask(self.operator.offers))

    async def find(
        self, purchase: Purchase, provider_ref: str | None = None
    ) -> Answer | NotFound:
        """Look an order up."""
        names = self.wire.dice.choice(_NAMES)
        return await self._ask(
            lambda: self.operator.find(purchase),
            is_look_up=True,
            another=lambda: about_another(purchase, *names),
        )

    async def history(self, line: Line, since: datetime) -> list[Charge]:
        """Return every charge of a line."""
        return await self._ask(
            lambda: self.operator.history(line, since), is_look_up=True
        )

    async def account(self) -> Account:
        """Nobody asks this here."""
        raise NotImplementedError

    async def lines(self) -> list[Line]:
        """Nobody asks this here."""
        raise NotImplementedError


_MUTE: Final = frozenset(
    {
        Road.LATE,
        Road.RESET_LATE,
        Road.BEYOND,
        Road.ANSWER_LOST,
        Road.RESET_AFTER,
        Road.BREAKS,
        Road.CANCELLED,
        Road.HANGS,
    }
)
"""Roads on which no answer comes back."""

_FAULTS: Final = frozenset(
    {Look.MALFORMED, Look.UNAUTHORISED, Look.LIMITED, Look.BREAKS, Look.CANCELLED}
)


_NAMES: Final = (("reference",), ("line_id",), ("reference", "line_id"))
"""What an answer about another order names."""


def _give_up(answer: asyncio.Future[Any]) -> None:
    if not answer.done():
        answer.set_result(None)


def _raise(look: Look) -> NoReturn:
    match look:
        case Look.MALFORMED:
            raise MalformedAnswer
        case Look.UNAUTHORISED:
            raise AuthenticationFailed
        case Look.LIMITED:
            raise RateLimited(timedelta(hours=9))
        case Look.BREAKS:
            raise KeyError("balance")
    raise asyncio.CancelledError
