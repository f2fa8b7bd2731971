"""The running operator, and one request with everything a dialect's handler may need."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from . import journal, lies, wire
from .behaviour import Behaviour
from .books import Books
from .clock import US
from .faults import Fault, Kind
from .limiter import Limiter
from .model import Account, Code, Line, OrderRequest, Placed, Refusal, Refused
from .readings import Readings
from .views import LineView, View


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, and how the request names itself."""

    api_key: str | None
    key: str | None = None
    """The idempotency key."""
    reference: str | None = None


@dataclass(slots=True)
class Operator:
    """The running operator: its books and what a process only has in memory."""

    books: Books
    readings: Readings = field(default_factory=Readings)
    busy: set[tuple[str, str]] = field(default_factory=set)
    """Idempotency keys whose first request is being worked on."""
    limiter: Limiter = field(default_factory=Limiter)

    working: set[asyncio.Task[object]] = field(default_factory=set)
    """Requests being worked on, also those whose client has gone: aiohttp loses sight of these."""

    def forget(self) -> None:
        """Forget what only the process knew."""
        self.readings.forget()
        self.limiter.forget()

    @contextmanager
    def work(self) -> Iterator[None]:
        """Mark the present task as working for a client."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("requests are served by tasks")
        self.working.add(task)
        try:
            yield
        finally:
            self.working.discard(task)

    async def stop(self) -> None:
        """Give up whatever still waits, before the books are closed."""
        waiting = list(self.working)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request with everything a dialect's handler may need."""

    operator: Operator
    request: web.Request
    body: bytes
    identity: Identity
    number: int
    """Its place in the request log."""
    owner: Account | None
    fault: Fault
    key_busy: bool

    @property
    def books(self) -> Books:
        """The books."""
        return self.operator.books

    @property
    def rules(self) -> Behaviour:
        """How the operator behaves at present."""
        return self.operator.books.rules

    @property
    def account(self) -> Account:
        """Whose request it is; refuses who has no valid API key."""
        if self.owner is None:
            raise Refusal(Code.INVALID_KEY)
        return self.owner

    def show[V: View](self, view: V) -> V:
        """Return the view as this request's fault wants it to be seen. Readings come from `reading`."""
        return lies.tell(self.fault, view)

    def reading(self, line: Line) -> LineView:
        """Return what the operator's usage system says about the line."""
        return self.operator.readings.of(
            line, max_age_s=self.rules.usage_cache_s, fault=self.fault
        )

    async def place(self, wish: OrderRequest) -> Placed:
        """Order, at once or as late as fault and behaviour say. Raises `Refusal`."""
        if self.key_busy:
            raise Refusal(Code.KEY_IN_PROGRESS)
        late_s = self.rules.order_effect_delay_s
        if lost := self.fault.kind is Kind.LATE_EFFECT:
            late_s = self.fault.number("seconds", 1.0)
        if late_s == 0 and not lost:
            return _accepted(self.books.place(wish, self.number))
        due_us = self.books.now_us() + round(late_s * US)
        self.books.postpone(wish, due_us, self.number)
        if lost:
            raise wire.Cut(reset=False)
        await self.books.clock.reach(due_us)
        self.books.now_us()
        outcome = journal.outcome(self.books.db, self.number)
        if outcome is None:  # the books were reset while this request was under way
            raise wire.Cut(reset=False)
        return _accepted(outcome)


def _accepted(outcome: Placed | Refused) -> Placed:
    if isinstance(outcome, Refused):
        raise Refusal(outcome.code)
    return outcome
