"""What callers are told and what is published: it is in the book already, and it is true."""

from typing import TYPE_CHECKING, Final

from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import Order
from custom_components.esim_topup.orders.policy import Health, Refused

from .rows import is_step
from .truth import Truth

if TYPE_CHECKING:
    from .life import Call, Life

_STILL_TRUE: Final = ("limit_", "above_order_limit", "held")


_UNLOCKING: Final = 300.0
"""Seconds; until then what was under way when the book was closed and opened again is told."""


def look_at_publishing(truth: Truth, life: Life, order: Order) -> None:
    """P7: what is published is in the book already. C6: only the end of the process, or of the book, interrupts an order."""
    since_unlocked = truth.world.now - truth.unlocked_at
    before, truth.told[order.id] = truth.told.get(order.id), order.state.value
    if (
        before == "submitting"
        and order.reason == "interrupted"
        and life.engine.health is Health.READY
        and order.id not in truth.cut_short
        and since_unlocked > _UNLOCKING
    ):
        truth.broke("C6", f"{order.id[:4]} is interrupted, and the process goes on")
    row = truth.book.get(order.id)
    if row is None or (row.state, row.sends) != (order.state.value, order.sends):
        says = "nothing" if row is None else f"{row.state}, sent {row.sends} times"
        told = f"{order.id[:4]} is published as {order.state.value}"
        truth.broke("I7", f"{told}, the book says {says}")


def look_at_telling(truth: Truth, call: Call, told: Placed | Refused) -> None:
    """A caller hears an outcome: it must be true now. In the end it is looked at again."""
    world = truth.world
    if isinstance(told, Refused):
        world.note(f"{call.user} is refused: {told.reason.value}")
        world.seen[f"refused: {told.reason.value}"] += 1
        return
    state = told.order.state.value + (" (joined)" if told.joined else "")
    world.note(f"{call.user} is told: {told.order.id[:4]} {state}")
    world.seen[f"told: {state}"] += 1
    _is_true(truth, call, told)
    _is_written(truth, call, told.order)


def _is_written(truth: Truth, call: Call, order: Order) -> None:
    """P7: an outcome that is told is in the book; what could not be written is told as unknown."""
    row = truth.book.get(order.id)
    if row is None or order.state.value == "unknown":
        return
    if row.state != order.state.value and not is_step(order.state.value, row.state):
        what = f"was told {order.id[:4]} {order.state.value}, the book says {row.state}"
        truth.broke("I7", f"{call.user} {what}")


def _is_true(truth: Truth, call: Call, told: Placed) -> None:
    """Told failed: never charged. Told succeeded: charged once, as ordered."""
    order = told.order
    charges = len(truth.charges.get(order.id, ()))
    if order.id in truth.beyond:
        return
    if order.state.value == "failed" and charges:
        truth.broke("I2", f"{call.user} was told failed, {order.id[:4]} is charged")
    if order.state.value == "succeeded" and (
        charges > 1 or not truth.is_charged_rightly(truth.ever[order.id])
    ):
        told_what = f"{call.user} was told succeeded"
        truth.broke("I9", f"{told_what}, {order.id[:4]} has {charges} charges")


def look_at_the_end_of(truth: Truth, call: Call) -> None:
    """One wish is one order at most, and what was told is still true."""
    own = [row for row in truth.ever.values() if row.user_id == call.user]
    if len(own) > 1:
        truth.broke("I1", f"{call.user} made {len(own)} orders")
    if isinstance(call.told, Placed):
        _is_true(truth, call, call.told)
    charged = any(row.id in truth.charges for row in own)
    if isinstance(call.told, Refused) and charged:
        why = call.told.reason.value
        truth.broke("I2", f"{call.user} was refused ({why}), and charged")


def look_at_life(truth: Truth, call: Call) -> None:
    """I10: in fair weather a wish is paid, or refused for a reason that is still true."""
    told = call.told
    if isinstance(told, Placed) and told.order.state.value == "succeeded":
        return
    reason = told.reason.value if isinstance(told, Refused) else ""
    # What was written while the clock ran ahead fails closed, as the protocol wants it.
    ahead = truth.world.wall_was_set and reason == "clock_untrusted"
    if not ahead and not reason.startswith(_STILL_TRUE):
        truth.broke("I10", f"in fair weather a wish ends with {told}")
