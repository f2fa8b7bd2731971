"""P4 to P6: the request leaves, the operator does something with it, and the book hears of it, or does not."""

from collections.abc import Iterator

from custom_components.esim_topup.providers.base import Dedupe

from .plan import Mistake, Plan
from .process import switched_off
from .tables import FAILED, PENDING, SUBMITTING, SUCCEEDED, UNKNOWN
from .world import (
    ABOUT_TO_SEND,
    IDLE,
    NOBODY,
    WAITING,
    Charge,
    Line,
    Move,
    Request,
    World,
    with_last,
    with_line,
)


def sending(world: World, number: int, plan: Plan) -> Iterator[Move]:
    """Yield what can happen to the requests of this line."""
    line = world.lines[number]
    if line.doing == ABOUT_TO_SEND:
        yield _leaves(world, number, plan)
    if line.doing == WAITING:
        deaf = tuple(request._replace(live=False) for request in line.requests)
        given_up = line._replace(requests=deaf)
        text = "the client's time is up"
        yield from _written(world, number, given_up, text, "unknown", plan)
    for request in dict.fromkeys(line.requests):
        yield from _arrives(world, number, request, plan)


def _leaves(world: World, number: int, plan: Plan) -> Move:
    line = world.lines[number]
    order, last = line.orders[-1], len(line.orders) - 1
    breach = None
    if not order.saved:
        breach = "I5: sent before its intent is durable"
    elif order.sends > 1 and plan.dedupe is not Dedupe.KEY:
        breach = "I6: sent a second time, without a key"
    elif order.sends > 1 and order.age > plan.oldest_resend:
        breach = "I6: sent again after the retention stop"
    request = Request(last, 0, live=True, queued=False)
    sent = line._replace(requests=(*line.requests, request), doing=WAITING, quiet=0)
    text = "the request is sent" if order.sends == 1 else "the same request is sent"
    return Move(text, number, with_line(world, number, sent), breach)


def _arrives(world: World, number: int, request: Request, plan: Plan) -> Iterator[Move]:
    """Yield what the operator can do with a request that reaches it, or that stands in its queue."""
    line = _without(world.lines[number], request)
    late = "" if request.live else "late, "
    if plan.dedupe is Dedupe.KEY and _is_key_known(line, request.owner, plan):
        yield from _repeated(world, number, line, request, plan)
        return
    charge = Charge(request.owner, len(line.orders), seen=False, tied=NOBODY, age=0)
    charged = line._replace(charges=(*line.charges, charge))
    text = f"{late}the operator charges"
    yield from _answered(world, number, charged, request, text, "yes", plan)
    if request.live:
        text = "the operator charges and answers 5xx"
        yield from _written(world, number, charged, text, "unknown", plan, fault=True)
        text = "the operator answers 5xx before it does anything"
        yield from _written(world, number, line, text, "unknown", plan, fault=True)
    # Late, and where nobody can look it up: as good as never delivered, or as delivered later.
    if request.live or plan.looks_up:
        yield from _not_charged(world, number, line, request, plan)


def _repeated(
    world: World, number: int, line: Line, request: Request, plan: Plan
) -> Iterator[Move]:
    """Yield what the operator says to a key it knows: its first answer, or that there was one."""
    late = "" if request.live else "late, "
    text = f"{late}the operator knows the key and charges nothing"
    yield from _answered(world, number, line, request, text, "yes", plan)
    if request.live:
        text = "the operator knows the key and refuses"
        yield from _answered(world, number, line, request, text, "no", plan)


def _not_charged(
    world: World, number: int, line: Line, request: Request, plan: Plan
) -> Iterator[Move]:
    """Yield a refusal, and that the operator takes its time."""
    late = "" if request.live else "late, "
    noted = (request.owner,) if plan.looks_up else ()
    declined = line._replace(declined=tuple({*line.declined, *noted}))
    text = f"{late}the operator declines"
    yield from _answered(world, number, declined, request, text, "no", plan)
    if not request.queued:
        waits = request._replace(live=False, queued=plan.looks_up)
        queued = line._replace(requests=(*line.requests, waits))
        text = f"{late}the operator queues it"
        yield from _answered(world, number, queued, request, text, "pending", plan)


def _is_key_known(line: Line, owner: int, plan: Plan) -> bool:
    return any(
        charge.owner == owner and charge.age < plan.retention for charge in line.charges
    )


def _without(line: Line, request: Request) -> Line:
    place = line.requests.index(request)
    rest = (*line.requests[:place], *line.requests[place + 1 :])
    return line._replace(requests=rest)


def _answered(
    world: World,
    number: int,
    line: Line,
    request: Request,
    text: str,
    answer: str,
    plan: Plan,
) -> Iterator[Move]:
    """Yield the answer arriving, if anybody waits for it, and the answer being lost."""
    after, fault = with_line(world, number, line), answer == "no"
    if not request.live:
        yield Move(f"{text}; nobody hears of it", number, after, fault=fault)
        return
    yield from _written(world, number, line, text, answer, plan, fault=fault)
    yield Move(f"{text}; the answer is lost", number, after, fault=True)


def _written(
    world: World,
    number: int,
    line: Line,
    text: str,
    answer: str,
    plan: Plan,
    *,
    fault: bool = False,
) -> Iterator[Move]:
    """P6: yield the outcome being written down, and the write failing."""
    order = line.orders[-1]
    state = _proven(order.state, answer, plan, resent=order.sends > 1)
    told = with_last(line, order._replace(state=state, saved=True))
    after = with_line(world, number, told._replace(doing=IDLE))
    yield Move(f"{text}; the book says {state}", number, after, fault=fault)
    if world.disk_faults:
        broken = world._replace(disk_faults=world.disk_faults - 1)
        after = switched_off(with_line(broken, number, line))
        text = f"{text}; that cannot be written, spending is locked"
        yield Move(text, number, after, fault=True)


def _proven(before: str, answer: str, plan: Plan, *, resent: bool) -> str:
    """P5: return the state that an answer proves. A refused repetition proves nothing."""
    match answer:
        case "yes":
            return SUCCEEDED
        case "pending":
            return PENDING
        case "no" if not resent or plan.mistake is Mistake.REFUSED_RESEND_BELIEVED:
            return FAILED
        case "unknown" if plan.mistake is Mistake.TIMEOUT_IS_FAILURE:
            return FAILED
        case _:
            return UNKNOWN if before == SUBMITTING else before
