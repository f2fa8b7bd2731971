"""One request from its arrival to its answer, the same for every dialect.

arrive (logged, durable) -> faults that strike first -> who is asking -> the dialect's handler -> faults that
strike afterwards -> the answer. A dialect brings endpoints, says where its keys are, and lays out values.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from . import replies, wire
from .behaviour import Behaviour
from .faults import Fault, Kind
from .journal import Arrival
from .model import Code, Refusal
from .replies import Reply
from .visit import Identity, Operator, Visit


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of a dialect; `operation` is the word that faults are queued under."""

    operation: str
    method: str
    path: str
    handler: Callable[[Visit], Awaitable[Reply]]


class Dialect(Protocol):
    """A wire format on top of the books."""

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """What can be asked, and how."""

    def identify(self, request: web.Request, body: bytes, rules: Behaviour) -> Identity:
        """Find credentials, idempotency key and reference; never raises, whatever the body is."""

    def refuse(self, refusal: Refusal) -> Reply:
        """Lay out a refusal."""


def routes(operator: Operator, dialect: Dialect) -> list[web.RouteDef]:
    """Return the aiohttp routes of a dialect."""
    return [
        web.route(end.method, end.path, _serve(operator, dialect, end))
        for end in dialect.endpoints
    ]


def _serve(
    operator: Operator, dialect: Dialect, endpoint: Endpoint
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        with operator.work():
            return await respond(request)

    async def respond(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        identity = dialect.identify(request, body, operator.books.rules)
        with _visit(operator, endpoint, request, body, identity) as visit:
            try:
                reply = await _converse(visit, dialect, endpoint)
            except wire.Cut as end:
                return wire.cut(request, reset=end.reset)
        return await wire.send(request, reply, visit.fault)

    return serve


@contextmanager
def _visit(
    operator: Operator,
    endpoint: Endpoint,
    request: web.Request,
    body: bytes,
    identity: Identity,
) -> Iterator[Visit]:
    """Log the request, and hold its idempotency key while it is worked on."""
    arrival = Arrival(
        operation=endpoint.operation,
        method=request.method,
        path=request.path_qs,
        body=body,
        api_key=identity.api_key,
        key=identity.key,
        reference=identity.reference,
    )
    number, owner, fault = operator.books.arrive(arrival)
    holds = None
    if endpoint.operation == "order" and owner is not None and identity.key is not None:
        holds = (owner.id, identity.key)
    key_busy = holds in operator.busy
    if holds is not None and not key_busy:
        operator.busy.add(holds)
    try:
        yield Visit(operator, request, body, identity, number, owner, fault, key_busy)
    finally:
        if holds is not None and not key_busy:
            operator.busy.discard(holds)


async def _converse(visit: Visit, dialect: Dialect, endpoint: Endpoint) -> Reply:
    fault = visit.fault
    truth: Reply | None = None
    if fault.strikes_first:
        await wire.disturb(fault, visit.request)
        if fault.kind is Kind.DELAY:
            truth = await _answer(visit, dialect, endpoint)
    else:
        truth = await _answer(visit, dialect, endpoint)
        await wire.disturb(fault, visit.request)
    if (refusal := _refusal_of(fault)) is not None:
        return dialect.refuse(refusal)
    return replies.instead(fault, truth) or truth or replies.of_json(200, {})


async def _answer(visit: Visit, dialect: Dialect, endpoint: Endpoint) -> Reply:
    try:
        if visit.owner is not None:
            now_us = visit.books.clock.now_us()
            visit.operator.limiter.admit(visit.owner.id, now_us, visit.rules)
        return await endpoint.handler(visit)
    except Refusal as refusal:
        if endpoint.operation == "order":
            visit.books.note_refusal(visit.number, refusal.code)
        return dialect.refuse(refusal)


def _refusal_of(fault: Fault) -> Refusal | None:
    """Return the refusal that a fault answers with; each dialect has its own words for it."""
    match fault.kind:
        case Kind.DECLINE:
            status = round(fault.number("status", 402))
            return Refusal(fault.text("code", Code.CARD_DECLINED), status=status)
        case Kind.RATE_LIMIT:
            return Refusal(
                Code.RATE_LIMITED, retry_after_s=fault.number("retry_after", 1)
            )
        case _:
            return None
