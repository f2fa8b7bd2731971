"""What happens without us: time passes, a charge comes into sight, a stranger pays."""

from collections.abc import Iterator

from .plan import Plan
from .process import in_flight
from .tables import OPEN
from .world import NOBODY, OFF, Charge, Line, Move, Order, World, with_charge, with_line


def time_passes(world: World, plan: Plan) -> Iterator[Move]:
    """Yield the next tick. No client waits that long; a look-up may be asked before it and answered after it."""
    if in_flight(world):
        return
    awake = world.health != OFF
    lines = tuple(_older(line, plan, awake=awake) for line in world.lines)
    if lines != world.lines:
        yield Move("time passes", 0, world._replace(lines=lines))


def _older(line: Line, plan: Plan, *, awake: bool) -> Line:
    if not line.orders and not line.charges:
        return line
    watches = awake and bool(line.orders) and line.orders[-1].state in OPEN
    return Line(
        orders=tuple(_aged(order, plan) for order in line.orders),
        charges=tuple(_shown(charge, plan) for charge in line.charges),
        requests=tuple(
            request._replace(age=request.age + 1)
            for request in line.requests
            if request.age < plan.delay
        ),
        declined=line.declined,
        doing=line.doing,
        quiet=min(line.quiet + 1, plan.settle) if watches else 0,
    )


def _aged(order: Order, plan: Plan) -> Order:
    """Return the order a tick older, up to the highest age that anybody asks for."""
    oldest = max(plan.cooldown, plan.patience, plan.oldest_resend + 1)
    return order._replace(age=min(order.age + 1, oldest))


def _shown(charge: Charge, plan: Plan) -> Charge:
    age = min(charge.age + 1, max(plan.sight, plan.retention))
    return charge._replace(age=age, seen=charge.seen or age >= plan.sight)


def at_the_operator(world: World, number: int) -> Iterator[Move]:
    """Yield what can happen to this line in the operator's books."""
    line = world.lines[number]
    for place, charge in enumerate(line.charges):
        if not charge.seen:
            shown = with_charge(line, place, charge._replace(seen=True))
            text = "the operator's books show the charge now"
            yield Move(text, number, with_line(world, number, shown))
    if world.strangers:
        stranger = Charge(NOBODY, len(line.orders), seen=False, tied=NOBODY, age=0)
        paid = line._replace(charges=(*line.charges, stranger))
        fewer = world._replace(strangers=world.strangers - 1)
        text = "a stranger recharges the line by the same amount"
        yield Move(text, number, with_line(fewer, number, paid), fault=True)
