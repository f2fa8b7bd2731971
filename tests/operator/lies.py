"""Well-formed answers that are not true. They are told on views, so that every dialect tells them alike."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from .clock import US
from .faults import Fault, Kind
from .views import ChargeView, LineView, MethodView, OfferView, OrderView, View

_HOUR_S: Final = 3600.0


def tell[V: View](fault: Fault, view: V) -> V:
    """Return the view as the fault wants it to be seen; a fault that is no lie changes nothing."""
    liar = _LIARS.get(fault.kind)
    return view if liar is None else liar(fault, view)  # type: ignore[return-value]  # a liar keeps the kind of view


def _with_money(view: View, change: Callable[[str], str]) -> View:
    """Change the one amount that matters in a view."""
    match view:
        case OrderView() | ChargeView():
            return replace(view, amount=change(view.amount))
        case LineView(balance=str(balance)):
            return replace(view, balance=change(balance))
        case MethodView(funds=str(funds)):
            return replace(view, funds=change(funds))
        case OfferView(price=str(price)):
            return replace(view, price=change(price))
        case _:
            return view


def _wrong_amount(_: Fault, view: View) -> View:
    return _with_money(view, lambda text: str(Decimal(text) + 1))


def _x100(_: Fault, view: View) -> View:
    return _with_money(view, lambda text: str(Decimal(text) * 100))


def _nan(fault: Fault, view: View) -> View:
    return _with_money(view, lambda _: fault.text("text", "NaN"))


def _negative(_: Fault, view: View) -> View:
    return _with_money(view, lambda text: f"-{text}")


def _zero(_: Fault, view: View) -> View:
    return _with_money(view, lambda text: str(Decimal(text) * 0))


def _wrong_currency(_: Fault, view: View) -> View:
    return replace(view, currency="USD" if view.currency == "EUR" else "EUR")


def _wrong_line(_: Fault, view: View) -> View:
    match view:
        case OrderView() | ChargeView():
            return replace(view, line=f"{view.line}-other")
        case LineView():
            return replace(view, id=f"{view.id}-other")
        case _:
            return view


def _reference(view: View, change: Callable[[str | None], str | None]) -> View:
    return (
        replace(view, reference=change(view.reference))
        if isinstance(view, OrderView | ChargeView)
        else view
    )


def _wrong_reference(_: Fault, view: View) -> View:
    return _reference(view, lambda reference: f"{reference}-other")


def _no_reference(_: Fault, view: View) -> View:
    return _reference(view, lambda _: None)


def _no_id(_: Fault, view: View) -> View:
    return replace(view, id=None) if isinstance(view, OrderView | ChargeView) else view


def _unknown_status(fault: Fault, view: View) -> View:
    word = fault.text("word", "teleported")
    return (
        replace(view, status=word) if isinstance(view, OrderView | ChargeView) else view
    )


def _false_zero(_: Fault, view: View) -> View:
    """Show nothing left, in the words of a line that really has nothing left."""
    if not isinstance(view, LineView):
        return view
    balance = None if view.balance is None else str(Decimal(view.balance) * 0)
    data = None if view.data_left_bytes is None else 0
    return replace(view, balance=balance, data_left_bytes=data)


def _missing_balance(_: Fault, view: View) -> View:
    return (
        replace(view, balance=None, data_left_bytes=None)
        if isinstance(view, LineView)
        else view
    )


def _stale(fault: Fault, view: View) -> View:
    """Date a reading back; what it says comes from the last reading, see `Readings`."""
    if not isinstance(view, LineView):
        return view
    return replace(
        view, updated_us=view.updated_us - round(fault.number("seconds", _HOUR_S) * US)
    )


_LIARS: Final[Mapping[Kind, Callable[[Fault, View], View]]] = {
    Kind.WRONG_AMOUNT: _wrong_amount,
    Kind.WRONG_AMOUNT_X100: _x100,
    Kind.NAN: _nan,
    Kind.NEGATIVE: _negative,
    Kind.ZERO: _zero,
    Kind.WRONG_CURRENCY: _wrong_currency,
    Kind.WRONG_LINE: _wrong_line,
    Kind.WRONG_REFERENCE: _wrong_reference,
    Kind.NO_REFERENCE: _no_reference,
    Kind.NO_ID: _no_id,
    Kind.UNKNOWN_STATUS: _unknown_status,
    Kind.FALSE_ZERO: _false_zero,
    Kind.MISSING_BALANCE: _missing_balance,
    Kind.STALE: _stale,
}
