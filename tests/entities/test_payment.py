"""Is something wrong with what pays? It should be known before the next top-up fails."""

from datetime import date

import pytest

from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.payment import (
    PaymentProblem,
    method_of,
    payment_problems,
    usual_price,
)
from custom_components.esim_topup.orders.rule import Rule
from custom_components.esim_topup.providers.base import (
    Account,
    OpenAmount,
    Package,
    PaymentKind,
    PaymentMethod,
)
from custom_components.esim_topup.providers.money import Money

from .builders import order

TODAY = date(2026, 11, 23)
CARD = PaymentMethod(
    id="card", kind=PaymentKind.CARD, label="Visa", expires=date(2026, 11, 30)
)
POOR = PaymentMethod(
    id="wallet",
    kind=PaymentKind.WALLET,
    label="Wallet",
    funds=Money.parse(100, "RUB"),
)
ACCOUNT = Account(id="a", payment_methods=(CARD, POOR))


def of(
    method_id: str | None = "card",
    *,
    account: Account | None = ACCOUNT,
    price: Money | None = None,
    last: Order | None = None,
    today: date = TODAY,
) -> set[PaymentProblem] | None:
    """Return what is wrong."""
    found = payment_problems(account, method_id, price=price, last=last, today=today)
    return None if found is None else set(found)


def test_a_good_card_is_no_problem() -> None:
    """On its last day too."""
    assert of() == set()
    assert of(today=date(2026, 11, 30)) == set()


def test_a_card_past_its_last_day_is_one() -> None:
    """Told before it declines."""
    assert of(today=date(2026, 12, 1)) == {PaymentProblem.METHOD_EXPIRED}


def test_a_method_that_the_provider_dropped_is_one() -> None:
    """Somebody removed the card at the provider."""
    assert of("old") == {PaymentProblem.METHOD_GONE}


def test_no_method_chosen_is_no_problem() -> None:
    """The provider then takes its own default."""
    assert of(None) == set()


@pytest.mark.parametrize(
    ("price", "found"),
    [
        (Money.parse("100.01", "RUB"), {PaymentProblem.FUNDS_TOO_LOW}),
        (Money.parse("100", "RUB"), set()),
        (Money.parse("500", "USD"), set()),
        (None, set()),
    ],
)
def test_funds_below_the_next_price_are_one(
    price: Money | None, found: set[PaymentProblem]
) -> None:
    """Only known figures of one currency are compared."""
    assert of("wallet", price=price) == found


@pytest.mark.parametrize(
    ("state", "reason", "found"),
    [
        (OrderState.FAILED, "card_declined", {PaymentProblem.LAST_PAYMENT_REFUSED}),
        (
            OrderState.FAILED,
            "INSUFFICIENT_BALANCE",
            {PaymentProblem.LAST_PAYMENT_REFUSED},
        ),
        (OrderState.FAILED, "line_barred", set()),
        (OrderState.FAILED, None, set()),
        (OrderState.SUCCEEDED, "card_declined", set()),
    ],
)
def test_a_refused_payment_is_one_until_the_next_order(
    state: OrderState, reason: str | None, found: set[PaymentProblem]
) -> None:
    """A line that is barred has another problem."""
    assert of(last=order(state, reason=reason)) == found


def test_nothing_known_is_not_no_problem() -> None:
    """Unknown is a third answer."""
    assert of(account=None) is None
    declined = order(OrderState.FAILED, reason="card_declined")
    assert of(account=None, last=declined) == {PaymentProblem.LAST_PAYMENT_REFUSED}


def test_the_usual_price_is_that_of_the_rule() -> None:
    """A package wins over an amount; one that is not sold has no price."""
    offers = (
        OpenAmount(
            id="open",
            name="Any",
            minimum=Money.parse(1, "RUB"),
            maximum=Money.parse(9, "RUB"),
        ),
        Package(id="3gb", name="3 GB", price=Money.parse(350, "RUB")),
    )
    amount = Money.parse(300, "RUB")
    assert usual_price(Rule(amount=amount), offers) == amount
    assert usual_price(Rule(amount=amount, offer_id="3gb"), offers) == Money.parse(
        350, "RUB"
    )
    assert usual_price(Rule(offer_id="open"), offers) is None
    assert usual_price(Rule(offer_id="3gb"), ()) is None
    assert usual_price(Rule(), offers) is None


def test_a_method_is_found_by_its_id() -> None:
    """Nothing is found where nobody looked yet."""
    assert method_of(ACCOUNT, "wallet") is POOR
    assert method_of(ACCOUNT, None) is None
    assert method_of(None, "wallet") is None
