"""The engine: the only place that spends.

It carries an order through P0 to P9 of the protocol. It outlives every config entry, caller and reload: a wish becomes a task
of the engine's own, and callers only wait for it. One flight per line: whoever comes later joins it or is turned away.

    P0 gate      synchronous: ready, line known, nothing in flight
    P1 look      a fresh reading and the provider's history              (flight.py)
    P2 reserve   evaluate() and the limits, in one transaction           (store.py)
    P3 intent    ... which is on the disk when it returns
    P4 send      one POST
    P5 classify  judge(), pure                                           (verdict.py)
    P6 record    on the disk
    P7 publish   only now does anybody hear of it
    P8 verify    the balance is read again by those who listen
    P9 recover   at start, before the first wish; then look-ups          (recovery.py)
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from pathlib import Path
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from ..providers.base import Reading
from ..providers.money import Money
from .book_file import BookLocked, LockReason, Witness
from .clock import Clock, SystemClock
from .flight import HISTORY_SPAN, Flight
from .ledger import Summary
from .limits import Limits, Spent
from .links import AccountLink, LineLink, Placed, Preview
from .old_books import salvage, set_aside
from .order import OPEN, BrokenPromise, Order, OrderState, TooEarly
from .policy import Book, Health, Reason, Refused, Situation, Wish, evaluate
from .recovery import Recovery
from .store import Store

_LOGGER = logging.getLogger(__name__)

type Listener = Callable[[Order], None]

type Announce = Callable[[Witness], Awaitable[None]]
"""Notes durably, outside of the book, which book comes next. Raises `BookLocked` if it cannot."""

DRAIN: Final = timedelta(seconds=15)
"""Home Assistant gives shutdown jobs 20 s; an operator that has not answered by then becomes a look-up at the next start."""

_LAST_WORDS: Final = timedelta(seconds=3)
"""What a cancelled flight gets to write down that its outcome is unknown."""

_MAY_BE_WHOLE: Final = frozenset({LockReason.WRITE_FAILED, LockReason.UNREADABLE})
"""The disk was full, busy or away: the book itself may be as good as ever."""


@dataclass(frozen=True, slots=True)
class _InFlight:
    wish: Wish
    task: asyncio.Task[Placed | Refused]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the book is, the zone of the months of a new one, and who has to know of that before it is there."""

    path: Path
    zone: ZoneInfo
    announce: Announce | None


class Engine:
    """Makes orders, one at a time per line, and finds out what became of them."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        """Take the clock and the maker of order ids."""
        self.clock: Clock = clock or SystemClock()
        self.new_id = new_id
        self.health = Health.STARTING
        self.locked_because: LockReason | None = None
        self.accounts: dict[str, AccountLink] = {}
        self.sent_at: dict[str, timedelta] = {}
        """Monotonic time of the last attempt of each order of this process."""
        self._store: Store | None = None
        self._place: _Place | None = None
        self._born = self.clock.monotonic()
        self._flights: dict[str, _InFlight] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._summaries: dict[str, Summary] = {}
        self._listeners: list[Listener] = []
        self._health_listeners: list[Callable[[], None]] = []
        self._witness: Witness | None = None
        self._unsettled: dict[str, Order] = {}
        """By id: what was last heard of every open order."""
        self._unlocking = asyncio.Lock()
        self._deciding = asyncio.Lock()
        self._recovery = Recovery(self)

    # Life

    async def start(
        self,
        path: Path,
        *,
        zone: ZoneInfo,
        witness: Witness | None,
        announce: Announce | None = None,
    ) -> None:
        """Open the book and settle what a crash left, before the first wish (P9). A book not to be trusted locks spending."""
        self._place, self._witness = _Place(path, zone, announce), witness
        try:
            await self._open(self._place, witness)
            await self._recover()
        except BookLocked as err:
            self.lock(err.reason)
        if self._is_ending:  # before it began
            await self._close()

    async def _recover(self) -> None:
        """Settle what an earlier time left in an opened book; then wishes are welcome, unless something is wrong with it."""
        await self._recovery.after_crash()
        for account_key in tuple(self.accounts):  # which may come and go meanwhile
            await self.refresh(account_key)
        if self.health is Health.STARTING:
            self._set_health(Health.READY)

    async def unlock(self) -> None:
        """Open the book again if it is whole after all; else set it aside and begin a new one: a person decided so.

        Orders that are known to be unsettled, or that the old book names so, are taken over: a new book must not free their
        lines. Cancelling the caller changes nothing. Raises `BookLocked` when it has to stay locked.
        """
        await self._to_its_end(self._unlock(), "unlock")

    async def _unlock(self) -> None:
        async with self._unlocking:  # a second click waits, and finds the book open
            if self._place is None or self.health is not Health.LOCKED:
                return
            flights = [flight.task for flight in self._flights.values()]
            await _let_land(flights, DRAIN, lambda: self._recovery.tasks)
            await self._close()
            self._summaries.clear()
            if self._is_ending:
                return
            reason, self.health = self.locked_because, Health.STARTING
            try:
                if not await self._open_again(self._place, reason):
                    await self._begin_anew(self._place)
                await self._recover()
            except BookLocked as err:
                self.lock(err.reason)
                raise
            if not self._is_ready:
                raise BookLocked(self.locked_because or LockReason.UNREADABLE)

    async def _open_again(self, place: _Place, reason: LockReason | None) -> bool:
        """Say whether the locked book is whole: a disk that was full for a moment must not cost what was spent this month."""
        if reason not in _MAY_BE_WHOLE:
            return False
        try:
            await self._open(place, self._witness)
        except BookLocked:
            return False
        for order in tuple(self._unsettled.values()):
            await self.store.adopt(order, now=self.clock.now())
        return True

    async def _begin_anew(self, place: _Place) -> None:
        """Begin a new book, which from its first moment on holds every order that may still move money, or counts.

        It is announced first: a crash must never leave a good book beside a note that accuses it.
        """
        now, coming = self.clock.now(), Witness(uuid4().hex, 0)
        if place.announce is not None:
            await place.announce(coming)
        self._witness = coming
        try:
            await asyncio.to_thread(set_aside, place.path, now)
        except OSError:
            raise BookLocked(LockReason.UNREADABLE) from None
        salvaged = await asyncio.to_thread(salvage, place.path, now - HISTORY_SPAN)
        orders = {order.id: order for order in salvaged} | self._unsettled
        await self._open(place, None, tuple(orders.values()), coming.book_id)

    async def _open(
        self,
        place: _Place,
        witness: Witness | None,
        adopt: tuple[Order, ...] = (),
        book_id: str | None = None,
    ) -> None:
        self._store = await Store.open(
            place.path,
            zone=place.zone,
            now=self.clock.now(),
            witness=witness,
            adopt=adopt,
            book_id=book_id,
        )

    async def _close(self) -> None:
        """Close the book. From the first moment on nobody else gets hold of it."""
        store, self._store = self._store, None
        if store is not None:
            self._witness = store.witness
            await store.close()

    async def stop(self, patience: timedelta = DRAIN) -> None:
        """Take no more wishes, let flights land, write down the others as unknown, close the book."""
        self.health = Health.STOPPING
        flights = [flight.task for flight in self._flights.values()]
        await _let_land(flights, patience, lambda: self._tasks)
        await self._close()

    def _set_health(
        self, health: Health, locked_because: LockReason | None = None
    ) -> None:
        self.health, self.locked_because = health, locked_because
        for listener in tuple(self._health_listeners):
            try:
                listener()
            except Exception:  # a listener's fault must not stop the others, nor hide why the book is locked
                _LOGGER.exception("A listener failed at the engine's health")

    def lock(self, reason: LockReason) -> None:
        """Stop spending: the book cannot be trusted any more (I11). At the end of the process there is nothing to stop."""
        if self._is_ending or self.health is Health.LOCKED:
            return
        _LOGGER.error(
            "The order book is not usable (%s): recharging is locked until a person has looked",
            reason,
        )
        self._set_health(Health.LOCKED, reason)

    # Asked anew after each wait: `health` changes meanwhile.

    @property
    def _is_ready(self) -> bool:
        return self.health is Health.READY

    @property
    def _is_ending(self) -> bool:
        return self.health is Health.STOPPING

    @property
    def store(self) -> Store:
        """The open book."""
        if self._store is None:
            raise BookLocked(self.locked_because or LockReason.UNREADABLE)
        return self._store

    @property
    def witness(self) -> Witness | None:
        """What to note outside of the book; after the end what there was to note last."""
        if self._store is not None:
            self._witness = self._store.witness
        return self._witness

    # Accounts

    def attach(self, link: AccountLink) -> None:
        """Make an account and its lines known, or their limits anew; its unsettled orders are looked up at once."""
        self.accounts[link.key] = link
        self._recovery.look_soon(link.key)

    def detach(self, account_key: str) -> None:
        """Forget an account; its orders stay in the book, and what is in flight goes on."""
        self.accounts.pop(account_key, None)

    def line_of(
        self, account_key: str, line_key: str
    ) -> tuple[AccountLink, LineLink] | None:
        """Return the account and line of these keys, if they are set up now."""
        account = self.accounts.get(account_key)
        line = None if account is None else account.lines.get(line_key)
        return None if account is None or line is None else (account, line)

    # Wishes

    async def recharge(self, wish: Wish) -> Placed | Refused:
        """Recharge a line. Cancelling the caller changes nothing: the order goes on."""
        flight = self._flights.get(wish.line_key)
        if flight is not None:
            if not wish.may_join(flight.wish):
                return Refused(reason=Reason.IN_PROGRESS)
            landed = await _landing(flight.task)
            return (
                Placed(order=landed.order, joined=True)
                if isinstance(landed, Placed)
                else landed
            )
        if refused := self._gate(wish):
            return refused
        # No await between the look at `_flights` and the entry in it: that is what makes it one flight per line.
        task = self.spawn(Flight(self, wish).fly(), f"recharge {wish.line_key[:8]}")
        self._flights[wish.line_key] = _InFlight(wish, task)
        task.add_done_callback(lambda _: self._flights.pop(wish.line_key, None))
        return await _landing(task)

    def _gate(self, wish: Wish) -> Refused | None:
        if self.health is not Health.READY:
            return Refused(reason=Reason(self.health.value))
        if self.line_of(wish.account_key, wish.line_key) is None:
            return Refused(reason=Reason.LINE_GONE)
        return None

    def preview(self, wish: Wish, reading: Reading | None) -> Preview:
        """Say what would happen to a wish, from what is known right now. No request, no write."""
        summary = self.summary(wish.line_key)
        found = self.line_of(wish.account_key, wish.line_key)
        if summary is None or found is None:
            verdict = self._gate(wish) or Refused(reason=Reason.STARTING)
            return Preview(
                verdict=verdict, summary=summary or _nothing_known(wish.money.currency)
            )
        account, line = found
        if wish.line_key in self._flights:
            return Preview(verdict=Refused(reason=Reason.IN_PROGRESS), summary=summary)
        situation = self.situation(
            line.limits,
            summary.book,
            reading,
            account.provider.clock_skew,
            now=self.clock.now(),
        )
        return Preview(verdict=evaluate(wish, situation), summary=summary)

    def situation(
        self,
        limits: Limits,
        book: Book,
        reading: Reading | None = None,
        skew: timedelta | None = None,
        *,
        now: datetime,
    ) -> Situation:
        """Return everything beside the wish that a verdict rests on. `skew`: what the provider says of our clock, if anything.

        Where it says nothing, the wall clock alone does not tell how long an order of an earlier process is ago.
        """
        last = book.last_started
        measured = last is not None and (skew is None or last.id in self.sent_at)
        return Situation(
            now=now,
            zone=self.store.zone if self._store else ZoneInfo("UTC"),
            book=book,
            limits=limits,
            health=self.health,
            reading=reading,
            skew=skew,
            since_started=self.age_of_sending(last) if last and measured else None,
        )

    async def resolve(
        self, order_id: str, *, charged: bool, user_id: str | None
    ) -> Order:
        """Note what a person found out about a held order. Cancelling the caller changes nothing.

        Raises `BrokenPromise` if it is not held (any more), `TooEarly` for a "not charged" before the settle window is
        over, `KeyError` if there is none, `BookLocked`.
        """
        return await self._to_its_end(
            self._resolve(order_id, charged=charged, user_id=user_id), "resolve"
        )

    async def _resolve(
        self, order_id: str, *, charged: bool, user_id: str | None
    ) -> Order:
        # Of two clicks at once the second one finds it decided.
        async with self._deciding:
            return await self._decide(order_id, charged=charged, user_id=user_id)

    async def _decide(
        self, order_id: str, *, charged: bool, user_id: str | None
    ) -> Order:
        order = await self.store.get(order_id)
        if order.state is not OrderState.HELD:
            raise BrokenPromise(
                "I7", f"a person decides held orders only, this one is {order.state}"
            )
        if not charged and not self._recovery.is_settled(order):
            raise TooEarly
        state = OrderState.SUCCEEDED if charged else OrderState.FAILED
        return await self.take(
            order, (state,), by=user_id, reason="decided_by_a_person"
        )

    # What is known

    def summary(self, line_key: str) -> Summary | None:
        """Return what the book said about a line at the last look."""
        return self._summaries.get(line_key)

    async def refresh(self, account_key: str) -> None:
        """Look into the book for all lines of an account: at set-up, and when a day or month has passed."""
        account = self.accounts.get(account_key)
        if account is None or self._store is None:
            return
        await self._look_into_book(account_key, account.lines, account.currency)

    async def _look_into_book(
        self, account_key: str, line_keys: Iterable[str], currency: str
    ) -> None:
        try:
            summaries = await self.store.summaries(
                account_key, line_keys, currency, self.clock.now()
            )
        except BookLocked as err:
            self.lock(err.reason)
        else:
            self._summaries |= summaries

    async def orders(
        self,
        *,
        line_key: str | None = None,
        account_key: str | None = None,
        limit: int = 50,
    ) -> list[Order]:
        """Return the orders of a line or an account, newest first. Raises `BookLocked`."""
        return await self.store.orders(
            line_key=line_key, account_key=account_key, limit=limit
        )

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear of every step of every order, after it is durable. Returns how to stop hearing."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def subscribe_health(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Hear when spending is locked or unlocked. Returns how to stop hearing."""
        self._health_listeners.append(listener)
        return lambda: self._health_listeners.remove(listener)

    # For flights and recovery

    def spawn[T](self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start a task that belongs to the engine and to nobody else."""
        task = asyncio.get_running_loop().create_task(work, name=f"esim_topup {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _to_its_end[T](self, work: Coroutine[Any, Any, T], name: str) -> T:
        """Do what a person decided, whoever still waits for it. Raises `BookLocked` if the process ends first."""
        task = self.spawn(work, name)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait((task,))
        if task.cancelled():
            raise BookLocked(self.locked_because or LockReason.UNREADABLE)
        return task.result()

    def watch(self, order: Order) -> None:
        """Find out what becomes of an unsettled order, however long it takes."""
        self._recovery.watch(order)

    def age_of_sending(self, order: Order) -> timedelta:
        """Return the monotonic time since the last attempt; for one of an earlier process, since this one began."""
        return self.clock.monotonic() - self.sent_at.get(order.id, self._born)

    async def take(
        self,
        order: Order,
        states: tuple[OrderState, ...],
        *,
        by: str | None = None,
        **changes: Any,
    ) -> Order:
        """P6 and P7: write steps of an order down, then tell. A write that fails locks spending."""
        try:
            after = await self.store.step(
                order.id, states, now=self.clock.now(), by=by, **changes
            )
        except (BookLocked, BrokenPromise) as err:
            self.lock(
                err.reason if isinstance(err, BookLocked) else LockReason.WRITE_FAILED
            )
            raise
        await self.publish(after)
        return after

    async def publish(self, order: Order) -> None:
        """P7: tell of a step that is durable."""
        if order.open:
            self._unsettled[order.id] = order
        else:
            self._unsettled.pop(order.id, None)
        account = self.accounts.get(order.account_key)
        # The account's currency is the one of its limits, also while an order from before it was changed is still open.
        currency = order.money.currency if account is None else account.currency
        await self._look_into_book(order.account_key, (order.line_key,), currency)
        for listener in tuple(self._listeners):
            try:
                listener(order)
            except (
                Exception
            ):  # a listener's fault must not stop the others, nor the order
                _LOGGER.exception("A listener failed at an order's step")
        if order.state in OPEN and order.state is not OrderState.SUBMITTING:
            self.watch(order)


async def _landing(flight: asyncio.Task[Placed | Refused]) -> Placed | Refused:
    """Return what became of a flight. Cancelling whoever waits does not touch it.

    One that was cancelled before its first step was turned away: the process ends.
    """
    await asyncio.wait((flight,))
    return Refused(reason=Reason.STOPPING) if flight.cancelled() else flight.result()


async def _let_land(
    flights: Iterable[asyncio.Task[Any]],
    patience: timedelta,
    others: Callable[[], Iterable[asyncio.Task[Any]]],
) -> None:
    """Wait for flights, then end them and those others; each may still write down what it does not know."""
    if landing := tuple(flights):
        await asyncio.wait(landing, timeout=patience.total_seconds())
    if ending := {task for task in (*landing, *others()) if not task.done()}:
        for task in ending:
            task.cancel()
        await asyncio.wait(ending, timeout=_LAST_WORDS.total_seconds())


def _nothing_known(currency: str) -> Summary:
    zero = Money.from_minor(0, currency)
    return Summary(
        book=Book(
            spent=Spent(
                line_month=zero,
                account_day=zero,
                account_month=zero,
                account_rolling=zero,
            )
        )
    )
