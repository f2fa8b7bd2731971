"""The operator, as it is behind its API: books in money, keys that it forgets, an index that lags, a queue, and moods.

It is honest about the money: whoever is charged stands in `entries`, with the true time and our reference. What it *says* may
be late, incomplete or wrong. What no client could survive it does not do, but for one thing, which is named: `Road.BEYOND`.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any, Final

from custom_components.esim_topup.providers.base import (
    Answer,
    AnswerState,
    Capabilities,
    Charge,
    Dedupe,
    EchoedField,
    Line,
    NotFound,
    OpenAmount,
    Package,
    Purchase,
)
from custom_components.esim_topup.providers.money import Money

from .classes import SLOWEST
from .entries import Entry, Record, Sky
from .lies import LIES, about_another, lie
from .weather import Mood

_MARGIN: Final = 0.5
"""Seconds before the end of the settle window: by then all has happened and can be seen, unless the story is the opposite."""

_PRICE: Final = 500
_LATER_PRICE: Final = 510

_ONCE: Final = Decimal(1)
_TIMES: Final = (Decimal(2), Decimal(100), Decimal("1.001"))
"""Twice, major for minor units, and a little that rounding hides."""


@dataclass(slots=True)
class Operator:
    """One account at one operator."""

    sky: Sky
    dice: Random
    key: str
    capabilities: Capabilities
    currency: str
    names_references: bool
    """Whether the history shows our reference."""
    refuses_repeats: bool
    """Class K: a repeated key is refused as a duplicate, instead of answered as the first time."""
    forgets_declines: bool
    """Class K: keys are kept for successes only."""
    entries: list[Entry] = field(default_factory=list)
    records: dict[str, list[Record]] = field(default_factory=dict)
    script: deque[Mood] = field(default_factory=deque)
    draw_mood: Callable[[], Mood] = lambda: Mood.PAYS
    down_until: float = 0.0
    """Questions are not answered until then."""
    blind_until: float = 0.0
    """What is new is not in the index until then, if settle allows it."""
    price: int = _PRICE
    """Of the package."""
    priced_at: float = -1e18
    """When the price was changed last."""
    balances: dict[str, int] = field(default_factory=dict)
    """What is left on each line, in whole units."""
    _count: int = 0

    @property
    def settle(self) -> float:
        """The settle window in seconds, as it is in truth."""
        return max(self.capabilities.settle, SLOWEST).total_seconds()

    @property
    def stands_repetition(self) -> bool:
        """Whether a network that delivers a request twice does no harm: the operator knows each key, whatever came of it."""
        return self.capabilities.dedupe is Dedupe.KEY and not self.forgets_declines

    # Purchases

    def buy(self, purchase: Purchase, deadline: float) -> Answer | None:
        """Carry out a request that has arrived; `None`: no answer comes in time. `deadline`: all is done and visible by then."""
        if self.capabilities.dedupe is Dedupe.KEY:
            record = self._remembered(purchase)
            if record is not None:
                return self._repeated(record)
        mood = self.script.popleft() if self.script else self.draw_mood()
        if mood is not Mood.PAYS:
            self.sky.happened(f"operator: {mood.value}")
        return self._carry_out(mood, purchase, deadline)

    def _remembered(self, purchase: Purchase) -> Record | None:
        """Return what the key stands for, while it is kept."""
        kept = self.capabilities.key_retention
        assert kept is not None
        records = self.records.get(purchase.reference)
        if not records:
            return None
        record = records[-1]
        if self.sky.now - record.first_at >= kept.total_seconds():
            self.sky.note(f"{self.key} has forgotten the key {purchase.reference[:4]}")
            return None
        if record.state is AnswerState.DECLINED and self.forgets_declines:
            return None
        return record

    def _repeated(self, record: Record) -> Answer | None:
        self.sky.happened("operator: key repeated")
        if record.state is AnswerState.PENDING and self.dice.random() < 0.5:
            return Answer(state=AnswerState.UNKNOWN, reason="in_progress")
        if self.refuses_repeats:
            return Answer(state=AnswerState.DECLINED, reason="duplicate")
        return self._tell(record)

    def _carry_out(
        self, mood: Mood, purchase: Purchase, deadline: float
    ) -> Answer | None:
        if mood in (Mood.BROKEN_BEFORE, Mood.BUSY):
            return Answer(state=AnswerState.UNKNOWN, reason="http_5xx")
        if mood is Mood.ANSWERS_FOR_ANOTHER:
            return about_another(purchase, "reference")
        record = self._record(purchase, deadline)
        match mood:
            case Mood.DECLINES:
                record.state = AnswerState.DECLINED
            case Mood.QUEUES | Mood.QUEUES_IN_VAIN:
                self._queue(record, deadline, pays=mood is Mood.QUEUES)
            case Mood.PAYS_SLOWLY:
                self._later(record, self.dice.uniform(self.sky.now, deadline))
                return None
            case Mood.TAKES_ANOTHER | Mood.TAKES_SILENTLY:
                self._pay(record, times=self.dice.choice(_TIMES))
            case Mood.TAKES_ANOTHER_LINE if self._can_be_found:
                self._pay(record, line_id="elsewhere")
            case Mood.TAKES_ANOTHER_CURRENCY:
                self._pay(record, currency="KZT")
            case _:
                self._pay(record)
        if mood is Mood.BROKEN_AFTER:
            return Answer(state=AnswerState.UNKNOWN, reason="http_502")
        if mood is Mood.TAKES_SILENTLY and self._promises_the_amount:
            mood = Mood.LEAVES_OUT
        if mood in LIES:
            record.lie = mood
            record.lies_until = self.sky.now + self.dice.choice((60.0, 7e3, 4e5))
        if mood is Mood.REVERSES:
            pause = self.dice.choice((0.0, 0.0, 1.0, 600.0, 90_000.0))
            if pause:
                self.sky.at(self.sky.now + pause, lambda: self.give_back(record))
            else:
                self.give_back(record)
        return self._tell(record)

    @property
    def _can_be_found(self) -> bool:
        """Whether a charge on another line is not simply missing for whoever asks."""
        return self.capabilities.dedupe is not Dedupe.HISTORY

    @property
    def _promises_the_amount(self) -> bool:
        """Whether a success without an amount is none."""
        return EchoedField.AMOUNT in self.capabilities.echoes

    def _record(self, purchase: Purchase, deadline: float) -> Record:
        self._count += 1
        now = self.sky.now
        seen = now
        if self.blind_until > now:
            seen = max(now, min(deadline, self.blind_until))
            self.sky.happened("operator: index lags behind")
        record = Record(f"r{self.key}{self._count}", purchase, now, seen)
        self.records.setdefault(purchase.reference, []).append(record)
        return record

    def _queue(self, record: Record, deadline: float, *, pays: bool) -> None:
        """Take one's time. Class H shows nothing of a queue, so there it has to be short."""
        now, longest = self.sky.now, deadline
        if self.capabilities.finds or self.capabilities.dedupe is Dedupe.NONE:
            longest = max(deadline, now + self.dice.choice((600.0, 2e4, 1.1e5)))
        when = self.dice.uniform(now, longest)
        if pays:
            self._later(record, when)
        else:
            self.sky.at(when, lambda: self._decline(record))

    def _decline(self, record: Record) -> None:
        self.sky.note(f"{self.key} declines {record.purchase.reference[:4]} after all")
        record.state = AnswerState.DECLINED

    def _later(self, record: Record, when: float) -> None:
        self.sky.at(when, lambda: self._pay(record))

    def _pay(
        self,
        record: Record,
        *,
        times: Decimal = _ONCE,
        line_id: str | None = None,
        currency: str | None = None,
    ) -> None:
        purchase = record.purchase
        money = Money(
            purchase.money.amount * times, currency or purchase.money.currency
        )
        record.state = AnswerState.SUCCEEDED
        record.entry = self._enter(
            line_id or purchase.line.id,
            money,
            purchase.offer_id,
            purchase.reference,
            record.visible_at,
        )

    def give_back(self, record: Record) -> None:
        """Give the money of a purchase back."""
        if record.state is AnswerState.SUCCEEDED and record.entry is not None:
            self.sky.note(f"{self.key} gives {record.entry.id} back")
            record.state, record.entry.given_back = AnswerState.REVERSED, True

    def charge_stranger(self, line_id: str, money: Money, offer_id: str | None) -> None:
        """Let somebody else pay for a line: in the operator's own app, for instance."""
        now = self.sky.now
        seen = max(now, min(now + self.settle - _MARGIN, self.blind_until))
        self._enter(line_id, money, offer_id, None, seen)

    def change_price(self, price: int | None = None) -> None:
        """Let the package cost that, or else the other of two prices."""
        other = _LATER_PRICE if self.price == _PRICE else _PRICE
        self.price, self.priced_at = price or other, self.sky.now

    def _enter(
        self,
        line_id: str,
        money: Money,
        offer_id: str | None,
        reference: str | None,
        visible_at: float,
    ) -> Entry:
        self._count += 1
        entry = Entry(
            f"c{self.key}{self._count}",
            self,
            self.sky.now,
            line_id,
            money,
            offer_id,
            reference,
            max(visible_at, self.sky.now),
        )
        self.entries.append(entry)
        self.balances[line_id] = self.balances.get(line_id, 20) + int(money.amount)
        self.sky.charged(entry)
        return entry

    def repent(self) -> None:
        """Tell lies no more."""
        for records in self.records.values():
            for record in records:
                record.lie = None

    # Questions

    def find(self, purchase: Purchase) -> Answer | NotFound:
        """Look an order up by our reference; where a key was used again, the last use counts."""
        for record in reversed(self.records.get(purchase.reference, ())):
            if record.visible_at <= self.sky.now and not self._hides(record):
                return self._tell(record)
        return NotFound(http_status=404)

    def _hides(self, record: Record) -> bool:
        """Say whether a record is not found any more that was there once. Who never heard of it is not led astray."""
        if record.lie is not Mood.VANISHES or self.sky.now > record.lies_until:
            return False
        return self.sky.is_noted(record.purchase.reference, as_wrong=False)

    def history(self, line: Line, since: datetime) -> list[Charge]:
        """Return every charge of a line that can be seen by now."""
        now, true_time = self.sky.now, self.sky.true_time
        return [
            Charge(
                id=entry.id,
                at=true_time(entry.at),
                money=entry.money,
                line_id=entry.line_id,
                offer_id=entry.offer_id,
                reference=entry.reference if self.names_references else None,
            )
            for entry in self.entries
            if entry.line_id == line.id
            and entry.visible_at <= now
            and true_time(entry.at) >= since
        ]

    def offers(self) -> list[OpenAmount | Package]:
        """Return what is sold."""
        return [
            OpenAmount(
                id="open",
                name="Any amount",
                minimum=Money.parse(10, self.currency),
                maximum=Money.parse(900, self.currency),
                step=Money.parse(10, self.currency).amount,
            ),
            Package(
                id="pack", name="10 GB", price=Money.parse(self.price, self.currency)
            ),
        ]

    # What is said

    def _tell(self, record: Record) -> Answer:
        answer = Answer(
            state=record.state,
            reason="card_declined" if record.state is AnswerState.DECLINED else None,
            provider_ref=record.entry.id if record.entry else record.id,
            http_status=200,
            **self._fields(record),
        )
        if record.lie is None or self.sky.now > record.lies_until:
            return answer
        record.told += 1
        reference = record.purchase.reference
        knows = self.sky.is_noted(reference, as_wrong=True)
        return lie(record.lie, answer, record.purchase, record.told, knows=knows)

    def _fields(self, record: Record) -> dict[str, Any]:
        """Return the fields that this operator repeats."""
        purchase = record.purchase
        money = record.entry.money if record.entry else purchase.money
        line_id = record.entry.line_id if record.entry else purchase.line.id
        said = {
            EchoedField.REFERENCE: ("reference", purchase.reference),
            EchoedField.LINE: ("line_id", line_id),
            EchoedField.AMOUNT: ("amount", money.amount),
            EchoedField.CURRENCY: ("currency", money.currency),
        }
        named = self.capabilities.echoes
        # What is not as it was ordered is named, or no client could know.
        if money.amount != purchase.money.amount:
            named |= {EchoedField.AMOUNT}
        if money.currency != purchase.money.currency:
            named |= {EchoedField.CURRENCY}
        if line_id != purchase.line.id:
            named |= {EchoedField.LINE}
        return dict(said[name] for name in EchoedField if name in named)


def settle_deadline(operator: Operator, left_at: float) -> float:
    """Return until when a request that left at that moment is carried out and can be seen."""
    return left_at + operator.settle - _MARGIN
