"""What must hold in every state, and in every step. The numbers are those of the protocol."""

from collections.abc import Iterable, Iterator

from custom_components.esim_topup.providers.base import Dedupe

from .plan import Plan
from .tables import COUNTED, FAILED, GONE, HELD, NEXT, OPEN, SUCCEEDED
from .wishes import cost
from .world import FORCED, NOBODY, Line, World

type Step = tuple[str, str]
"""An order's state before and after."""


def broken(world: World, plan: Plan) -> str | None:
    """Return the first promise that does not hold in this world."""
    for breach in _breaches(world, plan):
        if not is_waived(breach, plan):
            return breach
    return None


def is_waived(breach: str, plan: Plan) -> bool:
    """Say whether this search does not look at the promise."""
    return breach.partition(":")[0] in plan.waives


def _breaches(world: World, plan: Plan) -> Iterator[str]:
    for line in world.lines:
        if line.charges:
            yield from _of_charges(line)
        yield from _of_orders(line, plan)
    yield from _of_limits(world, plan)


def _of_charges(line: Line) -> Iterator[str]:
    """I1, I2: what the operator charged, against what our book says."""
    owners = [charge.owner for charge in line.charges if charge.owner != NOBODY]
    if len(set(owners)) < len(owners):
        yield "I1: one order is charged twice"
    wishes = [line.orders[owner].wish for owner in set(owners)]
    repeated = [wish for wish in wishes if wish != FORCED]
    if len(set(repeated)) < len(repeated):
        yield "I1: one wish is charged twice"
    for owner in owners:
        if line.orders[owner].state == GONE:
            yield "I2: charged, and the book knows no such order"
        if line.orders[owner].state == FAILED:
            yield "I2: charged, and the book says failed"


def _of_orders(line: Line, plan: Plan) -> Iterator[str]:
    """I8, I9. Class H may take a stranger's charge for ours: there the step that claims it says whether it may."""
    if sum(order.state in OPEN for order in line.orders) > 1:
        yield "I8: two open orders on one line"
    if plan.dedupe is Dedupe.HISTORY:
        return
    owners = {charge.owner for charge in line.charges}
    for number, order in enumerate(line.orders):
        if order.state == SUCCEEDED and number not in owners:
            yield "I9: succeeded, and never charged"


def _of_limits(world: World, plan: Plan) -> Iterator[str]:
    """I4: in our book, and in the operator's."""
    reserved = paid = 0
    for line in world.lines:
        for order in line.orders:
            if order.state in COUNTED:
                reserved += order.amount
        for charge in line.charges:
            if charge.owner != NOBODY:
                paid += cost(line, charge)
    if reserved > plan.limit:
        yield "I4: more is reserved than the limit allows"
    if paid > plan.limit:
        yield "I4: our orders are charged more than the limit allows"


def steps(before: World, after: World) -> Iterator[Step]:
    """Yield the steps that orders of the book take between two worlds."""
    for old, new in zip(before.lines, after.lines, strict=True):
        if old.orders is not new.orders:
            for earlier, later in zip(old.orders, new.orders, strict=False):
                if later.state not in (earlier.state, GONE):
                    yield earlier.state, later.state


def illegal(taken: Iterable[Step]) -> str | None:
    """I7: return the first step that the table of the code does not allow."""
    for earlier, later in taken:
        if later not in NEXT[earlier]:
            return f"I7: a step from {earlier} to {later}"
    return None


def is_settled(world: World) -> bool:
    """I10: every order is final, or waits for a person."""
    return all(
        order.state not in OPEN or order.state == HELD
        for line in world.lines
        for order in line.orders
    )
