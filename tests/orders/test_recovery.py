"""P9: finding out what became of an order. Evidence, time, or a person; never a guess."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.esim_topup.orders import recovery
from custom_components.esim_topup.orders.book_file import BookLocked, LockReason
from custom_components.esim_topup.orders.links import AccountLink
from custom_components.esim_topup.orders.order import (
    BrokenPromise,
    OrderState,
    TooEarly,
)
from custom_components.esim_topup.orders.policy import Health, Reason
from custom_components.esim_topup.providers.base import (
    SETTLE_WINDOW_MIN,
    Answer,
    AnswerState,
    NotFound,
)
from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    ProviderError,
    Unreachable,
)

from .fake_provider import (
    CLASSES,
    RETENTION,
    declines,
    fails,
    is_lost,
    look_fails,
    looks_it_up,
    pays_and_says,
    pays_another,
    pays_late,
    pays_without_a_word,
    queues,
    refuses,
    says,
    says_of_it,
)
from .samples import ACCOUNT, WITHOUT_COOLDOWN, line, rub
from .world import World

S = OrderState
SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
SETTLED = SETTLE_WINDOW_MIN + 15 * MINUTE
"""Settle window and one poll: I10."""

ASKABLE = ["K", "L", "L+", "H"]


async def unknown(world: World, deed: Any = is_lost, **changes: Any) -> None:
    """Make an order whose outcome nobody knows."""
    world.provider.script.append(deed)
    assert (await world.order(**changes)).state in (S.UNKNOWN, S.PENDING)


async def states(world: World, *pauses: timedelta) -> list[S]:
    """Return the state of the order after each of these pauses."""
    found = []
    for pause in pauses:
        await world.advance(pause)
        found.append(world.state)
    return found


# The right end


@pytest.mark.parametrize("kind", ASKABLE)
async def test_an_order_that_was_paid_is_found(world: World) -> None:
    """A6, N6-N8: charged, answer lost. The traveller must neither pay again nor be told that it failed."""
    await unknown(world, pays_without_a_word)
    await world.advance(10 * SECOND)
    assert world.state is S.SUCCEEDED
    assert world.provider.paid() == [rub(300)]


@pytest.mark.parametrize("kind", ["L", "L+", "H"])
async def test_an_order_that_never_arrived_fails_and_frees_its_money(
    world: World,
) -> None:
    """A4, I10: not before the settle window is over, and within one poll after it."""
    await unknown(world)
    assert await states(
        world, SETTLE_WINDOW_MIN - SECOND, SETTLED - SETTLE_WINDOW_MIN
    ) == [S.UNKNOWN, S.FAILED]
    assert world.spent().account_month == rub(0)
    assert (await world.order()).state is S.SUCCEEDED  # and no cooldown


@pytest.mark.parametrize("kind", ["K", "K blind"])
async def test_class_k_sends_the_same_request_again(world: World) -> None:
    """The one class for which that is harmless: the traveller gets the top-up after all."""
    await unknown(world)
    await world.advance(MINUTE)
    assert world.state is S.SUCCEEDED
    assert world.provider.sent[0] == world.provider.sent[1]
    assert (world.last.sends, world.provider.paid()) == (2, [rub(300)])


async def test_an_order_that_is_declined_later_fails(world: World) -> None:
    """PENDING at first, then a definite no with our reference on it."""
    await unknown(world, queues)
    world.provider.declined.add(world.last.id)
    world.provider.pending.clear()
    await world.advance(10 * SECOND)
    assert (world.state, world.last.reason) == (S.FAILED, "card_declined")


async def test_a_pending_order_is_followed_to_its_end(world: World) -> None:
    """`pending` is not final: keep asking (YooKassa's second rule)."""
    await unknown(world, queues)
    assert world.state is S.PENDING
    await world.advance(HOUR)
    assert (world.state, (await world.refusal(force=True)).reason) == (
        S.PENDING,
        Reason.IN_PROGRESS,
    )
    world.provider.charge(world.provider.sent[0])
    await world.advance(15 * MINUTE)
    assert world.state is S.SUCCEEDED


async def test_an_order_that_is_given_back_passes_through_succeeded(
    world: World,
) -> None:
    """H22: the amount comes back, the rest between two orders does not."""
    world.forgiven.add("I2")
    await unknown(world, pays_without_a_word)
    world.provider.find_script.append(says_of_it(AnswerState.REVERSED))
    await world.advance(10 * SECOND)
    assert world.state is S.REVERSED
    assert world.spent().account_month == rub(0)
    assert (await world.refusal()).reason is Reason.COOLING_DOWN


async def test_an_unknown_order_may_become_pending(world: World) -> None:
    """The operator found it in its own queue."""
    await unknown(world)
    world.provider.pending.add(world.last.id)
    await world.advance(10 * SECOND)
    assert world.state is S.PENDING


@pytest.mark.parametrize("kind", ["L", "H"])
async def test_nothing_is_sent_twice_where_there_is_no_key(world: World) -> None:
    """I6: classes L and H only ask."""
    await unknown(world)
    await world.advance(4 * DAY)
    assert len(world.provider.sent) == 1


# Time


@pytest.mark.parametrize("kind", ["L", "L+", "H"])
async def test_an_order_that_arrives_late_is_not_called_failed_before(
    world: World,
) -> None:
    """N23, N26: delayed in a queue for almost as long as the settle window."""
    await unknown(world, pays_late(SETTLE_WINDOW_MIN - MINUTE))
    await world.advance(SETTLED)
    assert world.state is S.SUCCEEDED


@pytest.mark.parametrize("kind", ASKABLE)
@pytest.mark.parametrize(
    "jump", [40 * DAY, -DAY, 3650 * DAY], ids=["+40 d", "-1 d", "+10 a"]
)
async def test_a_jump_of_the_clock_makes_nothing_settled(
    world: World, jump: timedelta
) -> None:
    """T4, T5: right after sending the clock jumps. "Not found" is as young as it was."""
    await unknown(world, pays_late(10 * MINUTE))
    world.clock.jump(jump)
    await world.advance(9 * MINUTE)
    assert world.state in (
        {S.UNKNOWN} if world.kind != "K" else {S.UNKNOWN, S.SUCCEEDED}
    )
    await world.advance(HOUR)
    assert world.state is S.SUCCEEDED
    assert world.provider.paid() == [rub(300)]


@pytest.mark.parametrize("kind", ["L", "H"])
async def test_a_clock_that_was_set_back_does_not_stop_the_looking(
    world: World,
) -> None:
    """T4: the count of this process goes on; no question each 5 seconds, and an end."""
    await unknown(world)
    world.clock.jump(-365 * DAY)
    await world.advance(DAY)
    assert world.provider.asked.total() < 150
    world.clock.jump(365 * DAY)
    await world.advance(HOUR)
    assert world.state is S.FAILED


async def test_a_provider_may_need_longer_to_settle(world: World) -> None:
    """The window is the provider's, never below our minimum."""
    world.provider.capabilities = replace(CLASSES["L"], settle=6 * HOUR)
    await unknown(world)
    assert await states(world, 5 * HOUR, HOUR + 30 * MINUTE) == [S.UNKNOWN, S.FAILED]


@pytest.mark.parametrize("kind", ["L", "K", "H"])
async def test_after_three_days_a_person_has_to_look(world: World) -> None:
    """N27: the look-up is down all the time."""
    await unknown(world)
    error = Unreachable()
    world.provider.find_script.extend([fails(error)] * 200)
    world.provider.look_script.extend([look_fails(error)] * 200)
    assert await states(world, 70 * HOUR, 3 * HOUR) == [S.UNKNOWN, S.HELD]
    assert world.last.reason == "too_long_unknown"
    assert (await world.refusal(force=True)).reason is Reason.HELD
    assert world.spent().account_month == rub(300)


async def test_a_pending_order_is_handed_over_after_three_days_too(
    world: World,
) -> None:
    """An operator that never decides must not block a line for ever."""
    await unknown(world, queues)
    await world.advance(73 * HOUR)
    assert world.state is S.HELD


async def test_the_operator_is_asked_politely(world: World) -> None:
    """Promise 5: a hundred and a half questions in three days, most of them early."""
    await unknown(world, queues)
    await world.advance(MINUTE)
    assert world.provider.asked["find"] == 5
    await world.advance(73 * HOUR)
    assert world.provider.asked["find"] < 160


# What proves nothing

NOISE = [
    Unreachable(),
    AuthenticationFailed(),
    ProviderError("x"),
    TimeoutError(),
    KeyError("status"),
    RuntimeError("session is closed"),
    asyncio.CancelledError(),
]


@pytest.mark.parametrize("error", NOISE, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("kind", ["L", "K"])
async def test_a_look_up_that_breaks_is_repeated(
    world: World, error: BaseException
) -> None:
    """A fault in a module that ends the looking leaves the line blocked until the next restart."""
    await unknown(world, pays_without_a_word)
    world.provider.find_script.extend([fails(error)] * 3)
    assert await states(world, 20 * SECOND, 40 * SECOND) == [S.UNKNOWN, S.SUCCEEDED]


@pytest.mark.parametrize("error", NOISE, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("kind", ["H"])
async def test_a_history_that_breaks_is_repeated(
    world: World, error: BaseException
) -> None:
    """A gap in the list must not look like a list without our charge."""
    await unknown(world, pays_without_a_word)
    world.provider.look_script.extend([look_fails(error)] * 3)
    assert await states(world, 20 * SECOND, 40 * SECOND) == [S.UNKNOWN, S.SUCCEEDED]


async def test_a_look_up_that_never_answers_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next question comes all the same."""
    monkeypatch.setattr(recovery, "LOOK_PATIENCE", timedelta(milliseconds=5))

    async def hangs(*_: Any) -> NotFound:
        return await asyncio.get_running_loop().create_future()

    await unknown(world, pays_without_a_word)
    world.provider.find_script.append(hangs)
    await world.advance(5 * SECOND)
    await asyncio.sleep(0.02)
    await world.advance(10 * SECOND)
    assert world.state is S.SUCCEEDED


async def test_a_question_that_never_left_says_nothing_about_the_order(
    world: World,
) -> None:
    """A module that shares its code between asking and buying may answer "not sent" to a look-up: of the question."""
    await unknown(world, pays_without_a_word)
    world.provider.find_script.extend([says_of_it(AnswerState.NOT_SENT)] * 2)
    assert await states(world, 10 * SECOND, MINUTE) == [S.UNKNOWN, S.SUCCEEDED]


async def test_a_vague_answer_changes_nothing(world: World) -> None:
    """H20: a status word that nobody knows."""
    await unknown(world, pays_without_a_word)
    before = world.last
    world.provider.find_script.append(
        says(Answer(state=AnswerState.UNKNOWN, reason="in_review"))
    )
    await world.advance(5 * SECOND)
    assert world.last == before


async def test_an_order_that_was_there_once_does_not_fail_by_not_being_found(
    world: World,
) -> None:
    """The operator named its own id for it, then forgot it. That is no evidence; a person has to look."""
    await unknown(world)
    world.provider.find_script.append(
        says(Answer(state=AnswerState.UNKNOWN, provider_ref="theirs"))
    )
    await world.advance(5 * SECOND)
    assert (world.last.provider_ref, world.last.reason) == ("theirs", "timeout")
    assert await states(world, 70 * HOUR, 3 * HOUR) == [S.UNKNOWN, S.HELD]


@pytest.mark.parametrize("kind", ["L", "L+"])
async def test_a_success_that_lacked_a_field_does_not_fail_by_not_being_found(
    world: World,
) -> None:
    """H23: it said "paid" without our reference. Nobody may conclude from silence that it was not."""
    world.forgiven.add("I2")
    await unknown(world, pays_and_says(AnswerState.SUCCEEDED, reference=None))
    world.provider.hides_orders_until = world.clock.mono + 1000 * DAY
    assert await states(world, 70 * HOUR, 3 * HOUR) == [S.UNKNOWN, S.HELD]


@pytest.mark.parametrize("kind", ["L+"])
async def test_a_history_that_shows_the_charge_outweighs_a_look_up_that_does_not(
    world: World,
) -> None:
    """Evidence of no charge means: neither the look-up nor the history has it."""
    world.provider.repeats_references = False
    await unknown(world, pays_without_a_word)
    world.provider.find_script.extend([says(NotFound())] * 1000)
    assert await states(world, 70 * HOUR, 3 * HOUR) == [S.UNKNOWN, S.HELD]


async def test_a_pending_order_does_not_fail_by_not_being_found(world: World) -> None:
    """The operator had accepted it."""
    await unknown(world, queues)
    world.provider.pending.clear()
    assert await states(world, 70 * HOUR, 3 * HOUR) == [S.PENDING, S.HELD]


# A success that is none


@pytest.mark.parametrize(
    "finding",
    [
        says(NotFound()),
        says_of_it(AnswerState.DECLINED),
        says_of_it(AnswerState.NOT_SENT),
    ],
    ids=["not found", "declined", "not sent"],
)
@pytest.mark.parametrize("kind", ["L", "K"])
async def test_after_a_wrong_success_no_no_is_believed(
    world: World, finding: Any
) -> None:
    """H9, H21: it said "paid 30000", then "there is nothing". Money may be gone: a person has to look, nothing is sent."""
    world.forgiven.add("I9")
    await unknown(world, pays_another(100))
    world.provider.find_script.extend([finding] * 1000)
    assert await states(world, 70 * HOUR, 3 * HOUR) == [S.UNKNOWN, S.HELD]
    assert (world.last.alarm, len(world.provider.sent)) == (True, 1)


@pytest.mark.parametrize("kind", ["H"])
async def test_after_a_wrong_success_an_empty_history_is_not_believed(
    world: World,
) -> None:
    """The same without a look-up."""
    await unknown(world, pays_another(100))
    world.provider.hides_orders_until = world.clock.mono + 1000 * DAY
    assert await states(world, 70 * HOUR, 3 * HOUR) == [S.UNKNOWN, S.HELD]


@pytest.mark.parametrize("kind", ["K blind"])
async def test_after_a_wrong_success_a_person_is_asked_at_once_where_nobody_else_can_be(
    world: World,
) -> None:
    """Sending again is out of the question, and there is nothing to look up."""
    await unknown(world, pays_another(100))
    await world.advance(5 * SECOND)
    assert (world.state, world.last.reason, len(world.provider.sent)) == (
        S.HELD,
        "nobody_to_ask",
        1,
    )


@pytest.mark.parametrize("kind", ["L", "H"])
async def test_a_wrong_success_is_an_alarm_once(world: World) -> None:
    """I9: each look shows the same; one alarm and one row are enough."""
    world.forgiven.add("I9")

    async def takes_more_without_a_word(provider: Any, purchase: Any) -> Answer:
        provider.charge(purchase, rub(30_000))
        return provider.answer(purchase, AnswerState.UNKNOWN, provider_ref="c0")

    await unknown(world, takes_more_without_a_word)
    heard = len(world.heard)
    assert await states(world, HOUR, HOUR) == [S.UNKNOWN, S.UNKNOWN]
    assert (world.last.alarm, world.last.reason) == (True, "amount_differs")
    assert len(world.heard) == heard + 1


async def test_a_wrong_success_may_still_turn_out_right(world: World) -> None:
    """A mix-up in one answer; the next one names our order with all four fields."""
    await unknown(world, pays_and_says(AnswerState.SUCCEEDED, amount=Decimal(1)))
    assert (world.state, world.last.alarm) == (S.UNKNOWN, True)
    await world.advance(5 * SECOND)
    assert world.state is S.SUCCEEDED


# Sending again


@pytest.mark.parametrize("kind", ["K blind"])
async def test_a_request_is_repeated_three_times_and_no_more(world: World) -> None:
    """30 s, 5 min, 1 h: each with the same key and the same body, each durable before it leaves."""
    await unknown(world)
    world.provider.script.extend([is_lost] * 10)
    sent = []
    for pause in (29 * SECOND, 10 * SECOND, 7 * MINUTE, HOUR + 15 * MINUTE, 70 * HOUR):
        await world.advance(pause)
        sent.append(len(world.provider.sent))
    assert sent == [1, 2, 3, 4, 4]
    assert all(purchase == world.provider.sent[0] for purchase in world.provider.sent)
    assert world.last.sends == 4


@pytest.mark.parametrize("kind", ["K"])
async def test_a_refused_repetition_proves_nothing(world: World) -> None:
    """The first attempt may be the one that was charged: Delta's CommitStateUnknown, found by the model."""
    await unknown(world, pays_late(10 * MINUTE))
    world.provider.script.append(refuses)
    await world.advance(MINUTE)
    assert (world.state, world.last.sends) == (S.UNKNOWN, 2)
    await world.advance(HOUR)
    assert world.state is S.SUCCEEDED


@pytest.mark.parametrize("kind", ["K"])
async def test_a_decline_that_the_look_up_names_is_not_believed_while_the_first_attempt_is_on_its_way(
    world: World,
) -> None:
    """The operator remembers the second attempt, which was declined; the first one is still in a queue."""
    await unknown(world, pays_late(14 * MINUTE))
    world.provider.script.append(declines)
    await world.advance(5 * MINUTE)
    assert (world.state, world.last.sends) == (S.UNKNOWN, 2)
    await world.advance(HOUR)
    assert world.state is S.SUCCEEDED


@pytest.mark.parametrize("kind", ["K"])
async def test_a_decline_that_stands_when_everything_has_settled_is_believed(
    world: World,
) -> None:
    """I10: a card that is declined must not block the line for three days."""
    await unknown(world)
    world.provider.script.extend([declines] * 5)
    await world.advance(2 * HOUR)
    assert (world.state, world.last.reason) == (S.FAILED, "card_declined")


@pytest.mark.parametrize("kind", ["K"])
async def test_an_order_of_class_k_that_never_arrives_fails(world: World) -> None:
    """I10: the last attempt has settled, and the look-up knows nothing."""
    await unknown(world)
    world.provider.script.extend([is_lost] * 10)
    await world.advance(2 * HOUR)
    assert (world.state, world.last.reason) == (S.FAILED, "not_found")


@pytest.mark.parametrize("kind", ["L", "L+"])
async def test_an_absence_that_is_not_of_now_proves_nothing(world: World) -> None:
    """N23: a cache answers with its copy of the first look-up, which found nothing. The copy bears its time."""
    await unknown(world, pays_late(10 * MINUTE))
    world.provider.find_script.extend([says(NotFound())] * 60)
    world.provider.clock_skew = -10 * MINUTE
    await world.advance(HOUR)
    assert (world.state, world.provider.paid()) == (S.UNKNOWN, [rub(300)])
    world.provider.find_script.clear()
    world.provider.clock_skew = timedelta()
    await world.advance(24 * HOUR)
    assert world.state is S.SUCCEEDED


@pytest.mark.parametrize("kind", ["K blind"])
async def test_where_only_repeating_is_possible_a_person_is_asked_when_that_is_over(
    world: World,
) -> None:
    """Class K without a look-up: after the last attempt there is nobody to ask."""
    await unknown(world)
    world.provider.script.extend([refuses] * 10)
    assert await states(world, HOUR, 30 * MINUTE) == [S.UNKNOWN, S.HELD]
    assert len(world.provider.sent) == 4


@pytest.mark.parametrize("kind", ["K", "K blind"])
async def test_a_repetition_that_names_their_id_is_noted(world: World) -> None:
    """From then on "not found" means nothing."""
    await unknown(world)
    world.provider.script.append(
        pays_and_says(AnswerState.UNKNOWN, provider_ref="theirs")
    )
    world.provider.find_script.extend([says(NotFound())] * 5)
    await world.advance(40 * SECOND)
    assert (world.last.provider_ref, world.last.sends) == ("theirs", 2)


@pytest.mark.parametrize("kind", ["K"])
async def test_a_wrong_success_of_a_repetition_is_an_alarm(world: World) -> None:
    """I9 holds for every attempt."""
    world.forgiven |= {"I9", "I2"}
    await unknown(world)
    world.provider.script.append(
        pays_and_says(AnswerState.SUCCEEDED, amount=Decimal(1))
    )
    world.provider.find_script.extend([says(NotFound())] * 8)
    await world.advance(MINUTE)
    assert (world.state, world.last.alarm) == (S.UNKNOWN, True)


SILENT = {"K": is_lost, "K blind": pays_without_a_word}
"""For a provider that can be asked, nothing has arrived: otherwise it would say so. The blind one has charged."""


async def off(world: World, pause: timedelta, *, stale_clock: bool = False) -> None:
    """Cut the power for a while; a stale clock goes on where it went out."""
    await world.reboot(off_for=pause, attach=False)
    if stale_clock:
        world.clock.jump(-pause)
    await world.attach()
    await world.settle()


@pytest.mark.parametrize("kind", ["K", "K blind"])
@pytest.mark.parametrize(
    "pause",
    [RETENTION / 2 + MINUTE, RETENTION - MINUTE, RETENTION + MINUTE, 3 * RETENTION],
)
async def test_nothing_is_repeated_after_half_of_the_retention(
    world: World, pause: timedelta
) -> None:
    """I6: a key that the operator has forgotten is a second purchase."""
    await unknown(world, SILENT[world.kind])
    await off(world, pause)
    await world.advance(2 * HOUR)
    assert len(world.provider.sent) == 1


@pytest.mark.parametrize("kind", ["K", "K blind"])
@pytest.mark.parametrize("skew", [None, 30 * HOUR])
async def test_a_clock_that_stood_still_does_not_make_an_old_key_young(
    world: World, skew: timedelta | None
) -> None:
    """I6: a power cut of 30 hours on a machine without a clock of its own. By its clock the order is a minute old."""
    await unknown(world, SILENT[world.kind])
    world.provider.clock_skew = skew
    await off(world, 30 * HOUR, stale_clock=True)
    await world.advance(2 * HOUR)
    assert len(world.provider.sent) == 1


@pytest.mark.parametrize("kind", ["K", "K blind"])
async def test_a_clock_that_was_set_back_repeats_nothing(world: World) -> None:
    """T4: the age of the key is not known any more."""
    await unknown(world, SILENT[world.kind])
    world.clock.jump(-DAY)
    await world.advance(10 * MINUTE)
    assert len(world.provider.sent) == 1


@pytest.mark.parametrize("kind", ["K"])
@pytest.mark.parametrize("skew", [None, timedelta(minutes=1)])
async def test_after_a_restart_the_operators_clock_says_whether_a_key_is_young(
    world: World, skew: timedelta | None
) -> None:
    """With it the top-up is made after all; without it only the look-up is left, which costs nothing."""
    await unknown(world)
    world.provider.clock_skew = skew
    await off(world, MINUTE)
    assert len(world.provider.sent) == (1 if skew is None else 2)


@pytest.mark.parametrize("kind", ["K"])
async def test_an_engine_that_is_not_ready_repeats_nothing(world: World) -> None:
    """I11: the end has begun, or the book is locked."""
    await unknown(world)
    world.engine.health = Health.STOPPING
    await world.advance(10 * MINUTE)
    assert len(world.provider.sent) == 1


# Nobody to ask


@pytest.mark.parametrize("kind", ["N"])
async def test_class_n_asks_a_person_at_once(world: World) -> None:
    """Nothing is guessed: the line stays blocked until somebody has looked at the operator's page."""
    world.forgiven.add("I2")
    await unknown(world, pays_without_a_word)
    await world.advance(5 * SECOND)
    assert (world.state, world.last.reason) == (S.HELD, "nobody_to_ask")
    assert (await world.refusal(force=True)).reason is Reason.HELD


@pytest.mark.parametrize("kind", ["N"])
async def test_class_n_gives_a_pending_order_the_settle_window(world: World) -> None:
    """Most are done by then, though nobody can see it; a person asked at once could not see it either."""
    await unknown(world, queues)
    assert await states(world, 14 * MINUTE, 16 * MINUTE) == [S.PENDING, S.HELD]


@pytest.mark.parametrize("kind", ["L", "N"])
async def test_an_account_that_is_not_set_up_is_waited_for(world: World) -> None:
    """A reload takes a moment; an order is not handed over or given up for it, and not forgotten either."""
    world.engine.detach(ACCOUNT)
    world.provider.script.append(pays_without_a_word)
    await world.attach()
    task = world.begin()
    await world.settle()
    await task
    world.engine.detach(ACCOUNT)
    await world.advance(DAY)
    assert world.state is S.UNKNOWN
    await world.attach()
    await world.settle()
    assert world.state is (S.SUCCEEDED if world.kind == "L" else S.HELD)
    if world.kind == "N":
        world.forgiven.add("I2")


async def test_an_account_that_never_comes_back_leaves_its_order_to_a_person(
    world: World,
) -> None:
    """At the latest after three days."""
    await unknown(world)
    world.engine.detach(ACCOUNT)
    await world.advance(73 * HOUR)
    assert world.state is S.HELD


@pytest.mark.parametrize("kind", ["L", "H"])
@pytest.mark.parametrize(
    ("deed", "end"), [(pays_without_a_word, S.SUCCEEDED), (is_lost, S.FAILED)]
)
async def test_after_days_without_power_the_operator_is_asked_first(
    world: World, deed: Any, end: S
) -> None:
    """I10: the order is older than three days the moment it is seen again; a person is asked only if nobody else can say."""
    await unknown(world, deed)
    await off(world, 5 * DAY)
    await world.advance(SETTLED)
    assert world.state is end


async def test_after_days_without_power_and_operator_a_person_is_asked_soon(
    world: World,
) -> None:
    """Not after three more days."""
    await unknown(world)
    await off(world, 5 * DAY)
    world.engine.detach(ACCOUNT)
    await world.advance(2 * HOUR)
    assert world.state is S.HELD


# Class H


@pytest.mark.parametrize("kind", ["H"])
async def test_several_charges_that_fit_are_held(world: World) -> None:
    """A stranger paid the same amount at the same time: which one is ours, only a person can say."""
    await unknown(world, pays_without_a_word)
    world.provider.charge_foreign(rub(300))
    await world.advance(10 * SECOND)
    assert (world.state, world.last.reason) == (S.HELD, "several_charges_fit")


@pytest.mark.parametrize("kind", ["H"])
async def test_a_charge_from_before_the_order_is_not_its_proof(world: World) -> None:
    """It was imported as foreign when the order was made, and stays that."""
    world.provider.charge_foreign(rub(300))
    await unknown(world)
    await world.advance(SETTLED)
    assert (world.state, world.last.reason) == (S.FAILED, "not_in_history")
    assert world.spent().account_month == rub(300)


@pytest.mark.parametrize("kind", ["H"])
async def test_a_claimed_charge_proves_no_second_order(world: World) -> None:
    """I1, I2: the next order of the same amount needs a charge of its own."""
    await world.attach(WITHOUT_COOLDOWN)
    await unknown(world, pays_without_a_word)
    await world.advance(10 * SECOND)
    assert world.state is S.SUCCEEDED
    await unknown(world)
    await world.advance(SETTLED)
    assert [order.state for order in world.orders] == [S.SUCCEEDED, S.FAILED]
    assert world.spent().account_month == rub(300)


@pytest.mark.parametrize("kind", ["H"])
async def test_a_strangers_charge_may_cost_a_top_up_and_never_a_second_charge(
    world: World,
) -> None:
    """Design, section 4: the price of having no reference, and who pays it."""
    world.forgiven.add("I9")
    await unknown(world)
    world.provider.charge_foreign(rub(300))
    await world.advance(SETTLED)
    assert world.state is S.SUCCEEDED
    assert (await world.refusal()).reason is Reason.COOLING_DOWN


@pytest.mark.parametrize("kind", ["H"])
@pytest.mark.parametrize("ahead", [HOUR, 40 * DAY])
async def test_a_history_in_another_time_does_not_prove_that_nothing_was_paid(
    world: World, ahead: timedelta
) -> None:
    """Our clock is wrong and the operator names no time: its charge seems to be from before the order, and fits nothing."""
    world.provider.clock_skew = None
    world.clock.jump(ahead)
    await unknown(world, pays_without_a_word)
    await world.advance(2 * HOUR)
    assert world.state in {S.UNKNOWN, S.SUCCEEDED}
    await world.advance(3 * DAY)
    assert world.state in {S.HELD, S.SUCCEEDED}


# A person


@pytest.mark.parametrize("kind", ["N"])
@pytest.mark.parametrize("charged", [True, False])
async def test_a_person_decides_a_held_order(world: World, *, charged: bool) -> None:
    """The only way out of HELD, and it is written down who said so."""
    world.forgiven.add("I2")
    await unknown(world, pays_without_a_word if charged else is_lost)
    await world.advance(5 * SECOND if charged else SETTLE_WINDOW_MIN)
    order = await world.engine.resolve(world.last.id, charged=charged, user_id="anna")
    assert (order.state, order.reason) == (
        S.SUCCEEDED if charged else S.FAILED,
        "decided_by_a_person",
    )
    assert world.last == order == world.heard[-1]
    assert world.spent().account_month == rub(300 if charged else 0)
    assert (await world.recharge()).__class__.__name__ == (
        "Refused" if charged else "Placed"
    )


@pytest.mark.parametrize("kind", ["N"])
async def test_a_person_cannot_know_too_early_that_nothing_was_charged(
    world: World,
) -> None:
    """The operator's queue is slow: at the moment of the look there was no charge, two minutes later there is."""
    await unknown(world, pays_late(2 * MINUTE))
    await world.advance(5 * SECOND)
    with pytest.raises(TooEarly):
        await world.engine.resolve(world.last.id, charged=False, user_id="anna")
    assert world.state is S.HELD
    world.engine.detach(ACCOUNT)  # the minimum holds also where nobody can be asked
    await world.advance(SETTLE_WINDOW_MIN - MINUTE)
    with pytest.raises(TooEarly):
        await world.engine.resolve(world.last.id, charged=False, user_id="anna")
    await world.engine.resolve(world.last.id, charged=True, user_id="anna")
    assert len(world.provider.paid()) == 1


@pytest.mark.parametrize("kind", ["L", "H"])
async def test_a_look_proves_what_was_true_when_it_was_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked just before the settle window ends and answered after it: "not there" says nothing about its last seconds."""
    await unknown(world, pays_late(SETTLE_WINDOW_MIN - 5 * SECOND))
    await world.advance(SETTLE_WINDOW_MIN - 10 * SECOND)
    asked = "history" if world.kind == "H" else "find"
    quick = getattr(world.provider, asked)

    async def slow(*question: Any) -> Any:
        answer = await quick(*question)
        await world.clock.sleep(20 * SECOND)
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(world.provider, asked, slow)
        await world.attach()
        await world.settle()
        await world.advance(30 * SECOND)
    assert world.state is not S.FAILED
    await world.advance(15 * MINUTE)
    assert (world.state, len(world.provider.paid())) == (S.SUCCEEDED, 1)


@pytest.mark.parametrize("kind", ["K"])
async def test_not_being_found_is_no_proof_while_the_key_can_ask_again(
    world: World,
) -> None:
    """N24: the first attempt comes after the settle window. Failed by then, its charge would be nobody's."""
    world.provider.script.extend([pays_late(40 * MINUTE), is_lost, is_lost, is_lost])
    await world.order()
    await world.advance(35 * MINUTE)
    assert world.state is S.UNKNOWN
    await world.advance(35 * MINUTE)
    assert (world.state, len(world.provider.paid())) == (S.SUCCEEDED, 1)


@pytest.mark.parametrize("kind", ["L"])
async def test_a_person_decides_nothing_that_is_still_looked_up(world: World) -> None:
    """I7: the operator's own word is better."""
    await unknown(world)
    with pytest.raises(BrokenPromise):
        await world.engine.resolve(world.last.id, charged=False, user_id="anna")
    assert (world.state, world.engine.health) == (S.UNKNOWN, Health.READY)
    with pytest.raises(KeyError):
        await world.engine.resolve("no such order", charged=False, user_id="anna")


@pytest.mark.parametrize("kind", ["N"])
async def test_two_people_who_decide_at_once_lock_nothing(world: World) -> None:
    """A double click, or two administrators: the first one counts, the second one is told."""
    world.forgiven.add("I2")
    await unknown(world, pays_without_a_word)
    await world.advance(5 * SECOND)
    order_id = world.last.id
    first, second = await asyncio.gather(
        world.engine.resolve(order_id, charged=True, user_id="anna"),
        world.engine.resolve(order_id, charged=False, user_id="ben"),
        return_exceptions=True,
    )
    assert not isinstance(first, BaseException)
    assert first.state is S.SUCCEEDED
    assert isinstance(second, BrokenPromise)
    assert (world.state, world.engine.health) == (S.SUCCEEDED, Health.READY)


@pytest.mark.parametrize("kind", ["N"])
async def test_a_decision_is_told_even_if_the_form_was_closed(world: World) -> None:
    """C6: written down and not published, the line would look blocked until the next restart."""
    await unknown(world)
    await world.advance(SETTLE_WINDOW_MIN)
    task = asyncio.ensure_future(
        world.engine.resolve(world.last.id, charged=False, user_id="anna")
    )
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await world.settle()
    assert (world.state, world.heard[-1].state) == (S.FAILED, S.FAILED)
    assert (await world.order()).state is S.SUCCEEDED


# The book while looking


async def test_a_book_that_cannot_be_read_while_looking_locks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise nobody looks after the order any more, and nobody is told."""

    async def fail(_: str) -> Any:
        raise BookLocked(LockReason.UNREADABLE)

    await unknown(world)
    monkeypatch.setattr(world.engine.store, "get", fail)
    await world.advance(5 * SECOND)
    assert (world.engine.health, world.engine.locked_because) == (
        Health.LOCKED,
        LockReason.UNREADABLE,
    )
    assert world.engine._recovery.tasks == []


@pytest.mark.parametrize(
    "error",
    [BookLocked(LockReason.UNREADABLE), BrokenPromise("I2", "x")],
    ids=["locked", "broken"],
)
async def test_a_book_that_fails_while_the_operator_is_asked_locks(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The book's faults are not the provider's: they must not be taken for "proves nothing"."""

    async def fail(*_: Any, **__: Any) -> Any:
        raise error

    world.kind = world.provider.kind = "K"
    await unknown(world)
    monkeypatch.setattr(world.engine.store, "step", fail)
    await world.advance(MINUTE)
    assert world.engine.health is Health.LOCKED
    assert len(world.provider.sent) == 1


async def test_two_orders_are_looked_after_side_by_side(world: World) -> None:
    """One broken line leaves the others alone."""
    world.lines = (*world.lines, line(2))
    await world.attach()
    await unknown(world)
    await unknown(world, pays_without_a_word, line=line(2))

    async def only_the_second(provider: Any, purchase: Any) -> Any:
        if purchase.line.id == "L1":
            raise RuntimeError
        return await looks_it_up(provider, purchase)

    world.provider.find_script.extend([only_the_second] * 4)
    await world.advance(10 * SECOND)
    assert sorted(order.state for order in world.orders) == [S.SUCCEEDED, S.UNKNOWN]


async def test_an_order_is_followed_by_one_task_only(world: World) -> None:
    """Two of them would repeat a request at the same moment."""
    await unknown(world)
    for _ in range(3):
        world.engine.watch(world.last)
    assert len(world.engine._recovery.tasks) == 1
    await world.advance(SETTLED)
    assert world.engine._recovery.tasks == []
    assert world.engine._tasks == set()


async def test_a_settled_order_is_not_followed(world: World) -> None:
    """There is nothing to find out."""
    order = await world.order()
    world.engine.watch(order)
    assert world.engine._recovery.tasks == []


async def test_an_account_that_is_back_wakes_its_own_orders_only(world: World) -> None:
    """Another account's operator is not asked sooner for it."""
    await unknown(world)
    world.engine.attach(
        AccountLink(key="another", provider=world.provider, currency="RUB", lines={})
    )
    await world.settle()
    assert world.provider.asked["find"] == 0
    await world.attach()
    await world.settle()
    assert world.provider.asked["find"] == 1
