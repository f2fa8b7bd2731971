"""Which call is struck, for whom, how long it lasts, and what made that call necessary."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from ..rooms import without_home_assistant

without_home_assistant()

from custom_components.esim_topup.providers.base import Dedupe  # noqa: E402


class Moment(StrEnum):
    """Which call is struck."""

    READING = "reading"
    """The fresh reading before a purchase."""
    IMPORT = "import"
    """The provider's history before a purchase."""
    PURCHASE = "purchase"
    """The purchase itself."""
    LOOK_UP = "look-up"
    """Every look-up of the first 40 minutes, after a purchase that was charged and not answered."""
    LOOK_UP_LOST = "look-up-lost"
    """The same, after a purchase that never arrived."""
    LOOK_UP_LATE = "look-up-late"
    """The same, after a purchase that was not answered and arrives only after ten minutes."""
    LOOK_UP_DAY = "look-up-day"
    """Every look-up of a day, after a purchase that was charged and not answered."""
    LOOK_UP_DAYS = "look-up-days"
    """The same for 80 hours: longer than anybody goes on asking."""
    RESEND = "re-send"
    """The second attempt under the same key, after a purchase that was charged and not answered."""
    RESEND_LOST = "re-send-lost"
    """The same, after a purchase that never arrived."""


M = Moment

DAYS: Final = frozenset({M.LOOK_UP_DAY, M.LOOK_UP_DAYS})
LOOKS: Final = frozenset({M.LOOK_UP, M.LOOK_UP_LOST, M.LOOK_UP_LATE}) | DAYS
RESENDS: Final = frozenset({M.RESEND, M.RESEND_LOST})
BEFORE: Final = frozenset({M.READING, M.IMPORT})

CLASSES: Final[Mapping[Moment, tuple[Dedupe, ...]]] = {
    # What is read before a purchase is read alike for all; N has no history.
    M.READING: (Dedupe.LOOKUP, Dedupe.NONE),
    M.IMPORT: (Dedupe.KEY, Dedupe.HISTORY),
    M.PURCHASE: tuple(Dedupe),
    M.LOOK_UP: (Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY),
    M.LOOK_UP_LOST: (Dedupe.LOOKUP, Dedupe.HISTORY),
    M.LOOK_UP_LATE: (Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY),
    M.LOOK_UP_DAY: (Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY),
    M.LOOK_UP_DAYS: (Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY),
    M.RESEND: (Dedupe.KEY,),
    M.RESEND_LOST: (Dedupe.KEY,),
}

HEALS: Final[Mapping[Moment, timedelta]] = {
    # Later than the settle window: until then no look-up was answered by the operator itself.
    M.LOOK_UP: timedelta(minutes=40),
    M.LOOK_UP_LOST: timedelta(minutes=40),
    M.LOOK_UP_LATE: timedelta(minutes=40),
    M.LOOK_UP_DAY: timedelta(hours=24),
    M.LOOK_UP_DAYS: timedelta(hours=80),
    # After the first re-send (30 s), before the second (5 min).
    M.RESEND: timedelta(minutes=2),
    M.RESEND_LOST: timedelta(minutes=2),
}
"""The age of the order at which the network is well again; the others heal as soon as the call is over."""

_DONE: Final = "drop-after-request"
_LOST: Final = "closed-as-it-goes-out"

BASE: Final[Mapping[Moment, str]] = {
    M.LOOK_UP: _DONE,
    M.LOOK_UP_LOST: _LOST,
    M.LOOK_UP_LATE: "late-within-settle",
    M.LOOK_UP_DAY: _DONE,
    M.LOOK_UP_DAYS: _DONE,
    M.RESEND: _DONE,
    M.RESEND_LOST: _LOST,
}
"""The toxic that makes a look-up, or a second attempt, necessary at all."""
