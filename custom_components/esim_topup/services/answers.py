"""From orders and offers to what an action answers: amounts as decimal texts, times in ISO.

No number of a person is among it, and no word of a provider's that was not cleaned: answers end up in messages, traces and
the prompts of assistants.
"""

from datetime import datetime
from typing import Final

from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..choices import method_label
from ..orders.order import Order
from ..providers.base import Offer, OpenAmount, Package, PaymentMethod
from ..validation import shown

# One shape for both kinds, so that a template need not ask which keys there are.
_NO_OFFER: Final[JsonObjectType] = {
    "price": None,
    "min": None,
    "max": None,
    "step": None,
    "data_bytes": None,
    "validity_days": None,
}


def order_answer(order: Order) -> JsonObjectType:
    """Return an order."""
    return {
        "order_id": order.id,
        "state": order.state.value,
        "amount": order.money.plain,
        "currency": order.money.currency,
        "offer_id": order.offer_id,
        "reason": order.reason,
        "created_at": time_answer(order.created_at),
        "provider_reference": order.provider_ref,
    }


def past_order_answer(order: Order, device_id: str | None) -> JsonObjectType:
    """Return an order as a row of a list: with its line, its origin and its latest change."""
    return order_answer(order) | {
        "device_id": device_id,
        "updated_at": time_answer(order.updated_at),
        "origin": order.origin.value,
        "request_id": order.request_id,
    }


def offer_answer(offer: Offer) -> JsonObjectType:
    """Return an offer; what a kind of offer does not have is None."""
    return _package(offer) if isinstance(offer, Package) else _open_amount(offer)


def method_answer(method: PaymentMethod) -> JsonObjectType:
    """Return a payment method."""
    return {
        "id": method.id,
        "kind": method.kind.value,
        "label": method_label(method),
        "last_digits": method.last_digits,
        "funds": None if method.funds is None else method.funds.plain,
    }


def time_answer(at: datetime) -> str:
    """Return a time in the user's zone."""
    return dt_util.as_local(at).isoformat(timespec="seconds")


def _package(package: Package) -> JsonObjectType:
    days = None if package.validity is None else package.validity.days
    return _NO_OFFER | {
        "id": package.id,
        "name": shown(package.name),
        "kind": "package",
        "price": package.price.plain,
        "currency": package.price.currency,
        "data_bytes": package.data_bytes,
        "validity_days": days,
    }


def _open_amount(offer: OpenAmount) -> JsonObjectType:
    return _NO_OFFER | {
        "id": offer.id,
        "name": shown(offer.name),
        "kind": "open_amount",
        "min": offer.minimum.plain,
        "max": offer.maximum.plain,
        "step": format(offer.step, "f"),
        "currency": offer.minimum.currency,
    }
