"""The operator's own wire format: JSON, amounts as decimal texts, a bearer key. See the package's overview."""

from collections.abc import Mapping
import math
from typing import Final

from aiohttp import web

from . import native_input, native_json, replies, shelf, views
from .behaviour import Behaviour
from .clock import US
from .exchange import Endpoint
from .model import Code, MethodKind, Refusal
from .replies import Reply
from .visit import Identity, Visit

_STATUS: Final[Mapping[str, int]] = {
    Code.BAD_REQUEST: 400,
    Code.INVALID_KEY: 401,
    Code.INSUFFICIENT_FUNDS: 402,
    Code.CARD_DECLINED: 402,
    Code.CARD_EXPIRED: 402,
    Code.UNKNOWN_LINE: 404,
    Code.UNKNOWN_OFFER: 404,
    Code.UNKNOWN_ORDER: 404,
    Code.NOT_OFFERED: 404,
    Code.KEY_IN_PROGRESS: 409,
    Code.ALREADY_PROCESSED: 409,
    Code.LINE_GONE: 410,
    Code.UNKNOWN_METHOD: 422,
    Code.BARRED_LINE: 422,
    Code.KEY_REUSED: 422,
    Code.AMOUNT_OUT_OF_RANGE: 422,
    Code.WRONG_CURRENCY: 422,
    Code.PRICE_CHANGED: 422,
    Code.RATE_LIMITED: 429,
}


class Native:
    """What tests speak that are not about a certain provider."""

    def __init__(self) -> None:
        """List the endpoints; the last one takes whatever nobody else took."""
        self.endpoints = (
            Endpoint("account", "GET", "/v1/account", _account),
            Endpoint("lines", "GET", "/v1/lines", _lines),
            Endpoint("line", "GET", "/v1/lines/{line}", _line),
            Endpoint("offers", "GET", "/v1/lines/{line}/offers", _offers),
            Endpoint("history", "GET", "/v1/lines/{line}/history", _history),
            Endpoint("order", "POST", "/v1/orders", _order),
            Endpoint("find", "GET", "/v1/orders", _find),
            Endpoint("find", "GET", "/v1/orders/{order}", _one_order),
            Endpoint("other", "*", "/{path:.*}", _nothing_here),
        )

    def identify(self, request: web.Request, body: bytes, rules: Behaviour) -> Identity:
        """Find the bearer key, the idempotency key in its header, and the reference in body or query."""
        scheme, _, api_key = request.headers.get("Authorization", "").partition(" ")
        try:
            reference = (
                native_input.wish_of(body).get("reference")
                if body
                else request.query.get("reference")
            )
        except Refusal:
            reference = None
        return Identity(
            api_key=api_key if scheme.lower() == "bearer" else None,
            key=request.headers.get(rules.idempotency_header),
            reference=reference if isinstance(reference, str) else None,
        )

    def refuse(self, refusal: Refusal) -> Reply:
        """Lay out a refusal; a code without a status of its own is a 400."""
        headers = {}
        if refusal.retry_after_s is not None:
            headers["Retry-After"] = str(math.ceil(refusal.retry_after_s))
        status = refusal.status or _STATUS.get(refusal.code, 400)
        message = refusal.code.replace("_", " ")
        return replies.of_json(
            status, {"error": {"code": refusal.code, "message": message}}, headers
        )


async def _nothing_here(_: Visit) -> Reply:
    """Refuse what was never offered: it is logged, so that a test sees who followed a redirect."""
    raise Refusal(Code.NOT_OFFERED)


async def _account(visit: Visit) -> Reply:
    account = visit.account
    visit.books.now_us()
    methods = [
        visit.show(views.of_method(method, account.currency))
        for method in shelf.methods(visit.books.db, account.id)
    ]
    wallet = next(
        (method for method in methods if method.type is MethodKind.WALLET), None
    )
    return replies.of_json(
        200,
        {
            "id": account.id,
            "currency": account.currency,
            "wallet": None
            if wallet is None
            else {"amount": wallet.funds, "currency": wallet.currency},
            "payment_methods": [native_json.method(method) for method in methods],
        },
    )


async def _lines(visit: Visit) -> Reply:
    account = visit.account
    page, per_page = native_input.page_of(visit.request)
    found = shelf.lines(
        visit.books.db,
        account.id,
        visit.books.now_us(),
        skip=(page - 1) * per_page,
        limit=per_page + 1,
    )
    shown = [native_json.line(visit.reading(line)) for line in found[:per_page]]
    return replies.of_json(
        200, {"lines": shown, "next_page": page + 1 if len(found) > per_page else None}
    )


async def _line(visit: Visit) -> Reply:
    line = shelf.line(
        visit.books.db,
        visit.account.id,
        visit.request.match_info["line"],
        visit.books.now_us(),
    )
    return replies.of_json(200, native_json.line(visit.reading(line)))


async def _offers(visit: Visit) -> Reply:
    line = shelf.line(
        visit.books.db,
        visit.account.id,
        visit.request.match_info["line"],
        visit.books.now_us(),
    )
    offers = [
        visit.show(views.of_offer(offer))
        for offer in shelf.offers(visit.books.db, line)
    ]
    return replies.of_json(
        200, {"offers": [native_json.offer(offer) for offer in offers]}
    )


async def _history(visit: Visit) -> Reply:
    account, rules, now_us = visit.account, visit.rules, visit.books.now_us()
    if not rules.history:
        raise Refusal(Code.NOT_OFFERED)
    line = shelf.line(
        visit.books.db, account.id, visit.request.match_info["line"], now_us
    )
    since_us = native_input.since_us(visit.request)
    page, per_page = native_input.page_of(visit.request)
    times_us = (since_us, now_us - round(rules.history_delay_s * US))
    found = shelf.history(
        visit.books.db,
        line.id,
        times_us,
        skip=(page - 1) * per_page,
        limit=per_page + 1,
    )
    shown = [
        native_json.charge(
            visit.show(views.of_charge(charge, with_reference=rules.history_references))
        )
        for charge in found[:per_page]
    ]
    return replies.of_json(
        200,
        {"charges": shown, "next_page": page + 1 if len(found) > per_page else None},
    )


async def _order(visit: Visit) -> Reply:
    account = visit.account
    placed = await visit.place(
        native_input.order_request(
            account.id, native_input.wish_of(visit.body), visit.identity.key
        )
    )
    shown = native_json.order(visit.show(views.of_order(placed.order)))
    return replies.of_json(201, {**shown, "idempotent_replay": placed.replayed})


async def _find(visit: Visit) -> Reply:
    account = visit.account
    visible_us = _visible_until(visit)
    reference = visit.request.query.get("reference")
    if reference is None:
        raise Refusal(Code.BAD_REQUEST)
    found = shelf.orders_by_reference(
        visit.books.db, account.id, reference, visit.request.query.get("line")
    )
    shown = [
        visit.show(views.of_order(order))
        for order in found
        if order.created_us <= visible_us
    ]
    return replies.of_json(
        200, {"orders": [native_json.order(order) for order in shown]}
    )


async def _one_order(visit: Visit) -> Reply:
    account = visit.account
    visible_us = _visible_until(visit)
    order = shelf.order(visit.books.db, visit.request.match_info["order"])
    if order.account != account.id or order.created_us > visible_us:
        raise Refusal(Code.UNKNOWN_ORDER)
    return replies.of_json(200, native_json.order(visit.show(views.of_order(order))))


def _visible_until(visit: Visit) -> int:
    """Return the newest time of an order that a look-up finds now. Refuses where there is no look-up."""
    if not visit.rules.lookup:
        raise Refusal(Code.NOT_OFFERED, status=visit.rules.lookup_off_status)
    return visit.books.now_us() - round(visit.rules.lookup_delay_s * US)
