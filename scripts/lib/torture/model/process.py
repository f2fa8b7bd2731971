"""How a process ends, and how it begins again."""

from collections.abc import Iterator

from .tables import GONE, SUBMITTING, UNKNOWN
from .world import ABOUT_TO_SEND, IDLE, OFF, READY, STOPPING, WAITING, Line, Move, World


def process(world: World) -> Iterator[Move]:
    """Yield how the process can end: at any moment; and how it begins again."""
    if world.health == OFF:
        text = "the book is opened again; what was being sent is unknown"
        yield Move(text, 0, _opened(world))
        return
    flies = in_flight(world)
    # A process that has nothing in its head loses nothing: ending it would only use up one of the ends.
    if world.ends and (flies or any(map(_remembers, world.lines))):
        fewer = world._replace(ends=world.ends - 1)
        yield Move("the process is killed", 0, switched_off(fewer), fault=True)
        if flies and world.health == READY:
            stopping = fewer._replace(health=STOPPING)
            yield Move("the process begins to stop", 0, stopping, fault=True)
    if world.health == STOPPING and not flies:
        yield Move("the process has stopped", 0, switched_off(world))


def in_flight(world: World) -> bool:
    """Say whether a request is about to leave, or its answer is waited for."""
    return any(line.doing in (ABOUT_TO_SEND, WAITING) for line in world.lines)


def switched_off(world: World) -> World:
    """Return what is left at the end of the process: the disk, the operator, and what is on its way to it."""
    return world._replace(health=OFF, lines=tuple(map(_forgotten, world.lines)))


def _remembers(line: Line) -> bool:
    """Say whether the end of the process makes a difference to this line."""
    unsaved = not all(order.saved for order in line.orders)
    return line.doing != IDLE or line.quiet > 0 or unsaved


def _forgotten(line: Line) -> Line:
    return line._replace(
        orders=tuple(
            order if order.saved else order._replace(state=GONE, saved=True)
            for order in line.orders
        ),
        requests=tuple(request._replace(live=False) for request in line.requests),
        doing=IDLE,
        quiet=0,
    )


def _opened(world: World) -> World:
    """P9: what was being sent is unknown, durably, before anything new can be wanted."""
    return world._replace(health=READY, lines=tuple(map(_recovered, world.lines)))


def _recovered(line: Line) -> Line:
    return line._replace(
        orders=tuple(
            order._replace(state=UNKNOWN) if order.state == SUBMITTING else order
            for order in line.orders
        )
    )
