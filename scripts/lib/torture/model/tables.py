"""What the model takes over from the code: pure data. If that drifts, the model finds out by running."""

from collections.abc import Iterable, Mapping
from typing import Final

from custom_components.esim_topup.orders import order as production
from custom_components.esim_topup.orders.order import OrderState

# Plain strings: a state of the model is hashed a million times, and an enum's hash is Python code.


def _words(states: Iterable[OrderState]) -> frozenset[str]:
    return frozenset(state.value for state in states)


SUBMITTING: Final = OrderState.SUBMITTING.value
PENDING: Final = OrderState.PENDING.value
UNKNOWN: Final = OrderState.UNKNOWN.value
HELD: Final = OrderState.HELD.value
SUCCEEDED: Final = OrderState.SUCCEEDED.value
FAILED: Final = OrderState.FAILED.value
GONE: Final = "gone"
"""No state of the book: the order was in memory only, and the process has ended. Naive designs get there."""

NEXT: Final[Mapping[str, frozenset[str]]] = {
    before.value: _words(after) for before, after in production.NEXT.items()
}
OPEN: Final = _words(production.OPEN)
COUNTED: Final = _words(production.COUNTED)
PAID: Final = _words(production.PAID)
