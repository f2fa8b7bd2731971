"""What the engine is given of the outside: accounts with their provider, their lines and their limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..providers.base import Line, Provider
from .ledger import Summary
from .limits import Limits
from .order import Order
from .policy import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLink:
    """A line that may be recharged, and its ceilings."""

    line: Line = field(repr=False)
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLink:
    """An account that is set up now. It comes and goes with its config entry; its orders stay."""

    key: str
    provider: Provider
    currency: str
    lines: Mapping[str, LineLink]
    """By line key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An order that was made, in the state it reached while the caller waited."""

    order: Order
    joined: bool = False
    """The call repeated an earlier one and was given its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen to a wish right now."""

    verdict: Verdict
    summary: Summary
