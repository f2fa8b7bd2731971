"""The named lies about an order, told in any provider's own words: its example says where the order stands in them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from torture.hostile.answers import Facts, body_of, facts_of, is_told
from torture.hostile.exchange import Exchange, Said
from torture.hostile.seams import as_wire
from torture.hostile.shapes import MISSING, leaves, nodes, number, put

from custom_components.esim_topup.providers.base import EchoedField

type Change = Callable[[Any], Any]

_MARK: Final = "\x00mark"

AMOUNT, CURRENCY = EchoedField.AMOUNT, EchoedField.CURRENCY
LINE, REFERENCE = EchoedField.LINE, EchoedField.REFERENCE


@dataclass(frozen=True, slots=True)
class Lie:
    """What is done to the part of an answer that repeats the order."""

    field: EchoedField
    change: Change
    literal: bytes | None = None
    """What JSON libraries understand and JSON does not: written where the value stood."""
    alarm: bool = True
    """It is well formed and contradicts the order, so somebody has to be told."""


def _times(factor: int) -> Change:
    return lambda value: _like(value, (number(value) or Decimal(0)) * factor)


def _like(value: Any, figure: Decimal) -> Any:
    """Write a figure as the value was written."""
    if isinstance(value, str):
        return format(figure, "f")
    return int(figure) if isinstance(value, int) else figure


LIES: Final = {
    "H1 NaN": Lie(AMOUNT, lambda _: "NaN", alarm=False),
    "H1 NaN, bare": Lie(AMOUNT, lambda _: _MARK, b"NaN", alarm=False),
    "H2 Infinity": Lie(AMOUNT, lambda _: "Infinity", alarm=False),
    "H2 Infinity, bare": Lie(AMOUNT, lambda _: _MARK, b"-Infinity", alarm=False),
    "H3 1e400": Lie(AMOUNT, lambda _: "1e400", alarm=False),
    "H3 1e400, bare": Lie(AMOUNT, lambda _: _MARK, b"1e400", alarm=False),
    "H4 negative": Lie(AMOUNT, _times(-1)),
    "H5 zero": Lie(AMOUNT, _times(0)),
    "H6 wrong currency": Lie(CURRENCY, lambda was: "USD" if was != "USD" else "EUR"),
    "H7 wrong line": Lie(LINE, lambda was: f"{was}0"),
    "H8 wrong reference": Lie(REFERENCE, lambda was: f"{was}0"),
    "H9 minor for major": Lie(AMOUNT, _times(100)),
    "H23 no reference": Lie(REFERENCE, lambda _: MISSING, alarm=False),
}


def told(name: str, exchange: Exchange, right: Said) -> Said | None:
    """Return the spoilt answer; `None` where this provider's answers have no such part."""
    lie, tree = LIES[name], body_of(right)
    facts = facts_of(tree, exchange)
    values = [value for _, value in facts.get(lie.field, ())]
    if not values:
        return None
    spoilt = tree
    for path, value in list(leaves(tree)):
        if any(value is found or value == found for found in values):
            spoilt = put(spoilt, path, lie.change(value))
    if lie.literal is None:
        return replace(right, body=spoilt)
    mark = as_wire(_MARK)
    return replace(right, body=as_wire(spoilt).replace(mark, lie.literal))


def strange_words(exchange: Exchange, right: Said) -> Iterator[Said]:
    """Yield the answer with a word in the place of each that means success, which nobody has ever heard."""
    tree = body_of(right)
    for path, value in leaves(tree):
        word = str(value).lower() if isinstance(value, bool) else str(value)
        if word in exchange.paid:
            yield replace(right, body=put(tree, path, "teleported"))


def nameless(exchange: Exchange, right: Said) -> Iterator[Said]:
    """Yield the answer without each leaf that is no part of our order: one of them is the provider's own id."""
    tree = body_of(right)
    facts: Facts = facts_of(tree, exchange)
    ours = [value for places in facts.values() for _, value in places]
    for path, value in nodes(tree):
        if path and not isinstance(value, dict | list) and value not in ours:
            yield replace(right, body=put(tree, path, MISSING))


def matches(exchange: Exchange, right: Said, said: Said) -> bool:
    """Say whether an answer still repeats the whole order."""
    facts = facts_of(body_of(right), exchange)
    return is_told(body_of(said), facts, frozenset(facts), exchange)
