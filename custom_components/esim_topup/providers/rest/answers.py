"""What an answer about an order says."""

from collections.abc import Sequence

from .._values import as_currency, as_id, as_money, as_word
from ..base import Answer, AnswerState, NotFound, Purchase
from ..errors import Fault, MalformedAnswer, safe_code
from ..http import Json, Reply, classify_status
from .expressions import Expression
from .model import FindCall, OrderCall, PurchasePart
from .parse import find, need


def answer_from(outcome: Reply | Fault, call: OrderCall, purchase: Purchase) -> Answer:
    """Say what came of the first attempt of an order. Never raises."""
    state = classify_status(outcome, definite=call.refusals)
    if isinstance(outcome, Fault):
        return Answer(state=state or AnswerState.UNKNOWN, reason=outcome.code)
    if state is None:
        return answer_in(outcome.json, call.answer, purchase, outcome.status)
    reason = safe_code(outcome.code or f"http_{outcome.status}")
    return Answer(state=state, reason=reason, http_status=outcome.status)


def answer_in(
    item: Json, part: PurchasePart, purchase: Purchase, http_status: int
) -> Answer:
    """Return what an order in an answer says. Whatever is odd about it makes it UNKNOWN, a success above all."""
    try:
        return _plain_answer(item, part, purchase, http_status)
    except MalformedAnswer as err:
        provider_ref = _text_or_none(
            part.id, item
        )  # even an answer that proves nothing may tell where to ask
        return Answer(
            state=AnswerState.UNKNOWN,
            reason=err.code,
            provider_ref=provider_ref,
            http_status=http_status,
        )


def _plain_answer(
    item: Json, part: PurchasePart, purchase: Purchase, http_status: int
) -> Answer:
    state = part.words.get(need(part.status, item, "status", as_word))
    if state is None:
        raise MalformedAnswer("unknown_status")
    currency = find(part.currency, item, "currency", as_currency)
    counted_in = currency or purchase.money.currency
    money = find(
        part.amount,
        item,
        "amount",
        lambda value: as_money(value, counted_in, part.amount_unit),
    )
    line = find(part.line, item, "line", as_id)
    reason = find(part.reason, item, "reason", as_word)
    return Answer(
        state=state,
        reason=None if reason is None else safe_code(reason),
        provider_ref=find(part.id, item, "id", as_id),
        reference=find(part.reference, item, "reference", as_id),
        # Some APIs repeat the phone number instead of their own id.
        line_id=purchase.line.id
        if line is not None and line == purchase.line.number
        else line,
        amount=None if money is None else money.amount,
        currency=currency,
        http_status=http_status,
    )


def answer_among(
    items: Sequence[Json], call: FindCall, purchase: Purchase, http_status: int
) -> Answer | NotFound:
    """Return what a look-up says. Orders of others mean that the filter is not what we think: nothing is known."""
    if not items:
        return NotFound(http_status=http_status)
    part = call.answer
    by_reference = "reference" in call.listing.path.names
    ours = [
        item
        for item in items
        if not by_reference or _text_or_none(part.reference, item) == purchase.reference
    ]
    if len(ours) == 1:
        return answer_in(ours[0], part, purchase, http_status)
    reason = "several_orders" if ours else "other_reference"
    return Answer(state=AnswerState.UNKNOWN, reason=reason, http_status=http_status)


def _text_or_none(expression: Expression | None, item: Json) -> str | None:
    try:
        return find(expression, item, "text", as_id)
    except MalformedAnswer:
        return None
