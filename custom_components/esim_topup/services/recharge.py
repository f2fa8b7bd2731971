"""The actions about paying: one that pays, one that says what would happen."""

from typing import Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util.json import JsonObjectType

from ..choices import payable_methods
from ..house import DATA_ENGINE
from ..orders.book_file import BookLocked
from ..orders.engine import Engine
from ..orders.limits import left
from ..orders.order import OrderState
from ..orders.policy import Reason, Refused, Verdict, Wish
from .answers import method_answer, order_answer, time_answer
from .errors import refused, unfinished
from .offers import fresh_offers, known_offers
from .resolve import LineTarget, resolve_line
from .wish import Ask, make_wish, read_ask, repeated_wish

# An order that is still on its way at the provider is no failure: the line's event and sensors tell how it ends.
_ANSWERED: Final = frozenset({OrderState.SUCCEEDED, OrderState.PENDING})

# What the engine says to a price or an offer that it finds changed.
_LIST_IS_OLD: Final = frozenset({Reason.PRICE_CHANGED, Reason.NOT_OFFERED})


async def async_recharge(call: ServiceCall) -> ServiceResponse:
    """Recharge a line and answer the order.

    Raises `ServiceValidationError` or `HomeAssistantError` for whatever is not a recharge that went through or is on
    its way. A caller that is cancelled changes nothing: the order belongs to the engine.
    """
    ask, engine = await _ask(call), call.hass.data[DATA_ENGINE]
    target = ask.target
    wish = await _earlier_wish(engine, ask) or await _wish(call.hass, ask)
    result = await engine.recharge(wish)
    if isinstance(result, Refused) and result.reason in _LIST_IS_OLD:
        # Nothing was sent. The caller named no price, so that of now is meant, as far as the limits go.
        wish = make_wish(ask, await fresh_offers(call.hass, target))
        result = await engine.recharge(wish)
    if isinstance(result, Refused):
        if result.reason is Reason.AUTHENTICATION_FAILED:
            target.entry.async_start_reauth(call.hass)
        raise refused(result, wish, target.line.currency)
    if result.order.state not in _ANSWERED:
        raise unfinished(result.order)
    return order_answer(result.order) | {"joined": result.joined}


async def async_preview(call: ServiceCall) -> ServiceResponse:
    """Answer what `recharge` would do, from what was read last: the same verdict, and nothing is sent."""
    ask = await _ask(call)
    target = ask.target
    wish = await _wish(call.hass, ask)
    reading = target.account.coordinator.data.readings.get(target.line.key)
    engine = call.hass.data[DATA_ENGINE]
    verdict = engine.preview(wish, reading).verdict
    balance = None if reading is None else reading.balance
    return _verdict_answer(verdict, wish, target) | {
        "limit_left": _limit_left(target, engine),
        "amount": wish.money.plain,
        "currency": wish.money.currency,
        "offer_id": wish.offer_id,
        "pays_from": _pays_from(target, wish),
        "balance": None if balance is None else balance.plain,
        "balance_at": None if reading is None else time_answer(reading.at),
        "fee": None,  # no provider tells it before the purchase
    }


async def _ask(call: ServiceCall) -> Ask:
    return read_ask(
        await resolve_line(call.hass, call.data[ATTR_DEVICE_ID]),
        call.data,
        call.context,
    )


async def _earlier_wish(engine: Engine, ask: Ask) -> Wish | None:
    """Return the wish of the order that the same request made before: what it cost is known, whoever can be reached now."""
    if ask.request_id is None:
        return None
    try:
        order = await engine.store.named(ask.target.line.key, ask.request_id)
    except BookLocked:
        return None  # the engine itself says so
    return None if order is None else repeated_wish(ask, order)


async def _wish(hass: HomeAssistant, ask: Ask) -> Wish:
    """Return the wish at the price that is known. What the known offers do not hold may be new: then they are asked for."""
    known = await known_offers(hass, ask.target)
    try:
        return make_wish(ask, known)
    except ServiceValidationError:
        return make_wish(ask, await fresh_offers(hass, ask.target))


def _verdict_answer(verdict: Verdict, wish: Wish, target: LineTarget) -> JsonObjectType:
    if not isinstance(verdict, Refused):
        return {"allowed": True, "reason": None, "text": None, "next_allowed": None}
    return {
        "allowed": False,
        "reason": verdict.reason.value,
        "text": str(refused(verdict, wish, target.line.currency)),
        "next_allowed": None if verdict.until is None else time_answer(verdict.until),
    }


def _limit_left(target: LineTarget, engine: Engine) -> str | None:
    """Return what one recharge may cost now; `None` while the order book has not been read: nothing is guessed."""
    summary = engine.summary(target.line.key)
    return (
        None if summary is None else left(target.line.limits, summary.book.spent).plain
    )


def _pays_from(target: LineTarget, wish: Wish) -> JsonObjectType | None:
    account = target.account.coordinator.data.account
    methods = () if account is None else payable_methods(account.payment_methods)
    return next(
        (method_answer(method) for method in methods if method.id == wish.method_id),
        None,
    )
