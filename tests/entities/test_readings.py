"""Which reading is believed at once. A portal that blinks must not make anybody pay."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from custom_components.esim_topup.orders.readings import (
    CONFIRM_AFTER,
    SAME_MEASUREMENT_AFTER,
    Suspicion,
    accept,
)
from custom_components.esim_topup.providers.base import Reading
from custom_components.esim_topup.providers.money import Money

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def at(
    seconds: float,
    balance: str | None = None,
    *,
    currency: str = "RUB",
    data: int | None = None,
    valid: datetime | None = None,
) -> Reading:
    """Return a reading measured so many seconds after the beginning."""
    return Reading(
        at=NOW + seconds * SECOND,
        balance=None if balance is None else Money(Decimal(balance), currency),
        data_left_bytes=data,
        valid_until=valid,
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(None, at(1, "480"), id="the first reading"),
        pytest.param(None, at(1, "0.01"), id="a first reading that is nearly nothing"),
        pytest.param(None, at(1, valid=NOW - DAY), id="a first reading of a dead line"),
        pytest.param(None, at(1), id="a first reading that says nothing"),
        pytest.param(at(0, "480"), at(1, "479.50"), id="use"),
        pytest.param(at(0, "480"), at(1, "96.01"), id="a large fall"),
        pytest.param(at(0, "480"), at(1, "9999"), id="a rise"),
        pytest.param(at(0, "0"), at(1, "0"), id="nothing stays nothing"),
        pytest.param(at(0, "-5"), at(1, "-50"), id="debt grows"),
        pytest.param(at(0, "0"), at(1, "-5"), id="debt begins"),
        pytest.param(at(0), at(1, "10"), id="a balance appears"),
        pytest.param(at(0, data=9), at(1, data=9), id="data stays"),
        pytest.param(at(0, valid=NOW), at(1, valid=NOW + DAY), id="validity grows"),
        pytest.param(
            at(0, valid=NOW), at(1, valid=NOW - DAY), id="validity wanders a day"
        ),
        pytest.param(at(0), at(1, valid=NOW), id="a validity appears"),
    ],
)
def test_what_is_plausible_is_shown_at_once(
    before: Reading | None, after: Reading
) -> None:
    """Whoever topped up wants to see it, and use is news too."""
    judged = accept(before, after, None, NOW)
    assert (judged.shown, judged.suspicion) == (after, None)


ODD = [
    pytest.param(at(0, "480"), at(1, "0"), id="false zero"),
    pytest.param(at(0, "480"), at(1, "96"), id="a fifth of it"),
    pytest.param(at(0, "1234.50"), at(1, "1"), id="cut at the thousands"),
    pytest.param(at(0, "480"), at(1, "-3"), id="below zero at once"),
    pytest.param(at(0, "480"), at(1), id="the balance is gone"),
    pytest.param(at(0, "480"), at(1, "480", currency="USD"), id="another currency"),
    pytest.param(at(0, data=10**9), at(1, data=0), id="no data"),
    pytest.param(at(0, data=10**9), at(1), id="the data is gone"),
    pytest.param(
        at(0, valid=NOW), at(1, valid=NOW - DAY - SECOND), id="validity cut short"
    ),
    pytest.param(at(0, valid=NOW), at(1), id="the validity is gone"),
]


@pytest.mark.parametrize(("before", "odd"), ODD)
def test_what_is_odd_waits_and_the_last_good_reading_stands(
    before: Reading, odd: Reading
) -> None:
    """It must not trigger anything: `numeric_state below 50` would pay for a blink."""
    judged = accept(before, odd, None, NOW)
    assert judged.shown == before
    assert judged.suspicion == Suspicion(reading=odd, since=NOW)


@pytest.mark.parametrize(("before", "odd"), ODD)
def test_a_second_reading_a_minute_later_makes_it_true(
    before: Reading, odd: Reading
) -> None:
    """A line that really ran empty is shown as empty."""
    suspicion = accept(before, odd, None, NOW).suspicion
    again = at(61, None)
    again = Reading(
        at=again.at,
        balance=odd.balance,
        data_left_bytes=odd.data_left_bytes,
        valid_until=odd.valid_until,
    )
    judged = accept(before, again, suspicion, NOW + CONFIRM_AFTER)
    assert (judged.shown, judged.suspicion) == (again, None)


@pytest.mark.parametrize("wait", [SECOND, CONFIRM_AFTER - SECOND])
def test_a_second_reading_within_the_minute_proves_nothing(wait: timedelta) -> None:
    """A broken page is read twice while it is broken."""
    before = at(0, "480")
    first = accept(before, at(1, "0"), None, NOW)
    second = accept(before, at(2, "0"), first.suspicion, NOW + wait)
    assert second.shown == before
    assert second.suspicion is first.suspicion


def test_the_truth_in_between_ends_the_suspicion() -> None:
    """The blink is over: nothing happened."""
    before = at(0, "480")
    suspicion = accept(before, at(1, "0"), None, NOW).suspicion
    judged = accept(before, at(61, "479"), suspicion, NOW + CONFIRM_AFTER)
    assert (judged.shown, judged.suspicion) == (at(61, "479"), None)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(at(1, "0"), at(61, "50"), id="then 50"),
        pytest.param(at(1, "0"), at(61), id="then nothing at all"),
        pytest.param(at(1, "90"), at(61, "0"), id="then zero"),
        pytest.param(at(1), at(61, "0"), id="nothing at all, then zero"),
        pytest.param(
            at(1, "0", data=10), at(61, "0", data=99), id="zero with more data"
        ),
    ],
)
def test_two_odd_readings_that_differ_are_two_beginnings(
    first: Reading, second: Reading
) -> None:
    """Two wrong answers do not make a right one; only the same one twice is believed."""
    before = at(0, "480", data=10)
    suspicion = accept(before, first, None, NOW).suspicion
    later = NOW + CONFIRM_AFTER
    judged = accept(before, second, suspicion, later)
    assert judged.shown == before
    assert judged.suspicion == Suspicion(reading=second, since=later)


def test_an_answer_with_the_same_time_of_measurement_may_be_a_cached_copy() -> None:
    """Asking a cache twice is asking once; but an operator that never moves its clock must be believed some day."""
    before, odd = at(0, "480"), at(1, "0")
    suspicion = accept(before, odd, None, NOW).suspicion
    assert accept(before, odd, suspicion, NOW + CONFIRM_AFTER).shown == before
    late = NOW + SAME_MEASUREMENT_AFTER
    assert accept(before, odd, suspicion, late - SECOND).shown == before
    assert accept(before, odd, suspicion, late).shown == odd


def test_a_zero_right_at_the_start_is_unknown_until_it_is_confirmed() -> None:
    """After a restart there is no last good reading to stand in for it, and unknown is not 0."""
    odd = at(1, "0", data=0, valid=NOW)
    first = accept(None, odd, None, NOW)
    assert (first.shown.balance, first.shown.data_left_bytes) == (None, None)
    assert first.shown.valid_until == NOW
    again = at(61, "0", data=0, valid=NOW)
    second = accept(first.shown, again, first.suspicion, NOW + CONFIRM_AFTER)
    assert second.shown == again


def test_only_what_is_odd_is_left_out_of_a_first_reading() -> None:
    """Money is known, the data that is gone is not."""
    shown = accept(None, at(1, "480", data=0), None, NOW).shown
    assert shown.balance == Money(Decimal(480), "RUB")
    assert shown.data_left_bytes is None
