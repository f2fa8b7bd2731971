"""T4, T5, T6 and T9 by name (there is no T8): clocks that are wrong. What was paid is asked of the operator's books."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from torture.times.clocks import TornClock

from custom_components.esim_topup.orders.order import COUNTED, OrderState
from custom_components.esim_topup.orders.policy import Reason
from tests.orders.fake_provider import pays_late, pays_without_a_word
from tests.orders.samples import LIMITS, rub

from .house import CLASSES, DAY, HOUR, ONE_A_MONTH, REST, house

S = OrderState


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("names_its_time", [True, False], ids=["Date", "no Date"])
async def test_t4_a_clock_set_back_a_day_pays_nothing(
    quick: Path, kind: str, names_its_time: bool
) -> None:
    """Yesterday's limits were not spent yet."""
    clock = TornClock()
    limits = replace(LIMITS, cooldown=timedelta())
    async with house(quick, clock, kind=kind, limits=limits) as world:
        await world.order()
        clock.jump(-DAY)
        world.provider.clock_skew = DAY if names_its_time else None
        for _ in range(3):
            refused = await world.refusal(force=True)
            assert refused.reason is Reason.CLOCK_UNTRUSTED
            assert (await world.refusal()).reason is Reason.COOLING_DOWN
            await world.advance(HOUR)
        clock.set_right()
        world.provider.clock_skew = timedelta()
        assert world.provider.paid() == [rub(300)]
        assert (await world.order()).state is S.SUCCEEDED


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("names_its_time", [True, False], ids=["Date", "no Date"])
async def test_t4_a_clock_set_back_a_day_loses_no_order(
    quick: Path, kind: str, names_its_time: bool
) -> None:
    """An order that is a day away in the future is looked up all the same, and blocks its line until then."""
    clock = TornClock()
    async with house(quick, clock, kind=kind) as world:
        world.provider.script.append(pays_without_a_word)
        await world.order()
        clock.jump(-DAY)
        world.provider.clock_skew = DAY if names_its_time else None
        await world.refusal()
        await world.advance(20 * timedelta(minutes=1))
        await world.refusal()
        clock.set_right()
        world.provider.clock_skew = timedelta()
        await world.advance(HOUR)
        assert world.state is (S.HELD if kind == "N" else S.SUCCEEDED)
        assert (await world.refusal()).reason in (Reason.HELD, Reason.COOLING_DOWN)
        assert world.provider.paid() == [rub(300)]


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("names_its_time", [True, False], ids=["Date", "no Date"])
async def test_t5_a_clock_set_forward_40_days_ends_no_rest_and_settles_nothing(
    quick: Path, kind: str, names_its_time: bool
) -> None:
    """Everything looks over: the rest, the month, the settle window. The request is still on its way."""
    clock = TornClock()
    async with house(quick, clock, kind=kind) as world:
        world.provider.script.append(pays_late(timedelta(minutes=8)))
        await world.order()
        clock.jump(40 * DAY)
        world.provider.clock_skew = -40 * DAY if names_its_time else None
        await world.advance(timedelta(minutes=7))
        assert world.last.open
        refused = await world.refusal()
        assert refused.reason is not Reason.LIMIT_ACCOUNT_MONTH
        await world.advance(timedelta(minutes=30))
        assert world.provider.paid() == [rub(300)]
        assert world.state in (S.SUCCEEDED, S.UNKNOWN, S.HELD)
        await world.refusal()
        clock.set_right()
        world.provider.clock_skew = timedelta()
        await world.advance(2 * HOUR)
        assert world.state is (S.HELD if kind == "N" else S.SUCCEEDED)
        assert len(world.provider.paid()) == 1


@pytest.mark.parametrize("kind", CLASSES)
async def test_t6_a_boot_in_1970_pays_nothing_and_finds_what_was_paid(
    quick: Path, kind: str
) -> None:
    """A machine without a battery clock begins like this each time."""
    clock = TornClock()
    async with house(quick, clock, kind=kind) as world:
        world.provider.script.append(pays_without_a_word)
        await world.order()
        await world.crash()
        clock.wall = datetime(1970, 1, 1, tzinfo=UTC)
        world.provider.clock_skew = None
        await world.boot()
        assert world.last.state in COUNTED
        await world.advance(timedelta(minutes=3))
        assert (await world.refusal()).reason is Reason.CLOCK_UNTRUSTED
        clock.set_right()
        world.provider.clock_skew = timedelta()
        await world.advance(HOUR)
        assert world.state is (S.HELD if kind == "N" else S.SUCCEEDED)
        assert len(world.provider.paid()) == 1


@pytest.mark.parametrize("names_its_time", [True, False], ids=["Date", "no Date"])
async def test_t6_a_new_book_in_1970_begins_when_the_time_is_known(
    quick: Path, names_its_time: bool
) -> None:
    """What is dated 1970 counts in no month of now: the limit could be spent twice."""
    clock = TornClock(datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC))
    async with house(quick, clock, limits=ONE_A_MONTH) as world:
        world.provider.clock_skew = clock.true - clock.wall if names_its_time else None
        assert (await world.refusal()).reason is Reason.CLOCK_UNTRUSTED
        assert world.provider.paid() == []
        clock.set_right()
        world.provider.clock_skew = timedelta()
        assert (await world.order()).state is S.SUCCEEDED
        assert (await world.refusal()).reason is Reason.LIMIT_ACCOUNT_MONTH


@pytest.mark.parametrize(
    "asleep",
    [
        pytest.param(span, id=f"T9 asleep for {span}")
        for span in (timedelta(minutes=20), 7 * HOUR, 30 * HOUR, 5 * DAY)
    ],
)
@pytest.mark.parametrize("kind", CLASSES)
async def test_t9_a_suspended_machine_wakes_to_one_charge(
    quick: Path, kind: str, asleep: timedelta
) -> None:
    """Its monotonic clock stood still: the order looks young, the key is forgotten, the queue has moved."""
    clock = TornClock()
    async with house(quick, clock, kind=kind) as world:
        world.provider.script.append(pays_late(timedelta(minutes=8)))
        await world.order()
        clock.suspend(asleep)
        await world.settle()
        await world.refusal()
        assert len(world.provider.paid()) == 1
        await world.advance(80 * HOUR)
        assert world.orders[0].state is (S.HELD if kind == "N" else S.SUCCEEDED)
        assert len(world.provider.paid()) == 1


async def test_t9_a_suspended_machine_does_not_shorten_a_rest(quick: Path) -> None:
    """Seven hours in a bag are longer than a rest of six; the process cannot know whether they were hours."""
    clock = TornClock()
    async with house(quick, clock) as world:
        await world.order()
        clock.suspend(7 * HOUR)
        assert (await world.refusal()).reason is Reason.COOLING_DOWN
        await world.advance(REST)
        assert (await world.order()).state is S.SUCCEEDED
