"""What is known of a world's orders: by the operator's books, by the book on the disk, and what left the house."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from custom_components.esim_topup.providers.base import Dedupe, Purchase

from .entries import Entry
from .operator import Operator
from .rows import BY_A_PERSON, Row

if TYPE_CHECKING:
    from .account import SimAccount
    from .life import Call
    from .world import World

_CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""At most, or nothing is ordered."""


@dataclass(slots=True)
class Sent:
    """Requests for one order that left the house."""

    purchase: Purchase
    operator: Operator
    at: float
    times: int = 1


@dataclass(slots=True)
class Truth:
    """What promises are measured by, and which of them did not hold."""

    world: World
    broken: list[tuple[str, str]] = field(default_factory=list)
    book: dict[str, Row] = field(default_factory=dict)
    """The book in use, as it was when it was last looked at."""
    ever: dict[str, Row] = field(default_factory=dict)
    """All orders that ever were, in their last state."""
    first_seen: dict[str, float] = field(default_factory=dict)
    zones: dict[str, ZoneInfo] = field(default_factory=dict)
    """Of the book in which each order was made: its month is one of that zone for ever."""
    state_since: dict[str, float] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)
    charges: dict[str, list[Entry]] = field(default_factory=dict)
    """By our reference."""
    beyond: set[str] = field(default_factory=set)
    """Orders of which a request was delivered after the settle window: no client can wait for ever."""
    forgotten: set[str] = field(default_factory=set)
    """Orders that went with a book that somebody took away while the house was off."""
    had_hands_on_it: bool = False
    """Whether somebody ever changed the book's files while the house was off."""
    told: dict[str, str] = field(default_factory=dict)
    """The state of each order that was published last."""
    cut_short: set[str] = field(default_factory=set)
    """Orders of which a request was cancelled from inside of the module."""
    clock_was_set_at: float = -1e18
    unlocked_at: float = -1e18
    """When a person unlocked last."""

    def broke(self, promise: str, what: str) -> None:
        """Note that a promise did not hold."""
        if len(self.broken) < 20:
            self.broken.append((promise, what))
            self.world.note(f"!! {promise}: {what}")

    def account(self, row: Row) -> SimAccount:
        """Return the account of an order."""
        return next(one for one in self.world.accounts if one.key == row.account_key)

    def call(self, row: Row) -> Call | None:
        """Return who wanted an order."""
        return None if row.user_id is None else self.world.calls[int(row.user_id[1:])]

    def is_charged_rightly(self, row: Row) -> bool:
        """Say whether an order that counts as paid was charged exactly as it was ordered, or may be taken to be (I9)."""
        if row.reason == BY_A_PERSON:
            return True
        entries = self.charges.get(row.id, ())
        return any(self._is_as_ordered(one, row) for one in entries) or self._twin(row)

    def _is_as_ordered(self, entry: Entry, row: Row) -> bool:
        line_id = self.sent[row.id].purchase.line.id
        money = entry.money
        return (money.minor, money.currency, entry.line_id) == (
            row.minor,
            row.currency,
            line_id,
        )

    def _twin(self, row: Row) -> bool:
        """Class H knows charges by their looks only: a stranger's of the same amount may stand for ours."""
        sent = self.sent.get(row.id)
        if sent is None or sent.operator.capabilities.dedupe is not Dedupe.HISTORY:
            return False
        return self.has_a_double(row, sent.operator)

    def has_a_double(self, row: Row, operator: Operator) -> bool:
        """Say whether some charge, whoever's, looks like that of an order."""
        return any(self.doubles(row, operator))

    def doubles(self, row: Row, operator: Operator) -> Iterator[Entry]:
        """Yield the charges, whoever's, that look like that of an order: money, line, product, and not from before it."""
        since = row.created - _CLOCKS_DIFFER
        for entry in operator.entries:
            fits = entry.offer_id in (None, row.offer_id)
            is_new = self.world.true_time(entry.at) >= since
            if fits and is_new and self._is_as_ordered(entry, row):
                yield entry

    def strangers(self, row: Row) -> Iterator[Entry]:
        """Yield what others paid on an order's line, and what must be known since the line was looked at for this order.

        Left out is what may have been taken for one of ours, and ours for theirs: the sum is the same.
        """
        call, account = self.call(row), self.account(row)
        if call is None or not account.operator.capabilities.history:
            return
        ours = {
            (sent.purchase.money, sent.purchase.line.id)
            for sent in self.sent.values()
            if sent.operator is account.operator
        }
        for entry in account.operator.entries:
            on_line = entry.reference is None and entry.line_id == call.wish.line.id
            is_seen = entry.visible_at <= call.asked_at
            if on_line and is_seen and (entry.money, entry.line_id) not in ours:
                yield entry
