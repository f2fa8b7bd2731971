"""The picture of an order's states, and what is said to the provider."""

import pytest

from custom_components.esim_topup.orders.order import (
    COUNTED,
    NEXT,
    OPEN,
    UNFINISHED,
    BrokenPromise,
    OrderState,
    check_step,
)

from .samples import LINE, make_order

S = OrderState

LEGAL = {
    (S.AWAITING_APPROVAL, S.SUBMITTING),
    (S.AWAITING_APPROVAL, S.DECLINED),
    (S.AWAITING_APPROVAL, S.EXPIRED),
    (S.AWAITING_APPROVAL, S.SUPERSEDED),
    (S.SUBMITTING, S.SUCCEEDED),
    (S.SUBMITTING, S.PENDING),
    (S.SUBMITTING, S.FAILED),
    (S.SUBMITTING, S.UNKNOWN),
    (S.PENDING, S.SUCCEEDED),
    (S.PENDING, S.FAILED),
    (S.PENDING, S.UNKNOWN),
    (S.PENDING, S.HELD),
    (S.UNKNOWN, S.PENDING),
    (S.UNKNOWN, S.SUCCEEDED),
    (S.UNKNOWN, S.FAILED),
    (S.UNKNOWN, S.HELD),
    (S.HELD, S.SUCCEEDED),
    (S.HELD, S.FAILED),
    (S.SUCCEEDED, S.REVERSED),
}
"""Design, section 5, written down a second time: a step that appears by accident must not pass unseen."""


@pytest.mark.parametrize("before", S)
def test_an_order_goes_only_where_the_picture_says(before: S) -> None:
    """I7: a finished order that comes to life again would be charged or counted twice."""
    for after in S:
        if before is after or (before, after) in LEGAL:
            check_step(before, after)
        else:
            with pytest.raises(BrokenPromise, match="I7"):
                check_step(before, after)


def test_every_state_has_its_row() -> None:
    """A state without a row would stop the engine with a `KeyError` in the middle of an order."""
    assert set(NEXT) == set(S)


@pytest.mark.parametrize("state", S)
def test_money_that_may_still_move_is_counted_and_blocks_the_line(state: S) -> None:
    """Whoever trusts a limit is hurt if reserved money is not part of it."""
    assert make_order(state).open is (
        state in {S.SUBMITTING, S.PENDING, S.UNKNOWN, S.HELD}
    )
    assert (state in OPEN) <= (state in COUNTED & UNFINISHED)


def test_the_provider_sees_the_order_as_it_was_stored() -> None:
    """I6: a key or amount that is made up while sending is a second purchase."""
    order = make_order(method_id="card")
    purchase = order.purchase(LINE)
    assert (purchase.reference, purchase.money, purchase.offer_id) == (
        order.id,
        order.money,
        order.offer_id,
    )
    assert (purchase.line, purchase.method_id, purchase.created_at) == (
        LINE,
        "card",
        order.created_at,
    )
