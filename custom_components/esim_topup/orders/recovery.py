"""P9: finding out what became of an order. After a crash, after a lost answer, while an operator takes its time.

Nothing here guesses. An order leaves `unknown` by evidence, or a person decides.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Final

from ..providers.base import (
    SETTLE_WINDOW_MIN,
    Answer,
    AnswerState,
    Capabilities,
    Dedupe,
    Provider,
)
from ..providers.errors import ProviderError
from .book_file import BookLocked
from .flight import HISTORY_SPAN, LOOK_PATIENCE, send_once
from .history import history_of
from .links import AccountLink, LineLink
from .order import BrokenPromise, Order, OrderState
from .policy import CLOCK_TOLERANCE, SKEW_TOLERANCE, Health
from .schedule import RESEND_AFTER, may_resend, next_pause
from .verdict import (
    NOTHING_PROVEN,
    Mismatch,
    Proof,
    is_charge_of,
    judge,
    judge_history,
    settled_for,
)

if TYPE_CHECKING:
    from .engine import Engine

_LOGGER = logging.getLogger(__name__)

_FOLLOWED: Final = frozenset({OrderState.PENDING, OrderState.UNKNOWN})

_HOLD: Final = Proof(states=(OrderState.HELD,), reason="nobody_to_ask")

_HEARING: Final = timedelta(hours=1)
"""After three days in a drawer, or a jump of the clock, an order is old at once. First the operator gets its chance to answer."""


@dataclass(slots=True)
class _Watch:
    """Somebody who follows an order."""

    account_key: str
    wake: asyncio.Event
    task: asyncio.Task[None]


class Recovery:
    """Follows every unsettled order until it is settled or a person has to look."""

    def __init__(self, engine: Engine) -> None:
        """Work for this engine."""
        self._engine = engine
        self._watches: dict[str, _Watch] = {}
        """By order id."""

    async def after_crash(self) -> None:
        """Make orders that were being sent unknown, durably, before anybody can order anew. Raises `BookLocked`."""
        for order in await self._engine.store.open_orders():
            if order.state is OrderState.SUBMITTING:
                await self._engine.take(
                    order, (OrderState.UNKNOWN,), reason="interrupted"
                )
            else:
                await self._engine.publish(order)
            self.look_soon(order.account_key)

    def watch(self, order: Order) -> None:
        """Follow an order, unless somebody does already or there is nothing to follow.

        Nobody begins to while the process ends or the book is locked: the next start, or the unlocking, comes by here again.
        """
        ends = self._engine.health in (Health.STOPPING, Health.LOCKED)
        if ends or order.state not in _FOLLOWED or order.id in self._watches:
            return
        wake = asyncio.Event()
        task = self._engine.spawn(
            self._follow(order, wake), f"look after {order.id[:8]}"
        )
        self._watches[order.id] = _Watch(order.account_key, wake, task)

    def look_soon(self, account_key: str) -> None:
        """Look after the orders of an account at once: it is reachable (again)."""
        for watch in self._watches.values():
            if watch.account_key == account_key:
                watch.wake.set()

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Those who follow an order now."""
        return [watch.task for watch in self._watches.values()]

    async def _follow(self, order: Order, wake: asyncio.Event) -> None:
        try:
            while order.state in _FOLLOWED:
                pause = self._pause(order)
                if pause is not None:
                    await self._rest(pause, wake)
                order = await self._look(order)
                if pause is None and order.state in _FOLLOWED:
                    order = await self._engine.take(
                        order, (OrderState.HELD,), reason="too_long_unknown"
                    )
        except BookLocked as err:
            self._engine.lock(err.reason)
        except BrokenPromise:
            pass  # the one who noticed has locked the book
        finally:
            self._watches.pop(order.id, None)

    def _pause(self, order: Order) -> timedelta | None:
        """Return how long to wait until the next look; `None` when a person has to look after this one."""
        pause, followed = next_pause(self._age(order)), self._followed_for(order)
        if pause is None and followed < self._settle(order) + _HEARING:
            return next_pause(followed)
        return pause

    def _followed_for(self, order: Order) -> timedelta:
        """Return how long this process can have looked after the order at least, whatever the wall clock says."""
        return self._engine.age_of_sending(order)

    def _settle(self, order: Order) -> timedelta:
        found = self._engine.line_of(order.account_key, order.line_key)
        return (
            timedelta() if found is None else found[0].provider.info.capabilities.settle
        )

    def _age(self, order: Order) -> timedelta:
        """Return the age by the clock that says more: a clock set back must not mean a question every 5 seconds."""
        return max(
            self._engine.clock.now() - order.created_at,
            self._engine.age_of_sending(order),
        )

    async def _rest(self, pause: timedelta, wake: asyncio.Event) -> None:
        sleeper = asyncio.ensure_future(self._engine.clock.sleep(pause))
        waker = asyncio.ensure_future(wake.wait())
        try:
            await asyncio.wait((sleeper, waker), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            waker.cancel()
        wake.clear()

    async def _look(self, order: Order) -> Order:
        """Ask whoever can be asked, and write down what it proves."""
        found = self._engine.line_of(order.account_key, order.line_key)
        if found is None:
            return order
        proof = await self._evidence(order, *found)
        order = await self._engine.store.get(order.id)
        news = (
            proof.states not in ((), (order.state,), (OrderState.UNKNOWN,))
            or (proof.alarm and not order.alarm)
            or proof.provider_ref not in (None, order.provider_ref)
        )
        if not news:
            return order
        return await self._engine.take(
            order,
            proof.states,
            charge=proof.charge,
            reason=proof.reason,
            provider_ref=proof.provider_ref or order.provider_ref,
            alarm=proof.alarm or order.alarm,
        )

    async def _evidence(
        self, order: Order, account: AccountLink, line: LineLink
    ) -> Proof:
        """Return what asking proves. Whatever a provider raises proves nothing, and must not end the looking."""
        try:
            async with asyncio.timeout(LOOK_PATIENCE.total_seconds()):
                return await self._ask(order, account, line)
        except BookLocked, BrokenPromise:
            raise
        except ProviderError, TimeoutError:
            pass
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise  # the engine ends this; otherwise it was something inside of the provider
        except Exception:  # noqa: BLE001 - a fault of the provider's module proves nothing
            _LOGGER.error("The provider %s failed to answer", account.provider.info.key)
        return NOTHING_PROVEN

    async def _ask(self, order: Order, account: AccountLink, line: LineLink) -> Proof:
        capabilities = account.provider.info.capabilities
        if capabilities.finds:
            proof = await self._find(order, account, line)
        elif capabilities.dedupe is Dedupe.HISTORY:
            proof = await self._search_history(order, account, line)
        else:
            proof = self._nobody_to_ask(order, capabilities)
        if proof is NOTHING_PROVEN and capabilities.dedupe is Dedupe.KEY:
            return await self._resend(order, account, line)
        return proof

    # Looking it up

    async def _find(self, order: Order, account: AccountLink, line: LineLink) -> Proof:
        capabilities = account.provider.info.capabilities
        # As of the question: the operator may have looked long before its answer came.
        settled = self._settled(order, capabilities)
        answer = await account.provider.find(
            order.purchase(line.line), order.provider_ref
        )
        if isinstance(answer, Answer):
            return self._heard(order, line, answer, capabilities, settled=settled)
        if not settled or not _absence_counts(order) or _is_stale(account.provider):
            return NOTHING_PROVEN
        if capabilities.dedupe is Dedupe.KEY and not self._no_resend_left(
            order, capabilities
        ):
            return NOTHING_PROVEN  # asking again under the same key says more than not being found
        if capabilities.history and (
            await self._is_charged(order, account, line) or _is_stale(account.provider)
        ):
            return NOTHING_PROVEN
        return Proof(states=(OrderState.FAILED,), reason="not_found")

    def _heard(
        self,
        order: Order,
        line: LineLink,
        answer: Answer,
        capabilities: Capabilities,
        *,
        settled: bool,
    ) -> Proof:
        """Return what the answer to a look-up proves."""
        proof = judge(
            order, line.line, answer, echoes=capabilities.echoes, resent=False
        )
        match answer.state:
            case AnswerState.NOT_SENT:  # the question, not the order
                return NOTHING_PROVEN
            # After a success that was none, a "no" is one more contradiction. And the attempt that was refused may be the
            # second one, with the first still on its way.
            case AnswerState.DECLINED if order.alarm or (
                order.sends > 1 and not settled
            ):
                return NOTHING_PROVEN
        return _worth_noting(order, proof)

    async def _is_charged(
        self, order: Order, account: AccountLink, line: LineLink
    ) -> bool:
        charges = await history_of(
            account.provider, line.line, order.created_at - HISTORY_SPAN
        )
        known = await self._known_of_others(order)
        return any(
            charge.id not in known and is_charge_of(charge, order) for charge in charges
        )

    async def _search_history(
        self, order: Order, account: AccountLink, line: LineLink
    ) -> Proof:
        settled = self._settled(order, account.provider.info.capabilities)
        charges = await history_of(
            account.provider, line.line, order.created_at - HISTORY_SPAN
        )
        # Their charges bear their times and our order bears ours: where the clocks may differ, none that fits is no proof.
        counts = _clocks_agree(account.provider) is True
        return judge_history(
            order,
            charges,
            await self._known_of_others(order),
            settled=settled and counts and _absence_counts(order),
        )

    async def _known_of_others(self, order: Order) -> frozenset[str]:
        known = await self._engine.store.known_charges(
            order.account_key, order.line_key
        )
        return frozenset(
            charge_id for charge_id, order_id in known.items() if order_id != order.id
        )

    def is_settled(self, order: Order) -> bool:
        """Say whether the last attempt is so long ago that it was carried out or never will be."""
        found = self._engine.line_of(order.account_key, order.line_key)
        settle = (
            SETTLE_WINDOW_MIN
            if found is None
            else found[0].provider.info.capabilities.settle
        )
        age = self._engine.age_of_sending(order)
        return settled_for(order, self._engine.clock.now(), age) >= settle

    def _settled(self, order: Order, capabilities: Capabilities) -> bool:
        now = self._engine.clock.now()
        return (
            settled_for(order, now, self._engine.age_of_sending(order))
            >= capabilities.settle
        )

    # Where nothing can be looked up

    def _nobody_to_ask(self, order: Order, capabilities: Capabilities) -> Proof:
        """Class N: a person is asked at once; a pending order gets the settle window first. Class K may still re-send."""
        if capabilities.dedupe is Dedupe.KEY:
            return (
                _HOLD if self._no_resend_left(order, capabilities) else NOTHING_PROVEN
            )
        if order.state is OrderState.PENDING and not self._settled(order, capabilities):
            return NOTHING_PROVEN
        return _HOLD

    def _no_resend_left(self, order: Order, capabilities: Capabilities) -> bool:
        retention = capabilities.key_retention or timedelta()
        return (
            order.alarm
            or order.sends > len(RESEND_AFTER)
            or self._age(order) > retention / 2
        )

    async def _resend(
        self, order: Order, account: AccountLink, line: LineLink
    ) -> Proof:
        """Class K: send the same request under the same key. Only a "yes" to it says something (I6)."""
        engine = self._engine
        retention = account.provider.info.capabilities.key_retention
        if (
            engine.health is not Health.READY
            or order.alarm
            or not self._age_is_certain(order, account.provider)
            or not may_resend(self._age(order), order.sends, retention)
        ):
            return NOTHING_PROVEN
        now = engine.clock.now()
        order = await engine.take(
            order, (order.state,), sends=order.sends + 1, last_sent_at=now
        )
        engine.sent_at[order.id] = engine.clock.monotonic()
        answer = await send_once(account.provider, order, line)
        proof = judge(
            order,
            line.line,
            answer,
            echoes=account.provider.info.capabilities.echoes,
            resent=True,
        )
        return _worth_noting(order, proof)

    def _age_is_certain(self, order: Order, provider: Provider) -> bool:
        """Say whether the age of an order can be believed: a clock that stood still makes a forgotten key look young (I6).

        After a power cut many machines begin with the time at which they went out. Then only the provider's clock tells.
        """
        if self._engine.clock.now() < order.updated_at - CLOCK_TOLERANCE:
            return False
        agree = _clocks_agree(provider)
        if agree is None:
            return order.id in self._engine.sent_at  # measured by this process
        return agree


def _clocks_agree(provider: Provider) -> bool | None:
    """Say whether the provider's clock shows our time; `None` where it names none."""
    skew = provider.clock_skew
    return None if skew is None else abs(skew) <= SKEW_TOLERANCE


def _is_stale(provider: Provider) -> bool:
    """Say whether the last answer bears a time that is not now: a cache's copy of an earlier "not found" proves nothing.

    Copies keep the `Date` of the original (RFC 9111, 4.2.3).
    """
    return _clocks_agree(provider) is False


def _absence_counts(order: Order) -> bool:
    """Say whether "there is no such order" can prove that it failed: never after it was there once."""
    was_there = (
        order.alarm
        or order.provider_ref is not None
        or order.reason == Mismatch.INCOMPLETE
    )
    return order.state is OrderState.UNKNOWN and not was_there


def _worth_noting(order: Order, proof: Proof) -> Proof:
    """Return what a vague answer leaves of an order: nothing, or that the provider has it. Then "not found" means nothing."""
    if proof.states != (OrderState.UNKNOWN,) or proof.alarm:
        return proof
    if proof.provider_ref is None:
        return NOTHING_PROVEN
    return replace(proof, states=(order.state,), reason=order.reason)
