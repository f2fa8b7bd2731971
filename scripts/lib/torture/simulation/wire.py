"""What a client needs of the world around it."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Protocol

from custom_components.esim_topup.providers.base import Purchase

from .operator import Operator
from .weather import Look, Road


class Life(Protocol):
    """The process that a client belongs to."""

    is_over: bool

    def wall(self) -> datetime:
        """Return what the clock on the wall shows."""

    def leaves(self, operator: Operator, purchase: Purchase) -> None:
        """Hear that a purchase request leaves the house now."""


class Wire(Protocol):
    """The part of the world between the house and an operator."""

    now: float
    dice: Random
    pace: float | None
    """How long everything takes on it, if it is always the same: then callers on several lines keep step."""

    def true_time(self, at: float) -> datetime:
        """Return what a right clock shows at that moment."""

    def at(self, when: float, deed: Callable[[], None]) -> None:
        """Do something then."""

    def note(self, what: str) -> None:
        """Write a line of the story."""

    def happened(self, what: str) -> None:
        """Count that something was dealt out."""

    def draw_road(self) -> Road:
        """Draw what becomes of the next request."""

    def draw_look(self) -> Look:
        """Draw what the next question meets."""

    def cut_short(self, reference: str) -> None:
        """Hear that the request for an order is cancelled from inside of the module."""

    def arrived(self, operator: Operator, purchase: Purchase, left_at: float) -> None:
        """Hear that a purchase request has arrived that left at that moment."""
