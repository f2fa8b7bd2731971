"""Which step of an order is news to a person: each outcome once, with the balance from before it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..providers.money import Money
from .order import Order, OrderState


class News(StrEnum):
    """What is told about a top-up. `submitting` is not: a moment later something is known."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PENDING = "pending"
    UNKNOWN = "unknown"
    REVERSED = "reversed"
    HELD = "held"


_NEWS: Final = {OrderState(news.value): news for news in News}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearings:
    """The last order that was seen, and how it stood."""

    order_id: str
    state: OrderState
    balance_before: Money | None = None
    """What was shown when the order began; `None` for one that began before anybody watched."""


def bearings(order: Order | None) -> Bearings | None:
    """Return where things stand before watching begins: what is so already is no news."""
    return None if order is None else Bearings(order_id=order.id, state=order.state)


def follow(
    seen: Bearings | None, order: Order, balance: Money | None
) -> tuple[Bearings, News | None]:
    """Return the new bearings after a step of an order, and the news if the step is some.

    `balance` is what is shown at the moment of the step.
    """
    match seen:
        case Bearings(order_id=order.id, balance_before=before):
            moved = seen.state is not order.state
        case _:
            moved = True
            before = balance if order.state is OrderState.SUBMITTING else None
    now = Bearings(order_id=order.id, state=order.state, balance_before=before)
    return now, _NEWS.get(order.state) if moved else None
