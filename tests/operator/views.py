"""What an operator shows of its books: every amount is the text that will travel. A dialect only has to lay it out."""

from dataclasses import dataclass

from . import money
from .model import Charge, Line, Method, MethodKind, Offer, OfferKind, Order


@dataclass(frozen=True, slots=True)
class MethodView:
    """A payment method."""

    id: str
    type: MethodKind
    label: str
    currency: str
    last4: str | None
    expires: str | None
    funds: str | None


@dataclass(frozen=True, slots=True)
class LineView:
    """A reading of a line; `updated_us` is when it was taken."""

    id: str
    iccid: str | None
    msisdn: str | None
    name: str
    currency: str
    balance: str | None
    data_left_bytes: int | None
    valid_until_us: int | None
    updated_us: int
    barred: bool


@dataclass(frozen=True, slots=True)
class OfferView:
    """What can be bought."""

    id: str
    kind: OfferKind
    name: str
    currency: str
    price: str | None
    min: str | None
    max: str | None
    step: str | None
    data_bytes: int | None
    validity_days: int | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order; `status` is a text, since an operator may say words that we do not know."""

    id: str | None
    reference: str | None
    line: str
    offer: str
    amount: str
    currency: str
    method: str
    status: str
    reason: str | None
    created_us: int


@dataclass(frozen=True, slots=True)
class ChargeView:
    """One entry of a line's history."""

    id: str | None
    reference: str | None
    line: str
    offer: str
    amount: str
    currency: str
    status: str
    at_us: int


type View = MethodView | LineView | OfferView | OrderView | ChargeView


def of_method(method: Method, currency: str) -> MethodView:
    """Show a payment method."""
    return MethodView(
        id=method.id,
        type=method.type,
        label=method.label,
        currency=currency,
        last4=method.last4,
        expires=method.expires,
        funds=None if method.funds is None else money.show(method.funds, currency),
    )


def of_line(line: Line) -> LineView:
    """Show a line as it stands."""
    return LineView(
        id=line.id,
        iccid=line.iccid,
        msisdn=line.msisdn,
        name=line.name,
        currency=line.currency,
        balance=None
        if line.balance is None
        else money.show(line.balance, line.currency),
        data_left_bytes=line.data_left_bytes,
        valid_until_us=line.valid_until_us,
        updated_us=line.anchor_us,
        barred=line.barred,
    )


def of_offer(offer: Offer) -> OfferView:
    """Show an offer."""
    price, low, high, step = (
        None if amount is None else money.show(amount, offer.currency)
        for amount in (offer.price, offer.min, offer.max, offer.step)
    )
    return OfferView(
        id=offer.id,
        kind=offer.kind,
        name=offer.name,
        currency=offer.currency,
        price=price,
        min=low,
        max=high,
        step=step,
        data_bytes=offer.data_bytes,
        validity_days=offer.validity_days,
    )


def of_order(order: Order) -> OrderView:
    """Show an order."""
    return OrderView(
        id=order.id,
        reference=order.reference,
        line=order.line,
        offer=order.offer,
        amount=money.show(order.amount, order.currency),
        currency=order.currency,
        method=order.method,
        status=order.status,
        reason=order.reason,
        created_us=order.created_us,
    )


def of_charge(charge: Charge, *, with_reference: bool) -> ChargeView:
    """Show a charge; some operators do not say which reference it belongs to."""
    return ChargeView(
        id=charge.id,
        reference=charge.reference if with_reference else None,
        line=charge.line,
        offer=charge.offer,
        amount=money.show(charge.amount, charge.currency),
        currency=charge.currency,
        status=charge.status,
        at_us=charge.at_us,
    )
