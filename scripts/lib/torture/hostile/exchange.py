"""A conversation with a provider that goes well: what its tests may show, so that it can be spoilt.

`tests/providers/<key>/exchange.py` offers `exchanges() -> Iterable[Exchange]`. Use an amount that occurs nowhere else in
the answers, and no zero where the base reading is to be told from a guessed one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from custom_components.esim_topup.providers.base import Line, Purchase

from .shapes import Path

BASE_URL: Final = "https://hostile.invalid"
"""Nobody listens there; every request is answered by the attack."""

SINCE: Final = datetime.now(UTC) - timedelta(days=1)
"""From when on a history is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer."""

    body: Any = None
    """JSON, or `bytes` that go out as they are. `None` is an empty body; write `b"null"` for the other one."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Says:
    """What the provider answers to a request. Several for one request: one after the other, the last one stays."""

    method: str
    path: str
    """Percent-encoded, without the query."""
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One account, one line, one purchase, and the right answers to all that is asked about them."""

    name: str
    """What is special about it."""
    credentials: Mapping[str, Any]
    line: Line
    purchase: Purchase
    says: tuple[Says, ...]
    base_url: str | None = BASE_URL
    paid: frozenset[str] = frozenset()
    """Words of which an answer must hold one to be a success. Empty: the provider has no such word."""
    refused: frozenset[str] = frozenset()
    """Words of which a 2xx must hold one to be a refusal. Empty: it has none."""
    definite: frozenset[int | tuple[int, str]] = frozenset()
    """Statuses, alone or with a code in the body, that prove that nothing was bought."""
    absent: frozenset[int] = frozenset({404})
    """Statuses of a look-up that mean that there is no such order."""
    exempt: Mapping[Path, str] = field(default_factory=dict)
    """Leaves of an order's answer (from its record) that look like a part of our order and are none, with the reason."""
    derived: bool = False
    """What is left is computed (total minus used): two equal figures say zero, too."""
