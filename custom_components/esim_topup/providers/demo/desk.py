"""The demo operator, call by call. Every method blocks: `provider.py` runs it in a worker thread."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
import secrets

from ..base import (
    Account,
    Answer,
    AnswerState,
    Charge,
    Line,
    LineId,
    NotFound,
    Offer,
    Purchase,
    Reading,
    ReadResult,
)
from ..errors import LineUnknown, Unreachable
from . import catalogue, checkout, lines, moods
from .books import Books
from .checkout import Order, Sale
from .ledger import Ledger
from .lines import DemoLine
from .moods import Mood
from .world import World, new_world


@dataclass(frozen=True, slots=True)
class _Visit:
    """One call at the desk: the open books, the time and the mood that hold for all of it."""

    ledger: Ledger
    now: datetime
    mood: Mood
    speed: Fraction

    def line(self, line_id: LineId) -> DemoLine | None:
        """Return a line as it is now."""
        line = self.ledger.line(line_id)
        return None if line is None else lines.advance(line, self.now, self.speed)

    def known_line(self, line_id: LineId) -> DemoLine:
        """Return a line as it is now; raise where there is none."""
        if (line := self.line(line_id)) is None:
            raise LineUnknown
        return line


class Desk:
    """Where the operator is asked, paid and told how to misbehave."""

    def __init__(
        self, path: Path, *, currency: str, speed: Fraction, now: Callable[[], datetime]
    ) -> None:
        """Take the path of the books, the currency of new ones, how fast time passes here, and the clock (UTC)."""
        self._books = Books(path, self._new_world)
        self._currency = currency
        self._speed = speed
        self._now = now
        self.mood = Mood.WELL_BEHAVED
        """As of the last visit."""

    def account(self) -> Account:
        """Return the account with its wallet and cards."""
        with self._question() as visit:
            methods = visit.ledger.methods()
            return Account(
                id=visit.ledger.account_id,
                name="Demo operator",
                currency=visit.ledger.currency,
                wallet=next(
                    (each.funds for each in methods if each.id == checkout.WALLET), None
                ),
                payment_methods=methods,
            )

    def lines(self) -> list[Line]:
        """Return every line."""
        with self._question() as visit:
            return [line.line for line in visit.ledger.lines()]

    def read(self, wanted: Sequence[Line]) -> ReadResult:
        """Return what each line has left now."""
        with self._question() as visit:
            if visit.mood is Mood.READS_ZERO_ONCE:
                self._settle_mood(visit, Mood.WELL_BEHAVED)
            return {line.id: _reading(visit, line.id) for line in wanted}

    def offers(self, line: Line) -> list[Offer]:
        """Return what can be bought for a line."""
        with self._question() as visit:
            return catalogue.offers(visit.known_line(line.id), visit.ledger.currency)

    def submit(self, purchase: Purchase) -> Answer:
        """Take one attempt; a reference that is known gets its first answer again and is not charged."""
        try:
            with self._visit() as visit:
                return _submit(visit, purchase)
        except Unreachable as err:
            # The file, not the operator: what had not begun was never sent, the rest is for a look-up to say.
            state = AnswerState.UNKNOWN if err.sent else AnswerState.NOT_SENT
            return Answer(state=state, reason=err.code)

    def find(self, purchase: Purchase) -> Answer | NotFound:
        """Return what became of an order, by our reference."""
        with self._question() as visit:
            order = visit.ledger.order(purchase.reference)
            return NotFound() if order is None else checkout.answer(order, visit.now)

    def history(self, line: Line, since: datetime) -> list[Charge]:
        """Return every charge of a line since then, the oldest first."""
        with self._question() as visit:
            return visit.ledger.charges(visit.known_line(line.id).line.id, since)

    def set_mood(self, mood: Mood) -> None:
        """Misbehave from now on, or stop it."""
        with self._visit() as visit:
            self._settle_mood(visit, mood)

    def burn(self, line_id: LineId, amount: Decimal) -> Reading:
        """Use up some of a line at once, and return what is left."""
        with self._visit() as visit:
            line = lines.spent(visit.known_line(line_id), amount)
            visit.ledger.put_line(line)
            return lines.reading(line, visit.ledger.currency, visit.now)

    @contextmanager
    def _visit(self) -> Iterator[_Visit]:
        with self._books.transaction() as ledger:
            # The clock is read under the lock, so that the books see one time after the other.
            now = self._now()
            self.mood = moods.current(ledger.mood(), now)
            yield _Visit(ledger, now, self.mood, self._speed)

    @contextmanager
    def _question(self) -> Iterator[_Visit]:
        with self._visit() as visit:
            moods.refuse_to_talk(visit.mood)
            yield visit

    def _settle_mood(self, visit: _Visit, mood: Mood) -> None:
        visit.ledger.set_mood(moods.note(mood, visit.now))
        self.mood = mood

    def _new_world(self) -> World:
        account_id = f"demo-{secrets.token_hex(4)}"
        return new_world(account_id, self._currency, self._now(), self._speed)


def _reading(visit: _Visit, line_id: LineId) -> Reading | LineUnknown:
    if (line := visit.line(line_id)) is None:
        return LineUnknown()
    if visit.mood is Mood.READS_ZERO_ONCE:
        line = lines.emptied(line)
    return lines.reading(line, visit.ledger.currency, visit.now)


def _submit(visit: _Visit, purchase: Purchase) -> Answer:
    if lost := moods.lost_on_the_way(visit.mood):
        return lost
    order = visit.ledger.order(purchase.reference) or _first_attempt(visit, purchase)
    if not order.is_for(purchase):
        return moods.as_heard(visit.mood, checkout.reference_reused(purchase))
    return moods.as_heard(visit.mood, checkout.answer(order, visit.now))


def _first_attempt(visit: _Visit, purchase: Purchase) -> Order:
    """Decide, and write decision, charge and credit down together."""
    outcome = _decide(visit, purchase)
    if not isinstance(outcome, Sale):
        return visit.ledger.add_order(purchase, outcome.reason, visit.now)
    order = visit.ledger.add_order(purchase, None, outcome.settles_at)
    _book(visit, purchase, outcome, order.reference)
    if visit.mood is Mood.CHARGES_TWICE:
        _charge_again(visit, purchase)
    return order


def _charge_again(visit: _Visit, purchase: Purchase) -> None:
    """Make the operator's own mistake, as far as there is money for it."""
    outcome = _decide(visit, purchase)
    if isinstance(outcome, Sale):
        _book(visit, purchase, outcome, None)


def _decide(visit: _Visit, purchase: Purchase) -> Sale | checkout.Refusal:
    shelf = checkout.Shelf(
        line=visit.line(purchase.line.id),
        method=visit.ledger.method(checkout.method_id(purchase)),
        currency=visit.ledger.currency,
    )
    return checkout.checkout(purchase, shelf, visit.mood, visit.now, visit.speed)


def _book(visit: _Visit, purchase: Purchase, sale: Sale, reference: str | None) -> None:
    visit.ledger.put_method(sale.method)
    visit.ledger.put_line(lines.advance(sale.line, visit.now, visit.speed))
    visit.ledger.add_charge(purchase, visit.now, reference)
