"""One wish on its way, P1 to P7: what is asked, what is refused, what is sent, what is written down."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
import threading
from typing import Any

import pytest

from custom_components.esim_topup.orders import flight
from custom_components.esim_topup.orders.book_file import BookLocked, LockReason
from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import BrokenPromise, OrderState, Origin
from custom_components.esim_topup.orders.policy import Health, Reason, Refused
from custom_components.esim_topup.providers.base import (
    AnswerState,
    Capabilities,
    Dedupe,
)
from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    LineUnknown,
    MalformedAnswer,
    NotPermitted,
    ProviderError,
    RateLimited,
    Unreachable,
)

from .books import journal
from .fake_clock import NOON, TurningClock
from .fake_provider import (
    FakeProvider,
    declines,
    hangs,
    is_cancelled_inside,
    is_lost,
    look_fails,
    look_hangs,
    look_works,
    never_leaves,
    pays,
    pays_and_raises,
    pays_and_says,
    pays_another,
    pays_without_a_word,
    queues,
    reads_badly,
    refuses,
    reverses,
    waits_for,
)
from .samples import ACCOUNT, LIMITS, LINE, OPEN, PACK, WITHOUT_COOLDOWN, line, rub, usd
from .world import CountingExecutor, World

S = OrderState
HOUR = timedelta(hours=1)


# What becomes of an order

OUTCOMES = [
    pytest.param(pays, S.SUCCEEDED, 1, False, id="paid"),
    pytest.param(
        pays_and_says(AnswerState.SUCCEEDED, amount=Decimal(300)),
        S.SUCCEEDED,
        1,
        False,
        id="300 for 300.00",
    ),
    pytest.param(declines, S.FAILED, 0, False, id="declined"),
    pytest.param(refuses, S.FAILED, 0, False, id="refused with nothing named"),
    pytest.param(never_leaves, S.FAILED, 0, False, id="N1-N4 never left"),
    pytest.param(queues, S.PENDING, 0, False, id="accepted"),
    pytest.param(reverses, S.REVERSED, 0, False, id="given back at once"),
    pytest.param(is_lost, S.UNKNOWN, 0, False, id="lost on the way there"),
    pytest.param(pays_without_a_word, S.UNKNOWN, 1, False, id="lost on the way back"),
    pytest.param(
        pays_and_raises(Unreachable("reset")),
        S.UNKNOWN,
        1,
        False,
        id="the module raises its own error",
    ),
    pytest.param(
        pays_and_raises(KeyError("status")),
        S.UNKNOWN,
        1,
        False,
        id="the module raises anything",
    ),
    pytest.param(
        pays_and_raises(TimeoutError()), S.UNKNOWN, 1, False, id="the module times out"
    ),
    pytest.param(
        is_cancelled_inside,
        S.UNKNOWN,
        1,
        False,
        id="something inside of the module is cancelled",
    ),
    pytest.param(
        pays_another(100), S.UNKNOWN, 1, True, id="H9 a hundred times the amount"
    ),
    pytest.param(
        pays_and_says(AnswerState.SUCCEEDED, currency="USD"),
        S.UNKNOWN,
        1,
        True,
        id="H6 another currency",
    ),
    pytest.param(
        pays_and_says(AnswerState.SUCCEEDED, line_id="L9"),
        S.UNKNOWN,
        1,
        True,
        id="H7 another line",
    ),
    pytest.param(
        pays_and_says(AnswerState.SUCCEEDED, reference="x"),
        S.UNKNOWN,
        1,
        True,
        id="H8 another order",
    ),
    pytest.param(
        pays_and_says(AnswerState.SUCCEEDED, reference=None),
        S.UNKNOWN,
        1,
        False,
        id="H23 no reference",
    ),
    pytest.param(
        pays_and_says(AnswerState.PENDING, amount=Decimal(1)),
        S.UNKNOWN,
        1,
        True,
        id="pending for another amount",
    ),
]


@pytest.mark.parametrize(("deed", "state", "charges", "alarm"), OUTCOMES)
async def test_an_order_is_what_was_proven(
    world: World, deed: Any, state: S, charges: int, *, alarm: bool
) -> None:
    """Whoever reads "failed" pays again: nothing but evidence may say so."""
    world.forgiven.add("I2")  # it is not over yet for an order that is unknown
    world.provider.script.append(deed)
    order = await world.order()
    assert (order.state, order.alarm) == (state, alarm)
    assert len(world.provider.paid()) == charges
    assert world.last == order
    assert len(world.provider.sent) == 1


async def test_an_answer_is_written_down_before_anybody_hears_of_it(
    world: World,
) -> None:
    """P6 before P7: an automation that acts on news which is then forgotten pays twice."""
    stored: list[bool] = []
    world.engine.subscribe(lambda order: stored.append(world.last == order))
    await world.order()
    assert [order.state for order in world.heard] == [S.SUBMITTING, S.SUCCEEDED]
    assert stored == [True, True]


async def test_the_request_carries_the_order(world: World) -> None:
    """I6: one key, one body, and both are the durable ones."""
    order = await world.order(
        method_id="card-1",
        user_id="anna",
        origin=Origin.AUTOMATION,
        request_id="weekly",
    )
    assert world.provider.sent == [order.purchase(LINE)]
    assert (order.sends, order.last_sent_at, order.created_at) == (1, NOON, NOON)
    assert (order.user_id, order.origin, order.request_id, order.method_id) == (
        "anna",
        Origin.AUTOMATION,
        "weekly",
        "card-1",
    )
    assert world.last.provider_ref == f"p-{order.id[:4]}"


async def test_what_happened_stands_in_the_journal(world: World) -> None:
    """Threat 17: who spent, and when it was refused."""
    await world.order(user_id="anna")
    await world.refusal(user_id="ben")
    assert journal(world.path) == [
        ("submitting", None, "user", "anna"),
        ("succeeded", None, "user", "anna"),
        ("refused", "cooling_down", "user", "ben"),
    ]


async def test_a_module_that_never_answers_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N7: a caller waits 20 s at most; the order stays open, since it may have been paid."""
    monkeypatch.setattr(flight, "SEND_PATIENCE", timedelta(milliseconds=5))
    world.provider.script.append(hangs)
    order = await world.order()
    assert (order.state, order.reason) == (S.UNKNOWN, "timeout")


async def test_a_fault_of_a_module_is_logged_without_its_text(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """I12: the text of somebody else's exception may hold a token or a number."""
    world.provider.script.append(pays_and_raises(ValueError("Bearer s3cr3t")))
    await world.order()
    assert "fake failed in the middle of an order" in caplog.text
    assert "s3cr3t" not in caplog.text


# P1: the look before paying

LOOKS = [
    (AuthenticationFailed(), Reason.AUTHENTICATION_FAILED),
    (LineUnknown(), Reason.LINE_GONE),
    (Unreachable(), Reason.PROVIDER_UNREACHABLE),
    (RateLimited(), Reason.PROVIDER_UNREACHABLE),
    (NotPermitted(), Reason.PROVIDER_UNREACHABLE),
    (MalformedAnswer(), Reason.PROVIDER_UNREACHABLE),
    (TimeoutError(), Reason.PROVIDER_UNREACHABLE),
    (KeyError("balance"), Reason.PROVIDER_UNREACHABLE),
    (ZeroDivisionError(), Reason.PROVIDER_UNREACHABLE),
    (asyncio.CancelledError(), Reason.PROVIDER_UNREACHABLE),
]


@pytest.mark.parametrize(
    ("error", "reason"),
    LOOKS,
    ids=lambda value: (
        type(value).__name__ if isinstance(value, BaseException) else value
    ),
)
@pytest.mark.parametrize("kind", ["L+"])
@pytest.mark.parametrize("call", [0, 1, 2], ids=["read", "offers", "history"])
async def test_without_a_good_look_nothing_is_paid(
    world: World, error: BaseException, reason: Reason, call: int
) -> None:
    """P1: nothing is at stake yet, so whatever goes wrong is a "not now" with its reason, never an exception of a module."""
    world.provider.script.clear()
    world.provider.look_script.extend([look_works] * call + [look_fails(error)])
    assert (await world.refusal()).reason is reason
    assert (world.orders, world.provider.sent) == ([], [])
    assert (
        await world.order()
    ).state is S.SUCCEEDED  # nothing is left over that blocks


async def test_a_look_has_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that never answers must not hold the line for ever."""
    monkeypatch.setattr(flight, "LOOK_PATIENCE", timedelta(milliseconds=5))
    world.provider.look_script.append(look_hangs)
    assert (await world.refusal()).reason is Reason.PROVIDER_UNREACHABLE


@pytest.mark.parametrize(
    ("error", "reason"),
    [(LineUnknown(), Reason.LINE_GONE), (Unreachable(), Reason.PROVIDER_UNREACHABLE)],
)
async def test_the_error_of_one_line_is_the_error_of_its_order(
    world: World, monkeypatch: pytest.MonkeyPatch, error: ProviderError, reason: Reason
) -> None:
    """`read` answers per line."""
    monkeypatch.setattr(
        type(world.provider), "read", lambda _, lines: reads_badly(error)(lines)
    )
    assert (await world.refusal()).reason is reason


async def test_a_provider_that_reads_nothing_is_not_asked_to(world: World) -> None:
    """Airtime providers cannot read a line; they can recharge it."""
    world.provider.capabilities = Capabilities(dedupe=Dedupe.LOOKUP, finds=True)
    assert (await world.order()).state is S.SUCCEEDED
    assert world.provider.asked["read"] == 0
    assert (
        await world.refusal(force=True, only_below=rub(50))
    ).reason is Reason.BALANCE_UNKNOWN


@pytest.mark.parametrize(
    ("balance", "reason"),
    [
        (rub(49), None),
        (rub(50), Reason.NOT_BELOW),
        (None, Reason.BALANCE_UNKNOWN),
        (usd(1), Reason.OTHER_CURRENCY),
    ],
)
async def test_only_below_is_judged_on_a_fresh_reading(
    world: World, balance: Any, reason: Reason | None
) -> None:
    """R1-R7: an automation that fires at each return from `unavailable` buys nothing for a line that is full."""
    world.provider.balance = balance
    result = await world.recharge(only_below=rub(50))
    assert (result.reason if isinstance(result, Refused) else None) is reason
    assert len(world.provider.sent) == (reason is None)


@pytest.mark.parametrize(
    ("sells", "wish", "reason"),
    [
        ([OPEN], {}, None),
        ([PACK], {"offer_id": "pack", "money": rub(500)}, None),
        ([PACK], {}, Reason.NOT_OFFERED),
        ([], {}, Reason.NOT_OFFERED),
        ([OPEN], {"money": rub("300.005".rstrip("5"))}, None),
        ([replace(OPEN, step=Decimal(100))], {"money": rub(250)}, Reason.NOT_OFFERED),
        ([replace(OPEN, maximum=rub(299))], {}, Reason.NOT_OFFERED),
        (
            [replace(PACK, price=rub(501))],
            {"offer_id": "pack", "money": rub(500)},
            Reason.PRICE_CHANGED,
        ),
        (
            [replace(PACK, price=rub(499))],
            {"offer_id": "pack", "money": rub(500)},
            Reason.PRICE_CHANGED,
        ),
    ],
    ids=[
        "open",
        "package",
        "gone",
        "nothing sold",
        "whole steps",
        "between steps",
        "above",
        "dearer",
        "cheaper",
    ],
)
async def test_the_price_that_was_agreed_is_the_price_that_is_paid(
    world: World, sells: list[Any], wish: dict[str, Any], reason: Reason | None
) -> None:
    """H10, threat 6: a price that changed since is asked about again."""
    world.provider.sells = sells
    result = await world.recharge(**wish)
    assert (result.reason if isinstance(result, Refused) else None) is reason
    assert len(world.provider.sent) == (reason is None)


async def test_a_clock_that_is_not_the_operators_pays_nothing(world: World) -> None:
    """T5: the look before paying tells the operator's time."""
    world.provider.clock_skew = timedelta(minutes=6)
    assert (await world.refusal()).reason is Reason.CLOCK_UNTRUSTED
    assert world.provider.asked["read"] == 1


@pytest.mark.parametrize("skew", [None, 24 * HOUR])
async def test_a_clock_that_was_set_back_pays_nothing(
    world: World, skew: timedelta | None
) -> None:
    """T4: the book knows it, and so does the operator where its answers name their time."""
    await world.order()
    world.clock.jump(-24 * HOUR)
    world.provider.clock_skew = skew
    assert (await world.refusal(force=True)).reason is Reason.CLOCK_UNTRUSTED
    world.clock.jump(24 * HOUR)
    world.provider.clock_skew = timedelta()
    assert (await world.order(force=True)).state is S.SUCCEEDED
    assert len(world.provider.sent) == 2


async def test_what_the_operator_said_of_our_clock_outlasts_a_reload(
    world: World,
) -> None:
    """I11: the new provider object was not asked yet. Its silence must not make a wrong clock right."""
    world.provider.clock_skew = HOUR

    async def is_replaced() -> None:
        world.provider = FakeProvider(world.clock, world.kind)
        world.provider.clock_skew = None
        await world.attach()

    world.provider.look_script.append(is_replaced)
    assert (await world.refusal()).reason is Reason.CLOCK_UNTRUSTED
    assert world.provider.sent == []


@pytest.mark.parametrize("skew", [None, timedelta()])
async def test_after_a_restart_only_a_clock_that_is_confirmed_ends_the_rest(
    world: World, skew: timedelta | None
) -> None:
    """T5: set forward while Home Assistant was down, ours would say that the last top-up was long ago."""
    await world.order()
    world.provider.clock_skew = skew
    await world.reboot(off_for=40 * 24 * HOUR)
    if skew is None:
        assert (await world.refusal()).reason is Reason.COOLING_DOWN
        await world.advance(LIMITS.cooldown)
    assert (await world.order()).state is S.SUCCEEDED


async def test_what_the_book_refuses_is_not_worth_a_request(world: World) -> None:
    """Promise 5: an automation that fires every minute must not ask the operator every minute."""
    await world.order()
    asked = world.provider.asked.total()
    for _ in range(3):
        assert (await world.refusal()).reason is Reason.COOLING_DOWN
    assert world.provider.asked.total() == asked


async def test_an_account_or_line_that_is_not_set_up_pays_nothing(world: World) -> None:
    """C7: removed while somebody still calls it."""
    assert (await world.refusal(line=line(7))).reason is Reason.LINE_GONE
    world.engine.detach(ACCOUNT)
    assert (await world.refusal()).reason is Reason.LINE_GONE


# What changes on the way


def meanwhile(world: World, act: Callable[[], Any]) -> None:
    """Let something happen while the operator is asked about the line."""

    async def look() -> None:
        result = act()
        if asyncio.iscoroutine(result):
            await result

    world.provider.look_script.append(look)


async def test_a_limit_that_is_lowered_on_the_way_holds(world: World) -> None:
    """C8: the person who lowers it means this order, too."""
    meanwhile(world, lambda: world.attach(replace(LIMITS, per_order=rub(100))))
    assert (await world.refusal()).reason is Reason.ABOVE_ORDER_LIMIT
    assert world.provider.sent == []


async def test_an_account_that_goes_on_the_way_pays_nothing(world: World) -> None:
    """C7: before the reservation there is still a way back."""
    meanwhile(world, lambda: world.engine.detach(ACCOUNT))
    assert (await world.refusal()).reason is Reason.LINE_GONE


async def test_an_account_that_goes_while_its_order_is_sent_is_written_down_all_the_same(
    world: World,
) -> None:
    """C7: reload, unload, removal in flight: the order ends, and is there when the account comes back."""
    gate = asyncio.Event()
    world.provider.script.append(waits_for(gate))
    task = world.begin()
    await world.settle()
    world.engine.detach(ACCOUNT)
    gate.set()
    placed = await task
    assert isinstance(placed, Placed)
    assert (placed.order.state, world.state) == (S.SUCCEEDED, S.SUCCEEDED)


async def test_an_engine_that_is_locked_on_the_way_sends_nothing(world: World) -> None:
    """I11: between the reservation and the request another line's write may have failed."""

    def lock(order: Any) -> None:
        if order.state is S.SUBMITTING:
            world.engine.lock(LockReason.WRITE_FAILED)

    world.engine.subscribe(lock)
    order = await world.order()
    assert (order.state, order.reason) == (S.FAILED, "locked")
    assert world.provider.sent == []


@pytest.mark.parametrize("looks", range(8))
async def test_an_order_is_judged_and_counted_in_the_same_month(
    tmp_path: Path, looks: int
) -> None:
    """T7, I4: judged by the old month's sums and counted in the new one, two lines together would pass its limit."""
    edge = datetime(2026, 11, 30, 21, tzinfo=UTC)  # December in Moscow
    tight = replace(LIMITS, account_month=rub(300), cooldown=timedelta())
    world = World(tmp_path, limits=tight, lines=(line(1), line(2)))
    await world.boot()
    gate, slow_disk = asyncio.Event(), threading.Event()
    world.provider.look_script.extend([gate.wait] * 2)
    callers = [world.begin(each) for each in world.lines]
    await world.settle()
    # Both want to reserve while the disk is busy, and the month ends at one of the looks at the clock that follow.
    world.engine.clock = TurningClock(edge, looks)
    CountingExecutor.made[-1].submit(slow_disk.wait, 10)
    gate.set()
    for _ in range(20):
        await asyncio.sleep(0)
    slow_disk.set()
    await asyncio.gather(*callers)
    months = [order.month for order in world.orders]
    assert len(set(months)) == len(months) > 0
    await world.engine.stop()
    world.check()


# Foreign charges


@pytest.mark.parametrize("kind", ["L+", "H"])
async def test_what_others_pay_fills_the_limits(world: World) -> None:
    """Threat 15, D19: a second instance, or the operator's own app."""
    world.provider.charge_foreign(rub(2800))
    refused = await world.refusal()
    assert refused.reason is Reason.LIMIT_ACCOUNT_MONTH
    assert refused.ceiling is not None
    assert refused.ceiling.spent == rub(2800)
    assert (await world.order(money=rub(200))).state is S.SUCCEEDED


@pytest.mark.parametrize("kind", ["L+", "H"])
async def test_what_we_paid_is_not_counted_twice(world: World) -> None:
    """The history shows our own charges, too."""
    await world.attach(WITHOUT_COOLDOWN)
    for _ in range(3):
        await world.order()
        world.clock.pass_by(timedelta(minutes=10))
    assert world.spent().account_month == rub(900)
    world.provider.charge_foreign(rub(300))
    await world.order()
    assert world.spent().account_month == rub(1500)


@pytest.mark.parametrize("kind", ["L+", "H"])
async def test_a_strangers_charge_is_not_taken_for_an_order_of_two_months_ago(
    world: World,
) -> None:
    """Its real charge has left the history. Taken for it, the stranger's would count nowhere, and a limit would be passed."""
    await world.attach(WITHOUT_COOLDOWN)
    await world.order()
    world.clock.pass_by(timedelta(days=60))
    world.provider.charge_foreign(rub(300))
    world.clock.pass_by(HOUR)
    await world.order(money=rub(20))
    assert world.spent().account_month == rub(320)


@pytest.mark.parametrize("kind", ["L+"])
async def test_what_the_operator_took_above_the_order_counts(world: World) -> None:
    """H9: it says 300 and takes 3000; the history tells, and the limit is used up."""
    world.forgiven.add("I9")
    await world.attach(WITHOUT_COOLDOWN)

    async def takes_more(provider: Any, purchase: Any) -> Any:
        provider.charge(purchase, rub(3000))
        return provider.answer(purchase, AnswerState.SUCCEEDED)

    world.provider.script.append(takes_more)
    await world.order()
    world.clock.pass_by(HOUR)
    assert (await world.refusal()).reason is Reason.LIMIT_ACCOUNT_MONTH
    await world.engine.refresh(ACCOUNT)
    assert world.spent().account_month == rub(3000)


@pytest.mark.parametrize("kind", ["L+"])
async def test_a_refund_in_the_history_locks_nothing_and_gives_no_room(
    world: World,
) -> None:
    """A negative sum would be a constraint that fails, and with it a locked book."""
    world.provider.charge_foreign(rub(-500))
    assert (await world.order()).state is S.SUCCEEDED
    assert world.engine.health is Health.READY
    assert world.spent().account_month == rub(300)


# The disk


async def test_a_book_that_cannot_be_written_before_sending_sends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D1-D5: no intent on the disk, no request."""

    async def fail(*_: Any, **__: Any) -> Any:
        raise BookLocked(LockReason.WRITE_FAILED)

    monkeypatch.setattr(world.engine.store, "reserve", fail)
    assert (await world.refusal()).reason is Reason.LOCKED
    assert (world.engine.health, world.engine.locked_because) == (
        Health.LOCKED,
        LockReason.WRITE_FAILED,
    )
    assert world.provider.sent == []


@pytest.mark.parametrize("error", ["BookLocked", "BrokenPromise"])
async def test_an_outcome_that_cannot_be_written_is_told_as_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    """D6: it was paid, and the disk does not know: neither "paid" nor "failed" may be said, and no more may be spent."""

    async def fail(*_: Any, **__: Any) -> Any:
        raise (
            BookLocked(LockReason.WRITE_FAILED)
            if error == "BookLocked"
            else BrokenPromise("I7", "x")
        )

    monkeypatch.setattr(world.engine.store, "step", fail)
    order = await world.order()
    assert (order.state, order.reason) == (S.UNKNOWN, "write_failed")
    assert (world.state, world.engine.health) == (S.SUBMITTING, Health.LOCKED)
    assert (await world.refusal()).reason is Reason.LOCKED
    assert [heard.state for heard in world.heard] == [S.SUBMITTING]
    monkeypatch.undo()


async def test_the_reason_of_a_flight_that_does_not_leave_can_be_read() -> None:
    """It ends up in a log if it ever escapes."""
    refused = Refused(reason=Reason.LINE_GONE)
    error = flight._Grounded(refused)
    error.__context__ = ValueError()  # what `asyncio.timeout` does to it
    assert (str(error), error.refused) == ("line_gone", refused)
