"""What must hold for a history: nothing is left out, nothing is made up."""

from collections.abc import Iterator, Sequence
from typing import Any

from custom_components.esim_topup.providers.base import Charge

from .answers import body_of
from .asking import Heard
from .conversation import Told
from .oracles import COUNTED, Breach
from .shapes import leaves, nodes, number, records

_UNITS = (1, 100, 1000, 10_000)


def of_history(heard: Heard, told: Sequence[Told]) -> Iterator[Breach]:
    """Yield charges that no answer names, and an empty history that no answer shows."""
    if not isinstance(heard.value, list):
        return
    trees = [body_of(each.said) for each in told]
    if any(not 200 <= each.said.status < 300 for each in told):
        yield Breach(COUNTED, "a history is believed though a part of it was refused")
    if len(heard.value) > sum(1 for tree in trees for _ in records(tree)):
        yield Breach(COUNTED, "a history holds more charges than were named")
    said = {
        figure
        for tree in trees
        for _, value in leaves(tree)
        if (figure := number(value)) is not None
    }
    for charge in heard.value:
        if not any(charge.money.amount * unit in said for unit in _UNITS):
            yield Breach(COUNTED, "a charge has an amount that nobody named")
    if not heard.value and not any(_shows_a_list(tree) for tree in trees):
        yield Breach(COUNTED, "a history is empty though no list was shown")


def of_garbled(before: Heard, after: Heard) -> Iterator[Breach]:
    """Yield what is lost when one field of one entry cannot be read: the whole history is in doubt then."""
    if isinstance(after.value, list) and len(after.value) < len(before.value):
        yield Breach(COUNTED, "a history leaves out an entry that cannot be read")
    if isinstance(after.value, list) and _sums(after.value) != _sums(before.value):
        yield Breach(COUNTED, "a history guesses at an entry that cannot be read")


def _sums(charges: Sequence[Charge]) -> list[Any]:
    return sorted((charge.money.currency, charge.money.amount) for charge in charges)


def _shows_a_list(tree: Any) -> bool:
    return any(isinstance(node, list) for _, node in nodes(tree))
