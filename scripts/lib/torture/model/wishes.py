"""P0 to P3: somebody wants a top-up. Gate, history, limits and intent, in one transaction."""

from collections.abc import Iterator

from custom_components.esim_topup.providers.base import Dedupe

from .plan import Mistake, Plan
from .process import switched_off
from .tables import COUNTED, OPEN, PAID, SUBMITTING
from .world import (
    ABOUT_TO_SEND,
    ALLOWED,
    FORCED,
    FOREIGN,
    IDLE,
    NOBODY,
    READY,
    Charge,
    Line,
    Move,
    Order,
    World,
    with_charge,
    with_last,
    with_line,
)


def wishes(world: World, number: int, plan: Plan) -> Iterator[Move]:
    """Yield what a wish for this line can lead to. One that is refused, or joins another, changes nothing."""
    line = world.lines[number]
    if world.health != READY or line.doing not in (IDLE, ALLOWED):
        return
    if line.orders and line.orders[-1].state in OPEN:
        return
    if plan.dedupe is Dedupe.HISTORY:
        line = _history_imported(line)
        world = with_line(world, number, line)
    room = plan.limit - _counted(world)
    if world.repeats and _has_cooled_down(line, plan):
        if plan.mistake is Mistake.LIMIT_CHECKED_FIRST and line.doing == IDLE:
            yield from _allowed(world, number, plan.amounts[0] <= room)
        elif plan.amounts[0] <= room or line.doing == ALLOWED:
            order = _intent(plan, _same_wish(line, plan), plan.amounts[0])
            fewer = world._replace(repeats=world.repeats - 1)
            what = "an automation wants a top-up"
            yield from _reserved(what, _begun(fewer, number, order), number, plan)
    if world.forced and plan.amounts[1] <= room:
        order = _intent(plan, FORCED, plan.amounts[1])
        fewer = world._replace(forced=world.forced - 1)
        what = "a person forces a top-up"
        yield from _reserved(what, _begun(fewer, number, order), number, plan)


def cost(line: Line, charge: Charge) -> int:
    """Return what a charge cost; a stranger's looks like the smallest of ours."""
    return 1 if charge.owner == NOBODY else line.orders[charge.owner].amount


def _counted(world: World) -> int:
    """Return what our book counts against the limit: orders, and charges of strangers."""
    return sum(
        sum(order.amount for order in line.orders if order.state in COUNTED)
        + sum(cost(line, charge) for charge in line.charges if charge.tied == FOREIGN)
        for line in world.lines
    )


def _has_cooled_down(line: Line, plan: Plan) -> bool:
    """Say whether the newest order that counts was intended long enough ago."""
    counted = (order for order in reversed(line.orders) if order.state in COUNTED)
    newest = next(counted, None)
    return newest is None or newest.age >= plan.cooldown


def _same_wish(line: Line, plan: Plan) -> int:
    """Return the number of the first order for the wish that is repeated now; a new one after the cooldown."""
    for order in reversed(line.orders):
        if order.wish != FORCED and order.age < plan.cooldown:
            return order.wish
    return len(line.orders)


def _intent(plan: Plan, wish: int, amount: int) -> Order:
    saved = plan.mistake is not Mistake.LEDGER_AFTER_ANSWER
    return Order(SUBMITTING, saved, 1, wish, amount, 0)


def _begun(world: World, number: int, order: Order) -> World:
    line = world.lines[number]
    orders = (*line.orders, order)
    begun = line._replace(orders=orders, doing=ABOUT_TO_SEND, quiet=0)
    return with_line(world, number, begun)


def _allowed(world: World, number: int, fits: bool) -> Iterator[Move]:
    """Yield a limit that is looked at too early."""
    if fits:
        line = world.lines[number]._replace(doing=ALLOWED)
        text = "an automation wants a top-up; the limit allows it"
        yield Move(text, number, with_line(world, number, line), fault=True)


def _reserved(what: str, after: World, number: int, plan: Plan) -> Iterator[Move]:
    """Yield how the write of the intent ends."""
    if plan.mistake is Mistake.LEDGER_AFTER_ANSWER:
        yield Move(f"{what}; nothing is written yet", number, after, fault=True)
        return
    yield Move(f"{what}; the intent is on the disk", number, after, fault=True)
    if after.disk_faults:
        broken = after._replace(disk_faults=after.disk_faults - 1)
        yield from _not_reserved(what, broken, number, plan)


def _not_reserved(what: str, after: World, number: int, plan: Plan) -> Iterator[Move]:
    """Yield how the write of the intent fails: nothing of it is on the disk, or all of it, and nobody can know."""
    line = after.lines[number]
    if plan.mistake is Mistake.INTENT_NOT_VERIFIED:
        lost = with_last(line, line.orders[-1]._replace(saved=False))
        text = f"{what}; the write of the intent fails, and nobody looks"
        yield Move(text, number, with_line(after, number, lost), fault=True)
        return
    nothing = switched_off(
        with_line(after, number, line._replace(orders=line.orders[:-1]))
    )
    text = f"{what}; the intent cannot be written: refused, spending is locked"
    yield Move(text, number, nothing, fault=True)
    text = f"{what}; the disk reports an error, yet has the intent: refused, spending is locked"
    yield Move(text, number, switched_off(after), fault=True)


def _history_imported(line: Line) -> Line:
    """P1: tie what the history shows to orders that were paid; what is left over is a stranger's, and counts."""
    for place, charge in enumerate(line.charges):
        if charge.seen and charge.tied == NOBODY:
            owner = _payer(line, charge)
            line = with_charge(line, place, charge._replace(tied=owner))
    return line


def _payer(line: Line, charge: Charge) -> int:
    """Return the oldest paid order without a charge that this one fits."""
    tied = {other.tied for other in line.charges}
    for number, order in enumerate(line.orders[: charge.since]):
        if order.state in PAID and number not in tied:
            return number
    return FOREIGN
