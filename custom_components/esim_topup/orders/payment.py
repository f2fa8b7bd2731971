"""Is something wrong with what pays? Known before the next top-up fails, or because the last one did."""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from ..providers.base import Account, Offer, Package, PaymentMethod
from ..providers.money import Money
from .order import Order, OrderState
from .rule import Rule


class PaymentProblem(StrEnum):
    """What is wrong with what pays for a line."""

    METHOD_GONE = "method_gone"
    METHOD_EXPIRED = "method_expired"
    FUNDS_TOO_LOW = "funds_too_low"
    LAST_PAYMENT_REFUSED = "last_payment_refused"


_PAYMENT_WORDS: Final = ("card", "fund", "payment", "balance", "wallet", "declined")
"""Providers name the same failure in many ways (`card_declined`, `insufficient_balance`); each has one of these in it."""


def usual_price(rule: Rule, offers: Sequence[Offer]) -> Money | None:
    """Return what one recharge by the rule costs; `None` where the rule names none or its package is not known."""
    if rule.offer_id is None:
        return rule.amount
    packages = (offer for offer in offers if isinstance(offer, Package))
    return next((offer.price for offer in packages if offer.id == rule.offer_id), None)


def method_of(account: Account | None, method_id: str | None) -> PaymentMethod | None:
    """Return the chosen payment method, if the provider still has it."""
    methods = () if account is None else account.payment_methods
    return next((method for method in methods if method.id == method_id), None)


def payment_problems(
    account: Account | None,
    method_id: str | None,
    *,
    price: Money | None,
    last: Order | None,
    today: date,
) -> frozenset[PaymentProblem] | None:
    """Return what is wrong with what pays; `None` while nothing is known of it.

    `price` is what the next recharge would cost, `last` the newest order of the line.
    """
    if account is None and last is None:
        return None
    return frozenset(_problems(account, method_id, price, last, today))


def _problems(
    account: Account | None,
    method_id: str | None,
    price: Money | None,
    last: Order | None,
    today: date,
) -> Iterator[PaymentProblem]:
    method = method_of(account, method_id)
    if account is not None and method_id is not None and method is None:
        yield PaymentProblem.METHOD_GONE
    if method is not None and method.expires is not None and method.expires < today:
        yield PaymentProblem.METHOD_EXPIRED
    if method is not None and _is_too_little(method.funds, price):
        yield PaymentProblem.FUNDS_TOO_LOW
    if last is not None and last.state is OrderState.FAILED and _is_about_payment(last):
        yield PaymentProblem.LAST_PAYMENT_REFUSED


def _is_too_little(funds: Money | None, price: Money | None) -> bool:
    if funds is None or price is None or funds.currency != price.currency:
        return False
    return funds < price


def _is_about_payment(order: Order) -> bool:
    reason = (order.reason or "").lower()
    return any(word in reason for word in _PAYMENT_WORDS)
