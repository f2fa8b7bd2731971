"""The ceilings: what is left of them."""

from dataclasses import replace

from hypothesis import given, strategies as st

from custom_components.esim_topup.orders.limits import Ceiling, ceilings, left
from custom_components.esim_topup.providers.money import Money

from .samples import LIMITS, rub, spent

amounts = st.integers(min_value=0, max_value=10**9).map(
    lambda minor: Money.from_minor(minor, "RUB")
)
maybe = st.none() | amounts

ALL = replace(
    LIMITS,
    line_month=rub(1000),
    account_day=rub(1000),
    account_month=rub(2000),
    account_rolling=rub(3000),
)


def test_the_ceiling_that_lasts_longest_comes_first() -> None:
    """A user who is told "tomorrow" and then "next month" was told wrong the first time."""
    names = [ceiling.name for ceiling in ceilings(ALL, spent())]
    assert names == ["account_rolling", "account_month", "line_month", "account_day"]


def test_a_ceiling_that_is_not_set_limits_nothing() -> None:
    """`None` is "not set", never zero."""
    assert ceilings(replace(LIMITS, account_month=None), spent(10**6)) == []
    assert left(replace(LIMITS, account_month=None), spent(10**6)) == rub(1000)


def test_what_is_left_is_never_below_zero() -> None:
    """Foreign charges may have gone over a limit; a negative rest would look like a debt."""
    assert Ceiling(name="x", limit=rub(100), spent=rub(250)).left == rub(0)


@given(
    per_order=amounts, day=maybe, month=maybe, line=maybe, rolling=maybe, used=amounts
)
def test_what_is_left_fits_below_every_ceiling(
    per_order: Money,
    day: Money | None,
    month: Money | None,
    line: Money | None,
    rolling: Money | None,
    used: Money,
) -> None:
    """The card and the forms show it as "this much you may": it must be true of each limit."""
    limits = replace(
        LIMITS,
        per_order=per_order,
        account_day=day,
        account_month=month,
        line_month=line,
        account_rolling=rolling,
    )
    rest = left(limits, spent(used.amount))
    assert rest <= per_order
    for limit in (day, month, line, rolling):
        assert limit is None or rest + used <= limit or rest == rub(0)
