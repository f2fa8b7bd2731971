"""When an unsettled order is looked up, and when its request may go out again."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.orders.schedule import (
    HELD_AFTER,
    RESEND_AFTER,
    look_ages,
    may_resend,
    next_pause,
)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

ages = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=5))


def test_looks_grow_apart_until_a_person_has_to_look() -> None:
    """money-safety, section 1.6: close together while most answers come, polite afterwards, and an end."""
    planned = list(look_ages())
    seconds = [age.total_seconds() for age in planned[:10]]
    assert seconds == [5, 10, 20, 35, 60, 100, 165, 270, 440, 715]
    pauses = [later - earlier for earlier, later in pairwise(planned)]
    assert set(pauses[9:]) == {15 * MINUTE, timedelta(hours=1)}
    assert all(
        pause == 15 * MINUTE
        for age, pause in zip(planned[9:], pauses[9:], strict=False)
        if age < DAY - 15 * MINUTE
    )
    assert DAY < planned[-1] <= HELD_AFTER
    assert len(planned) < 160  # a provider is asked this often about one order at most


@given(age=ages)
def test_there_is_always_a_next_look_until_the_end(age: timedelta) -> None:
    """An order that nobody looks after any more blocks its line for ever."""
    pause = next_pause(age)
    if pause is None:
        assert age > HELD_AFTER - timedelta(hours=1)
    else:
        assert timedelta() < pause <= timedelta(hours=1)


def test_an_order_with_a_strange_age_is_looked_up_soon() -> None:
    """A clock that was set back makes ages negative."""
    assert next_pause(timedelta()) == 5 * SECOND
    assert (
        next_pause(-DAY) == DAY + 5 * SECOND
    )  # the engine never asks with this: it takes the larger of two ages


@given(age=ages, sends=st.integers(min_value=0, max_value=6), retention=ages)
def test_nothing_is_sent_again_after_half_of_the_retention(
    age: timedelta, sends: int, retention: timedelta
) -> None:
    """I6: a key that the provider has forgotten is a second purchase."""
    if may_resend(age, sends, retention):
        assert age <= retention / 2
        assert 1 <= sends <= len(RESEND_AFTER)
        assert age >= RESEND_AFTER[sends - 1]


@pytest.mark.parametrize(
    ("age", "sends", "may"),
    [
        (29 * SECOND, 1, False),
        (30 * SECOND, 1, True),
        (30 * SECOND, 2, False),
        (5 * MINUTE, 2, True),
        (5 * MINUTE, 3, False),
        (60 * MINUTE, 3, True),
        (12 * 60 * MINUTE, 3, True),
        (12 * 60 * MINUTE + SECOND, 3, False),
        (60 * MINUTE, 4, False),
        (60 * MINUTE, 0, False),
    ],
)
def test_a_request_is_repeated_after_30_seconds_5_minutes_and_an_hour(
    age: timedelta, sends: int, *, may: bool
) -> None:
    """money-safety, section 1.6: three more attempts are enough, and each needs its time."""
    assert may_resend(age, sends, DAY) is may


def test_a_provider_without_a_retention_is_never_asked_twice() -> None:
    """Classes L, H and N have no key that would make a repetition harmless."""
    assert not may_resend(60 * MINUTE, 1, None)
