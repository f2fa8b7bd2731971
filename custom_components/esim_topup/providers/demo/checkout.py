"""May this be bought, and what follows? Pure functions over what the books hold."""

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Final

from ..base import Answer, AnswerState, LineId, Offer, PaymentMethod, Purchase
from ..money import Money
from .catalogue import credit, offers, sells
from .lines import DemoLine, bought
from .moods import Mood, schedule

WALLET: Final = "wallet"
"""What pays when an order names no method."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What one purchase touches: the line as it is now, and the method, where they exist."""

    line: DemoLine | None
    method: PaymentMethod | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A purchase that goes through: method and line after it, and when it is final."""

    line: DemoLine
    method: PaymentMethod
    settles_at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """A purchase that does not, and why: one of the codes below."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What became of the first attempt with a reference; every later attempt gets the same answer."""

    number: int
    reference: str
    line_id: LineId
    offer_id: str
    money: Money
    method_id: str
    reason: str | None
    """Why it was declined; None when it was charged."""
    settles_at: datetime

    def is_for(self, purchase: Purchase) -> bool:
        """Say whether this is the same wish, and not another one under its reference."""
        mine = (self.line_id, self.offer_id, self.money, self.method_id)
        return mine == (
            purchase.line.id,
            purchase.offer_id,
            purchase.money,
            method_id(purchase),
        )


def method_id(purchase: Purchase) -> str:
    """Return what pays for the purchase."""
    return WALLET if purchase.method_id is None else purchase.method_id


def checkout(
    purchase: Purchase, shelf: Shelf, mood: Mood, now: datetime, speed: Fraction
) -> Sale | Refusal:
    """Decide about a purchase at `now`. Both ways of saying no leave line and method as they are."""
    if shelf.line is None:
        return Refusal("line_unknown")
    offer = _offer(shelf.line, shelf.currency, purchase.offer_id)
    if offer is None:
        return Refusal("offer_unknown")
    if not sells(offer, purchase.money):
        return Refusal("amount_not_allowed")
    if shelf.method is None:
        return Refusal("method_unknown")
    if reason := _payment_refused(shelf.method, purchase.money, mood, now):
        return Refusal(reason)
    times = schedule(mood, now, speed)
    return Sale(
        line=bought(shelf.line, credit(offer, purchase.money, times.lands_at, speed)),
        method=_charged(shelf.method, purchase.money),
        settles_at=times.settles_at,
    )


def answer(order: Order, now: datetime) -> Answer:
    """Return what the operator says about an order at `now`."""
    return Answer(
        state=_state(order, now),
        reason=order.reason,
        provider_ref=f"demo-{order.number}",
        reference=order.reference,
        line_id=order.line_id,
        amount=order.money.amount,
        currency=order.money.currency,
    )


def reference_reused(purchase: Purchase) -> Answer:
    """Return the answer to another wish under a reference that is taken; the first one stays as it was."""
    return Answer(
        state=AnswerState.DECLINED,
        reason="reference_reused",
        reference=purchase.reference,
    )


def _state(order: Order, now: datetime) -> AnswerState:
    if order.reason is not None:
        return AnswerState.DECLINED
    return AnswerState.PENDING if now < order.settles_at else AnswerState.SUCCEEDED


def _offer(line: DemoLine, currency: str, offer_id: str) -> Offer | None:
    return next((each for each in offers(line, currency) if each.id == offer_id), None)


def _payment_refused(
    method: PaymentMethod, money: Money, mood: Mood, now: datetime
) -> str | None:
    if mood is Mood.DECLINES:
        return "card_declined"
    if method.expires is not None and now.date() > method.expires:
        return "card_expired"
    if method.funds is not None and method.funds < money:
        return "insufficient_funds"
    return None


def _charged(method: PaymentMethod, money: Money) -> PaymentMethod:
    """Take the money from known funds; a card whose funds nobody tells stays untold."""
    return (
        method if method.funds is None else replace(method, funds=method.funds - money)
    )
