"""An operator in memory, with books of its own. What was paid is asked of them, never of the engine.

A script says what each request meets, one deed per request; when it is used up, everything works.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from custom_components.esim_topup.providers.base import (
    Account,
    Answer,
    AnswerState,
    Capabilities,
    Charge,
    Dedupe,
    EchoedField,
    Line,
    NotFound,
    Offer,
    Provider,
    ProviderInfo,
    ProviderKind,
    Purchase,
    Quantity,
    Reading,
    ReadResult,
)
from custom_components.esim_topup.providers.errors import ProviderError
from custom_components.esim_topup.providers.money import Money

from .fake_clock import FakeClock
from .samples import OPEN, PACK, rub

RETENTION: Final = timedelta(hours=24)

_READS: Final = frozenset({Quantity.BALANCE})
_NO_REFERENCE: Final = frozenset(EchoedField) - {EchoedField.REFERENCE}

CLASSES: Final = {
    "K": Capabilities(
        dedupe=Dedupe.KEY, key_retention=RETENTION, finds=True, reads=_READS
    ),
    "K blind": Capabilities(dedupe=Dedupe.KEY, key_retention=RETENTION, reads=_READS),
    "L": Capabilities(dedupe=Dedupe.LOOKUP, finds=True, reads=_READS),
    "L+": Capabilities(dedupe=Dedupe.LOOKUP, finds=True, history=True, reads=_READS),
    "H": Capabilities(
        dedupe=Dedupe.HISTORY, history=True, echoes=_NO_REFERENCE, reads=_READS
    ),
    "N": Capabilities(dedupe=Dedupe.NONE, reads=_READS),
}
"""The classes of the design, section 4; "K blind" cannot look orders up, "L+" has a history too."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One charge in the operator's books."""

    id: str
    at: datetime
    line_id: str
    money: Money
    reference: str | None = None
    offer_id: str | None = None


@dataclass(slots=True)
class FakeProvider(Provider):
    """One account at the operator."""

    clock: FakeClock
    kind: str = "L"
    script: deque[Deed] = field(default_factory=deque)
    find_script: deque[Finding] = field(default_factory=deque)
    look_script: deque[Callable[[], Awaitable[object]]] = field(default_factory=deque)
    """What each call before paying (read, offers, history) meets."""
    clock_skew: timedelta | None = timedelta()
    balance: Money | None = field(default_factory=lambda: rub(20))
    sells: list[Offer] = field(default_factory=lambda: [OPEN, PACK])
    hides_orders_until: timedelta = timedelta()
    """By the monotonic clock: until then a look-up and the history know nothing new."""
    repeats_references: bool = True
    """Whether the history names our references; class H never does."""
    on_submit: Callable[[Purchase], None] = lambda _: None
    sent: list[Purchase] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    declined: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    capabilities: Capabilities | None = None
    _entries: list[Entry] = field(default_factory=list)
    _keys: dict[str, timedelta] = field(default_factory=dict)
    _later: list[tuple[timedelta, Purchase]] = field(default_factory=list)

    @property
    def info(self) -> ProviderInfo:  # type: ignore[override]  # nobody writes it
        """What the provider is."""
        return ProviderInfo(
            key="fake",
            name="Fake operator",
            kind=ProviderKind.AIRTIME,
            capabilities=self.capabilities or CLASSES[self.kind],
        )

    # The books

    @property
    def entries(self) -> list[Entry]:
        """Everything that was paid."""
        due = [late for late in self._later if late[0] <= self.clock.mono]
        self._later = [late for late in self._later if late not in due]
        for due_at, purchase in due:
            self.charge(purchase, when=due_at)
        return self._entries

    def paid(self, line_id: str | None = None) -> list[Money]:
        """Return what was paid, in the order in which it was."""
        return [
            entry.money for entry in self.entries if line_id in (None, entry.line_id)
        ]

    def charge(
        self,
        purchase: Purchase,
        money: Money | None = None,
        when: timedelta | None = None,
    ) -> None:
        """Take the money, unless the key says that this was done before. `when` is by the monotonic clock."""
        when = self.clock.mono if when is None else when
        if self.info.capabilities.dedupe is Dedupe.KEY:
            first = self._keys.setdefault(purchase.reference, when)
            known = any(
                entry.reference == purchase.reference for entry in self._entries
            )
            if known and when - first < RETENTION:
                return
        self.pending.discard(purchase.reference)
        self._enter(
            purchase.line.id,
            purchase.money if money is None else money,
            purchase.reference,
            purchase.offer_id,
            self.clock.true - (self.clock.mono - when),
        )

    def charge_later(self, purchase: Purchase, after: timedelta) -> None:
        """Take the money when that time has passed."""
        self._later.append((self.clock.mono + after, purchase))

    def charge_foreign(
        self,
        money: Money,
        line_id: str = "L1",
        offer_id: str | None = "open",
        at: datetime | None = None,
    ) -> Entry:
        """Let somebody else pay for the line: in the operator's own app, for instance."""
        return self._enter(line_id, money, None, offer_id, at)

    def _enter(
        self,
        line_id: str,
        money: Money,
        reference: str | None,
        offer_id: str | None,
        at: datetime | None = None,
    ) -> Entry:
        entry = Entry(
            f"c{len(self._entries)}",
            at or self.clock.true,
            line_id,
            money,
            reference,
            offer_id,
        )
        self._entries.append(entry)
        return entry

    def answer(self, purchase: Purchase, state: AnswerState, **changes: Any) -> Answer:
        """Return an answer about a purchase, with every field that this class of provider repeats."""
        names = EchoedField.REFERENCE in self.info.capabilities.echoes
        answer = Answer(
            state=state,
            reference=purchase.reference if names else None,
            line_id=purchase.line.id,
            amount=purchase.money.amount,
            currency=purchase.money.currency,
        )
        return replace(answer, **changes)

    # The contract

    async def account(self) -> Account:
        """Return the account."""
        raise NotImplementedError

    async def lines(self) -> list[Line]:
        """Return nothing: it cannot list."""
        raise NotImplementedError

    async def read(self, lines: Sequence[Line]) -> ReadResult:
        """Return the same balance for each line."""
        await self._meet("read")
        return {
            line.id: Reading(at=self.clock.now(), balance=self.balance)
            for line in lines
        }

    async def offers(self, line: Line) -> list[Offer]:
        """Return what is sold."""
        await self._meet("offers")
        return list(self.sells)

    async def submit(self, purchase: Purchase) -> Answer:
        """Do the next deed of the script."""
        self.asked["submit"] += 1
        self.sent.append(purchase)
        self.on_submit(purchase)
        deed = self.script.popleft() if self.script else pays
        return await deed(self, purchase)

    async def find(
        self, purchase: Purchase, provider_ref: str | None = None
    ) -> Answer | NotFound:
        """Look into the books, unless the script says otherwise."""
        self.asked["find"] += 1
        finding = self.find_script.popleft() if self.find_script else looks_it_up
        return await finding(self, purchase)

    async def history(self, line: Line, since: datetime) -> list[Charge]:
        """Return what was paid for the line."""
        await self._meet("history")
        names = (
            self.repeats_references
            and self.info.capabilities.dedupe is not Dedupe.HISTORY
        )
        return [
            Charge(
                id=entry.id,
                at=entry.at,
                money=entry.money,
                line_id=entry.line_id,
                offer_id=entry.offer_id,
                reference=entry.reference if names else None,
            )
            for entry in self.entries
            if entry.line_id == line.id
            and entry.at >= since
            and self.clock.mono >= self.hides_orders_until
        ]

    async def _meet(self, call: str) -> None:
        self.asked[call] += 1
        if self.look_script:
            await self.look_script.popleft()()


type Deed = Callable[[FakeProvider, Purchase], Awaitable[Answer]]
type Finding = Callable[[FakeProvider, Purchase], Awaitable[Answer | NotFound]]


# What a purchase request can meet.


async def pays(provider: FakeProvider, purchase: Purchase) -> Answer:
    """It works."""
    provider.charge(purchase)
    return provider.answer(
        purchase, AnswerState.SUCCEEDED, provider_ref=f"p-{purchase.reference[:4]}"
    )


async def says_it_paid(provider: FakeProvider, purchase: Purchase) -> Answer:
    """The money was taken before."""
    return provider.answer(purchase, AnswerState.SUCCEEDED)


async def pays_without_a_word(provider: FakeProvider, purchase: Purchase) -> Answer:
    """The money is taken, and the answer is lost."""
    provider.charge(purchase)
    return Answer(state=AnswerState.UNKNOWN, reason="timeout")


async def is_lost(provider: FakeProvider, purchase: Purchase) -> Answer:
    """Nothing arrives there, and nobody knows."""
    return Answer(state=AnswerState.UNKNOWN, reason="timeout")


async def declines(provider: FakeProvider, purchase: Purchase) -> Answer:
    """A definite no."""
    provider.declined.add(purchase.reference)
    return provider.answer(purchase, AnswerState.DECLINED, reason="card_declined")


async def refuses(provider: FakeProvider, purchase: Purchase) -> Answer:
    """A no to this request that leaves no trace in the books: of a repeated one it proves nothing."""
    return Answer(state=AnswerState.DECLINED, reason="duplicate")


async def never_leaves(provider: FakeProvider, purchase: Purchase) -> Answer:
    """The connection was never made."""
    return Answer(state=AnswerState.NOT_SENT, reason="dns")


async def queues(provider: FakeProvider, purchase: Purchase) -> Answer:
    """It is accepted, and paid later or never."""
    provider.pending.add(purchase.reference)
    return provider.answer(purchase, AnswerState.PENDING)


async def reverses(provider: FakeProvider, purchase: Purchase) -> Answer:
    """It was paid and given back."""
    return provider.answer(purchase, AnswerState.REVERSED)


async def hangs(provider: FakeProvider, purchase: Purchase) -> Answer:
    """The money is taken, and the answer never comes."""
    provider.charge(purchase)
    await asyncio.get_running_loop().create_future()
    raise AssertionError


async def is_cancelled_inside(provider: FakeProvider, purchase: Purchase) -> Answer:
    """The money is taken, and something inside of the module is cancelled: a closed session does that."""
    provider.charge(purchase)
    raise asyncio.CancelledError


def clings_on(gate: asyncio.Event, then: Deed = pays) -> Deed:
    """Return a deed: the money is taken, and the module does not let itself be cancelled while it waits for the answer."""

    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        provider.charge(purchase)
        try:
            await gate.wait()
        except asyncio.CancelledError:
            await gate.wait()
        return await then(provider, purchase)

    return deed


def pays_late(after: timedelta) -> Deed:
    """Return a deed: the answer is lost, the request stands in a queue, and the money is taken later."""

    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        provider.charge_later(purchase, after)
        return Answer(state=AnswerState.UNKNOWN, reason="timeout")

    return deed


def pays_and_raises(error: Exception) -> Deed:
    """Return a deed: the money is taken, and the module breaks."""

    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        provider.charge(purchase)
        raise error

    return deed


def pays_and_says(state: AnswerState, **changes: Any) -> Deed:
    """Return a deed: the money is taken, and the answer differs from the order in `changes`."""

    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        provider.charge(purchase)
        return provider.answer(purchase, state, **changes)

    return deed


def pays_another(factor: int) -> Deed:
    """Return a deed: another amount is taken and named."""

    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        money = Money(purchase.money.amount * Decimal(factor), purchase.money.currency)
        provider.charge(purchase, money)
        return provider.answer(purchase, AnswerState.SUCCEEDED, amount=money.amount)

    return deed


def waits_for(gate: asyncio.Event, then: Deed = pays) -> Deed:
    """Return a deed that begins when the test says so."""

    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        await gate.wait()
        return await then(provider, purchase)

    return deed


# What a look-up can meet.


async def looks_it_up(provider: FakeProvider, purchase: Purchase) -> Answer | NotFound:
    """The books are asked."""
    if provider.clock.mono < provider.hides_orders_until:
        return NotFound(http_status=404)
    for entry in provider.entries:
        if entry.reference == purchase.reference:
            return provider.answer(
                purchase,
                AnswerState.SUCCEEDED,
                amount=entry.money.amount,
                provider_ref="p-found",
            )
    if purchase.reference in provider.declined:
        return provider.answer(purchase, AnswerState.DECLINED, reason="card_declined")
    if purchase.reference in provider.pending:
        return provider.answer(purchase, AnswerState.PENDING)
    return NotFound(http_status=404)


def says(answer: Answer | NotFound) -> Finding:
    """Return a finding that is always the same."""

    async def finding(provider: FakeProvider, purchase: Purchase) -> Answer | NotFound:
        return answer

    return finding


def says_of_it(state: AnswerState, **changes: Any) -> Finding:
    """Return a finding about the very order."""

    async def finding(provider: FakeProvider, purchase: Purchase) -> Answer | NotFound:
        return provider.answer(purchase, state, **changes)

    return finding


def fails(error: BaseException) -> Finding:
    """Return a finding that breaks."""

    async def finding(provider: FakeProvider, purchase: Purchase) -> Answer | NotFound:
        raise error

    return finding


def look_fails(error: BaseException) -> Callable[[], Awaitable[None]]:
    """Return what a call before paying meets."""

    async def look() -> None:
        raise error

    return look


async def look_hangs() -> None:
    """Never answer."""
    await asyncio.get_running_loop().create_future()


async def look_works() -> None:
    """Answer."""


def reads_badly(
    error: ProviderError,
) -> Callable[[Sequence[Line]], Awaitable[ReadResult]]:
    """Return a `read` in which this one line fails."""

    async def read(lines: Sequence[Line]) -> ReadResult:
        return {line.id: error for line in lines}

    return read
