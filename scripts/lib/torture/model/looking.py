"""P9: what became of an order that is not settled. Evidence, time, or a person."""

from collections.abc import Iterator

from custom_components.esim_topup.providers.base import Dedupe

from .plan import Mistake, Plan
from .tables import FAILED, HELD, PENDING, SUCCEEDED, UNKNOWN
from .world import (
    ABOUT_TO_SEND,
    HEARD_OF_NOTHING,
    IDLE,
    NOBODY,
    READY,
    Charge,
    Line,
    Move,
    World,
    with_charge,
    with_last,
    with_line,
)


def looking(world: World, number: int, plan: Plan) -> Iterator[Move]:
    """Yield what looking after the last order of a line can bring. Only a process that is awake looks."""
    line = world.lines[number]
    if world.health != READY or not line.orders:
        return
    state = line.orders[-1].state
    if line.doing == HEARD_OF_NOTHING:
        yield _nothing_arrives(world, number, plan)
    elif line.doing == IDLE and state == HELD:
        yield from _person(world, number, plan)
    elif line.doing == IDLE and state in (UNKNOWN, PENDING):
        yield from _evidence(world, number, plan)
        if plan.resends:
            yield from _attempt(world, number, plan)
        if _is_for_a_person(line, plan):
            text = "nobody else can tell, a person has to look"
            yield _becomes(world, number, HELD, text)


def _evidence(world: World, number: int, plan: Plan) -> Iterator[Move]:
    if plan.looks_up:
        yield from _look_up(world, number, plan)
    elif plan.dedupe is Dedupe.HISTORY:
        yield from _history(world, number, plan)


def _look_up(world: World, number: int, plan: Plan) -> Iterator[Move]:
    """Ask for the order by our reference."""
    line = world.lines[number]
    order, last = line.orders[-1], len(line.orders) - 1
    if _is_shown(line):
        yield _becomes(world, number, SUCCEEDED, "the look-up finds the charge")
    elif last in line.declined:
        # Of two attempts the refused one may be the second, with the first still on its way.
        if order.sends == 1 or line.quiet >= plan.settle:
            yield _becomes(world, number, FAILED, "the look-up finds a refusal")
    elif any(request.queued and request.owner == last for request in line.requests):
        if order.state == UNKNOWN:
            yield _becomes(world, number, PENDING, "the look-up finds it in a queue")
    elif order.state == UNKNOWN and _is_worth_asking(line, plan):
        yield _asked(world, number, "the look-up finds nothing")


def _history(world: World, number: int, plan: Plan) -> Iterator[Move]:
    """Class H: exactly one unclaimed charge that fits is ours."""
    line = world.lines[number]
    fitting = [
        place for place, charge in enumerate(line.charges) if _fits(charge, line, plan)
    ]
    if len(fitting) == 1 or (fitting and plan.mistake is Mistake.FIRST_OF_SEVERAL):
        yield _claimed(world, number, fitting)
    elif fitting:
        yield _becomes(world, number, HELD, "the history shows several that fit")
    elif line.orders[-1].state == UNKNOWN and _is_worth_asking(line, plan):
        yield _asked(world, number, "the history shows none that fits")


def _fits(charge: Charge, line: Line, plan: Plan) -> bool:
    """Say whether a charge looks like the last order's: not another's, and made since the intent."""
    since = charge.since == len(line.orders) or plan.mistake is Mistake.OLDER_CHARGE
    return charge.seen and charge.tied == NOBODY and since


def _claimed(world: World, number: int, fitting: list[int]) -> Move:
    line = world.lines[number]
    last, place = len(line.orders) - 1, fitting[0]
    charge = line.charges[place]
    tied = with_charge(line, place, charge._replace(tied=last))
    what = "one that fits, it" if len(fitting) == 1 else "several that fit, the first"
    text = f"the history shows {what} is taken for ours"
    move = _becomes(with_line(world, number, tied), number, SUCCEEDED, text)
    ours = any(charge.owner == last for charge in line.charges)
    # One stranger's charge since the intent looks exactly like ours: that may cost a top-up, and nobody could have known.
    if ours or (len(fitting) == 1 and charge.since == len(line.orders)):
        return move
    breach = "I9: succeeded, never charged, and the history did not say so"
    return move._replace(breach=breach)


def _attempt(world: World, number: int, plan: Plan) -> Iterator[Move]:
    """Class K: the same request under the same key. The attempt is written down before it leaves."""
    line = world.lines[number]
    order = line.orders[-1]
    is_young = order.age <= plan.oldest_resend or plan.mistake is Mistake.KEY_FORGOTTEN
    if order.sends < plan.sends and is_young:
        again = with_last(line, order._replace(sends=order.sends + 1))
        after = with_line(world, number, again._replace(doing=ABOUT_TO_SEND))
        yield Move("a further attempt is written down", number, after)


def _is_for_a_person(line: Line, plan: Plan) -> bool:
    """Say whether nobody else can tell any more what became of the last order."""
    order = line.orders[-1]
    if plan.mistake is Mistake.NEVER_HANDED_OVER and order.state == PENDING:
        return False
    if plan.looks_up or plan.dedupe is Dedupe.HISTORY:
        return order.age >= plan.patience
    if plan.resends:
        return order.sends == plan.sends or order.age > plan.oldest_resend
    return order.state == UNKNOWN or line.quiet >= plan.settle


def _person(world: World, number: int, plan: Plan) -> Iterator[Move]:
    """A person looks into the operator's app. A "no" counts when nothing can turn up any more."""
    line = world.lines[number]
    if _is_shown(line):
        yield _becomes(world, number, SUCCEEDED, "a person has found the charge")
    elif line.quiet >= plan.settle or plan.mistake is Mistake.EARLY_NO_BELIEVED:
        yield _becomes(world, number, FAILED, "a person has found no charge")


def _is_shown(line: Line) -> bool:
    """Say whether the operator's books show a charge of the last order."""
    last = len(line.orders) - 1
    return any(charge.owner == last and charge.seen for charge in line.charges)


def _is_worth_asking(line: Line, plan: Plan) -> bool:
    """Say whether "there is none" would prove anything: everything has settled when it is asked."""
    return line.quiet >= plan.settle or plan.mistake in (
        Mistake.ABSENCE_BELIEVED,
        Mistake.DATED_BY_ANSWER,
    )


def _asked(world: World, number: int, text: str) -> Move:
    asked = world.lines[number]._replace(doing=HEARD_OF_NOTHING)
    text = f"{text}; the answer is on its way"
    return Move(text, number, with_line(world, number, asked))


def _nothing_arrives(world: World, number: int, plan: Plan) -> Move:
    """The answer "there is none" arrives. Since the question time may have passed."""
    line = world.lines[number]
    if plan.mistake is Mistake.DATED_BY_ANSWER and line.quiet < plan.settle:
        idle = with_line(world, number, line._replace(doing=IDLE))
        return Move("the answer arrives, too early to mean anything", number, idle)
    return _becomes(world, number, FAILED, "the answer arrives")


def _becomes(world: World, number: int, state: str, text: str) -> Move:
    """Return the step of the last order, on the disk. If that write fails, it is as if the process had been killed before it."""
    line = world.lines[number]
    order = line.orders[-1]._replace(state=state)
    after = with_line(world, number, with_last(line, order)._replace(doing=IDLE))
    return Move(f"{text}; the book says {state}", number, after)
