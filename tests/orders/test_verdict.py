"""What an answer, or a provider's history, proves about an order."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.orders.order import OrderState, check_step
from custom_components.esim_topup.orders.verdict import (
    NOTHING_PROVEN,
    Mismatch,
    Proof,
    judge,
    judge_history,
    mismatch,
    settled_for,
    sort_charges,
)
from custom_components.esim_topup.providers.base import Answer, AnswerState, EchoedField

from .fake_clock import NOON
from .samples import LINE, make_answer, make_charge, make_order, rub, usd

ALL = frozenset(EchoedField)
A = AnswerState
S = OrderState

MISMATCHES: list[tuple[dict[str, Any], Mismatch | None]] = [
    ({}, None),
    ({"reference": "another"}, Mismatch.REFERENCE),
    ({"line_id": "another"}, Mismatch.LINE),
    ({"currency": "USD"}, Mismatch.CURRENCY),
    ({"amount": Decimal(30000)}, Mismatch.AMOUNT),
    ({"amount": Decimal("3.00")}, Mismatch.AMOUNT),
    ({"amount": Decimal(-300)}, Mismatch.AMOUNT),
    ({"amount": Decimal(0)}, Mismatch.AMOUNT),
    ({"reference": None}, Mismatch.INCOMPLETE),
    ({"line_id": None}, Mismatch.INCOMPLETE),
    ({"currency": None}, Mismatch.INCOMPLETE),
    ({"amount": None}, Mismatch.INCOMPLETE),
    ({"reference": None, "amount": Decimal(1)}, Mismatch.AMOUNT),
    ({"reference": "another", "amount": Decimal(1)}, Mismatch.REFERENCE),
]


def proof_of(
    answer_state: A,
    *,
    resent: bool = False,
    echoes: frozenset[EchoedField] = ALL,
    **changes: Any,
) -> Proof:
    """Return what an answer with these changes proves."""
    order = make_order()
    return judge(
        order,
        LINE,
        make_answer(order, answer_state, **changes),
        echoes=echoes,
        resent=resent,
    )


@pytest.mark.parametrize(("changes", "wrong"), MISMATCHES)
def test_a_field_that_differs_is_named(
    changes: dict[str, Any], wrong: Mismatch | None
) -> None:
    """I9, H4-H9: what was bought must be what was ordered, in all four fields."""
    order = make_order()
    assert mismatch(order, LINE, make_answer(order, **changes), ALL) is wrong


@pytest.mark.parametrize("amount", ["300.01", "299.99", "300.49", "300.001"])
def test_a_hundredth_more_or_less_is_another_amount(amount: str) -> None:
    """I9: a comparison that rounds would call a fee, or a mix-up of two orders, our success."""
    proof = proof_of(A.SUCCEEDED, amount=Decimal(amount))
    assert (proof.states, proof.alarm) == ((S.UNKNOWN,), True)


def test_a_field_that_the_provider_never_names_is_not_missed() -> None:
    """A provider without references would otherwise never succeed."""
    order = make_order()
    answer = make_answer(order, reference=None)
    assert mismatch(order, LINE, answer, ALL - {EchoedField.REFERENCE}) is None
    assert (
        mismatch(
            order,
            LINE,
            replace(answer, reference="another"),
            ALL - {EchoedField.REFERENCE},
        )
        is Mismatch.REFERENCE
    )


def test_the_same_amount_may_be_written_differently() -> None:
    """`300` and `300.00` are the same money."""
    assert proof_of(A.SUCCEEDED, amount=Decimal(300)).states == (S.SUCCEEDED,)


@pytest.mark.parametrize(("state", "resent"), product(A, [False, True]))
def test_an_answer_proves_no_more_than_it_says(state: A, *, resent: bool) -> None:
    """Every answer, first or repeated, right or wrong. A wrong line here is a second charge or a lost one."""
    for changes, wrong in MISMATCHES:
        proof = proof_of(state, resent=resent, **changes)
        differs = wrong not in (None, Mismatch.INCOMPLETE)
        match state:
            case A.SUCCEEDED if wrong is None:
                assert (proof.states, proof.alarm) == ((S.SUCCEEDED,), False)
            case A.PENDING if wrong is None:
                assert (proof.states, proof.alarm) == ((S.PENDING,), False)
            case A.REVERSED if wrong is None:
                assert (proof.states, proof.alarm) == ((S.SUCCEEDED, S.REVERSED), False)
            case A.SUCCEEDED | A.PENDING | A.REVERSED:
                assert (proof.states, proof.alarm, proof.reason) == (
                    (S.UNKNOWN,),
                    differs,
                    wrong,
                )
            case A.DECLINED | A.NOT_SENT if resent:
                assert (proof.states, proof.reason) == ((S.UNKNOWN,), "resend_refused")
            case A.DECLINED if differs:
                assert (proof.states, proof.alarm) == ((S.UNKNOWN,), True)
            case A.DECLINED | A.NOT_SENT:
                assert proof.states == (S.FAILED,)
            case A.UNKNOWN:
                assert (proof.states, proof.alarm) == ((S.UNKNOWN,), False)


@pytest.mark.parametrize(("state", "resent"), product(A, [False, True]))
def test_whatever_is_proven_is_a_legal_step(state: A, *, resent: bool) -> None:
    """A proof that the book refuses would lock all spending."""
    for before in (S.SUBMITTING, S.UNKNOWN, S.PENDING):
        for after in proof_of(state, resent=resent).states:
            check_step(before, after)
            before = after


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (A.DECLINED, "declined"),
        (A.NOT_SENT, "not_sent"),
        (A.UNKNOWN, "no_clear_answer"),
        (A.REVERSED, "reversed"),
    ],
)
def test_a_reason_is_always_there(state: A, reason: str) -> None:
    """A user who reads "failed" without a word more cannot do anything."""
    assert proof_of(state).reason == reason
    assert proof_of(state, reason="their_word").reason == "their_word"


@pytest.mark.parametrize("state", [A.SUCCEEDED, A.PENDING, A.REVERSED, A.UNKNOWN])
def test_the_answer_of_another_order_does_not_lend_its_id(state: A) -> None:
    """N21: with another order's id we would look that one up from then on, and take its charge for ours."""
    for changes, wrong in MISMATCHES:
        expected = None if wrong in (Mismatch.REFERENCE, Mismatch.LINE) else "p-1"
        assert proof_of(state, **changes).provider_ref == expected


def test_an_answer_state_that_nobody_foresaw_is_unknown() -> None:
    """A look-up is cheaper than a second charge."""
    order = make_order()
    answer: Answer = make_answer(order, "something new")  # type: ignore[arg-type]
    assert judge(order, LINE, answer, echoes=ALL, resent=False).states == (S.UNKNOWN,)


# A line's history


def test_our_charge_is_told_from_a_foreign_one() -> None:
    """Counted twice, it would halve the limits; counted as ours, a foreign one would pass them."""
    order = make_order(S.SUCCEEDED)
    ours, foreign = make_charge(reference=order.id), make_charge(reference="someone")
    found = sort_charges([foreign, ours], [order], frozenset())
    assert (found.ours, found.foreign) == (((order, ours),), (foreign,))


def test_an_order_is_given_one_charge_at_most() -> None:
    """Of two charges that look alike one must count."""
    order = make_order(S.SUCCEEDED)
    first, second = make_charge(), make_charge(at=NOON + timedelta(hours=2))
    found = sort_charges([second, first], [order], frozenset())
    assert (found.ours, found.foreign) == (((order, first),), (second,))


def test_what_is_known_is_not_looked_at_again() -> None:
    """Every look would otherwise count the same foreign charge once more."""
    charge = make_charge()
    assert (
        sort_charges(
            [charge], [make_order(S.SUCCEEDED)], frozenset({charge.id})
        ).foreign
        == ()
    )


@pytest.mark.parametrize("state", S)
def test_only_paid_orders_have_a_charge(state: S) -> None:
    """An order that failed has none: the charge that looks like it is somebody else's, and counts."""
    found = sort_charges([make_charge()], [make_order(state)], frozenset())
    assert bool(found.ours) is (state in {S.SUCCEEDED, S.REVERSED})


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({}, True),
        ({"offer_id": None}, True),
        ({"offer_id": "pack"}, False),
        ({"money": rub(301)}, False),
        ({"money": usd(300)}, False),
        ({"at": NOON - timedelta(minutes=5)}, True),
        ({"at": NOON - timedelta(minutes=5, seconds=1)}, False),
        ({"id": "p-1", "money": rub(300), "at": NOON - timedelta(days=1)}, True),
    ],
    ids=[
        "product, amount and time",
        "a history that names no product",
        "another product",
        "another amount",
        "another currency",
        "their clock is a little behind",
        "made before the order",
        "the provider's own id is proof enough",
    ],
)
def test_a_charge_without_our_reference_is_ours_if_it_fits(
    changes: dict[str, Any], *, ours: bool
) -> None:
    """Class H has nothing better."""
    order = make_order(S.SUCCEEDED, provider_ref="p-1")
    found = sort_charges([make_charge(**changes)], [order], frozenset())
    assert bool(found.ours) is ours


@pytest.mark.parametrize("amount", ["0", "-300"])
def test_a_refund_neither_fills_nor_empties_a_limit(amount: str) -> None:
    """A negative sum would lock the book; a lower sum would let more be spent than the limit says."""
    found = sort_charges(
        [make_charge(money=rub(amount))], [make_order(S.SUCCEEDED)], frozenset()
    )
    assert (found.ours, found.foreign) == ((), ())


def test_what_a_charge_of_ours_cost_more_than_ordered_counts_too() -> None:
    """H9: an operator that takes 30000 for 300 must not leave the limits as they were."""
    order = make_order(S.SUCCEEDED)
    charge = make_charge(reference=order.id, money=rub(30_000))
    found = sort_charges([charge], [order], frozenset())
    assert found.ours == ((order, charge),)
    assert [more.money for more in found.foreign] == [rub(29_700)]
    assert found.foreign[0].id != charge.id


def test_what_a_charge_of_ours_cost_in_another_currency_counts_there() -> None:
    """The limits of that currency know nothing of our order."""
    order = make_order(S.SUCCEEDED)
    found = sort_charges(
        [make_charge(reference=order.id, money=usd(5))], [order], frozenset()
    )
    assert [more.money for more in found.foreign] == [usd(5)]


def test_a_charge_that_cost_less_takes_nothing_back() -> None:
    """The order counts as it was reserved."""
    order = make_order(S.SUCCEEDED)
    found = sort_charges(
        [make_charge(reference=order.id, money=rub(1))], [order], frozenset()
    )
    assert (len(found.ours), found.foreign) == (1, ())


# Class H


@pytest.mark.parametrize(
    ("charges", "settled", "states", "reason"),
    [
        ([make_charge(id="c")], False, (S.SUCCEEDED,), None),
        ([make_charge(id="c")], True, (S.SUCCEEDED,), None),
        ([], True, (S.FAILED,), "not_in_history"),
        ([], False, (), None),
        ([make_charge(money=rub(1))], False, (), None),
        ([make_charge(money=rub(1))], True, (S.HELD,), "another_charge_fits"),
        (
            [make_charge(money=rub(1), offer_id="another")],
            True,
            (S.FAILED,),
            "not_in_history",
        ),
        (
            [make_charge(money=rub(1), reference="another")],
            True,
            (S.FAILED,),
            "not_in_history",
        ),
        (
            [make_charge(money=rub(1), at=NOON - timedelta(minutes=6))],
            True,
            (S.FAILED,),
            "not_in_history",
        ),
        ([make_charge(), make_charge()], False, (S.HELD,), "several_charges_fit"),
        ([make_charge(), make_charge()], True, (S.HELD,), "several_charges_fit"),
    ],
    ids=[
        "one",
        "one, late",
        "none, late",
        "none yet",
        "another amount, not yet late",
        "another amount",
        "another offer",
        "another order's",
        "an earlier one",
        "several",
        "several, late",
    ],
)
def test_the_history_proves_one_charge_or_none_or_asks_a_person(
    charges: list[Any], states: tuple[S, ...], reason: str | None, *, settled: bool
) -> None:
    """Class H: a guess among several would either lose a charge or pay a second time."""
    proof = judge_history(make_order(S.UNKNOWN), charges, frozenset(), settled=settled)
    assert (proof.states, proof.reason) == (states, reason)
    assert proof.charge is (charges[0] if states == (S.SUCCEEDED,) else None)
    assert states or proof is NOTHING_PROVEN


def test_a_charge_that_is_claimed_is_no_proof() -> None:
    """I1: one charge cannot be the proof of two orders."""
    charge = make_charge()
    assert judge_history(
        make_order(S.UNKNOWN), [charge], frozenset({charge.id}), settled=True
    ).states == (S.FAILED,)


@pytest.mark.parametrize("money", [rub(30_000), usd(300)])
def test_a_charge_of_ours_with_another_amount_is_an_alarm(money: Any) -> None:
    """I9: the operator names our order and another amount. That is no success."""
    order = make_order(S.UNKNOWN)
    proof = judge_history(
        order, [make_charge(reference=order.id, money=money)], frozenset(), settled=True
    )
    assert (proof.states, proof.alarm, proof.charge) == ((S.UNKNOWN,), True, None)


# How long ago

pauses = st.timedeltas(min_value=-timedelta(days=400), max_value=timedelta(days=400))


@given(
    wall=pauses,
    counted=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400)),
)
def test_the_clock_that_says_less_is_believed(
    wall: timedelta, counted: timedelta
) -> None:
    """T5: a clock that jumps forward must not make "not found" a proof."""
    order = make_order(last_sent_at=NOON)
    assert settled_for(order, NOON + wall, counted) == min(wall, counted)


def test_an_order_that_was_never_sent_is_as_old_as_this_process_knows() -> None:
    """A row without the time of its sending comes from an older book."""
    assert settled_for(
        make_order(last_sent_at=None), NOON, timedelta(minutes=3)
    ) == timedelta(minutes=3)
