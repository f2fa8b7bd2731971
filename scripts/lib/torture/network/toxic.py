"""A toxic: one way to spoil a call, as data, with what it means for a purchase."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from .exchange import Exchange

type Strike = Callable[[Exchange], Awaitable[None]]


class Effect(StrEnum):
    """What becomes of a purchase that is struck."""

    NOT_SENT = "not sent"
    """No byte of it left, and the client can prove that."""
    NEVER_READ = "never read"
    """Nobody read a byte of it; a race whether the client can prove that none left."""
    LOST = "lost"
    """The operator never carries it out."""
    DONE = "done"
    """The operator carries it out; the client is not told so."""
    EITHER = "either"
    """A race: done or not, told or not."""
    WHOLE = "whole"
    """It takes its time or another shape; nothing is lost."""
    TWICE = "twice"
    """The operator is given two copies."""
    LATE = "late"
    """The operator is given it after the client has given up, within the settle window."""
    TOO_LATE = "too late"
    """... and after the settle window."""
    STALE = "stale"
    """What is asked again gets the first answer again: a cache does not know what its copies are used for."""


class Door(StrEnum):
    """What waits for the next connection instead of the operator. It is there before the request is."""

    CLOSED = "closed"
    FULL = "full"
    CLOSES = "closes"
    RESETS = "resets"
    CLOSES_EARLY = "closes early"
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    WRONG_HOST = "wrong host"
    CUTS_TLS = "cuts tls"
    NO_TLS = "no tls"
    CLOSES_IDLE = "closes idle"
    ANSWERS_UNASKED = "answers unasked"


TLS: frozenset[Door] = frozenset(
    {Door.UNTRUSTED, Door.EXPIRED, Door.WRONG_HOST, Door.CUTS_TLS, Door.NO_TLS}
)
"""These need a client that wants TLS."""

IDLE: frozenset[Door] = frozenset({Door.CLOSES_IDLE, Door.ANSWERS_UNASKED})
"""These strike a connection that waits for its next request."""


class Deaf(StrEnum):
    """Whose resolver does not find the operator."""

    GUARD = "guard"
    CONNECTOR = "connector"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxic:
    """One way to spoil a call: while it is under way (`strike`), or before it begins (`door`, `deaf`)."""

    name: str
    effect: Effect
    strike: Strike | None = None
    door: Door | None = None
    deaf: Deaf | None = None
    cases: tuple[str, ...] = ()
    """Its names in the list of faults."""
    hangs: bool = False
    """The client's patience ends it."""
    lies: bool = False
    """A contradiction: afterwards not being found proves nothing any more."""
    purchases_only: bool = False
    """To a call that only looks, it is the same as another one."""

    @property
    def connects(self) -> bool:
        """It strikes before there is a request."""
        return self.strike is None
