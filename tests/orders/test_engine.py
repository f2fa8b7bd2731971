"""The only place that spends: who is let in, who joins whom, what is shown, who hears of it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from custom_components.esim_topup.orders.book_file import BookLocked, LockReason
from custom_components.esim_topup.orders.clock import SystemClock
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.links import AccountLink, LineLink, Placed
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Allowed, Health, Reason, Refused
from custom_components.esim_topup.providers.base import Reading

from .fake_clock import NOON, FakeClock
from .fake_provider import (
    FakeProvider,
    declines,
    hangs,
    is_lost,
    pays_without_a_word,
    waits_for,
)
from .samples import (
    ACCOUNT,
    LIMITS,
    LINE,
    LINE_KEY,
    MOSCOW,
    WITHOUT_COOLDOWN,
    line,
    make_order,
    make_wish,
    rub,
    usd,
)
from .world import World, plant

S = OrderState
HOUR = timedelta(hours=1)


def placed(results: list[Any]) -> list[Placed]:
    """Return the orders among the results."""
    return [result for result in results if isinstance(result, Placed)]


def reasons(results: list[Any]) -> set[Reason]:
    """Return the reasons of the refusals among the results."""
    return {result.reason for result in results if isinstance(result, Refused)}


# At once


async def test_twenty_callers_at_once_are_one_charge(world: World) -> None:
    """C1, C5: WebSocket, REST and an automation that fires twenty times in the same moment."""
    results = await asyncio.gather(*(world.recharge() for _ in range(20)))
    assert world.provider.paid() == [rub(300)]
    assert len({result.order.id for result in placed(results)}) == 1
    assert [result.joined for result in placed(results)].count(False) == 1
    assert len(placed(results)) == 20


async def test_twenty_different_wishes_for_a_line_are_one_charge(world: World) -> None:
    """Nobody is given an order of another amount; the others are turned away."""
    results = await asyncio.gather(
        *(world.recharge(money=rub(100 + number)) for number in range(20))
    )
    assert len(world.provider.paid()) == 1
    assert len(placed(results)) == 1
    assert reasons(results) == {Reason.IN_PROGRESS}


async def test_a_common_limit_holds_for_twenty_lines_at_once(tmp_path: Path) -> None:
    """C2: a family's phones, all low in the same minute."""
    lines = tuple(line(number) for number in range(20))
    world = World(
        tmp_path, limits=replace(LIMITS, account_month=rub(1000)), lines=lines
    )
    await world.boot()
    results = await asyncio.gather(*(world.recharge(each) for each in lines))
    assert world.provider.paid() == [rub(300)] * 3
    assert reasons(results) == {Reason.LIMIT_ACCOUNT_MONTH}
    await world.engine.stop()
    world.check()


async def test_a_limit_that_is_lowered_among_twenty_lines_holds_for_the_rest(
    tmp_path: Path,
) -> None:
    """C8: whoever has not reserved yet meets the new one."""
    lines = tuple(line(number) for number in range(20))
    world = World(
        tmp_path, limits=replace(LIMITS, account_month=rub(100_000)), lines=lines
    )
    await world.boot()
    gate = asyncio.Event()
    world.provider.look_script.extend([gate.wait] * 10)  # ten of them are slower
    tasks = [world.begin(each) for each in lines]
    await world.settle()
    paid = len(world.provider.sent)
    await world.attach(replace(LIMITS, account_month=rub(300 * paid + 300)))
    gate.set()
    await asyncio.gather(*tasks)
    assert len(world.provider.paid()) == paid + 1
    await world.engine.stop()
    world.check()


async def test_an_automation_in_mode_restart_is_one_charge(world: World) -> None:
    """C3, finding 5: cancelled and called again, three times in two seconds; shielding alone gave two charges of two."""
    world.provider.script.append(waits_for(gate := asyncio.Event()))
    for _ in range(3):
        caller = world.begin()
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
    last = world.begin()
    await world.settle()
    gate.set()
    result = await last
    assert isinstance(result, Placed)
    assert result.joined
    assert world.provider.paid() == [rub(300)]


@pytest.mark.parametrize("steps", range(40))
async def test_a_caller_that_is_cancelled_anywhere_changes_nothing(
    world: World, steps: int
) -> None:
    """C6: at each of its awaits. The order runs on and ends, once."""
    caller = world.begin()
    for _ in range(steps):
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait((caller,))
    await world.settle()
    assert [order.state for order in world.orders] == (
        [S.SUCCEEDED] if caller.done() and world.orders else []
    )
    assert len(world.provider.paid()) == len(world.orders)
    if steps:
        assert len(world.orders) == 1
    assert world.engine._tasks == set()


async def test_a_cancelled_caller_leaves_no_noise(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in the log that nobody can do anything about hides the next real one."""
    caplog.set_level(logging.WARNING)
    world.provider.script.append(
        waits_for(gate := asyncio.Event(), pays_without_a_word)
    )
    caller = world.begin()
    await world.settle()
    caller.cancel()
    await asyncio.wait((caller,))
    gate.set()
    await world.settle()
    assert (world.state, caplog.text) == (S.UNKNOWN, "")


async def test_the_next_wish_for_a_line_comes_after_the_last_one(world: World) -> None:
    """A flight that has landed blocks nobody."""
    await world.attach(WITHOUT_COOLDOWN)
    orders = [await world.order() for _ in range(3)]
    assert len({order.id for order in orders}) == 3
    assert world.provider.paid() == [rub(300)] * 3


# Names


async def test_a_repeated_request_is_given_its_order(world: World) -> None:
    """An automation that calls again with the same `request_id` asks about its order; it does not make a second one."""
    first = await world.recharge(request_id="weekly")
    again = await world.recharge(request_id="weekly", force=True)
    assert isinstance(first, Placed)
    assert isinstance(again, Placed)
    assert (again.order, again.joined, first.joined) == (first.order, True, False)
    assert len(world.provider.paid()) == 1


@pytest.mark.parametrize(
    "changes",
    [{"money": rub(301)}, {"offer_id": "pack", "money": rub(500)}],
    ids=["amount", "offer"],
)
async def test_a_name_stands_for_one_purchase(
    world: World, changes: dict[str, Any]
) -> None:
    """Under the same name something else is wanted: a mix-up that must be told, not paid."""
    order = await world.order(request_id="weekly")
    refused = await world.refusal(request_id="weekly", **changes)
    assert (refused.reason, refused.order) == (Reason.REQUEST_ID_REUSED, order)


async def test_a_name_belongs_to_its_line(tmp_path: Path) -> None:
    """One automation tops up two phones under the name of the day."""
    world = World(tmp_path, lines=(line(1), line(2)))
    await world.boot()
    results = [await world.recharge(each, request_id="monday") for each in world.lines]
    assert [result.joined for result in placed(results)] == [False, False]
    assert len(world.provider.paid()) == 2
    await world.engine.stop()
    world.check()


async def test_a_new_name_does_not_pass_the_cooldown(world: World) -> None:
    """money-safety, section 1.3: names are for joining, not for getting around."""
    await world.order(request_id="a")
    assert (await world.refusal(request_id="b")).reason is Reason.COOLING_DOWN


async def test_a_named_request_never_joins_an_order_that_does_not_bear_its_name(
    world: World,
) -> None:
    """Joined, its name would be stored nowhere; repeated by force it would be charged a second time."""
    world.provider.script.append(waits_for(gate := asyncio.Event()))
    nameless = world.begin()
    await world.settle()
    assert (await world.refusal(request_id="weekly")).reason is Reason.IN_PROGRESS
    joined = world.begin()
    gate.set()
    assert len(placed([await nameless, await joined])) == 2
    assert len(world.provider.paid()) == 1


async def test_a_request_that_failed_may_be_repeated_under_its_name(
    world: World,
) -> None:
    """The card was declined, it has money now, and the automation calls again: that is the same wish, and not paid yet."""
    world.provider.script.append(declines)
    failed = await world.order(request_id="november")
    again = await world.recharge(request_id="november")
    assert isinstance(again, Placed)
    assert (failed.state, again.order.state, again.joined) == (
        S.FAILED,
        S.SUCCEEDED,
        False,
    )
    assert len(world.provider.paid()) == 1


@pytest.mark.parametrize("deed", [is_lost, pays_without_a_word])
async def test_a_repeated_request_is_given_its_order_also_while_nobody_knows(
    world: World, deed: Any
) -> None:
    """The caller learns that it is unknown, and pays nothing."""
    world.provider.script.append(deed)
    await world.order(request_id="weekly")
    again = await world.recharge(request_id="weekly")
    assert isinstance(again, Placed)
    assert (again.order.state, again.joined, len(world.provider.sent)) == (
        S.UNKNOWN,
        True,
        1,
    )


# Blocked lines and rests


async def test_a_request_that_waits_for_approval_blocks_its_line_and_counts_nothing(
    tmp_path: Path,
) -> None:
    """Ask mode: two notifications for one wish would be two charges; a wish that is declined cost nothing."""
    world = World(tmp_path)
    await world.boot()
    await world.engine.stop()
    plant(world.path, make_order(S.AWAITING_APPROVAL, sends=0, last_sent_at=None))
    await world.boot()
    refused = await world.refusal(force=True)
    assert (refused.reason, refused.order) == (Reason.AWAITING_APPROVAL, world.last)
    assert world.spent().account_month == rub(0)
    assert world.heard == []
    await world.engine.stop()
    world.check()


async def test_a_line_rests_and_force_wakes_it(world: World) -> None:
    """P8: by both clocks; a clock set forward does not end it."""
    await world.order()
    assert (await world.refusal()).until == NOON + 6 * HOUR
    world.clock.jump(40 * 24 * HOUR)
    assert (await world.refusal()).reason is Reason.COOLING_DOWN
    world.clock.jump(-40 * 24 * HOUR)
    world.clock.pass_by(6 * HOUR)
    await world.order()
    assert (await world.order(force=True)).state is S.SUCCEEDED


async def test_a_line_rests_through_a_restart(world: World) -> None:
    """R8: restarted ten times with a low balance: one order."""
    await world.order()
    for _ in range(10):
        await world.reboot(off_for=timedelta(minutes=1))
        assert (await world.refusal()).reason is Reason.COOLING_DOWN
    assert len(world.provider.paid()) == 1


async def test_an_account_that_was_removed_and_added_anew_has_the_same_limits(
    world: World,
) -> None:
    """Threat 15: the book outlives the account."""
    await world.attach(replace(WITHOUT_COOLDOWN, account_month=rub(300)))
    await world.order()
    world.engine.detach(ACCOUNT)
    await world.attach()
    assert (await world.refusal()).reason is Reason.LIMIT_ACCOUNT_MONTH


# Health


async def test_before_the_start_nothing_is_paid(tmp_path: Path) -> None:
    """S8: orders of before are looked at first."""
    world = World(tmp_path)
    assert (await world.refusal()).reason is Reason.STARTING
    assert world.engine.witness is None
    await world.engine.stop()


async def test_whoever_listens_hears_of_the_health(tmp_path: Path) -> None:
    """Repairs and entities show it the moment it changes."""
    world = World(tmp_path)
    await world.boot()
    world.engine.lock(LockReason.WRITE_FAILED)
    assert world.health == [Health.READY, Health.LOCKED]
    assert (world.engine.health, world.engine.locked_because) == (
        Health.LOCKED,
        LockReason.WRITE_FAILED,
    )
    assert (await world.refusal()).reason is Reason.LOCKED
    await world.engine.stop()


async def test_the_first_reason_of_a_lock_is_the_one_that_is_shown(
    world: World,
) -> None:
    """What fails after the first fault fails because of it."""
    world.engine.lock(LockReason.DAMAGED)
    world.engine.lock(LockReason.UNREADABLE)
    assert world.engine.locked_because is LockReason.DAMAGED
    assert world.health == [Health.READY, Health.LOCKED]


async def test_a_listener_that_breaks_hides_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault in an entity must not stop an order, nor take the place of the reason why the book is locked."""
    later: list[Health] = []

    def breaks(*_: Any) -> None:
        raise ValueError("entity")

    world.engine.subscribe(breaks)
    world.engine.subscribe_health(breaks)
    world.engine.subscribe_health(lambda: later.append(world.engine.health))
    heard: list[Order] = []
    world.engine.subscribe(heard.append)
    assert (await world.order()).state is S.SUCCEEDED
    world.engine.lock(LockReason.DAMAGED)
    assert (len(heard), later) == (2, [Health.LOCKED])
    assert caplog.text.count("ValueError: entity") == 3


async def test_whoever_stops_listening_hears_nothing(world: World) -> None:
    """An unloaded account must not be called any more."""
    heard: list[Any] = []
    stop = [
        world.engine.subscribe(heard.append),
        world.engine.subscribe_health(lambda: heard.append(None)),
    ]
    for each in stop:
        each()
    await world.order()
    world.engine.lock(LockReason.DAMAGED)
    assert heard == []


# Preview and summary


async def test_a_preview_says_what_the_engine_would_do(world: World) -> None:
    """The same function, the same verdict; nothing is asked, nothing is written."""
    reading = Reading(at=NOON, balance=rub(20))
    assert world.engine.preview(world.wish(), reading).verdict == Allowed(
        left=rub(1000)
    )
    asked = world.provider.asked.total()
    await world.order()
    preview = world.engine.preview(world.wish(), reading)
    assert isinstance(preview.verdict, Refused)
    assert preview.verdict == replace(await world.refusal(), order=None)
    assert preview.summary.last == world.last
    assert world.provider.asked.total() > asked


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda world: world.engine.lock(LockReason.DAMAGED), Reason.LOCKED),
        (lambda world: world.engine.detach(ACCOUNT), Reason.LINE_GONE),
        (
            lambda world: setattr(world.provider, "clock_skew", HOUR),
            Reason.CLOCK_UNTRUSTED,
        ),
        (lambda world: world.engine._summaries.clear(), Reason.STARTING),
    ],
    ids=["locked", "line gone", "clock", "nothing known yet"],
)
async def test_a_preview_says_why_not(
    world: World, change: Any, reason: Reason
) -> None:
    """Promise 3: the "why not" sensor always has an answer."""
    change(world)
    verdict = world.engine.preview(world.wish(), None).verdict
    assert isinstance(verdict, Refused)
    assert verdict.reason is reason


async def test_a_preview_of_a_line_that_nobody_knows_shows_zero(world: World) -> None:
    """An entity that asks before everything is set up must not break."""
    preview = world.engine.preview(world.wish(line(9)), None)
    assert preview.verdict == Refused(reason=Reason.LINE_GONE)
    assert preview.summary.book.spent.account_month == rub(0)


async def test_a_preview_knows_what_is_in_flight(world: World) -> None:
    """Before anything is reserved, too."""
    world.provider.look_script.append((gate := asyncio.Event()).wait)
    task = world.begin()
    await world.settle()
    verdict = world.engine.preview(world.wish(), None).verdict
    assert verdict == Refused(reason=Reason.IN_PROGRESS)
    gate.set()
    await task


async def test_a_preview_survives_an_account_in_another_currency(world: World) -> None:
    """The account was changed to dollars while an order in roubles was open: every entity of the line asks for a preview."""
    world.provider.script.append(pays_without_a_word)
    await world.order()
    limits = replace(
        LIMITS, per_order=usd(10), account_month=usd(30), cooldown=timedelta()
    )
    link = AccountLink(
        key=ACCOUNT,
        provider=world.provider,
        currency="USD",
        lines={LINE_KEY: LineLink(line=LINE, limits=limits)},
    )
    world.engine.attach(link)
    await world.engine.refresh(ACCOUNT)
    await world.advance(timedelta(seconds=10))
    assert world.state is S.SUCCEEDED
    assert world.engine.preview(world.wish(money=usd(3)), None).verdict == Allowed(
        left=usd(10)
    )
    refused = world.engine.preview(world.wish(), None).verdict
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.OTHER_CURRENCY


async def test_a_summary_follows_every_step(world: World) -> None:
    """The sensors show it."""
    world.provider.script.append(is_lost)
    await world.order()
    summary = world.engine.summary(LINE_KEY)
    assert summary is not None
    assert (summary.last, summary.book.unfinished, summary.last_success) == (
        world.last,
        world.last,
        None,
    )
    assert world.engine.summary("no such line") is None


async def test_a_new_month_is_seen_at_the_next_look(world: World) -> None:
    """The sum of last month would be a limit that is reached for no reason."""
    await world.attach(
        replace(WITHOUT_COOLDOWN, account_month=rub(300), line_month=rub(300))
    )
    await world.order()
    world.clock.pass_by(datetime(2026, 11, 30, 20, 59, 59, tzinfo=UTC) - NOON)
    await world.engine.refresh(ACCOUNT)
    assert (world.spent().account_month, world.spent().account_day) == (
        rub(300),
        rub(0),
    )
    world.clock.pass_by(timedelta(seconds=1))
    await world.engine.refresh(ACCOUNT)
    assert (world.spent().account_month, world.spent().account_rolling) == (
        rub(0),
        rub(300),
    )
    assert world.engine.preview(world.wish(), None).verdict == Allowed(left=rub(300))
    assert (await world.order()).state is S.SUCCEEDED


async def test_a_look_into_a_book_that_cannot_be_read_locks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I11: sums that nobody can read are no sums."""

    async def fail(*_: Any) -> Any:
        raise BookLocked(LockReason.UNREADABLE)

    monkeypatch.setattr(world.engine.store, "summaries", fail)
    await world.engine.refresh(ACCOUNT)
    assert world.engine.locked_because is LockReason.UNREADABLE


async def test_a_look_before_the_start_or_at_nobody_is_nothing(tmp_path: Path) -> None:
    """Set-up and shut-down cross each other."""
    engine = Engine(clock=FakeClock())
    await engine.refresh(ACCOUNT)
    engine.attach(
        AccountLink(
            key=ACCOUNT, provider=FakeProvider(FakeClock()), currency="RUB", lines={}
        )
    )
    await engine.refresh(ACCOUNT)
    assert engine.summary(LINE_KEY) is None
    with pytest.raises(BookLocked):
        await engine.orders(account_key=ACCOUNT)


async def test_orders_are_listed(world: World) -> None:
    """`get_orders`."""
    order = await world.order()
    assert await world.engine.orders(line_key=LINE_KEY) == [order]
    assert await world.engine.orders(account_key=ACCOUNT, limit=5) == [order]


# The rest


async def test_the_clock_of_the_machine_is_a_clock(tmp_path: Path) -> None:
    """What runs at users' homes."""
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(timedelta(milliseconds=2))
    assert clock.monotonic() - before >= timedelta(milliseconds=1)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.now().tzinfo is UTC


async def test_an_engine_makes_its_own_keys(tmp_path: Path) -> None:
    """I6: a key that a caller invents is a new one for each of its retries."""
    engine = Engine()
    await engine.start(tmp_path / "orders.db", zone=MOSCOW, witness=None)
    provider = FakeProvider(FakeClock(engine.clock.now()))
    provider.hides_orders_until = timedelta()
    engine.attach(
        AccountLink(
            key=ACCOUNT,
            provider=provider,
            currency="RUB",
            lines={LINE_KEY: LineLink(line=LINE, limits=LIMITS)},
        )
    )
    result = await engine.recharge(make_wish())
    assert isinstance(result, Placed)
    assert UUID(result.order.id).version == 4
    await engine.stop()


async def test_a_flight_that_hangs_blocks_its_own_line_only(tmp_path: Path) -> None:
    """One broken line leaves the others alone."""
    world = World(tmp_path, lines=(line(1), line(2)))
    await world.boot()
    world.provider.script.append(hangs)
    stuck = world.begin(line(1))
    await world.settle()
    assert (await world.order(line=line(2))).state is S.SUCCEEDED
    await world.engine.stop(timedelta())
    await stuck
    world.check()
