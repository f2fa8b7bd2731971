"""Values that the tests of pure functions are made of."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from custom_components.esim_topup.orders.ledger import Summary
from custom_components.esim_topup.orders.limits import Spent
from custom_components.esim_topup.orders.links import Preview
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Allowed, Book, Verdict
from custom_components.esim_topup.providers.money import Money

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZERO: Final = Money.parse(0, "RUB")

_ORDER: Final = Order(
    id="order-1",
    account_key="account",
    line_key="line",
    offer_id="open",
    money=Money.parse(300, "RUB"),
    state=OrderState.SUBMITTING,
    created_at=NOW,
    updated_at=NOW,
    month="2026-11",
)


def order(state: OrderState, **more: Any) -> Order:
    """Return an order in a state."""
    return replace(_ORDER, state=state, **more)


def preview(verdict: Verdict | None = None, last: Order | None = None) -> Preview:
    """Return what the engine says beforehand."""
    spent = Spent(
        line_month=ZERO, account_day=ZERO, account_month=ZERO, account_rolling=ZERO
    )
    return Preview(
        verdict=Allowed(left=ZERO) if verdict is None else verdict,
        summary=Summary(book=Book(spent=spent), last=last),
    )
