"""I3, I5, I6, I11: whether a purchase request may leave the house now. Looked at before its first byte is out."""

from typing import TYPE_CHECKING, Final

from custom_components.esim_topup.orders.policy import Health
from custom_components.esim_topup.providers.base import Dedupe, Purchase

from .operator import Operator
from .rows import Row
from .truth import Sent, Truth

if TYPE_CHECKING:
    from .life import Life

_CLOCK_SLACK: Final = 610.0
"""Seconds; two looks at a clock that may each be wrong by 5 minutes."""

_DISK_SLACK: Final = 60.0
"""Seconds; a slow disk between the decision and what we see of it."""


def look_at_leaving(
    truth: Truth, life: Life, operator: Operator, purchase: Purchase
) -> None:
    """Look at a request that leaves now."""
    order_id, world = purchase.reference, truth.world
    world.note(f"{order_id[:4]} leaves for {operator.key}")
    before = truth.sent.get(order_id)
    _is_durable(truth, order_id, 1 if before is None else before.times + 1)
    if life.engine.health is Health.LOCKED:
        truth.broke("I11", f"{order_id[:4]} is sent while the book is locked")
    if before is None:
        truth.sent[order_id] = Sent(purchase, operator, world.now)
        if (row := truth.book.get(order_id)) is not None:
            _has_cooled_down(truth, row)
            _is_the_price(truth, row, operator)
        return
    before.times += 1
    world.seen["reached: re-sent"] += 1
    _may_be_repeated(truth, before, purchase, operator)


def _is_durable(truth: Truth, order_id: str, times: int) -> None:
    """I5: if the power failed right now, the order would be there, and that it was sent so often.

    Stricter than on arrival: what is durable when it leaves is durable when it arrives.
    """
    name, world = order_id[:4], truth.world
    found = world.drive.synced_orders(truth.book).get(order_id)
    if found is None:
        truth.broke("I5", f"{name} is sent before its intent is durable")
        return
    state, sends = found
    if order_id in truth.forgotten:
        times = 1  # an older book knows less
    if state not in ("submitting", "unknown", "pending") or sends < times:
        what = f"on the disk it is {state}, sent {sends} times"
        truth.broke("I5", f"{name} is sent for the {times}. time; {what}")


def _may_be_repeated(
    truth: Truth, before: Sent, purchase: Purchase, operator: Operator
) -> None:
    """I6: only class K repeats, the same request, while the key is surely kept."""
    name, capabilities = purchase.reference[:4], operator.capabilities
    if capabilities.dedupe is not Dedupe.KEY:
        truth.broke("I6", f"{name} is sent again in class {capabilities.dedupe.value}")
        return
    if purchase != before.purchase or operator is not before.operator:
        truth.broke("I6", f"{name} is sent again with another body")
    assert capabilities.key_retention is not None
    slack = _CLOCK_SLACK if truth.world.wall_was_set else _DISK_SLACK
    age = truth.world.now - before.at
    if _no_clock_could_tell(truth, before):
        truth.beyond.add(purchase.reference)
        return
    if age > capabilities.key_retention.total_seconds() / 2 + slack:
        truth.broke("I6", f"{name} is sent again at the age of {age:.0f} s, too late")


def _no_clock_could_tell(truth: Truth, before: Sent) -> bool:
    """Say whether the machine stood still, its clock was set back to match, and the operator does not say what time it is."""
    world = truth.world
    (account,) = (one for one in world.accounts if one.operator is before.operator)
    stood_still = world.stood_still_at > before.at and world.wall_was_set
    return stood_still and not account.names_time


def _is_the_price(truth: Truth, row: Row, operator: Operator) -> None:
    """H10: a price that had changed before somebody wished for the old one is not paid."""
    call = truth.call(row)
    if call is None or row.offer_id != "pack" or call.asked_at <= operator.priced_at:
        return
    if row.minor != operator.price * 100:
        truth.broke("H10", f"{row.name} is sent at a price that holds no more")


def _has_cooled_down(truth: Truth, row: Row) -> None:
    """I3: no two orders of a line start within one cooldown, unless one is forced or failed.

    Let off: the clock was set, and the former order was made in another account, whose operator does not say what time it
    is. Then its date may be wrong, and this account's operator says that all is well.
    """
    call, account, world = truth.call(row), truth.account(row), truth.world
    if call is None or call.wish.force:
        return
    limits = account.limits_between(call.asked_at)
    cooldown = min(one.cooldown.total_seconds() for one in limits)
    slack = _CLOCK_SLACK if world.wall_was_set else _DISK_SLACK
    for other in truth.book.values():
        if other.line_key != row.line_key or other.state == "failed":
            continue
        elsewhere = truth.account(other)
        if world.wall_was_set and elsewhere is not account and not elsewhere.names_time:
            continue
        gap = truth.first_seen[row.id] - truth.first_seen[other.id]
        if other.id != row.id and 0 <= gap < cooldown - slack:
            told = f"{gap:.0f} s after {other.name}, in a cooldown of {cooldown:.0f} s"
            truth.broke("I3", f"{row.name} starts {told}")
