"""What must hold for answers about an order: no success, no refusal and no absence that was not said."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.verdict import judge
from custom_components.esim_topup.providers.base import (
    Answer,
    AnswerState,
    Capabilities,
    EchoedField,
    NotFound,
)
from tests.orders.samples import make_order

from .asking import Call, Heard
from .conversation import Told
from .exchange import Exchange, Said
from .lessons import Lesson
from .oracles import Breach
from .seams import UNREADABLE, as_read
from .shapes import MISSING, Path, at, leaves, nodes, number, records, same

SUCCESS: Final = "I9"
FAILURE: Final = "I2"

_AGAIN: Final = frozenset({408, 409, 425, 429})
_UNITS: Final = tuple(Decimal(10) ** power for power in (0, 2, 3, 4))
"""An amount may be written in roubles, kopecks, or the smaller parts that some providers count in."""

type Facts = Mapping[EchoedField, tuple[tuple[Path, Any], ...]]
"""Where the base answer repeats the order: paths from its record, with what stands there."""


def body_of(said: Said) -> Any:
    """Return what an answer says, `UNREADABLE` where nobody could read it."""
    return as_read(said.body) if isinstance(said.body, bytes) else said.body


def facts_of(tree: Any, exchange: Exchange) -> Facts:
    """Find the order in an example of its answer."""
    record = _record(tree, exchange)
    found: dict[EchoedField, list[tuple[Path, Any]]] = {}
    for path, value in leaves(record):
        kind = _field(value, exchange)
        if kind is not None and path not in exchange.exempt:
            found.setdefault(kind, []).append((path, value))
    return {kind: tuple(places) for kind, places in found.items()}


def _record(tree: Any, exchange: Exchange) -> Any:
    """Return the smallest object that holds all of the order that the tree holds."""
    everything = _kinds(tree, exchange)
    fitting = [node for node in records(tree) if _kinds(node, exchange) == everything]
    return min(fitting, key=lambda node: sum(1 for _ in nodes(node)), default=tree)


def _kinds(tree: Any, exchange: Exchange) -> set[EchoedField]:
    return {
        kind
        for _, value in leaves(tree)
        if (kind := _field(value, exchange)) is not None
    }


def _field(value: object, exchange: Exchange) -> EchoedField | None:
    """Say which part of the order a leaf is."""
    purchase = exchange.purchase
    text = value if isinstance(value, str) else ""
    if type(value) is int and value > 9999:  # a smaller one may count anything
        text = str(value)
    if text == purchase.reference:
        return EchoedField.REFERENCE
    if text in (purchase.line.id, purchase.line.number) and text:
        return EchoedField.LINE
    if text == purchase.money.currency:
        return EchoedField.CURRENCY
    figure = number(value)
    if figure is not None and figure in [
        purchase.money.amount * unit for unit in _UNITS
    ]:
        return EchoedField.AMOUNT
    return None


def is_told(
    tree: Any,
    facts: Facts | None,
    echoes: frozenset[EchoedField],
    exchange: Exchange,
) -> bool:
    """Say whether one object of the answer repeats the whole order, without a contradiction.

    Without an example of an answer, it is enough that everything that is promised stands somewhere.
    """
    if facts is None:
        return echoes <= _kinds(tree, exchange)
    return any(_tells(record, facts, echoes) for record in records(tree))


def _tells(record: Any, facts: Facts, echoes: frozenset[EchoedField]) -> bool:
    for field, places in facts.items():
        said = [(at(record, path), right) for path, right in places]
        there = [(now, right) for now, right in said if now not in (MISSING, None, "")]
        if not all(same(now, right) for now, right in there):
            return False
        if not there and field in echoes:
            return False
    return True


def order_of(exchange: Exchange) -> Order:
    """Return the order as the book holds it while the answer is awaited."""
    purchase = exchange.purchase
    return make_order(
        id=purchase.reference,
        offer_id=purchase.offer_id,
        money=purchase.money,
        method_id=purchase.method_id,
        created_at=purchase.created_at,
    )


def of_order(
    lesson: Lesson,
    facts: Facts | None,
    heard: Heard,
    told: Sequence[Told],
    exchange: Exchange,
    capabilities: Capabilities,
) -> Iterator[Breach]:
    """Yield what a provider made of the answers to `submit` or `find` that they did not say."""
    if isinstance(heard.value, NotFound):
        yield from _of_absence(told, exchange)
    if not isinstance(heard.value, Answer):
        return
    if lesson.call is Call.SUBMIT:
        yield from _of_sending(lesson, heard.value, told)
    proof = judge(
        order_of(exchange),
        exchange.line,
        heard.value,
        echoes=capabilities.echoes,
        resent=False,
    )
    if not told:
        return
    last = told[-1].said
    tree, positive = body_of(last), 200 <= last.status < 300
    match proof.states:
        case (OrderState.SUCCEEDED, *_) | (OrderState.PENDING,) if not positive:
            yield Breach(SUCCESS, f"{lesson.call} believes status {_band(last)}")
        case (OrderState.SUCCEEDED, *_):
            if not is_told(tree, facts, capabilities.echoes, exchange):
                yield Breach(
                    SUCCESS, f"{lesson.call} succeeds on another order's answer"
                )
            if exchange.paid and not _says(tree, exchange.paid):
                yield Breach(
                    SUCCESS, f"{lesson.call} succeeds without a word of success"
                )
        case (OrderState.FAILED,) if heard.value.state is AnswerState.DECLINED:
            if not _is_definite(last, tree, exchange):
                yield Breach(
                    FAILURE,
                    f"{lesson.call} takes {_band(last)} that proves nothing for a refusal",
                )


def _of_sending(
    lesson: Lesson, answer: Answer, told: Sequence[Told]
) -> Iterator[Breach]:
    spends = lesson.told[-1].request if lesson.told else None
    sent = [
        each
        for each in told
        if spends is not None
        and (each.request.method, each.request.path) == (spends.method, spends.path)
    ]
    if len(sent) > 1:
        yield Breach("I6", "one attempt sends the order twice")
    if sent and answer.state is AnswerState.NOT_SENT:
        yield Breach(FAILURE, "an order that arrived is called not sent")
    if any(each.request.method not in ("GET", "POST") for each in told):
        yield Breach("I6", "an order leaves by a method that is repeated silently")


def _of_absence(told: Sequence[Told], exchange: Exchange) -> Iterator[Breach]:
    last = told[-1].said
    tree = body_of(last)
    if not 200 <= last.status < 300:
        if last.status not in exchange.absent or tree == UNREADABLE:
            yield Breach(FAILURE, f"find takes {_band(last)} for an absence")
        return
    if not any(node == [] for _, node in nodes(tree)):
        yield Breach(
            FAILURE, "find takes an answer that shows no empty list for an absence"
        )


def _is_definite(said: Said, tree: Any, exchange: Exchange) -> bool:
    if 200 <= said.status < 300:
        return not exchange.says or _says(tree, exchange.refused)
    if not 400 <= said.status < 500 or said.status in _AGAIN or tree == UNREADABLE:
        return False
    return (
        not exchange.says
        or said.status in exchange.definite
        or any(
            isinstance(entry, tuple)
            and entry[0] == said.status
            and _says(tree, frozenset({entry[1]}))
            for entry in exchange.definite
        )
    )


def _says(tree: Any, words: frozenset[str]) -> bool:
    return any(
        (not isinstance(value, bool) and str(value) in words)
        or (isinstance(value, bool) and str(value).lower() in words)
        for _, value in leaves(tree)
    )


def _band(said: Said) -> str:
    """Return a status as far as it matters, so that a hundred of them are one cause."""
    band = f"{said.status // 100}xx"
    return str(said.status) if said.status in _AGAIN else band
