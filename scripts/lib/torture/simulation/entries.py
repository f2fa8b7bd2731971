"""What stands in an operator's books, and what the operator needs of the world around it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from custom_components.esim_topup.providers.base import AnswerState, Purchase
from custom_components.esim_topup.providers.money import Money

from .weather import Mood

if TYPE_CHECKING:
    from .operator import Operator


class Sky(Protocol):
    """The part of the world that the operator lives in: true time, and dice."""

    now: float

    def true_time(self, at: float) -> datetime:
        """Return what a right clock shows at that moment."""

    def at(self, when: float, deed: Callable[[], None]) -> None:
        """Do something then."""

    def note(self, what: str) -> None:
        """Write a line of the story."""

    def happened(self, what: str) -> None:
        """Count that something was dealt out."""

    def charged(self, entry: Entry) -> None:
        """Hear of a charge."""

    def is_noted(self, reference: str, *, as_wrong: bool) -> bool:
        """Say whether the house has written down for good that the operator has this order, or said something wrong of it."""


@dataclass(slots=True)
class Entry:
    """One charge in the operator's books."""

    id: str
    operator: Operator
    at: float
    line_id: str
    money: Money
    offer_id: str | None
    reference: str | None
    """Ours, if it was ours, whatever the history shows."""
    visible_at: float
    given_back: bool = False


@dataclass(slots=True)
class Record:
    """What the operator knows of one purchase."""

    id: str
    purchase: Purchase
    first_at: float
    visible_at: float
    state: AnswerState = AnswerState.PENDING
    lie: Mood | None = None
    lies_until: float = 0.0
    told: int = 0
    """How often somebody was told of it."""
    entry: Entry | None = None
