"""Engines that are broken on purpose, each in one place: the simulation and the state machine must convict them all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest
from torture.simulation.weather import House, Mood, Scene

from custom_components.esim_topup.orders import (
    book_file,
    engine,
    flight,
    policy,
    recovery,
    verdict,
)
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.flight import Flight
from custom_components.esim_topup.orders.ledger import Ledger
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.recovery import Recovery
from custom_components.esim_topup.orders.store import Store
from custom_components.esim_topup.orders.verdict import NOTHING_PROVEN, Proof

type Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class BrokenEngine:
    """A mistake, and the promises that it breaks sooner or later."""

    name: str
    break_it: Callable[[Patch], None]
    promises: frozenset[str]
    weather: Mapping[str, Any] = field(default_factory=dict)
    """In which it shows soon."""
    seeds: int = 300
    """Within so many it is convicted."""


def _believes_not_found_at_once(patch: Patch) -> None:
    patch.setattr(Recovery, "_settled", lambda *_: True)


def _believes_the_refusal_of_a_resend(patch: Patch) -> None:
    judge = verdict.judge

    def believing(*values: Any, resent: bool, **named: Any) -> Proof:
        return judge(*values, resent=False, **named)

    patch.setattr(recovery, "judge", believing)


def _resends_with_a_new_key(patch: Patch) -> None:
    send_once = flight.send_once

    async def with_new_key(provider: Any, order: Order, line: Any) -> Any:
        return await send_once(provider, replace(order, id=f"{order.id}-2"), line)

    patch.setattr(recovery, "send_once", with_new_key)


def _resends_in_every_class(patch: Patch) -> None:
    ask = Recovery._ask

    async def ask_and_send(
        self: Recovery, order: Order, account: Any, line: Any
    ) -> Any:
        proof = await ask(self, order, account, line)
        if proof is NOTHING_PROVEN and order.sends < 3:
            await flight.send_once(account.provider, order, line)
        return proof

    patch.setattr(Recovery, "_ask", ask_and_send)


def _resends_for_ever(patch: Patch) -> None:
    patch.setattr(recovery, "may_resend", lambda age, sends, retention: True)
    patch.setattr(Recovery, "_no_resend_left", lambda *_: False)


def _does_not_count_reservations(patch: Patch) -> None:
    patch.setattr(Ledger, "_count", lambda *_: None)
    patch.setattr(Ledger, "_count_no_more", lambda *_: None)
    patch.setattr(book_file, "totals_hold", lambda *_: True)


def _checks_the_limit_before_a_wait(patch: Patch) -> None:
    reserve = Store.reserve

    async def in_two_steps(self: Store, asked: Any, decide: Any, **named: Any) -> Any:
        key, currency, now = named["account_key"], named["currency"], named["now"]
        found = await self.summaries(key, (asked.line_key,), currency, now)
        decided = decide(found[asked.line_key].book)
        return await reserve(self, asked, lambda _: decided, **named)

    patch.setattr(Store, "reserve", in_two_steps)


def _forgets_what_strangers_paid(patch: Patch) -> None:
    patch.setattr(Ledger, "add_foreign", lambda *_: None)


def _writes_the_intent_after_the_send(patch: Patch) -> None:
    reserve, carry = Flight._reserve, Flight._carry

    async def only_draft(self: Flight, *values: Any) -> Order:
        self._later = lambda: reserve(self, *values)  # type: ignore[attr-defined]
        return self._draft(self._engine.clock.now())

    async def send_then_write(
        self: Flight, provider: Any, line: Any, order: Order
    ) -> Any:
        await flight.send_once(provider, order, line)
        new_id, self._engine.new_id = self._engine.new_id, lambda: order.id
        written = await self._later()  # type: ignore[attr-defined]
        self._engine.new_id = new_id
        patch_send = replace(written, state=OrderState.SUCCEEDED)
        return await self._engine.take(written, (patch_send.state,))

    del carry
    patch.setattr(Flight, "_reserve", only_draft)
    patch.setattr(Flight, "_carry", send_then_write)


def _does_not_sync(patch: Patch) -> None:
    inspect = book_file._inspect

    def careless(connection: Any, witness: Any) -> None:
        inspect(connection, witness)
        connection.execute("PRAGMA synchronous = OFF")

    patch.setattr(book_file, "_inspect", careless)


def _ignores_the_cooldown(patch: Patch) -> None:
    checks = tuple(c for c in policy.CHECKS if c is not policy._has_cooled_down)
    patch.setattr(policy, "CHECKS", checks)


def _believes_any_success(patch: Patch) -> None:
    patch.setattr(verdict, "mismatch", lambda *_: None)


def _takes_a_time_out_for_a_failure(patch: Patch) -> None:
    judge = verdict.judge

    def pessimist(*values: Any, **named: Any) -> Proof:
        proof = judge(*values, **named)
        is_vague = proof.states == (OrderState.UNKNOWN,)
        return replace(proof, states=(OrderState.FAILED,)) if is_vague else proof

    patch.setattr(flight, "judge", pessimist)


def _tells_before_it_writes(patch: Patch) -> None:
    take = Engine.take

    async def told_first(
        self: Engine, order: Order, states: tuple[OrderState, ...], **changes: Any
    ) -> Order:
        await self.publish(replace(order, state=states[-1]))
        return await take(self, order, states, **changes)

    patch.setattr(Engine, "take", told_first)


def _trusts_any_clock(patch: Patch) -> None:
    checks = tuple(c for c in policy.CHECKS if c is not policy._clock_is_sane)
    patch.setattr(policy, "CHECKS", checks)


def _forgets_what_a_crash_left(patch: Patch) -> None:
    async def nothing(self: Recovery) -> None:
        return None

    patch.setattr(Recovery, "after_crash", nothing)


def _takes_the_first_charge_that_fits(patch: Patch) -> None:
    judge = verdict.judge_history

    def hasty(order: Order, charges: Any, known: Any, *, settled: bool) -> Proof:
        proof = judge(order, charges, known, settled=settled)
        if proof.reason != "several_charges_fit":
            return proof
        fits = (c for c in charges if c.id not in known)
        charge = next(c for c in fits if verdict.is_charge_of(c, order))
        return Proof(states=(OrderState.SUCCEEDED,), charge=charge)

    patch.setattr(recovery, "judge_history", hasty)


def _believes_an_early_no(patch: Patch) -> None:
    patch.setattr(Recovery, "is_settled", lambda *_: True)


def _lands_with_its_caller(patch: Patch) -> None:
    async def landing(task: Any) -> Any:
        return await task

    patch.setattr(engine, "_landing", landing)


def _tells_what_is_not_written(patch: Patch) -> None:
    carry = Flight._carry

    async def sanguine(self: Flight, *values: Any) -> Order:
        order = await carry(self, *values)
        if order.reason != "write_failed":
            return order
        return replace(order, state=OrderState.SUCCEEDED)

    patch.setattr(Flight, "_carry", sanguine)


def _rests_by_the_wall_clock(patch: Patch) -> None:
    rested = policy._has_cooled_down

    def by_the_wall(wish: Any, situation: Any) -> Any:
        return rested(wish, replace(situation, since_started=None))

    checks = tuple(by_the_wall if c is rested else c for c in policy.CHECKS)
    patch.setattr(policy, "CHECKS", checks)


def _settles_by_the_wall_clock(patch: Patch) -> None:
    patch.setattr(
        recovery, "settled_for", lambda order, now, _: now - order.last_sent_at
    )


def _pays_any_price(patch: Patch) -> None:
    async def fine(*_: Any) -> None:
        return None

    patch.setattr(Flight, "_check_offer", fine)


def _counts_months_by_the_house(patch: Patch) -> None:
    opened = Engine._open

    async def and_move(self: Engine, place: Any, *values: Any) -> None:
        await opened(self, place, *values)
        self.store._ledger.zone = place.zone

    patch.setattr(Engine, "_open", and_move)


def _trusts_any_book(patch: Patch) -> None:
    patch.setattr(book_file, "_inspect", lambda *_: None)


def _takes_an_old_key_for_young(patch: Patch) -> None:
    patch.setattr(Recovery, "_age_is_certain", lambda *_: True)


def _believes_a_no_after_a_wrong_yes(patch: Patch) -> None:
    heard = Recovery._heard

    def forgetful(self: Recovery, order: Order, *values: Any, **named: Any) -> Proof:
        return heard(self, replace(order, alarm=False), *values, **named)

    patch.setattr(Recovery, "_heard", forgetful)


def _forgets_that_it_was_there(patch: Patch) -> None:
    patch.setattr(
        recovery, "_absence_counts", lambda order: order.state is OrderState.UNKNOWN
    )


def _leaves_the_old_book_unread(patch: Patch) -> None:
    patch.setattr(engine, "salvage", lambda *_: [])


def _writes_again_after_a_failure(patch: Patch) -> None:
    never = property(lambda _: None, lambda *_: None)
    patch.setattr(Store, "_locked", never, raising=False)


def _b(
    name: str, break_it: Callable[[Patch], None], *promises: str, **weather: Any
) -> BrokenEngine:
    return BrokenEngine(name, break_it, frozenset(promises), weather)


def _in(scene: Scene) -> dict[str, Any]:
    return {"scenes": (scene,), "scene_share": 0.6}


_HANDS: Final = _in(Scene.HANDS) | {"house": frozenset({House.SABOTAGE, House.LOCK})}


BROKEN: Final = (
    _b("not found is believed at once", _believes_not_found_at_once, "I1", "I2"),
    _b("a refused re-send is believed", _believes_the_refusal_of_a_resend, "I2"),
    _b("a re-send has a new key", _resends_with_a_new_key, "I1", "I2", "I5"),
    _b("unknown is re-sent in every class", _resends_in_every_class, "I1", "I5", "I6"),
    _b("re-sent after the key is forgotten", _resends_for_ever, "I1", "I6"),
    _b("reservations are not counted", _does_not_count_reservations, "I4"),
    _b("limits are checked before a wait", _checks_the_limit_before_a_wait, "I4"),
    _b("strangers are not counted", _forgets_what_strangers_paid, "I4"),
    _b("the intent is written after the send", _writes_the_intent_after_the_send, "I5"),
    _b("nothing is synced", _does_not_sync, "I5"),
    _b("the cooldown is ignored", _ignores_the_cooldown, "I3"),
    _b("another amount is believed", _believes_any_success, "I9"),
    _b("a time-out is a failure", _takes_a_time_out_for_a_failure, "I2"),
    _b("told before it is written", _tells_before_it_writes, "I7"),
    _b("any clock is trusted", _trusts_any_clock, "I11"),
    _b("a crash is not cleaned up after", _forgets_what_a_crash_left, "I8", "I10"),
    _b(
        "the first of several charges is ours",
        _takes_the_first_charge_that_fits,
        "I9",
        **_in(Scene.TWINS),
    ),
    _b(
        "an early no of a person is believed",
        _believes_an_early_no,
        "I2",
        **_in(Scene.EARLY_NO),
    ),
    _b(
        "a flight ends with its caller",
        _lands_with_its_caller,
        "C6",
        **_in(Scene.IMPATIENT),
    ),
    _b(
        "what could not be written is told",
        _tells_what_is_not_written,
        "I7",
        **_in(Scene.CROWD),
    ),
    _b(
        "the rest is measured by the wall clock",
        _rests_by_the_wall_clock,
        "I3",
        **_in(Scene.SHORT_REST),
    ),
    _b(
        "settled is measured by the wall clock",
        _settles_by_the_wall_clock,
        "I2",
        **_in(Scene.TOO_SOON),
    ),
    _b(
        "the next write is tried after a failed one",
        _writes_again_after_a_failure,
        "D2",
        **_in(Scene.CROWD),
    ),
    _b("any price is paid", _pays_any_price, "H10", **_in(Scene.DEARER)),
    _b(
        "months are those of the house",
        _counts_months_by_the_house,
        "I4",
        **_in(Scene.MOVED),
    ),
    _b("any book is trusted", _trusts_any_book, "I11", **_HANDS),
    _b("the old book is not read", _leaves_the_old_book_unread, "I2", **_HANDS),
    _b(
        "an old key is young",
        _takes_an_old_key_for_young,
        "I6",
        **_in(Scene.OLD_KEY),
    ),
    _b(
        "a no after a wrong yes is believed",
        _believes_a_no_after_a_wrong_yes,
        "I2",
        moods=(Mood.TAKES_WORD_BACK,),
        bad_mood=0.7,
    ),
    _b(
        "what was there once may be missing",
        _forgets_that_it_was_there,
        "I2",
        moods=(Mood.VANISHES,),
        bad_mood=0.7,
    ),
)
