"""One state of everything: both sides' books, what is on its way, what the process has in its head, what may still go wrong."""

from typing import Final, NamedTuple

# The engine's health.
READY: Final = "ready"
STOPPING: Final = "stopping"
OFF: Final = "off"
"""Crashed, stopped, or locked by a write that failed: nothing is sent and nothing is written until the book is opened again."""

# What the engine is doing on a line. All of it is forgotten when the process ends.
IDLE: Final = "idle"
ALLOWED: Final = "allowed, and not reserved"
"""Only a naive design waits here."""
ABOUT_TO_SEND: Final = "about to send"
WAITING: Final = "waiting for the answer"
HEARD_OF_NOTHING: Final = "heard of nothing"
"""A look-up was asked and found no charge; the answer is on its way."""

NOBODY: Final = -1
"""Of a charge: a stranger made it; or it is tied to no order."""
FOREIGN: Final = -2
"""Of a charge: known as a stranger's, and counted."""
FORCED: Final = -1
"""Of an order: a person forced it. It is a wish of its own."""


class Order(NamedTuple):
    """One order of a line, as the engine knows it."""

    state: str
    saved: bool
    """It is on the disk; otherwise a crash takes it away."""
    sends: int
    wish: int
    """Number of the first order for the same wish: an automation that repeats itself within the cooldown wants one top-up."""
    amount: int
    age: int
    """Ticks since the intent."""


class Charge(NamedTuple):
    """One charge in the operator's books."""

    owner: int
    """The order that made it, as only the operator knows; NOBODY: a stranger's, that looks like ours."""
    since: int
    """How many orders had been intended on the line when it was made: it can be of order n only if this is above n."""
    seen: bool
    """Look-ups and the history show it."""
    tied: int
    """The order that our book says it belongs to; FOREIGN, or NOBODY."""
    age: int
    """Ticks since it was made: for so long the operator has remembered the key."""


class Request(NamedTuple):
    """A purchase on its way to the operator."""

    owner: int
    age: int
    live: bool
    """The client still waits for its answer."""
    queued: bool
    """The operator has it and would say "pending"."""


class Line(NamedTuple):
    """A line: its orders, what the operator has of them, and what the engine is doing about the last one."""

    orders: tuple[Order, ...] = ()
    charges: tuple[Charge, ...] = ()
    requests: tuple[Request, ...] = ()
    declined: tuple[int, ...] = ()
    """Orders that the operator has refused, and would say so if asked."""
    doing: str = IDLE
    quiet: int = 0
    """Ticks since the last attempt, as far as this process has lived through them."""


class World(NamedTuple):
    """Everything. The last five say what may still happen."""

    health: str
    lines: tuple[Line, ...]
    repeats: int
    """Orders that an automation may still cause."""
    forced: int
    """Orders that a person may still force."""
    ends: int
    """Crashes and stops."""
    disk_faults: int
    strangers: int
    """Charges by others."""


class Move(NamedTuple):
    """One thing that happens."""

    text: str
    line: int
    """The line it happens on; of no meaning where it concerns the whole process."""
    world: World
    """How the world is afterwards."""
    breach: str | None = None
    """A promise that the very step breaks, as `I5: ...`."""
    fault: bool = False
    """It need not happen: every story has a good end without it (I10)."""


def with_line(world: World, number: int, line: Line) -> World:
    """Return the world with this line in the place of one."""
    lines = (*world.lines[:number], line, *world.lines[number + 1 :])
    return World(world.health, lines, *world[2:])


def with_last(line: Line, order: Order) -> Line:
    """Return the line with its last order as it is now: only the last one of a line can change."""
    return Line((*line.orders[:-1], order), *line[1:])


def with_charge(line: Line, place: int, charge: Charge) -> Line:
    """Return the line with this charge in the place of one."""
    charges = (*line.charges[:place], charge, *line.charges[place + 1 :])
    return Line(line.orders, charges, *line[2:])
