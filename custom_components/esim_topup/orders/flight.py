"""One wish on its way: P1 to P7. A flight is a task of the engine; whoever asked for it only waits."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Final

from ..providers.base import Answer, AnswerState, OpenAmount, Package, Provider, Reading
from ..providers.errors import AuthenticationFailed, LineUnknown, ProviderError
from .book_file import BookLocked
from .history import history_of
from .ledger import Asked
from .limits import ROLLING_DAYS
from .links import AccountLink, LineLink, Placed
from .order import BrokenPromise, Order, OrderState
from .policy import Book, Health, Reason, Refused, Wish, evaluate, month_of
from .verdict import judge, sort_charges

if TYPE_CHECKING:
    from .engine import Engine

_LOGGER = logging.getLogger(__name__)

LOOK_PATIENCE: Final = timedelta(seconds=30)
"""For everything that is asked before paying; nothing is at stake yet, so a slow operator just means "not now"."""

SEND_PATIENCE: Final = timedelta(seconds=20)
"""Above the HTTP client's own 15 s: the last line of defence against a provider module that never returns."""

HISTORY_SPAN: Final = timedelta(days=ROLLING_DAYS + 2)
"""Covers the longest limit and the longest month."""


class _Grounded(Exception):
    """The flight does not leave."""

    def __init__(self, refused: Refused) -> None:
        """Say why not."""
        super().__init__(refused.reason)
        self.refused = refused


class Flight:
    """Carries one wish from a look at the line to a durable outcome."""

    def __init__(self, engine: Engine, wish: Wish) -> None:
        """Take what is wanted."""
        self._engine = engine
        self._wish = wish
        self._drafted: Order | None = None
        """Written by the book's thread: what it decided to reserve may be on the disk before this task hears of it."""

    async def fly(self) -> Placed | Refused:
        """Return the order that came of the wish, or why there is none."""
        try:
            if (earlier := await self._earlier()) is not None:
                return earlier
            account, line = self._destination()
            await self._check_book(account, line)
            reading = await self._look(account, line)
            # It was asked a moment ago; one that a reload has put in its place meanwhile was not.
            skew = account.provider.clock_skew
            # Options may have changed meanwhile: what counts are the limits of this moment.
            account, line = self._destination()
            order = await self._reserve(account, line, reading, skew)
        except _Grounded as err:
            return err.refused
        except BookLocked as err:
            self._engine.lock(err.reason)
            return Refused(reason=Reason(self._engine.health.value))
        except asyncio.CancelledError:
            # By the engine at its end, or by something inside of the provider. The caller was not cancelled: it gets a reason.
            if self._drafted is not None:
                # The next start, or the unlocking, settles it, and class K pays it then: that is no refusal.
                return Placed(order=_interrupted(self._drafted))
            if self._engine.health is Health.READY:
                return Refused(reason=Reason.PROVIDER_UNREACHABLE)
            return Refused(reason=Reason(self._engine.health.value))
        return Placed(order=await self._carry(account.provider, line, order))

    async def _earlier(self) -> Placed | Refused | None:
        """Return the order that the same request made before."""
        wish = self._wish
        if wish.request_id is None:
            return None
        order = await self._engine.store.named(wish.line_key, wish.request_id)
        if order is None:
            return None
        if (order.offer_id, order.money) != (wish.offer_id, wish.money):
            return Refused(reason=Reason.REQUEST_ID_REUSED, order=order)
        return Placed(order=order, joined=True)

    def _destination(self) -> tuple[AccountLink, LineLink]:
        found = self._engine.line_of(self._wish.account_key, self._wish.line_key)
        if found is None:
            raise _Grounded(Refused(reason=Reason.LINE_GONE))
        return found

    async def _check_book(self, account: AccountLink, line: LineLink) -> None:
        """Ask the book first: what it refuses is not worth a request to the operator."""
        wish = replace(self._wish, only_below=None)
        now = self._engine.clock.now()
        summaries = await self._engine.store.summaries(
            account.key, (wish.line_key,), account.currency, now
        )
        # The provider has not been asked about our clock yet: what it would say is left to the verdict that counts.
        situation = self._engine.situation(
            line.limits, summaries[wish.line_key].book, skew=timedelta(), now=now
        )
        if isinstance(verdict := evaluate(wish, situation), Refused):
            await self._engine.store.note_refusal(self._asked(), verdict, now=now)
            raise _Grounded(verdict)

    # P1

    async def _look(self, account: AccountLink, line: LineLink) -> Reading | None:
        """Return a fresh reading (`None` where the provider cannot read); check the offer; import the history."""
        try:
            async with asyncio.timeout(LOOK_PATIENCE.total_seconds()):
                reading = await self._read(account.provider, line)
                await self._check_offer(account.provider, line)
                await self._import_history(account, line)
        except AuthenticationFailed:
            raise _Grounded(Refused(reason=Reason.AUTHENTICATION_FAILED)) from None
        except LineUnknown:
            raise _Grounded(Refused(reason=Reason.LINE_GONE)) from None
        except ProviderError, TimeoutError:
            raise _Grounded(Refused(reason=Reason.PROVIDER_UNREACHABLE)) from None
        except _Grounded, BookLocked:
            raise
        except Exception:  # noqa: BLE001 - a fault of the provider's module is a "not now" like any other outage
            _LOGGER.error("The provider %s failed to answer", account.provider.info.key)
            raise _Grounded(Refused(reason=Reason.PROVIDER_UNREACHABLE)) from None
        return reading

    async def _read(self, provider: Provider, line: LineLink) -> Reading | None:
        if not provider.info.capabilities.reads:
            return None
        found = (await provider.read([line.line])).get(line.line.id)
        if isinstance(found, ProviderError):
            raise found
        return found

    async def _check_offer(self, provider: Provider, line: LineLink) -> None:
        """The price somebody agreed to is the price that is paid."""
        offers = {offer.id: offer for offer in await provider.offers(line.line)}
        match offers.get(self._wish.offer_id):
            case Package(price=price) if price != self._wish.money:
                raise _Grounded(Refused(reason=Reason.PRICE_CHANGED))
            case OpenAmount() as offer if not offer.admits(self._wish.money):
                raise _Grounded(Refused(reason=Reason.NOT_OFFERED))
            case None:
                raise _Grounded(Refused(reason=Reason.NOT_OFFERED))

    async def _import_history(self, account: AccountLink, line: LineLink) -> None:
        """Count what others charged on this line: a limit that knows only our own orders is none."""
        if not account.provider.info.capabilities.history:
            return
        store, key = self._engine.store, self._wish.line_key
        since = self._engine.clock.now() - HISTORY_SPAN
        charges = await history_of(account.provider, line.line, since)
        known = await store.known_charges(account.key, key)
        orders = await store.unclaimed_successes(account.key, key, since)
        found = sort_charges(charges, orders, frozenset(known))
        # In this order: what is known is not looked at again, so nothing may be known before all of it is counted.
        if found.foreign:
            await store.add_foreign(account.key, key, found.foreign)
        for order, charge in found.ours:
            await store.claim(order, charge)

    # P2, P3

    async def _reserve(
        self,
        account: AccountLink,
        line: LineLink,
        reading: Reading | None,
        skew: timedelta | None,
    ) -> Order:
        wish, engine = self._wish, self._engine
        # One time for sums, verdict and order: at a month's edge they would otherwise speak of two months.
        now = engine.clock.now()

        def decide(book: Book) -> Order | Refused:
            situation = engine.situation(line.limits, book, reading, skew, now=now)
            verdict = evaluate(wish, situation)
            if isinstance(verdict, Refused):
                return verdict
            self._drafted = self._draft(now)
            return self._drafted

        reserved = await engine.store.reserve(
            self._asked(),
            decide,
            account_key=account.key,
            currency=account.currency,
            now=now,
        )
        if isinstance(reserved, Refused):
            raise _Grounded(reserved)
        return reserved

    def _draft(self, now: datetime) -> Order:
        wish = self._wish
        return Order(
            id=self._engine.new_id(),
            account_key=wish.account_key,
            line_key=wish.line_key,
            offer_id=wish.offer_id,
            money=wish.money,
            state=OrderState.SUBMITTING,
            created_at=now,
            updated_at=now,
            month=month_of(now, self._engine.store.zone),
            method_id=wish.method_id,
            request_id=wish.request_id,
            origin=wish.origin,
            user_id=wish.user_id,
            sends=1,
            last_sent_at=now,
        )

    def _asked(self) -> Asked:
        return Asked(self._wish.line_key, self._wish.origin, self._wish.user_id)

    # P4 to P7

    async def _carry(self, provider: Provider, line: LineLink, order: Order) -> Order:
        """Send the reserved order, once, and write down what became of it."""
        engine = self._engine
        engine.sent_at[order.id] = engine.clock.monotonic()
        try:
            await engine.publish(order)
            answer = (
                Answer(state=AnswerState.NOT_SENT, reason=Reason.LOCKED.value)
                if engine.health is Health.LOCKED  # I11: another write failed meanwhile
                else await send_once(provider, order, line)
            )
            # The request may have left only now: the settle window begins at the later end.
            engine.sent_at[order.id] = engine.clock.monotonic()
        except asyncio.CancelledError:
            answer = Answer(state=AnswerState.UNKNOWN, reason="interrupted")
        proof = judge(
            order,
            line.line,
            answer,
            echoes=provider.info.capabilities.echoes,
            resent=False,
        )
        try:
            return await engine.take(
                order,
                proof.states,
                reason=proof.reason,
                provider_ref=proof.provider_ref,
                alarm=proof.alarm,
            )
        except BookLocked, BrokenPromise:
            # The row still says "submitting": the next start makes it unknown and looks. So say no more than that now.
            return replace(order, state=OrderState.UNKNOWN, reason="write_failed")
        except asyncio.CancelledError:
            # The process ends while the answer is written down: whoever asked must not read "refused" of what was sent.
            return _interrupted(order)


def _interrupted(order: Order) -> Order:
    """Return the order as whoever waits is told of it: it may be in the book, and it may have been sent."""
    return replace(order, state=OrderState.UNKNOWN, reason="interrupted")


async def send_once(provider: Provider, order: Order, line: LineLink) -> Answer:
    """P4, the only line that spends. Whatever it raises proves nothing."""
    try:
        async with asyncio.timeout(SEND_PATIENCE.total_seconds()):
            return await provider.submit(order.purchase(line.line))
    except TimeoutError:
        return Answer(state=AnswerState.UNKNOWN, reason="timeout")
    except Exception:  # noqa: BLE001 - a fault of the provider's module after the charge must not look like "not charged"
        _LOGGER.error(
            "The provider %s failed in the middle of an order", provider.info.key
        )
        return Answer(state=AnswerState.UNKNOWN, reason="provider_fault")
