"""A crash at each point, and what the next start makes of it. The operator's books say what is right (A1-A12)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Health, Reason

from .fake_provider import (
    declines,
    hangs,
    is_lost,
    pays,
    pays_late,
    pays_without_a_word,
    queues,
    waits_for,
)
from .samples import LIMITS, LINE, MOSCOW, make_order, rub
from .world import World, plant, reading

S = OrderState
MINUTE = timedelta(minutes=1)
SETTLED = timedelta(minutes=31)
_TIGHT = replace(LIMITS, account_month=rub(500))

ENDS = {
    "K": S.SUCCEEDED,
    "L": S.FAILED,
    "L+": S.FAILED,
    "H": S.FAILED,
    "N": S.HELD,
    "K blind": S.SUCCEEDED,
}
"""What becomes of an order that never left: class K may send it after all, for N only a person can say."""


# Rows as a crash leaves them


@pytest.mark.parametrize(("kind", "charged"), product(ENDS, [False, True]))
async def test_an_order_that_was_being_sent_is_settled(
    tmp_path: Path, kind: str, *, charged: bool
) -> None:
    """A3-A8: the row says "submitting"; whether anything was sent, only the operator knows."""
    world = World(tmp_path, kind)
    await world.boot()
    await world.engine.stop()
    order = make_order(S.SUBMITTING)
    plant(world.path, order)
    if charged:
        world.provider.charge(order.purchase(LINE))
    world.clock.pass_by(10 * timedelta(seconds=1))
    # The operator named its time when the account was set up: class K may trust the age of the order.
    await world.boot()
    assert [heard.state for heard in world.heard][0] is S.UNKNOWN
    await world.advance(SETTLED)
    expected = ENDS[kind] if not charged or kind == "N" else S.SUCCEEDED
    assert world.state is expected
    assert len(world.provider.paid()) == (charged or expected is S.SUCCEEDED)
    if kind == "N":
        world.forgiven.add("I2")
    await world.engine.stop()
    world.check()


@pytest.mark.parametrize("state", [S.PENDING, S.UNKNOWN])
@pytest.mark.parametrize("kind", ["K", "L", "H"])
async def test_an_order_that_was_followed_is_followed_again(
    tmp_path: Path, kind: str, state: S
) -> None:
    """A10: a restart forgets no order that is open."""
    world = World(tmp_path, kind)
    await world.boot()
    await world.engine.stop()
    order = make_order(state)
    plant(world.path, order)
    world.provider.charge(order.purchase(LINE))
    await world.boot()
    await world.advance(MINUTE)
    assert world.state is S.SUCCEEDED
    await world.engine.stop()
    world.check()


async def test_a_held_order_stays_held_and_is_shown_again(tmp_path: Path) -> None:
    """I7, I8: only a person decides it, and a restart must not hide it."""
    world = World(tmp_path)
    await world.boot()
    await world.engine.stop()
    plant(world.path, make_order(S.HELD))
    await world.boot()
    await world.advance(timedelta(days=5))
    assert world.state is S.HELD
    assert [order.state for order in world.heard] == [S.HELD]
    assert (await world.refusal(force=True)).reason is Reason.HELD
    await world.engine.stop()
    world.check()


async def test_nothing_is_ordered_before_the_last_time_is_settled(
    tmp_path: Path,
) -> None:
    """P9: made unknown, durably, before the engine is ready."""
    world = World(tmp_path)
    await world.boot()
    await world.engine.stop()
    plant(world.path, make_order(S.SUBMITTING))
    stored: list[tuple[Health, S]] = []
    engine = world.engine = Engine(clock=world.clock)
    engine.subscribe_health(lambda: stored.append((engine.health, world.state)))
    await engine.start(world.path, zone=MOSCOW, witness=None)
    assert stored == [(Health.READY, S.UNKNOWN)]
    await world.attach()
    assert (await world.refusal(force=True)).reason is Reason.OUTCOME_UNKNOWN
    await engine.stop()


# A process that is gone in the middle


@pytest.mark.parametrize("steps", range(0, 60, 2))
@pytest.mark.parametrize("kind", ["K", "L", "H"])
async def test_a_crash_at_any_moment_of_an_order_costs_at_most_one_charge(
    world: World, steps: int
) -> None:
    """A1-A9: I1, I2, I5 at each await. The next process settles it, and may order anew only when that is right."""
    world.provider.script.append(pays_without_a_word)
    task = world.begin()
    for _ in range(steps):
        await asyncio.sleep(0)
    await world.reboot(off_for=MINUTE)
    await asyncio.wait((task,))
    await world.advance(SETTLED)
    assert len(world.provider.paid()) <= 1
    assert {order.state for order in world.orders} <= {S.SUCCEEDED, S.FAILED}
    assert [order.state for order in world.orders].count(S.SUCCEEDED) == len(
        world.provider.paid()
    )
    await world.recharge()
    assert len(world.provider.paid()) == 1


STOPS: list[Any] = [
    pytest.param(waits_for(asyncio.Event()), 0, id="A5 on its way there"),
    pytest.param(hangs, 1, id="A6 after the charge, before the answer"),
]


@pytest.mark.parametrize("kind", ["K", "L", "L+", "H", "K blind"])
@pytest.mark.parametrize("charged", [False, True])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_crash_while_the_operator_is_asked_to_pay(
    world: World, times: int, *, charged: bool
) -> None:
    """A5, A6, A12: also three crashes in a row, a minute apart."""
    world.provider.script.append(hangs if charged else waits_for(asyncio.Event()))
    task = world.begin()
    await world.settle()
    for _ in range(times):
        await world.reboot(off_for=MINUTE)
    await asyncio.wait((task,))
    await world.advance(SETTLED)
    expected = S.SUCCEEDED if charged else ENDS[world.kind]
    assert world.state is expected
    assert len(world.provider.paid()) == (expected is S.SUCCEEDED)


async def test_a_crash_between_the_answer_and_its_row(world: World) -> None:
    """A7, A8: the answer is lost with the process; the charge is not."""
    store = world.engine.store
    original = store.step

    async def never(*_: Any, **__: Any) -> Any:
        await asyncio.get_running_loop().create_future()

    store.step = never  # type: ignore[method-assign]
    task = world.begin()
    await world.settle()
    assert (world.state, len(world.provider.paid())) == (S.SUBMITTING, 1)
    await world.reboot(off_for=MINUTE)
    store.step = original  # type: ignore[method-assign]
    await asyncio.wait((task,))
    await world.advance(MINUTE)
    assert world.state is S.SUCCEEDED


async def test_a_crash_after_the_row_and_before_the_news(world: World) -> None:
    """A9: the next start shows what is in the book."""
    await world.order()
    await world.reboot()
    summary = world.engine.summary(world.last.line_key)
    assert summary is not None
    assert (summary.last_success, summary.book.spent.account_month) == (
        world.last,
        rub(300),
    )


@pytest.mark.parametrize("kind", ["K", "K blind"])
async def test_a_crash_in_the_middle_of_a_repetition(world: World) -> None:
    """A11: it is counted before it leaves, so that no process repeats it more often than allowed."""
    world.provider.script.extend([is_lost, hangs])
    await world.order()
    await world.advance(40 * timedelta(seconds=1))
    assert (world.last.sends, len(world.provider.sent)) == (2, 2)
    await world.reboot(off_for=MINUTE)
    await world.advance(SETTLED)
    assert (world.state, world.provider.paid()) == (S.SUCCEEDED, [rub(300)])


@pytest.mark.parametrize("kind", ["H"])
async def test_a_crash_around_the_proof_of_class_h(world: World) -> None:
    """The charge is tied to its order and the order is paid in one transaction: both or none."""
    world.provider.script.append(pays_without_a_word)
    await world.order()
    world.clock.pass_by(5 * timedelta(seconds=1))
    for _ in range(12):
        await asyncio.sleep(0)
        await world.crash()
        with_row = world.state is S.SUCCEEDED
        with reading(world.path) as connection:
            tied = connection.execute(
                "SELECT count(*) FROM charges WHERE order_id IS NOT NULL"
            ).fetchone()[0]
        assert bool(tied) is with_row
        await world.boot()
        world.clock.pass_by(5 * timedelta(seconds=1))
    await world.advance(SETTLED)
    assert world.state is S.SUCCEEDED


@pytest.mark.parametrize(
    ("deed", "end"),
    [
        (pays, S.SUCCEEDED),
        (declines, S.FAILED),
        (queues, S.PENDING),
        (pays_late(10 * MINUTE), S.SUCCEEDED),
    ],
)
async def test_restarting_over_and_over_changes_no_outcome(
    world: World, deed: Any, end: S
) -> None:
    """R8: a machine that restarts each minute for an hour still settles its order."""
    world.provider.script.append(deed)
    await world.order()
    for _ in range(60):
        await world.reboot(off_for=MINUTE)
    assert world.state is end
    assert len(world.provider.sent) == 1


async def test_two_houses_on_one_account_see_each_others_charges(
    tmp_path: Path,
) -> None:
    """D19: a cloned machine. Each counts what the other one pays, so the limit holds for both together."""
    here = World(tmp_path / "a", "L+", limits=_TIGHT)
    there = World(tmp_path / "b", "L+", limits=_TIGHT)
    for world in (here, there):
        world.folder.mkdir()
    there.provider = here.provider
    await here.boot()
    await there.boot()
    here.provider.on_submit = lambda _: None
    assert (await here.order()).state is S.SUCCEEDED
    here.clock.pass_by(MINUTE)
    there.clock.pass_by(MINUTE)
    assert (await there.refusal()).reason is Reason.LIMIT_ACCOUNT_MONTH
    for world in (here, there):
        await world.engine.stop()
