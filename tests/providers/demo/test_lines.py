"""What time, use and purchases do to a line."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.providers.base import Line
from custom_components.esim_topup.providers.demo.lines import (
    Credit,
    DemoLine,
    advance,
    bought,
    emptied,
    reading,
    real_time,
    spent,
)

from .conftest import START, rub

DAY = timedelta(days=1)
GB = 10**9
USUAL = Fraction(1)

MONEY = DemoLine(
    line=Line(id="a"),
    as_of=START,
    balance_micro=62_500_000,
    burn_micro_per_day=12_500_000,
)
DATA = DemoLine(
    line=Line(id="b"),
    as_of=START,
    data_left_bytes=3 * GB,
    burn_bytes_per_day=GB // 5,
    valid_until=START + 20 * DAY,
)


def test_money_is_used_up_day_by_day() -> None:
    """A rehearsed threshold is crossed because time passes, as on a real line."""
    assert reading(advance(MONEY, START + DAY, USUAL), "RUB", START).balance == rub(
        "50.00"
    )


def test_an_empty_line_stays_at_a_known_zero() -> None:
    """Zero is what the operator says here; unknown would be something else."""
    assert reading(
        advance(MONEY, START + 99 * DAY, USUAL), "RUB", START
    ).balance == rub("0.00")


def test_parts_of_a_kopeck_are_cut_off() -> None:
    """Nobody can spend them."""
    assert reading(
        advance(MONEY, START + timedelta(minutes=1), USUAL), "RUB", START
    ).balance == rub("62.49")


def test_data_is_used_up_and_never_below_zero() -> None:
    """A negative remainder would be nonsense in a dashboard."""
    assert advance(DATA, START + 5 * DAY, USUAL).data_left_bytes == 2 * GB
    assert (
        advance(
            replace(DATA, burn_bytes_per_day=GB), START + 5 * DAY, USUAL
        ).data_left_bytes
        == 0
    )


def test_data_ends_with_its_validity() -> None:
    """Who has data left on the last day loses it: that is what the expiry warning is for."""
    just_before = advance(
        replace(DATA, burn_bytes_per_day=0),
        START + 20 * DAY - timedelta(seconds=1),
        USUAL,
    )
    assert just_before.data_left_bytes == 3 * GB
    assert advance(just_before, START + 20 * DAY, USUAL).data_left_bytes == 0


def test_money_outlives_the_validity() -> None:
    """The tracker's money is still there when a late top-up revives the line."""
    line = replace(MONEY, burn_micro_per_day=0, valid_until=START + DAY)
    assert advance(line, START + 2 * DAY, USUAL).balance_micro == 62_500_000


def test_a_faster_operator_uses_up_more() -> None:
    """A rehearsal need not take days."""
    assert (
        advance(MONEY, START + timedelta(hours=1), Fraction(24)).balance_micro
        == 50_000_000
    )
    assert real_time(DAY, Fraction(24)) == timedelta(hours=1)


def test_a_clock_set_back_gives_nothing_back() -> None:
    """Summer time, a wrong battery clock: a balance that rises would look like a top-up."""
    used = advance(MONEY, START + DAY, USUAL)
    assert advance(used, START, USUAL) == used


def test_a_credit_counts_from_its_time_on() -> None:
    """A late credit must not appear early, and its money burns only after it has come."""
    line = bought(MONEY, Credit(lands_at=START + 9 * DAY, money_micro=100_000_000))
    assert advance(line, START + 8 * DAY, USUAL).balance_micro == 0
    assert advance(line, START + 10 * DAY, USUAL).balance_micro == 87_500_000


def test_credits_come_in_the_order_of_their_times() -> None:
    """A late credit of yesterday may arrive after today's quick one."""
    early, late = (
        Credit(lands_at=START + days * DAY, money_micro=1_000_000) for days in (1, 2)
    )
    line = bought(bought(MONEY, late), early)
    assert line.coming == (early, late)
    assert advance(line, START + DAY, USUAL).coming == (late,)


def test_validity_is_added_to_what_is_left() -> None:
    """Who tops up early must not lose the days that were left."""
    line = bought(DATA, Credit(lands_at=START + DAY, data_bytes=GB, validity=7 * DAY))
    line = advance(line, START + DAY, USUAL)
    assert (line.valid_until, line.data_left_bytes) == (
        START + 27 * DAY,
        3 * GB + GB * 4 // 5,
    )


def test_validity_that_is_over_starts_again_with_the_purchase() -> None:
    """Thirty days bought today are thirty days from today."""
    line = bought(
        DATA, Credit(lands_at=START + 30 * DAY, data_bytes=GB, validity=7 * DAY)
    )
    line = advance(line, START + 30 * DAY, USUAL)
    assert (line.valid_until, line.data_left_bytes) == (START + 37 * DAY, GB)


def test_what_a_line_does_not_have_stays_unknown() -> None:
    """Missing is None: a phone without a data plan has no zero bytes."""
    later = advance(
        bought(MONEY, Credit(lands_at=START, money_micro=1)), START + DAY, USUAL
    )
    assert (later.data_left_bytes, later.valid_until) == (None, None)
    assert reading(advance(DATA, START + DAY, USUAL), "RUB", START).balance is None


@given(st.lists(st.integers(min_value=0, max_value=10**12), max_size=8))
def test_looking_often_costs_nothing(pauses_us: list[int]) -> None:
    """A line that is written down at every step has at most a millionth less for each than one read at the end."""
    now = START
    line = MONEY
    for pause in pauses_us:
        now += timedelta(microseconds=pause)
        line = advance(line, now, USUAL)
    whole = advance(MONEY, now, USUAL)
    assert line.as_of == whole.as_of
    assert whole.balance_micro is not None
    assert line.balance_micro is not None
    assert 0 <= whole.balance_micro - line.balance_micro <= len(pauses_us)


def test_use_takes_money_or_gigabytes() -> None:
    """A rehearsal drops a line now instead of waiting for days."""
    assert spent(MONEY, Decimal("20.50")).balance_micro == 42_000_000
    assert spent(DATA, Decimal("0.5")).data_left_bytes == 5 * GB // 2
    assert spent(MONEY, Decimal(1000)).balance_micro == 0


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity"])
def test_use_is_a_number_from_zero_up(amount: str) -> None:
    """A negative use would be a top-up that nobody paid."""
    with pytest.raises(ValueError, match="from zero up"):
        spent(MONEY, Decimal(amount))


def test_a_broken_reading_shows_zero_only_for_what_is_there() -> None:
    """An operator's false zero is a zero, not a missing value."""
    assert (emptied(MONEY).balance_micro, emptied(MONEY).data_left_bytes) == (0, None)
    assert (emptied(DATA).balance_micro, emptied(DATA).data_left_bytes) == (None, 0)
