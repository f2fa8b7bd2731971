"""Everything that can happen next."""

from collections.abc import Iterator

from .elsewhere import at_the_operator, time_passes
from .looking import looking
from .plan import Plan
from .process import process
from .sending import sending
from .wishes import wishes
from .world import READY, Line, Move, World


def beginning(plan: Plan) -> World:
    """Return the world before the first wish."""
    return World(
        health=READY,
        lines=tuple(Line() for _ in range(plan.lines)),
        repeats=plan.repeats,
        forced=plan.forced,
        ends=plan.ends,
        disk_faults=plan.disk_faults,
        strangers=plan.strangers,
    )


def moves(world: World, plan: Plan) -> Iterator[Move]:
    """Yield all that can happen in this world, each thing alone."""
    for number in range(len(world.lines)):
        yield from wishes(world, number, plan)
        yield from sending(world, number, plan)
        yield from looking(world, number, plan)
        yield from at_the_operator(world, number)
    yield from process(world)
    yield from time_passes(world, plan)
