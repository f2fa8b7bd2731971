"""Stories that nobody would think of: drawn by chance, played in virtual time, with the promises looked at after each step.

The seed is the name of the test. A story that fails is told again by `pytest -k "seed-17"`.
"""

import asyncio
from collections import Counter, deque
from dataclasses import replace
from datetime import timedelta
import os
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import COUNTED, OrderState
from custom_components.esim_topup.orders.policy import Health
from custom_components.esim_topup.providers.base import Answer, AnswerState, Purchase
from custom_components.esim_topup.providers.errors import RateLimited, Unreachable

from .fake_provider import (
    Deed,
    FakeProvider,
    declines,
    fails,
    is_cancelled_inside,
    is_lost,
    look_fails,
    look_works,
    looks_it_up,
    never_leaves,
    pays,
    pays_and_raises,
    pays_and_says,
    pays_another,
    pays_late,
    pays_without_a_word,
    queues,
    refuses,
)
from .samples import LIMITS, line, rub
from .world import World

S = OrderState
MINUTE: Final = timedelta(minutes=1)

SEEDS: Final = int(os.environ.get("STORIES", "40"))
"""As many as a second has room for; `STORIES=5000` tells more."""


def takes_its_time(*, charges: bool) -> Deed:
    """Return a deed whose answer does not come: 20 seconds later the module gives up."""

    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        if charges:
            provider.charge(purchase)
        await provider.clock.sleep(timedelta(seconds=20))
        return Answer(state=AnswerState.UNKNOWN, reason="timeout")

    return deed


DEEDS: Final[list[Deed]] = [
    pays,
    pays_without_a_word,
    is_lost,
    declines,
    never_leaves,
    queues,
    takes_its_time(charges=True),
    takes_its_time(charges=False),
    is_cancelled_inside,
    pays_late(8 * MINUTE),
    pays_and_raises(RuntimeError()),
    pays_and_says(AnswerState.SUCCEEDED, reference="x"),
    pays_and_says(AnswerState.SUCCEEDED, reference=None),
    pays_another(100),
]
"""The first attempt may meet any of them; a repeated one may be refused as well."""


class Story:
    """One house, one operator, and a die."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Throw the die for what the house is like."""
        self.die = Random(seed)
        kind = self.die.choice(["K", "K blind", "L", "L+", "H", "N"])
        lines = tuple(line(number) for number in range(self.die.randint(1, 3)))
        limits = replace(
            LIMITS,
            account_month=rub(self.die.choice([300, 900, 3000])),
            account_day=self.die.choice([None, rub(600)]),
            line_month=self.die.choice([None, rub(600)]),
            cooldown=self.die.choice([timedelta(), 20 * MINUTE, timedelta(hours=6)]),
        )
        self.world = World(folder, kind, limits=limits, lines=lines)
        self.names_its_time = self.die.random() < 0.7
        # Amounts that the operator took above the order, and answers that lacked a field, end with a person.
        self.world.forgiven |= {"I9"}
        self.callers: list[asyncio.Task[Any]] = []

    async def tell(self, steps: int) -> None:
        """Play so many steps, then let the sun shine, and look at the end."""
        self.look_at_the_clock()
        await self.world.boot()
        for _ in range(steps):
            step = self.die.choice(
                [
                    self.wish,
                    self.wish,
                    self.wish,
                    self.wait,
                    self.wait,
                    self.crash,
                    self.end,
                    self.trouble,
                    self.impatience,
                    self.lock,
                    self.leave,
                    self.jump,
                ]
            )
            await step()
            self.look()
        await self.sunshine()
        self.look()
        self.look_at_the_end()
        self.world.check()

    # Steps

    async def wish(self) -> None:
        """Somebody wants something: once, or a few at the same time."""
        world = self.world
        world.provider.script.append(self.die.choice(DEEDS))
        for _ in range(self.die.choice([1, 1, 3])):
            self.callers.append(
                world.begin(
                    self.die.choice(world.lines),
                    money=rub(self.die.choice([100, 300, 300, 700])),
                    request_id=self.die.choice([None, None, "a", "b"]),
                    force=self.die.random() < 0.3,
                    only_below=self.die.choice([None, rub(50)]),
                )
            )
        for _ in range(self.die.randint(0, 40)):
            await asyncio.sleep(0)
        if self.die.random() < 0.7:
            await world.settle()

    async def wait(self) -> None:
        """Time passes: a moment, or a long time."""
        await self.world.advance(
            self.die.choice([1, 10, 30, 200, 3000])
            * timedelta(seconds=self.die.randint(1, 20))
        )

    async def crash(self) -> None:
        """The power fails."""
        await self.world.reboot(
            off_for=self.die.choice([timedelta(), MINUTE, timedelta(hours=30)])
        )

    async def end(self) -> None:
        """Home Assistant is restarted."""
        await self.world.engine.stop(timedelta())
        await self.world.boot(self.world.engine.witness)

    async def trouble(self) -> None:
        """The operator has a bad moment."""
        provider = self.world.provider
        provider.find_script = deque(
            self.die.choice(
                [
                    looks_it_up,
                    fails(Unreachable()),
                    fails(KeyError()),
                    fails(asyncio.CancelledError()),
                ]
            )
            for _ in range(self.die.randint(0, 6))
        )
        provider.look_script = deque(
            self.die.choice(
                [look_works, look_fails(RateLimited()), look_fails(ValueError())]
            )
            for _ in range(self.die.randint(0, 6))
        )
        if self.die.random() < 0.3:
            provider.script.append(
                refuses
                if any(provider.sent) and self.world.kind.startswith("K")
                else pays
            )
        if (
            self.die.random() < 0.2
        ):  # never longer than the operator's own settle window
            provider.hides_orders_until = self.world.clock.mono + 5 * MINUTE
        if self.die.random() < 0.3:
            provider.charge_foreign(rub(300), self.die.choice(self.world.lines).id)

    async def impatience(self) -> None:
        """Callers are cancelled: a script in mode restart."""
        for caller in self.callers:
            if self.die.random() < 0.5:
                caller.cancel()
        await asyncio.sleep(0)

    async def lock(self) -> None:
        """The disk says no once, and a person unlocks."""
        self.world.engine.lock(LockReason.WRITE_FAILED)
        for _ in range(self.die.randint(0, 10)):
            await asyncio.sleep(0)
        for flight in self.world.engine._flights.values():
            flight.task.cancel()  # what the patience of 15 s would do
        await self.world.engine.unlock()

    async def leave(self) -> None:
        """The account is reloaded."""
        if self.die.random() < 0.5:
            self.world.engine.detach(next(iter(self.world.engine.accounts), ""))
            await self.wait()
        await self.world.attach()

    async def jump(self) -> None:
        """Somebody sets the clock, or it is set right."""
        clock = self.world.clock
        wrong = self.die.choice([-24, -1, 1, 24, 40 * 24]) * timedelta(hours=1)
        clock.wall = clock.true + self.die.choice([timedelta(), wrong])
        self.look_at_the_clock()

    def look_at_the_clock(self) -> None:
        """Let the operator's answers say how far our clock is off, if they say so at all."""
        clock = self.world.clock
        self.world.provider.clock_skew = (
            clock.true - clock.wall if self.names_its_time else None
        )

    # Promises

    def look(self) -> None:
        """I1, I4, I7 at every moment."""
        world = self.world
        references = [
            entry.reference for entry in world.provider.entries if entry.reference
        ]
        assert len(references) == len(set(references)), "charged twice"
        counted = [order for order in world.orders if order.state in COUNTED]
        limit = world.limits.account_month
        assert limit is not None
        sums = Counter[str]()
        for order in counted:
            sums[order.month] += order.money.minor
        assert all(minor <= limit.minor for minor in sums.values()), "above the limit"
        for order in counted:
            assert order.money <= world.limits.per_order

    async def sunshine(self) -> None:
        """Faults end; everything that can be settled settles."""
        world = self.world
        world.provider.script.clear()
        world.provider.find_script.clear()
        world.provider.look_script.clear()
        world.clock.wall = world.clock.true
        self.look_at_the_clock()
        await world.settle()
        if world.engine.health is Health.LOCKED:
            await world.engine.unlock()
        await world.attach()
        await world.advance(timedelta(hours=80))

    def look_at_the_end(self) -> None:
        """I2, I10: every charge has its order, and no order is left that nobody looks after."""
        world = self.world
        states = {order.id: order.state for order in world.orders}
        assert not set(states.values()) & {S.SUBMITTING, S.UNKNOWN, S.PENDING}
        for entry in world.provider.entries:
            if entry.reference is not None:
                assert states[entry.reference] in COUNTED, (
                    f"charged and {states[entry.reference]}"
                )
        assert all(caller.done() for caller in self.callers)
        for caller in self.callers:
            if not caller.cancelled():
                assert caller.exception() is None
                assert isinstance(caller.result(), Placed) or caller.result().reason


@pytest.mark.parametrize("seed", range(SEEDS), ids=lambda seed: f"seed-{seed}")
async def test_no_story_costs_more_than_it_should(tmp_path: Path, seed: int) -> None:
    """I1, I2, I4, I5, I6, I10: whatever happens, in whatever order."""
    story = Story(tmp_path, seed)
    try:
        await story.tell(12)
    finally:
        await story.world.engine.stop(timedelta())
