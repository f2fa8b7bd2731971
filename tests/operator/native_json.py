"""How the native format lays out each view."""

from .clock import to_iso
from .model import MethodKind, OfferKind
from .replies import Json
from .views import ChargeView, LineView, MethodView, OfferView, OrderView


def method(view: MethodView) -> Json:
    """Lay out a payment method."""
    shown: dict[str, Json] = {"id": view.id, "type": view.type, "label": view.label}
    if view.type is MethodKind.CARD:
        shown |= {"last4": view.last4, "expires": view.expires}
    if view.funds is not None:
        shown["funds"] = view.funds
    return shown


def line(view: LineView) -> Json:
    """Lay out a line and its reading."""
    return {
        "id": view.id,
        "iccid": view.iccid,
        "msisdn": view.msisdn,
        "name": view.name,
        "balance": view.balance,
        "currency": view.currency,
        "data_left_bytes": view.data_left_bytes,
        "valid_until": None
        if view.valid_until_us is None
        else to_iso(view.valid_until_us),
        "updated_at": to_iso(view.updated_us),
    }


def offer(view: OfferView) -> Json:
    """Lay out an offer."""
    shown: dict[str, Json] = {
        "id": view.id,
        "kind": view.kind,
        "name": view.name,
        "currency": view.currency,
    }
    if view.kind is OfferKind.OPEN:
        return shown | {"min": view.min, "max": view.max, "step": view.step}
    return shown | {
        "price": view.price,
        "data_bytes": view.data_bytes,
        "validity_days": view.validity_days,
    }


def order(view: OrderView) -> dict[str, Json]:
    """Lay out an order."""
    return {
        "id": view.id,
        "reference": view.reference,
        "line": view.line,
        "offer": view.offer,
        "amount": view.amount,
        "currency": view.currency,
        "status": view.status,
        "reason": view.reason,
        "created_at": to_iso(view.created_us),
    }


def charge(view: ChargeView) -> Json:
    """Lay out an entry of the history."""
    return {
        "id": view.id,
        "reference": view.reference,
        "line": view.line,
        "offer": view.offer,
        "amount": view.amount,
        "currency": view.currency,
        "at": to_iso(view.at_us),
        "status": view.status,
    }
