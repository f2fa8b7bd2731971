"""A design of the protocol, and how much may happen to it in one run."""

from dataclasses import dataclass
from enum import StrEnum

from custom_components.esim_topup.providers.base import Dedupe


class Mistake(StrEnum):
    """What a naive design does, in plain words."""

    LEDGER_AFTER_ANSWER = "the book is written only after the answer"
    INTENT_NOT_VERIFIED = "nobody looks whether the intent was written"
    TIMEOUT_IS_FAILURE = "a time-out or 5xx is treated as failed"
    RESENT_WITHOUT_KEY = "an unknown order is sent again where no key is kept"
    ABSENCE_BELIEVED = "not found is believed at once"
    SETTLE_TOO_SHORT = "the settle window is shorter than the delay"
    REFUSED_RESEND_BELIEVED = "the refusal of a re-send is believed"
    KEY_FORGOTTEN = "an order is sent again after its key is forgotten"
    FIRST_OF_SEVERAL = "of several charges that fit the first is taken"
    OLDER_CHARGE = "a charge from before the intent may be claimed"
    DATED_BY_ANSWER = "a look-up is dated by its answer, not by its question"
    EARLY_NO_BELIEVED = "a person's early no is believed"
    NEVER_HANDED_OVER = "an order that stays pending is never handed to a person"
    LIMIT_CHECKED_FIRST = "the limit is checked before the reservation, not in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run: a design and its bounds. Every count is the most that can happen in one story."""

    name: str
    dedupe: Dedupe
    finds: bool = False
    """Class K with a look-up beside the key."""
    mistake: Mistake | None = None
    waives: frozenset[str] = frozenset()
    """Promises that this search does not look at."""

    lines: int = 1
    repeats: int = 2
    """Orders for a wish that an automation repeats whenever it may."""
    forced: int = 1
    """Orders that a person forces meanwhile."""
    amounts: tuple[int, int] = (1, 2)
    """What a repeated and what a forced order costs."""
    limit: int = 3
    """All orders of the account together."""
    ends: int = 2
    """Crashes and stops."""
    disk_faults: int = 1
    strangers: int = 0
    """Class H: charges by others that look like ours."""
    sends: int = 1
    """Class K: attempts per order."""

    delay: int = 1
    """A request is delivered within this many ticks after sending, or never."""
    sight: int = 1
    """A charge can be looked up this many ticks after it was made, at the latest."""
    cooldown: int = 3
    patience: int = 4
    """An order of this age is handed to a person."""
    retention: int = 0
    """Class K: a key is recognised for less than this many ticks after its first execution."""

    def __post_init__(self) -> None:
        """Refuse a charge that is shown at once: whether a tick had begun before it or after it would decide."""
        if self.sight < 1:
            raise ValueError("it takes a tick at least until a charge is shown")

    @property
    def settle(self) -> int:
        """Ticks after which nothing can turn up any more. One design believes in fewer."""
        window = self.delay + self.sight
        return window - 1 if self.mistake is Mistake.SETTLE_TOO_SHORT else window

    @property
    def looks_up(self) -> bool:
        """Whether the operator can be asked for an order."""
        return self.dedupe is Dedupe.LOOKUP or self.finds

    @property
    def resends(self) -> bool:
        """Whether this design sends an unknown order again."""
        return self.dedupe is Dedupe.KEY or self.mistake is Mistake.RESENT_WITHOUT_KEY

    @property
    def oldest_resend(self) -> int:
        """The highest age at which an order is sent again: half of the time for which keys are kept."""
        return self.retention // 2
