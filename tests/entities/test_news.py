"""Each outcome is told once; what was so before anybody watched is no news."""

import pytest

from custom_components.esim_topup.orders.news import Bearings, News, bearings, follow
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.providers.money import Money

from .builders import order

S = OrderState
BALANCE = Money.parse("42.50", "RUB")


def told(steps: list[OrderState], seen: Bearings | None = None) -> list[News | None]:
    """Return the news of an order's steps."""
    found = []
    for state in steps:
        seen, news = follow(seen, order(state), BALANCE)
        found.append(news)
    return found


@pytest.mark.parametrize(
    ("steps", "news"),
    [
        ([S.SUBMITTING, S.SUCCEEDED], [None, News.SUCCEEDED]),
        ([S.SUBMITTING, S.FAILED], [None, News.FAILED]),
        (
            [S.SUBMITTING, S.UNKNOWN, S.UNKNOWN, S.PENDING, S.PENDING, S.SUCCEEDED],
            [None, News.UNKNOWN, None, News.PENDING, None, News.SUCCEEDED],
        ),
        ([S.UNKNOWN, S.HELD, S.SUCCEEDED], [News.UNKNOWN, News.HELD, News.SUCCEEDED]),
        ([S.SUCCEEDED, S.REVERSED], [News.SUCCEEDED, News.REVERSED]),
        ([S.AWAITING_APPROVAL, S.DECLINED, S.EXPIRED, S.SUPERSEDED], [None] * 4),
    ],
)
def test_each_outcome_is_told_once(
    steps: list[OrderState], news: list[News | None]
) -> None:
    """Looking again is no news; finding out is."""
    assert told(steps) == news


@pytest.mark.parametrize("state", S)
def test_how_things_stand_at_the_start_is_no_news(state: OrderState) -> None:
    """A restart must not tell about last week's top-up."""
    assert told([state], bearings(order(state))) == [None]


def test_what_becomes_of_an_old_order_is_news() -> None:
    """It was unknown before the restart, and now it is known."""
    seen = bearings(order(S.UNKNOWN))
    assert told([S.UNKNOWN, S.SUCCEEDED], seen) == [None, News.SUCCEEDED]
    assert bearings(None) is None


def test_the_balance_from_before_is_that_at_the_first_step() -> None:
    """Later readings may hold the top-up already."""
    seen, _ = follow(None, order(S.SUBMITTING), BALANCE)
    seen, _ = follow(seen, order(S.UNKNOWN), None)
    seen, _ = follow(seen, order(S.SUCCEEDED), Money.parse(342, "RUB"))
    assert seen.balance_before == BALANCE
    found, _ = follow(seen, order(S.SUCCEEDED, id="order-2"), BALANCE)
    assert found.balance_before is None, "nobody saw it begin"
