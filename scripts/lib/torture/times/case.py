"""One story of the matrix: an order, a phase of it in which a clock jumps, and what the operator has done meanwhile."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Health, Refused
from custom_components.esim_topup.providers.base import Answer, Purchase
from custom_components.esim_topup.providers.errors import Unreachable
from tests.orders.fake_provider import (
    Deed,
    FakeProvider,
    fails,
    is_lost,
    look_works,
    pays,
    pays_late,
    pays_without_a_word,
    queues,
)
from tests.orders.samples import LIMITS, rub
from tests.orders.world import World

from .clocks import TornClock
from .jumps import JUMPS

KINDS: Final = ("K", "K blind", "L", "L+", "H", "N")

MINUTE: Final = timedelta(minutes=1)
COOLDOWN: Final = timedelta(hours=6)
CAP: Final = rub(600)

LATE: Final = 8 * MINUTE
"""When a request that stood in a queue is carried out: within every operator's settle window."""

FATES: Final[dict[str, Deed]] = {
    "paid, answer lost": pays_without_a_word,
    "never arrived": is_lost,
    "arrives late": pays_late(LATE),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that reached the operator, in true time."""

    at: timedelta
    reference: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an order that was told, in true time."""

    at: timedelta
    order: Order


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a wish was told."""

    at: timedelta
    wall: datetime
    told: Placed | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What to play."""

    jump: str
    phase: str
    kind: str
    fate: str
    named: bool
    """The operator's answers name its time."""
    restarted: bool = False
    """The process ends with the jump: nothing remembers how long ago anything was."""

    def __str__(self) -> str:
        """Be readable as the name of a test."""
        time = "time named" if self.named else "no time named"
        restart = ", restarted" if self.restarted else ""
        return f"{self.jump}, {self.phase}, {self.kind}, {self.fate}, {time}{restart}"


@dataclass(slots=True)
class Play:
    """A case being played."""

    case: Case
    folder: Path
    clock: TornClock = field(default_factory=TornClock)
    world: World = field(init=False)
    sent: list[Sent] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    jumped_at: timedelta | None = None
    callers: list[asyncio.Task[Placed | Refused]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Build the house."""
        limits = replace(
            LIMITS, account_month=CAP, account_rolling=CAP, cooldown=COOLDOWN
        )
        self.world = World(self.folder, self.case.kind, clock=self.clock, limits=limits)
        durable = self.world.provider.on_submit

        def arrives(purchase: Purchase) -> None:
            self.sent.append(Sent(self.clock.mono, purchase.reference))
            durable(purchase)

        self.world.provider.on_submit = arrives

    async def tell(self) -> None:
        """Play the case, then let the clock be set right and days pass."""
        await self._boot()
        await PHASES[self.case.phase](self)
        if self.jumped_at is None:
            raise AssertionError(f"{self.case}: the clock never jumped")
        for pause in (timedelta(), 7 * MINUTE, 10 * MINUTE, 40 * MINUTE):
            await self.advance(pause)
            await self.wish()
        self.clock.set_right()
        self.look_at_the_clock()
        for hours in (1, 5, 1, 25, 50):
            await self.wish()
            await self.advance(timedelta(hours=hours))
        await self.world.settle()

    # What a phase is made of

    def jump(self) -> None:
        """Let it happen."""
        self.jumped_at = self.clock.mono
        JUMPS[self.case.jump](self.clock)
        self.look_at_the_clock()

    async def jump_now(self) -> None:
        """Let it happen between two steps; perhaps the process ends with it."""
        await self.world.settle()
        self.jump()
        if self.case.restarted:
            await self.world.crash()
            await self._boot()
        await self.world.settle()

    def look_at_the_clock(self) -> None:
        """Let the operator's answers say how far our clock is off, if they say so at all."""
        skew = self.clock.true - self.clock.wall
        self.world.provider.clock_skew = skew if self.case.named else None

    async def wish(self) -> None:
        """Want 300 RUB, wait for what can be told at once, and note it."""
        caller = self.world.begin()
        self.callers.append(caller)
        await self.world.settle()
        if caller.done():
            told = Verdict(self.clock.mono, self.clock.wall, caller.result())
            self.verdicts.append(told)

    async def advance(self, pause: timedelta) -> None:
        """Let time pass."""
        await self.world.advance(pause)

    async def order(self, deed: Deed) -> None:
        """Make the first order."""
        self.world.provider.script.append(deed)
        await self.wish()

    @property
    def fate(self) -> Deed:
        """What becomes of the first request."""
        return FATES[self.case.fate]

    async def _boot(self) -> None:
        await self.world.boot(attach=False)
        self.look_at_the_clock()
        self.world.engine.subscribe(
            lambda order: self.steps.append(Step(self.clock.mono, order))
        )
        await self.world.attach()
        await self.world.settle()

    @property
    def stuck(self) -> bool:
        """Whether the engine is not what it was."""
        return self.world.engine.health is not Health.READY


# The phases. Each ends after the jump.


async def _before_the_look(play: Play) -> None:
    await play.jump_now()
    await play.order(play.fate)


async def _between_look_and_reserve(play: Play) -> None:
    async def jump() -> None:
        play.jump()

    # The balance is read before; what is sold is asked while the clock jumps.
    play.world.provider.look_script = deque([look_works, jump])
    await play.order(play.fate)


async def _in_flight(play: Play) -> None:
    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        play.jump()
        return await play.fate(provider, purchase)

    await play.order(deed)
    if play.case.restarted:
        await play.jump_now()


async def _answered(play: Play) -> None:
    """The operator has acted, and the clock jumps while its answer travels."""

    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        answer = await play.fate(provider, purchase)
        play.jump()
        return answer

    await play.order(deed)


async def _unknown(play: Play) -> None:
    await play.order(play.fate)
    await play.advance(timedelta(seconds=2))
    await play.jump_now()


async def _pending(play: Play) -> None:
    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        answer = await queues(provider, purchase)
        if play.case.fate == "paid, answer lost":
            provider.charge(purchase)
        if play.case.fate == "arrives late":
            provider.charge_later(purchase, LATE)
        return answer

    await play.order(deed)
    await play.advance(timedelta(seconds=2))
    await play.jump_now()


async def _held(play: Play) -> None:
    """Nobody answers for three days; then a person has to look."""
    if play.case.kind != "N":
        play.world.provider.find_script = deque([fails(Unreachable())] * 10_000)
    await play.order(play.fate)
    if play.case.kind == "H":
        play.world.provider.look_script = deque([_nobody_answers] * 10_000)
    await play.advance(timedelta(hours=76))
    play.world.provider.find_script.clear()
    play.world.provider.look_script.clear()
    await play.jump_now()


async def _cooling_down(play: Play) -> None:
    await play.order(pays)
    await play.advance(MINUTE)
    await play.jump_now()


async def _nobody_answers() -> None:
    raise Unreachable


type Phase = Callable[[Play], Awaitable[None]]

PHASES: Final[dict[str, Phase]] = {
    "before the look": _before_the_look,
    "between look and reserve": _between_look_and_reserve,
    "in flight": _in_flight,
    "the answer travels": _answered,
    "unknown": _unknown,
    "pending": _pending,
    "held": _held,
    "cooling down": _cooling_down,
}

RESTARTABLE: Final = frozenset(
    {"before the look", "in flight", "unknown", "pending", "held", "cooling down"}
)

FINAL: Final = frozenset({OrderState.SUCCEEDED, OrderState.FAILED, OrderState.HELD})
