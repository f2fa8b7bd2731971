"""The house as a state machine: each rule is one thing that may happen, and all promises are looked at after each of them.

The world has no dice of its own here: what the road, the operator and the disk do is decided by rules, so that a failure
shrinks to a short program.
"""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from custom_components.esim_topup.orders.limits import Limits

from ..simulation.account import SimAccount
from ..simulation.calm import settle_down
from ..simulation.scene import CAPABILITIES, quiet_world, rub
from ..simulation.weather import Look, Mood, Road
from ..simulation.world import World

_ROADS: Final = [road for road in Road if road is not Road.BEYOND]
_PAUSES: Final = [0, 0.01, 1, 20, 40, 400, 1_000, 4_000, 30_000, 100_000]
_ERRORS: Final = [0, 0, -24, -1, 1, 24, 960]
"""Hours by which the clock on the wall may be wrong."""


class HouseMachine(RuleBasedStateMachine):
    """One house with two lines, one operator, and everything that may go wrong."""

    room: ClassVar[Path]
    images: ClassVar[Mapping[str, bytes]]
    reached: ClassVar[dict[str, int]] = {}
    played: ClassVar[int] = 0
    stepped: ClassVar[int] = 0
    """Steps of all examples, each with a look at all promises after it."""
    _rooms: ClassVar[count[int]] = count()

    world: World
    account: SimAccount

    @initialize(
        letter=st.sampled_from(sorted(CAPABILITIES)),
        refuses_repeats=st.booleans(),
        names_time=st.booleans(),
        cooldown=st.sampled_from([0, 20, 360]),
    )
    def a_house(
        self,
        letter: str,
        refuses_repeats: bool,
        names_time: bool,
        cooldown: int,
    ) -> None:
        """A house with an empty book is started."""
        type(self).played += 1
        self.world = quiet_world(
            self.room / f"t1-{next(self._rooms)}",
            self.images,
            letter,
            names_time=names_time,
            refuses_repeats=refuses_repeats,
            account_month=rub(6000),
            line_month=rub(2500),
            cooldown=timedelta(minutes=cooldown),
        )
        self.account = self.world.accounts[0]
        self.world.boot()
        self.world.pass_time(1)

    # Wishes

    @rule(
        line=st.integers(0, 1),
        amount=st.sampled_from([300, 110, 700]),
        name=st.sampled_from([None, None, "monthly"]),
        force=st.booleans(),
        then=st.sampled_from([60, 60, 0, 0.02, 0.05, 1]),
    )
    def wish(
        self,
        line: int,
        amount: int,
        name: str | None,
        force: bool,
        then: float,
    ) -> None:
        """Somebody wants something; so many seconds later something else happens."""
        self._wish(line, amount, name, force=force)
        self.world.pass_time(then)

    @rule(
        line=st.integers(0, 1),
        road=st.sampled_from(_ROADS),
        mood=st.sampled_from(list(Mood)),
        then=st.sampled_from([60, 60, 0, 0.02, 0.05, 1]),
    )
    def wish_in_bad_weather(
        self, line: int, road: Road, mood: Mood, then: float
    ) -> None:
        """Somebody wants something, and the request or the operator has a bad day."""
        self.account.roads.append(road)
        self.account.operator.script.append(mood)
        self._wish(line, 300, None, force=True)
        self.world.pass_time(then)

    @rule(line=st.integers(0, 1), times=st.integers(2, 5))
    def wishes(self, line: int, times: int) -> None:
        """A few callers at the same instant."""
        for _ in range(times):
            self._wish(line, 300, None, force=False)
        self.world.pass_time(60)

    def _wish(self, line: int, amount: int, name: str | None, *, force: bool) -> None:
        if self.world.life is None:
            self.world.boot()
            self.world.pass_time(1)
        self.world.wish(
            self.account, line, "open", amount, request_id=name, force=force
        )

    @rule()
    def callers_are_cancelled(self) -> None:
        """A script in mode restart."""
        for call in self.world.calls:
            self.world.cancel(call)
        self.world.pass_time(0)

    @rule(seconds=st.sampled_from(_PAUSES))
    def time_passes(self, seconds: float) -> None:
        """A moment, or a day."""
        self.world.pass_time(seconds)

    # Out there

    @rule(road=st.sampled_from(_ROADS))
    def the_next_request_meets(self, road: Road) -> None:
        """What becomes of the next purchase request on its way."""
        self.account.roads.append(road)

    @rule(mood=st.sampled_from(list(Mood)))
    def the_operator_next(self, mood: Mood) -> None:
        """What the operator does with the next purchase."""
        self.account.operator.script.append(mood)

    @rule(look=st.sampled_from(list(Look)), times=st.sampled_from([1, 5]))
    def the_next_questions_meet(self, look: Look, times: int) -> None:
        """Readings, offers, look-ups."""
        self.account.looks.extend([look] * times)

    @rule(hours=st.sampled_from([1, 30, 80]))
    def look_ups_are_down(self, hours: int) -> None:
        """The operator cannot be asked about orders."""
        self.account.operator.down_until = self.world.now + hours * 3600

    @rule(minutes=st.sampled_from([1, 20]))
    def the_index_lags(self, minutes: int) -> None:
        """What is new there cannot be found yet."""
        self.account.operator.blind_until = self.world.now + minutes * 60

    @rule(line=st.integers(0, 1), amount=st.sampled_from([300, 500]))
    def a_stranger_pays(self, line: int, amount: int) -> None:
        """In the operator's own app."""
        self.account.operator.charge_stranger(f"L{line}", rub(amount), "open")

    # At home

    @precondition(lambda self: self.world.life is not None)
    @rule(power=st.booleans())
    def the_process_is_gone(self, power: bool) -> None:
        """Killed, or the power fails."""
        self.world.crash(power=power)

    @precondition(lambda self: self.world.life is not None)
    @rule(operations=st.integers(1, 30), power=st.booleans())
    def it_will_be_gone_inside_of_a_write(
        self,
        operations: int,
        power: bool,
    ) -> None:
        """The nth operation of the disk from now on is the last one."""
        self.world.drive.light_fuse(operations, power=power)

    @precondition(lambda self: self.world.life is None)
    @rule()
    def it_starts_at_once(self) -> None:
        """Again."""
        self.world.boot()
        self.world.pass_time(1)

    @precondition(lambda self: self.world.life is None)
    @rule(hours=st.sampled_from([1, 30]))
    def it_starts_later(self, hours: int) -> None:
        """An hour or a day later."""
        self.world.pass_time(hours * 3600)
        self.world.boot()
        self.world.pass_time(1)

    @precondition(lambda self: self.world.life is not None)
    @rule()
    def it_stops(self) -> None:
        """Home Assistant is stopped in good order."""
        self.world.stop()
        self.world.pass_time(30)

    @rule(
        trouble=st.integers(0, 6),
        nth=st.integers(1, 6),
        times=st.sampled_from([1, 10**6]),
    )
    def the_disk_fails(self, trouble: int, nth: int, times: int) -> None:
        """Once, or until somebody looks after it."""
        self.world.sicken(trouble, nth, times)

    @precondition(lambda self: self.world.life is not None)
    @rule(heals=st.booleans())
    def a_person_unlocks(self, heals: bool) -> None:
        """After looking after the disk, or not."""
        if heals:
            self.world.drive.heal()
        self.world.unlock()
        self.world.pass_time(0.1)

    @rule()
    def a_person_decides(self) -> None:
        """About what is held, by the operator's books."""
        self.world.decide()
        self.world.pass_time(0)

    @precondition(lambda self: self.world.life is not None)
    @rule(limit=st.sampled_from([300, 1500, 6000]))
    def options_change(self, limit: int) -> None:
        """The account is set up anew, with other limits."""
        limits = Limits(
            per_order=rub(700),
            account_month=rub(limit),
            cooldown=self.account.limits.cooldown,
        )
        self.account.set_limits(self.world.now, limits)
        life = self.world.life
        assert life is not None
        life.engine.detach(self.account.key)
        life.do(life.attach(self.account))
        self.world.pass_time(0)

    @rule(hours=st.sampled_from(_ERRORS))
    def the_clock_is_set(self, hours: int) -> None:
        """Rightly or wrongly."""
        self.world.set_clock(timedelta(hours=hours))

    @rule(seconds=st.sampled_from([100, 90_000]))
    def the_lid_is_closed(self, seconds: int) -> None:
        """The machine is suspended."""
        self.world.suspend(seconds)
        self.world.pass_time(0)

    # What must hold

    @invariant()
    def every_promise_holds(self) -> None:
        """I1 to I11."""
        if not hasattr(self, "world"):
            return
        type(self).stepped += 1
        self.world.promises.between()
        _assert_held(self.world)

    def teardown(self) -> None:
        """In the end all trouble is over, and everything settles."""
        if not hasattr(self, "world"):
            return
        try:
            if not self.world.promises.broken:
                self._end_well()
        finally:
            for name, times in self.world.seen.items():
                self.reached[name] = self.reached.get(name, 0) + times
            self.world.leave()

    def _end_well(self) -> None:
        self.account.roads.clear()
        self.account.looks.clear()
        self.account.operator.script.clear()
        settle_down(self.world)
        _assert_held(self.world)


def _assert_held(world: World) -> None:
    broken = world.promises.broken
    assert not broken, "\n".join(
        (*(f"{promise}: {what}" for promise, what in broken), *world.trace.told(40))
    )
