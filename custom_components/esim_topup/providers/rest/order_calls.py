"""Reading the description of the call that spends, and of those that tell what became of it."""

from collections.abc import Mapping
import json
from types import MappingProxyType
from typing import Final

from ..base import AnswerState
from ..http import Json
from ..http.body import BodyError, parse_json
from .calls import amount_unit_of, listing_of, need_line
from .fields import RestConfigError, Section
from .model import (
    FIND_NAMES,
    HISTORY_NAMES,
    ORDER_NAMES,
    FindCall,
    HistoryCall,
    OrderCall,
    PurchasePart,
    SinceFormat,
)
from .templates import TemplateError, Tree, parse_body

_WORD_LISTS: Final = {
    "succeeded": AnswerState.SUCCEEDED,
    "pending": AnswerState.PENDING,
    "failed": AnswerState.DECLINED,
    "reversed": AnswerState.REVERSED,
}


def _purchase_part(part: Section, base: PurchasePart | None) -> PurchasePart:
    """Read how an order looks; a look-up's answer looks as the order's does where nothing else is said."""
    if base is None:
        return PurchasePart(
            status=part.need_expression("status"),
            words=_status_words(part) or part.fail("succeeded", "required"),
            amount=part.expression("amount"),
            amount_unit=amount_unit_of(part),
            currency=part.expression("currency"),
            line=part.expression("line"),
            reference=part.expression("reference"),
            id=part.expression("id"),
            reason=part.expression("reason"),
        )
    return PurchasePart(
        status=part.expression("status") or base.status,
        words=_status_words(part) or base.words,
        amount=part.expression("amount") or base.amount,
        amount_unit=part.choice("amount_unit", base.amount_unit),
        currency=part.expression("currency") or base.currency,
        line=part.expression("line") or base.line,
        reference=part.expression("reference") or base.reference,
        id=part.expression("id") or base.id,
        reason=part.expression("reason") or base.reason,
    )


def _status_words(part: Section) -> Mapping[str, AnswerState]:
    """Return what each status word means; empty where no list is given. A list without success is half a list."""
    given = [key for key in _WORD_LISTS if key in part]
    words: dict[str, AnswerState] = {}
    for key in given:
        for word in part.words(key):
            if word in words:
                part.fail(key, "word_twice")
            words[word] = _WORD_LISTS[key]
    if given and AnswerState.SUCCEEDED not in words.values():
        part.fail("succeeded", "required")
    return MappingProxyType(words)


def parse_order(top: Section) -> OrderCall | None:
    """Read the call that spends. Raises `RestConfigError`."""
    if (part := top.section("order")) is None:
        return None
    call = OrderCall(
        path=part.path("path", ORDER_NAMES),
        body=_body(part),
        amount_as_number=part.flag("amount_as_number"),
        answer=_purchase_part(part, None),
        refusals=part.definite("refusals"),
    )
    part.done()
    return call


def _body(part: Section) -> Tree:
    """Read the body's template: an object, or its text as a person typed it."""
    value = part.value("body")
    try:
        text = value if isinstance(value, str) else json.dumps(value, allow_nan=False)
        body: Json = parse_json(text.encode())
    except BodyError, TypeError, ValueError, RecursionError:
        part.fail("body", "not_json")
    if not isinstance(body, dict):
        part.fail("body", "not_a_mapping")
    try:
        return parse_body(body, ORDER_NAMES)
    except TemplateError as err:
        part.fail("body", err.code)


def parse_find(top: Section, order: OrderCall | None) -> FindCall | None:
    """Read the look-up of an order; what it does not say is as in the order's answer. Raises `RestConfigError`."""
    if (part := top.section("find")) is None:
        return None
    if order is None:
        raise RestConfigError("order", "required")
    listing = listing_of(part, FIND_NAMES, need_items=False)
    if not listing.path.names & {"reference", "id"}:
        part.fail("path", "missing_reference")
    call = FindCall(
        listing=listing,
        answer=_purchase_part(part, order.answer),
        # A list that is not there is a moved or mistyped path. A single order that is not there is an answer.
        not_found=part.definite(
            "not_found", frozenset({404}) if listing.items is None else frozenset()
        ),
    )
    part.done()
    return call


def parse_history(top: Section) -> HistoryCall | None:
    """Read the list of charges. Raises `RestConfigError`."""
    if (part := top.section("history")) is None:
        return None
    call = HistoryCall(
        listing=listing_of(part, HISTORY_NAMES),
        since_format=part.choice("since_format", SinceFormat.ISO),
        id=part.need_expression("id"),
        at=part.need_expression("at"),
        amount=part.need_expression("amount"),
        amount_unit=amount_unit_of(part),
        currency=part.expression("currency"),
        line=part.expression("line"),
        offer=part.expression("offer"),
        reference=part.expression("reference"),
        status=part.expression("status"),
        counted=part.words("counted"),
        ignored=part.words("ignored"),
    )
    part.done()
    if call.line is None:
        need_line(part, call.listing.path.names)
    if call.status is not None and not call.counted:
        part.fail("counted", "required")
    if call.counted & call.ignored:
        part.fail("ignored", "word_twice")
    return call
