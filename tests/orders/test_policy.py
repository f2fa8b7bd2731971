"""May this be paid now? Each reason, their order, and the times that are promised."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.orders import policy
from custom_components.esim_topup.orders.order import UNFINISHED, OrderState
from custom_components.esim_topup.orders.policy import (
    CHECKS,
    Allowed,
    Book,
    Health,
    Reason,
    Refused,
    Situation,
    Wish,
    day_of,
    evaluate,
    month_of,
)
from custom_components.esim_topup.providers.base import Reading
from custom_components.esim_topup.providers.money import Money

from .fake_clock import NOON
from .samples import (
    LIMITS,
    MOSCOW,
    make_order,
    make_situation,
    make_wish,
    rub,
    spent,
    usd,
)

NO_SUMS: Any = replace(LIMITS, account_month=None)

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)

type Trouble = Callable[[Wish, Situation], tuple[Wish, Situation]]


def refusal(wish: Wish, situation: Situation) -> Refused:
    """Return the refusal of a wish that must be refused."""
    verdict = evaluate(wish, situation)
    assert isinstance(verdict, Refused), verdict
    return verdict


def book(situation: Situation, **changes: Any) -> Situation:
    """Return the situation with another book."""
    return replace(situation, book=replace(situation.book, **changes))


def read(balance: Money | None) -> Reading:
    """Return a reading of now."""
    return Reading(at=NOON, balance=balance)


# One trouble per check, in the order of the checks: what lasts longest comes first.
TROUBLES: list[tuple[Reason, Trouble]] = [
    (Reason.LOCKED, lambda w, s: (w, replace(s, health=Health.LOCKED))),
    (Reason.CLOCK_UNTRUSTED, lambda w, s: (w, replace(s, skew=timedelta(minutes=6)))),
    (Reason.ABOVE_ORDER_LIMIT, lambda w, s: (replace(w, money=rub(1001)), s)),
    (Reason.HELD, lambda w, s: (w, book(s, unfinished=make_order(OrderState.HELD)))),
    (Reason.LIMIT_ACCOUNT_MONTH, lambda w, s: (w, book(s, spent=spent(2999)))),
    (
        Reason.COOLING_DOWN,
        lambda w, s: (w, book(s, last_started=make_order(created_at=NOON - HOUR))),
    ),
    (
        Reason.NOT_BELOW,
        lambda w, s: (
            replace(w, only_below=rub(50)),
            replace(s, reading=read(rub(50))),
        ),
    ),
]


def test_there_is_a_trouble_for_each_check() -> None:
    """A check that no test knows may be lost unseen."""
    assert len(TROUBLES) == len(CHECKS)


def test_without_trouble_it_may_be_paid() -> None:
    """Whoever needs money on the line gets it."""
    assert evaluate(make_wish(), make_situation()) == Allowed(left=rub(1000))


@pytest.mark.parametrize(
    ("reason", "trouble"), TROUBLES, ids=[reason for reason, _ in TROUBLES]
)
def test_one_cause_has_one_reason(reason: Reason, trouble: Trouble) -> None:
    """The text that a user reads is made from it."""
    assert refusal(*trouble(make_wish(), make_situation())).reason is reason


def test_of_two_causes_the_one_that_lasts_longer_is_named() -> None:
    """A user who solves the short one and meets the long one next is rightly angry."""
    for (longer, first), (_, second) in combinations(TROUBLES, 2):
        assert refusal(*second(*first(make_wish(), make_situation()))).reason is longer


# Engine and clock


@pytest.mark.parametrize("health", Health)
def test_nothing_is_paid_unless_the_engine_is_ready(health: Health) -> None:
    """I11: with the book away or not yet recovered, nobody knows what was paid."""
    verdict = evaluate(make_wish(), make_situation(health=health))
    assert isinstance(verdict, Allowed) is (health is Health.READY)
    assert health is Health.READY or verdict == Refused(reason=Reason(health.value))


@pytest.mark.parametrize(
    ("behind", "trusted"),
    [
        (timedelta(), True),
        (timedelta(seconds=60), True),
        (timedelta(seconds=60) + MICROSECOND, False),
        (40 * 24 * HOUR, False),
    ],
)
def test_a_clock_that_was_set_back_pays_nothing(
    behind: timedelta, *, trusted: bool
) -> None:
    """T4: a second month of limits could be gained by it."""
    verdict = evaluate(make_wish(), book(make_situation(), newest_at=NOON + behind))
    assert isinstance(verdict, Allowed) is trusted
    assert trusted or verdict == Refused(
        reason=Reason.CLOCK_UNTRUSTED, until=NOON + behind
    )


@pytest.mark.parametrize("skew", [timedelta(), timedelta(minutes=-5)])
def test_an_order_of_a_clock_that_ran_ahead_does_not_lock_for_years(
    skew: timedelta,
) -> None:
    """T5: the operator says that our clock is right now. Who should a person believe instead?"""
    situation = make_situation(skew=skew)
    assert isinstance(
        evaluate(make_wish(), book(situation, newest_at=NOON + 4000 * 24 * HOUR)),
        Allowed,
    )


@pytest.mark.parametrize("year", [1970, 2025, 2200, 9999])
@pytest.mark.parametrize("skew", [None, timedelta()])
def test_a_year_that_cannot_be_pays_nothing(year: int, skew: timedelta | None) -> None:
    """T6: what is dated there would count against no limit of today."""
    situation = make_situation(now=NOON.replace(year=year), skew=skew)
    assert refusal(make_wish(), situation).reason is Reason.CLOCK_UNTRUSTED


@pytest.mark.parametrize(
    ("skew", "trusted"),
    [
        (None, True),
        (timedelta(minutes=5), True),
        (-timedelta(minutes=5), True),
        (timedelta(minutes=5) + MICROSECOND, False),
        (-timedelta(minutes=5) - MICROSECOND, False),
    ],
)
def test_a_clock_that_is_not_the_operators_pays_nothing(
    skew: timedelta | None, *, trusted: bool
) -> None:
    """T5: a clock set forward would jump over a cooldown."""
    verdict = evaluate(make_wish(), make_situation(skew=skew))
    assert isinstance(verdict, Allowed) is trusted


# The amount


@pytest.mark.parametrize(
    ("money", "reason"),
    [
        (rub("0.01"), None),
        (rub(1000), None),
        (rub("1000.01"), Reason.ABOVE_ORDER_LIMIT),
        (rub(0), Reason.NOT_POSITIVE),
        (rub(-300), Reason.NOT_POSITIVE),
        (usd(3), Reason.OTHER_CURRENCY),
    ],
)
def test_only_a_legal_amount_is_paid(money: Money, reason: Reason | None) -> None:
    """An automation with a wrong unit must not empty a card."""
    verdict = evaluate(make_wish(money=money), make_situation())
    assert (verdict.reason if isinstance(verdict, Refused) else None) is reason


def test_the_limit_of_an_order_says_how_high_it_is() -> None:
    """A text without the number sends the user to the options to look for it."""
    ceiling = refusal(make_wish(money=rub(1001)), make_situation()).ceiling
    assert ceiling is not None
    assert (ceiling.name, ceiling.limit, ceiling.left) == (
        "per_order",
        rub(1000),
        rub(1000),
    )


@pytest.mark.parametrize(
    "situation",
    [
        make_situation(limits=replace(LIMITS, account_month=usd(30))),
        make_situation(book=Book(spent=spent(0, "USD"))),
    ],
    ids=["a limit", "the sums"],
)
def test_another_currency_anywhere_is_a_reason_and_no_crash(
    situation: Situation,
) -> None:
    """An account whose currency was changed must say so, instead of breaking every entity that asks."""
    assert refusal(make_wish(), situation).reason is Reason.OTHER_CURRENCY


# The line

BLOCKS = {
    OrderState.HELD: Reason.HELD,
    OrderState.UNKNOWN: Reason.OUTCOME_UNKNOWN,
    OrderState.SUBMITTING: Reason.IN_PROGRESS,
    OrderState.PENDING: Reason.IN_PROGRESS,
    OrderState.AWAITING_APPROVAL: Reason.AWAITING_APPROVAL,
}


def test_every_unfinished_state_has_its_reason() -> None:
    """A state without one would be a `KeyError` in the middle of a reservation."""
    assert set(BLOCKS) == UNFINISHED


@pytest.mark.parametrize(("state", "reason"), BLOCKS.items())
@pytest.mark.parametrize("force", [False, True])
def test_an_unfinished_order_blocks_its_line(
    state: OrderState, reason: Reason, *, force: bool
) -> None:
    """P8: what may have been paid is not paid again, not even by force."""
    order = make_order(state)
    verdict = refusal(make_wish(force=force), book(make_situation(), unfinished=order))
    assert (verdict.reason, verdict.order, verdict.until) == (reason, order, None)


# Limits

SUMS = {
    "account_rolling": Reason.LIMIT_ACCOUNT_ROLLING,
    "account_month": Reason.LIMIT_ACCOUNT_MONTH,
    "line_month": Reason.LIMIT_LINE_MONTH,
    "account_day": Reason.LIMIT_ACCOUNT_DAY,
}


@pytest.mark.parametrize(("name", "reason"), SUMS.items())
@pytest.mark.parametrize("force", [False, True])
def test_a_sum_reaches_its_limit_and_never_passes_it(
    name: str, reason: Reason, *, force: bool
) -> None:
    """I4: the promise that a user sets with a number. Force does not change it."""
    limits = replace(NO_SUMS, **{name: rub(1000)})
    exactly = make_situation(
        limits=limits, book=Book(spent=spent(0, **{name: rub(700)}))
    )
    assert evaluate(make_wish(force=force), exactly) == Allowed(left=rub(300))
    above = make_situation(
        limits=limits, book=Book(spent=spent(0, **{name: rub("700.01")}))
    )
    verdict = refusal(make_wish(force=force), above)
    assert verdict.reason is reason
    assert verdict.ceiling is not None
    assert (verdict.ceiling.name, verdict.ceiling.left) == (name, rub("299.99"))


@given(
    used=st.tuples(*(st.integers(0, 2000) for _ in SUMS)),
    set_to=st.tuples(*(st.none() | st.integers(0, 2000) for _ in SUMS)),
    wanted=st.integers(1, 2000),
)
def test_what_is_allowed_fits_below_every_limit(
    used: tuple[int, ...], set_to: tuple[int | None, ...], wanted: int
) -> None:
    """I4 over the whole range: no combination of sums and limits lets an order through that passes one of them."""
    limits = replace(
        LIMITS,
        **{
            name: None if limit is None else rub(limit)
            for name, limit in zip(SUMS, set_to, strict=True)
        },
    )
    sums = spent(
        0, **{name: rub(amount) for name, amount in zip(SUMS, used, strict=True)}
    )
    verdict = evaluate(
        make_wish(money=rub(wanted)),
        make_situation(limits=limits, book=Book(spent=sums)),
    )
    fits = wanted <= 1000 and all(
        limit is None or amount + wanted <= limit
        for amount, limit in zip(used, set_to, strict=True)
    )
    assert isinstance(verdict, Allowed) is fits
    if isinstance(verdict, Allowed):
        assert rub(wanted) <= verdict.left


# When it opens again

ZONES = [
    "UTC",
    "Europe/Moscow",
    "America/New_York",
    "America/Havana",  # its clocks go back at 01:00, also on a first of November
    "America/Asuncion",  # its clocks went forward at midnight
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
]

moments = st.datetimes(
    min_value=datetime(2026, 1, 1),
    max_value=datetime(2035, 12, 31),
    timezones=st.just(UTC),
)


def limited(name: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return when a limit that is used up is promised to open again."""
    limits = replace(NO_SUMS, **{name: rub(100)})
    until = refusal(
        make_wish(), make_situation(now=now, zone=zone, limits=limits)
    ).until
    assert until is not None
    return until


@pytest.mark.parametrize("name", ["account_month", "line_month"])
@given(now=moments, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_a_month_opens_with_the_first_moment_of_the_next_one(
    name: str, now: datetime, zone: ZoneInfo
) -> None:
    """T1-T3, T7: promised too early it is refused again, promised too late the traveller waits for nothing."""
    until = limited(name, now, zone)
    assert until > now
    assert month_of(until, zone) != month_of(now, zone)
    assert month_of(until - MICROSECOND, zone) == month_of(now, zone)


def test_a_month_that_begins_twice_opens_at_its_second_beginning() -> None:
    """T2: clocks are set back over the midnight of a month; in the hour that comes again its first beginning is past."""
    zone = ZoneInfo("America/St_Johns")
    again = datetime(2009, 11, 1, 2, 40, tzinfo=UTC)  # October for the second time
    assert month_of(again, zone) == "2009-10"
    opens = policy._opens_again("line_month", again, zone)
    assert opens == datetime(2009, 11, 1, 3, 30, tzinfo=UTC)
    assert month_of(opens, zone) == "2009-11"


@pytest.mark.parametrize("name", ["account_day", "account_rolling"])
@given(now=moments, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_a_day_opens_at_midnight_utc(name: str, now: datetime, zone: ZoneInfo) -> None:
    """T3: days are counted in UTC, so that no change of zone gains one."""
    until = limited(name, now, zone)
    assert now < until <= now + timedelta(days=1)
    assert (
        until.hour,
        until.minute,
        until.second,
        until.microsecond,
        until.tzinfo,
    ) == (0, 0, 0, 0, UTC)


@pytest.mark.parametrize(
    ("at", "zone", "day", "month"),
    [
        (
            datetime(2026, 11, 30, 20, 59, 59, tzinfo=UTC),
            "Europe/Moscow",
            "2026-11-30",
            "2026-11",
        ),
        (
            datetime(2026, 11, 30, 21, 0, 0, tzinfo=UTC),
            "Europe/Moscow",
            "2026-11-30",
            "2026-12",
        ),
        (
            datetime(2026, 12, 1, 4, 59, 59, tzinfo=UTC),
            "America/New_York",
            "2026-12-01",
            "2026-11",
        ),
        (datetime(2024, 2, 29, 12, tzinfo=UTC), "UTC", "2024-02-29", "2024-02"),
        (
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            "Europe/Berlin",
            "2026-10-25",
            "2026-10",
        ),
    ],
)
def test_a_time_belongs_to_a_utc_day_and_to_a_month_of_the_books_zone(
    at: datetime, zone: str, day: str, month: str
) -> None:
    """T7: an order of the last second of a month counts in that month, whenever it ends."""
    elsewhere = at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert day_of(at) == day_of(elsewhere) == day
    assert month_of(at, ZoneInfo(zone)) == month_of(elsewhere, ZoneInfo(zone)) == month


# Cooldown


def cooling(age: timedelta, **changes: Any) -> Situation:
    """Return a situation in which the last order of the line is that old."""
    return book(
        make_situation(**changes),
        last_started=make_order(OrderState.SUCCEEDED, created_at=NOON - age),
    )


@pytest.mark.parametrize(
    ("age", "until"),
    [
        (timedelta(), NOON + 6 * HOUR),
        (6 * HOUR - MICROSECOND, NOON + MICROSECOND),
        (6 * HOUR, None),
        (-HOUR, NOON + 7 * HOUR),
    ],
    ids=["just now", "almost", "over", "a clock that was set back"],
)
def test_a_line_rests_between_two_orders(
    age: timedelta, until: datetime | None
) -> None:
    """A balance that does not move yet is no reason to pay again: the usual way to pay twice."""
    verdict = evaluate(make_wish(), cooling(age))
    if until is None:
        assert isinstance(verdict, Allowed)
    else:
        assert verdict == Refused(reason=Reason.COOLING_DOWN, until=until)


def test_a_clock_set_forward_does_not_end_the_rest() -> None:
    """T5: this process knows by its own count how long ago it was."""
    verdict = refusal(make_wish(), cooling(40 * 24 * HOUR, since_started=HOUR))
    assert (verdict.reason, verdict.until) == (Reason.COOLING_DOWN, NOON + 5 * HOUR)


def test_a_suspended_machine_does_not_shorten_the_rest_either() -> None:
    """T9: the count of this process stands still while it sleeps; the later of both ends the rest."""
    assert (
        refusal(make_wish(), cooling(HOUR, since_started=40 * HOUR)).until
        == NOON + 5 * HOUR
    )


def test_force_passes_the_cooldown_and_nothing_else() -> None:
    """P8: a person in a hurry may go on, within every other promise."""
    assert isinstance(evaluate(make_wish(force=True), cooling(timedelta())), Allowed)
    for reason, trouble in TROUBLES:
        verdict = evaluate(*trouble(make_wish(force=True), make_situation()))
        assert (verdict.reason if isinstance(verdict, Refused) else None) is (
            None if reason is Reason.COOLING_DOWN else reason
        )


# Only below


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (read(rub("49.99")), None),
        (read(rub(-5)), None),
        (read(rub(50)), Reason.NOT_BELOW),
        (read(usd(1)), Reason.OTHER_CURRENCY),
        (read(None), Reason.BALANCE_UNKNOWN),
        (None, Reason.BALANCE_UNKNOWN),
    ],
    ids=[
        "below",
        "in debt",
        "at the threshold",
        "other currency",
        "not said",
        "not read",
    ],
)
def test_only_below_asks_the_fresh_balance(
    reading: Reading | None, reason: Reason | None
) -> None:
    """R1-R7: automations fire again after each outage; the fresh balance is what stops them."""
    verdict = evaluate(make_wish(only_below=rub(50)), make_situation(reading=reading))
    assert (verdict.reason if isinstance(verdict, Refused) else None) is reason


# Joining


@pytest.mark.parametrize(
    ("mine", "theirs", "joins"),
    [
        ({}, {}, True),
        ({"request_id": "a"}, {"request_id": "a"}, True),
        ({}, {"request_id": "a"}, True),
        ({"request_id": "a"}, {}, False),
        ({"request_id": "a"}, {"request_id": "b"}, False),
        ({"money": rub(301)}, {}, False),
        ({"offer_id": "pack"}, {}, False),
        ({"line_key": "another"}, {}, False),
        ({"force": True, "only_below": rub(50)}, {}, True),
    ],
    ids=[
        "the same",
        "the same name",
        "one without a name gets the order of one with",
        "a name is never promised to an order that does not keep it",
        "two names",
        "another amount",
        "another offer",
        "another line",
        "how it was asked does not matter",
    ],
)
def test_who_asks_for_the_same_purchase_joins_it(
    mine: dict[str, Any], theirs: dict[str, Any], *, joins: bool
) -> None:
    """C1, C3: twenty automations at once are one charge; nobody is given an order that is not what he asked for."""
    assert make_wish(**mine).may_join(make_wish(**theirs)) is joins


def test_the_zone_of_the_samples_is_not_utc() -> None:
    """Otherwise no test here would notice a month that is counted in the wrong zone."""
    assert NOON.astimezone(MOSCOW).utcoffset() == 3 * HOUR
