"""A person who looks into the operator's books and decides about held orders: rightly, or not yet."""

from typing import TYPE_CHECKING

from custom_components.esim_topup.orders.book_file import BookLocked
from custom_components.esim_topup.orders.order import BrokenPromise, TooEarly
from custom_components.esim_topup.providers.base import AnswerState

if TYPE_CHECKING:
    from .life import Life
    from .world import World


async def decide(world: World, life: Life, order_id: str) -> None:
    """Decide about a held order, if it is known what became of it."""
    charged = _truth(world, order_id)
    if charged is None:
        return
    try:
        await life.engine.resolve(order_id, charged=charged, user_id="person")
    except (BookLocked, BrokenPromise, KeyError, TooEarly) as err:
        world.note(f"a person cannot decide {order_id[:4]}: {err or 'too early'}")
        world.seen[f"person: {type(err).__name__}"] += 1
    else:
        world.seen["person: decides"] += 1


def _truth(world: World, order_id: str) -> bool | None:
    """Return whether an order was charged, as far as the operator knows for good; `None`: not yet."""
    waits = False
    for account in world.accounts:
        for record in account.operator.records.get(order_id, ()):
            if record.entry is not None:
                return True
            waits |= record.state is AnswerState.PENDING
    return None if waits else False
