"""From a line, what was asked for and what is sold to a wish that the engine takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from homeassistant.core import Context

from ..orders.order import Order, Origin
from ..orders.policy import Wish
from ..providers.base import Offer, OpenAmount, Package
from ..providers.money import Money
from .amounts import check_currency, parse_amount, parse_price
from .errors import echo, invalid
from .fields import (
    ATTR_AMOUNT,
    ATTR_CURRENCY,
    ATTR_FORCE,
    ATTR_OFFER_ID,
    ATTR_ONLY_BELOW,
    ATTR_REQUEST_ID,
)
from .resolve import LineTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What the caller wants of a line, before anybody was asked what it costs."""

    target: LineTarget
    choice: Money | str
    """An open amount, or the id of a package."""
    only_below: Money | None
    request_id: str | None
    force: bool
    context: Context


def read_ask(target: LineTarget, data: Mapping[str, Any], context: Context) -> Ask:
    """Return what the fields of an action say. Raises `ServiceValidationError` for what cannot be meant."""
    currency = target.line.currency
    if (named := data.get(ATTR_CURRENCY)) is not None:
        check_currency(named, currency)
    below = data.get(ATTR_ONLY_BELOW)
    return Ask(
        target=target,
        choice=_choice(target, data),
        only_below=None
        if below is None
        else parse_amount(below, currency, field=ATTR_ONLY_BELOW),
        request_id=data.get(ATTR_REQUEST_ID),
        force=data[ATTR_FORCE],
        context=context,
    )


def make_wish(ask: Ask, offers: Sequence[Offer]) -> Wish:
    """Return the wish, at the price that the offers name. Raises `ServiceValidationError` for what is not sold."""
    choice = ask.choice
    return _wish(
        ask,
        *(
            _package(choice, offers)
            if isinstance(choice, str)
            else _open_amount(choice, offers)
        ),
    )


def repeated_wish(ask: Ask, order: Order) -> Wish | None:
    """Return the wish that an order of the same request name came of, at the price of then; `None` if it was another one."""
    if ask.choice not in (order.offer_id, order.money):
        return None
    return _wish(ask, order.offer_id, order.money)


def _wish(ask: Ask, offer_id: str, money: Money) -> Wish:
    target = ask.target
    return Wish(
        account_key=target.account.account_key,
        line_key=target.line.key,
        line=target.line.line,
        offer_id=offer_id,
        money=money,
        method_id=target.line.method_id,
        only_below=ask.only_below,
        request_id=ask.request_id,
        force=ask.force,
        origin=Origin.AUTOMATION if ask.context.user_id is None else Origin.USER,
        user_id=ask.context.user_id,
    )


def _choice(target: LineTarget, data: Mapping[str, Any]) -> Money | str:
    """Return what was named, else what the line's own rule buys: a package before an amount, as the rule says."""
    if ATTR_OFFER_ID in data and ATTR_AMOUNT in data:
        raise invalid("amount_and_offer")
    if ATTR_OFFER_ID in data:
        return str(data[ATTR_OFFER_ID])
    if ATTR_AMOUNT in data:
        return parse_price(data[ATTR_AMOUNT], target.line.currency, field=ATTR_AMOUNT)
    rule = target.line.rule
    if rule.offer_id is not None:
        return rule.offer_id
    if rule.amount is not None:
        return rule.amount
    raise invalid("nothing_chosen", line=target.line.title)


def _package(offer_id: str, offers: Sequence[Offer]) -> tuple[str, Money]:
    match next((offer for offer in offers if offer.id == offer_id), None):
        case Package(price=price):
            return offer_id, price
        case OpenAmount():
            raise invalid("offer_needs_amount", offer_id=echo(offer_id))
        case _:
            raise invalid("refused_not_offered", offer_id=echo(offer_id))


def _open_amount(money: Money, offers: Sequence[Offer]) -> tuple[str, Money]:
    payable = [
        each
        for each in offers
        if isinstance(each, OpenAmount) and each.minimum.currency == money.currency
    ]
    for offer in payable:
        if offer.admits(money):
            return offer.id, money
    if not payable:
        raise invalid("only_packages")
    # Where it misses the steps only, those bounds say more than bounds that it misses altogether.
    nearest = next(
        (offer for offer in payable if offer.minimum <= money <= offer.maximum),
        payable[0],
    )
    raise invalid(
        "amount_not_offered",
        amount=str(money),
        minimum=str(nearest.minimum),
        maximum=str(nearest.maximum),
        step=format(nearest.step, "f"),
    )
