"""What an answer proves about an order. Pure; the short list of certain cases first, the careful one last."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ..providers.base import Answer, AnswerState, Charge, EchoedField, Line
from .order import PAID, Order, OrderState


class Mismatch(StrEnum):
    """Which part of a success is not what was ordered."""

    AMOUNT = "amount_differs"
    CURRENCY = "currency_differs"
    LINE = "line_differs"
    REFERENCE = "reference_differs"
    INCOMPLETE = "answer_incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The steps that an answer proves, in order; no step means that nothing is proven."""

    states: tuple[OrderState, ...]
    reason: str | None = None
    provider_ref: str | None = None
    alarm: bool = False
    charge: Charge | None = None
    """The one of the provider's history that proves it."""


NOTHING_PROVEN: Final = Proof(states=())


def judge(
    order: Order,
    line: Line,
    answer: Answer,
    *,
    echoes: frozenset[EchoedField],
    resent: bool,
) -> Proof:
    """Say what an answer proves about `order`. What nobody foresaw proves nothing: it costs a look-up, not a second charge.

    `resent`: the answer is that of a repeated attempt. A "no" to it says nothing about the first one.
    """
    wrong = mismatch(order, line, answer, echoes)
    # The answer of another order must not lend us its id: we would look that one up from now on.
    is_ours = wrong not in (Mismatch.REFERENCE, Mismatch.LINE)
    their_id = answer.provider_ref if is_ours else None
    match answer.state:
        case AnswerState.NOT_SENT | AnswerState.DECLINED if resent:
            return _unknown("resend_refused")
        case AnswerState.NOT_SENT:
            return Proof(
                states=(OrderState.FAILED,), reason=answer.reason or "not_sent"
            )
        case AnswerState.DECLINED if wrong not in (None, Mismatch.INCOMPLETE):
            return _unknown(wrong.value, alarm=True)
        case AnswerState.DECLINED:
            return Proof(
                states=(OrderState.FAILED,),
                reason=answer.reason or "declined",
                provider_ref=answer.provider_ref,
            )
        case AnswerState.SUCCEEDED | AnswerState.PENDING | AnswerState.REVERSED if (
            wrong is not None
        ):
            return _unknown(
                wrong.value, their_id, alarm=wrong is not Mismatch.INCOMPLETE
            )
        case AnswerState.SUCCEEDED:
            return Proof(
                states=(OrderState.SUCCEEDED,), provider_ref=answer.provider_ref
            )
        case AnswerState.PENDING:
            return Proof(
                states=(OrderState.PENDING,),
                reason=answer.reason,
                provider_ref=answer.provider_ref,
            )
        case AnswerState.REVERSED:
            return Proof(
                states=(OrderState.SUCCEEDED, OrderState.REVERSED),
                reason=answer.reason or "reversed",
                provider_ref=answer.provider_ref,
            )
        case _:
            return _unknown(answer.reason or "no_clear_answer", their_id)


def _unknown(
    reason: str, provider_ref: str | None = None, *, alarm: bool = False
) -> Proof:
    return Proof(
        states=(OrderState.UNKNOWN,),
        reason=reason,
        provider_ref=provider_ref,
        alarm=alarm,
    )


def mismatch(
    order: Order, line: Line, answer: Answer, echoes: frozenset[EchoedField]
) -> Mismatch | None:
    """Return the first field that differs from the order (I9), or that the provider always names and did not."""
    named = (
        (EchoedField.REFERENCE, Mismatch.REFERENCE, answer.reference, order.id),
        (EchoedField.LINE, Mismatch.LINE, answer.line_id, line.id),
        (
            EchoedField.CURRENCY,
            Mismatch.CURRENCY,
            answer.currency,
            order.money.currency,
        ),
        (EchoedField.AMOUNT, Mismatch.AMOUNT, answer.amount, order.money.amount),
    )
    for _, wrong, said, ordered in named:
        if said is not None and said != ordered:
            return wrong
    if any(field in echoes and said is None for field, _, said, _ in named):
        return Mismatch.INCOMPLETE
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """A line's history against our order book."""

    ours: tuple[tuple[Order, Charge], ...]
    """Charges that an order of ours made, and that were not tied to it yet."""
    foreign: tuple[Charge, ...]
    """Charges that nobody here made: they count against the limits all the same."""


def sort_charges(
    charges: Iterable[Charge], orders: Iterable[Order], known: frozenset[str]
) -> Sorted:
    """Tell our charges from foreign ones. `known` are the ids seen before; an order is given one charge at most.

    Refunds and the like, which cost nothing, are left out: nobody knows what they are for, and no limit grows by them.
    What a charge of ours cost above its order counts like a foreign one.
    """
    waiting = [order for order in orders if order.state in PAID]
    ours: list[tuple[Order, Charge]] = []
    foreign: list[Charge] = []
    for charge in sorted(charges, key=lambda charge: charge.at):
        if charge.id in known or charge.money.amount <= 0:
            continue
        order = next((order for order in waiting if is_charge_of(charge, order)), None)
        if order is None:
            foreign.append(charge)
        else:
            waiting.remove(order)
            ours.append((order, charge))
            foreign.extend(_excess(charge, order))
    return Sorted(ours=tuple(ours), foreign=tuple(foreign))


def _excess(charge: Charge, order: Order) -> Iterator[Charge]:
    if charge.money.currency != order.money.currency:
        yield replace(charge, id=f"{charge.id}:excess")
    elif charge.money > order.money:
        yield replace(
            charge, id=f"{charge.id}:excess", money=charge.money - order.money
        )


def is_charge_of(charge: Charge, order: Order) -> bool:
    """Say whether a charge is certainly or most probably the one that `order` made."""
    if charge.reference is not None:
        return charge.reference == order.id
    if order.provider_ref is not None and charge.id == order.provider_ref:
        return True
    return looks_like(charge, order)


CLOCK_SLACK: Final = timedelta(minutes=5)
"""The provider's clock and ours may differ by this much; beyond it nothing is ordered (policy.SKEW_TOLERANCE)."""


def looks_like(charge: Charge, order: Order) -> bool:
    """Say whether a charge without our reference fits an order: product, amount, and made since the intent."""
    return charge.money == order.money and _is_unexplained(charge, order)


def _is_unexplained(charge: Charge, order: Order) -> bool:
    """Say whether a charge may be the one of an order after all, at another amount."""
    return (
        charge.reference is None
        and charge.offer_id in (None, order.offer_id)
        and charge.at >= order.created_at - CLOCK_SLACK
    )


def judge_history(
    order: Order, charges: Collection[Charge], known: frozenset[str], *, settled: bool
) -> Proof:
    """Class H: exactly one unclaimed charge that fits is ours; none after the settle window is a failure; several are held.

    A foreign charge that looks like ours may cost a missed top-up, never a second charge.
    """
    fitting = [
        charge
        for charge in charges
        if charge.id not in known and is_charge_of(charge, order)
    ]
    match fitting:
        case [charge] if charge.money != order.money:
            return _unknown(Mismatch.AMOUNT.value, charge.id, alarm=True)
        case [charge]:
            return Proof(
                states=(OrderState.SUCCEEDED,), provider_ref=charge.id, charge=charge
            )
        case [] if settled and any(
            _is_unexplained(charge, order)
            for charge in charges
            if charge.id not in known
        ):
            # Ours with a wrong amount, or a stranger's: who is not sure does not pay again.
            return Proof(
                states=(OrderState.HELD,), reason="another_charge_fits", alarm=True
            )
        case [] if settled:
            return Proof(states=(OrderState.FAILED,), reason="not_in_history")
        case []:
            return NOTHING_PROVEN
        case _:
            return Proof(states=(OrderState.HELD,), reason="several_charges_fit")


def settled_for(order: Order, now: datetime, monotonic_age: timedelta) -> timedelta:
    """Return how long ago the last attempt can have left, by the clock that says less: one of them may have jumped."""
    if order.last_sent_at is None:
        return monotonic_age
    return min(now - order.last_sent_at, monotonic_age)
