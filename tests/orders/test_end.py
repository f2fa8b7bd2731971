"""The end of a process: flights land or are written down as unknown, nothing new begins, nothing is left running."""

import asyncio
from datetime import timedelta
import logging
from pathlib import Path
import threading
from typing import Any

import pytest

from custom_components.esim_topup.orders import engine as engine_module
from custom_components.esim_topup.orders.book_file import (
    BookLocked,
    LockReason,
    Witness,
)
from custom_components.esim_topup.orders.engine import DRAIN, Engine
from custom_components.esim_topup.orders.ledger import Ledger
from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Health, Reason, Refused
from custom_components.esim_topup.orders.store import Store

from .fake_clock import FakeClock
from .fake_provider import (
    clings_on,
    hangs,
    is_lost,
    look_hangs,
    says_it_paid,
    waits_for,
)
from .samples import MOSCOW, line, rub
from .world import World

S = OrderState
NOW = timedelta()
SOON = timedelta(milliseconds=20)


async def ends(world: World, patience: timedelta = NOW) -> None:
    """End the process, and see that nothing of it is left."""
    await world.engine.stop(patience)
    assert world.engine._tasks == set()
    assert world.engine._store is None
    assert world.engine.health is Health.STOPPING


async def test_a_flight_that_lands_in_time_is_waited_for(world: World) -> None:
    """S1-S6: an operator that needs 8 s; Home Assistant gives 20."""
    world.provider.script.append(waits_for(gate := asyncio.Event()))
    caller = world.begin()
    await world.settle()
    asyncio.get_running_loop().call_later(0.005, gate.set)
    await ends(world, DRAIN)
    result = await caller
    assert isinstance(result, Placed)
    assert (result.order.state, world.state) == (S.SUCCEEDED, S.SUCCEEDED)


async def test_a_flight_that_does_not_land_is_written_down_as_unknown(
    world: World,
) -> None:
    """The caller is told so, and is not cancelled: it may be a person at a form."""
    world.provider.script.append(hangs)
    callers = [world.begin(), world.begin()]
    await world.settle()
    await ends(world, SOON)
    for caller in callers:
        result = await caller
        assert isinstance(result, Placed)
        assert (result.order.state, result.order.reason) == (S.UNKNOWN, "interrupted")
    assert world.state is S.UNKNOWN
    await world.boot()
    await world.advance(timedelta(seconds=10))
    assert (world.state, world.provider.paid()) == (S.SUCCEEDED, [rub(300)])


async def test_who_is_told_refused_has_not_paid(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is there, and the disk too slow to take it before the process ends: the outcome is unknown, not refused."""
    slow, step = asyncio.Event(), Store.step

    async def waits(*args: Any, **kwargs: Any) -> Any:
        await slow.wait()
        return await step(*args, **kwargs)

    monkeypatch.setattr(Store, "step", waits)
    caller = world.begin()
    await world.settle()
    assert len(world.provider.entries) == 1
    await ends(world, SOON)
    result = await caller
    assert isinstance(result, Placed)
    assert (result.order.state, result.order.reason) == (S.UNKNOWN, "interrupted")
    assert world.state is S.SUBMITTING, "the next start looks"


async def test_a_wish_that_comes_during_the_end_is_turned_away(world: World) -> None:
    """S7: an automation with the trigger `homeassistant: shutdown` runs in this very stage."""
    world.provider.script.append(waits_for(gate := asyncio.Event()))
    caller = world.begin()
    await world.settle()
    end = asyncio.ensure_future(world.engine.stop(DRAIN))
    await asyncio.sleep(0)
    assert (await world.refusal(money=rub(100))).reason is Reason.IN_PROGRESS
    assert (await world.refusal(line=line(2))).reason is Reason.STOPPING
    gate.set()
    await end
    await caller
    assert (await world.refusal()).reason is Reason.STOPPING


async def test_a_flight_that_only_looks_pays_nothing_any_more(world: World) -> None:
    """Refuse new orders: one that is not reserved yet is new."""
    world.provider.look_script.append((gate := asyncio.Event()).wait)
    caller = world.begin()
    await world.settle()
    asyncio.get_running_loop().call_later(0.005, gate.set)
    await ends(world, DRAIN)
    assert await caller == Refused(reason=Reason.STOPPING)
    assert (world.orders, world.provider.sent) == ([], [])


@pytest.mark.parametrize("steps", range(30))
async def test_an_end_at_any_moment_gives_everybody_a_reason(
    world: World, steps: int
) -> None:
    """Whoever waits gets an order or a refusal; nobody gets a `CancelledError` that he did not ask for."""
    callers = [world.begin() for _ in range(3)]
    for _ in range(steps):
        await asyncio.sleep(0)
    await ends(world)
    for caller in callers:
        assert isinstance(await caller, Placed | Refused)
    await world.boot()
    await world.advance(timedelta(minutes=31))
    assert {order.state for order in world.orders} <= {S.SUCCEEDED, S.FAILED}


async def test_a_flight_that_was_cancelled_before_its_first_step_is_turned_away(
    world: World,
) -> None:
    """It has done nothing."""
    caller = world.begin()
    await asyncio.sleep(0)
    (flight,) = world.engine._flights.values()
    flight.task.cancel()
    assert await caller == Refused(reason=Reason.STOPPING)
    assert world.orders == []


async def test_whoever_looks_after_an_order_is_ended_too(world: World) -> None:
    """A task that outlives its book would write into nothing."""
    world.provider.script.append(is_lost)
    await world.order()
    assert len(world.engine._tasks) == 1
    await ends(world)
    assert world.clock.next_due is None
    await world.boot()
    await world.advance(timedelta(minutes=31))
    assert world.state is S.FAILED


async def test_a_look_that_hangs_is_ended(world: World) -> None:
    """Its caller learns that the process ends."""
    world.provider.look_script.append(look_hangs)
    caller = world.begin()
    await world.settle()
    await ends(world, SOON)
    assert await caller == Refused(reason=Reason.STOPPING)


async def test_what_the_book_may_hold_already_is_not_told_as_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I2: the end comes while the disk takes its time over the intent. The next start settles the order; class K pays it."""
    reserve, decided, gate = Ledger.reserve, threading.Event(), threading.Event()

    def slowly(self: Ledger, *args: Any) -> Order | Refused:
        order = reserve(self, *args)
        decided.set()
        gate.wait(5)
        return order

    monkeypatch.setattr(Ledger, "reserve", slowly)
    caller = world.begin()
    await asyncio.to_thread(decided.wait, 5)
    ending = asyncio.ensure_future(world.engine.stop(NOW))
    told = await caller
    gate.set()
    await ending
    assert isinstance(told, Placed)
    assert (told.order.state, told.order.reason) == (S.UNKNOWN, "interrupted")
    assert [order.id for order in world.orders] == [told.order.id]
    await world.boot()
    await world.advance(timedelta(minutes=31))
    assert world.state is S.FAILED


async def test_ending_twice_is_ending_once(world: World) -> None:
    """The shutdown job and the last event of Home Assistant both ask for it, maybe at the same time."""
    await world.order()
    await asyncio.gather(world.engine.stop(NOW), world.engine.stop(NOW))
    await ends(world)


async def test_what_was_last_known_of_the_book_can_still_be_noted(world: World) -> None:
    """D16: the note is written after the end."""
    await world.order()
    before = world.engine.witness
    await ends(world)
    assert world.engine.witness == before
    assert before is not None
    assert before.revision == 2
    await world.boot(before)
    assert world.engine.health is Health.READY


async def test_the_end_locks_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A write that comes too late at the end is no damaged book: the next start must not show a Repairs issue for it."""
    caplog.set_level(logging.ERROR)
    world.provider.script.append(hangs)
    caller = world.begin()
    await world.settle()
    world.engine._store, store = None, world.engine._store
    await world.engine.stop(NOW)
    result = await caller
    assert isinstance(result, Placed)
    assert (result.order.state, result.order.reason) == (S.UNKNOWN, "write_failed")
    assert (world.engine.health, world.engine.locked_because, caplog.text) == (
        Health.STOPPING,
        None,
        "",
    )
    assert world.health == [Health.READY]
    assert store is not None
    await store.close()


async def test_a_task_that_does_not_end_is_not_waited_for_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that swallows its own cancelling must not keep Home Assistant from stopping."""
    monkeypatch.setattr(engine_module, "_LAST_WORDS", SOON)
    world.provider.script.append(clings_on(gate := asyncio.Event(), says_it_paid))
    caller = world.begin()
    await world.settle()
    await world.engine.stop(NOW)
    assert world.engine._store is None
    gate.set()
    result = await caller
    assert isinstance(result, Placed)
    assert result.order.state is S.UNKNOWN
    await world.boot()
    await world.advance(timedelta(seconds=10))
    assert world.state is S.SUCCEEDED


async def test_a_decision_that_the_end_overtakes_is_told_so(world: World) -> None:
    """The person at the form decides again after the restart."""
    order = await world.order()
    task = asyncio.ensure_future(
        world.engine.resolve(order.id, charged=True, user_id=None)
    )
    await asyncio.sleep(0)
    for each in world.engine._tasks:
        each.cancel()
    with pytest.raises(BookLocked):
        await task


# The beginning


@pytest.mark.parametrize(
    ("prepare", "witness", "reason"),
    [
        (lambda path: None, Witness("x", 1), LockReason.MISSING),
        (lambda path: path.write_bytes(b"no book"), None, LockReason.DAMAGED),
        (lambda path: path.mkdir(), None, LockReason.UNREADABLE),
    ],
)
async def test_a_book_that_cannot_be_trusted_locks_the_start(
    tmp_path: Path, prepare: Any, witness: Witness | None, reason: LockReason
) -> None:
    """D7-D18: spending is locked, everything else goes on; the note of the book stays what it was."""
    world = World(tmp_path)
    prepare(world.path)
    await world.boot(witness)
    assert (world.engine.health, world.engine.locked_because) == (Health.LOCKED, reason)
    assert world.engine.witness == witness
    assert (await world.refusal()).reason is Reason.LOCKED
    assert world.health == [Health.LOCKED]
    await world.engine.stop()


async def test_an_end_before_the_beginning_closes_the_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant is stopped while it starts: the engine must not become ready afterwards."""
    engine = Engine(clock=FakeClock())
    opening = Store.open
    gate = asyncio.Event()

    async def slow(*args: Any, **kwargs: Any) -> Store:
        await gate.wait()
        return await opening(*args, **kwargs)

    monkeypatch.setattr(Store, "open", slow)
    start = asyncio.ensure_future(
        engine.start(tmp_path / "orders.db", zone=MOSCOW, witness=None)
    )
    await asyncio.sleep(0)
    await engine.stop(NOW)
    gate.set()
    await start
    assert (engine.health, engine._store) == (Health.STOPPING, None)


async def test_a_fault_right_after_the_start_is_not_painted_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The orders of before cannot be shown because the book cannot be read: that is no "ready"."""
    world = World(tmp_path)
    await world.boot()
    world.provider.script.append(is_lost)
    await world.order()
    await world.engine.stop(NOW)

    async def fail(*_: Any) -> Any:
        raise BookLocked(LockReason.UNREADABLE)

    monkeypatch.setattr(Store, "summaries", fail)
    await world.boot()
    assert (world.engine.health, world.engine.locked_because) == (
        Health.LOCKED,
        LockReason.UNREADABLE,
    )
    await world.engine.stop(NOW)
