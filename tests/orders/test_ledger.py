"""What stands in the order book after each kind of entry, and what is read from it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from custom_components.esim_topup.orders.ledger import Asked
from custom_components.esim_topup.orders.order import (
    COUNTED,
    NEXT,
    BrokenPromise,
    OrderState,
    Origin,
)
from custom_components.esim_topup.orders.policy import Reason, Refused
from custom_components.esim_topup.orders.store import Store

from .books import ASKED, holds, journal, look, open_store, reserve, reserved
from .fake_clock import NOON
from .samples import ACCOUNT, LINE_KEY, make_charge, make_order, rub, usd
from .world import reading, rows

S = OrderState
MINUTE = timedelta(minutes=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the book is."""
    return tmp_path / "orders.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """An open, empty book. Whatever is done to it, the totals are right in the end."""
    store = await open_store(path)
    yield store
    await store.close()
    assert holds(path)


async def month(store: Store) -> Any:
    """Return what the account has spent this month."""
    return (await look(store)).spent.account_month


# Reserving


@pytest.mark.parametrize("state", S)
async def test_an_order_counts_from_its_reservation(store: Store, state: S) -> None:
    """I4: money that is reserved is as good as spent; a request that waits for approval is not."""
    await reserved(store, state)
    assert await month(store) == (rub(300) if state in COUNTED else rub(0))


async def test_a_decision_sees_the_book_of_its_own_transaction(store: Store) -> None:
    """Two lines of one account decide one after the other, never at once (C2)."""
    seen = []
    for number in range(3):
        asked = Asked(f"line {number}", Origin.USER, None)
        order = make_order(line_key=f"line {number}")

        def decide(book: Any, order: Any = order) -> Any:
            seen.append(book.spent.account_month)
            return order

        await store.reserve(
            asked, decide, account_key=ACCOUNT, currency="RUB", now=NOON
        )
    assert seen == [rub(0), rub(300), rub(600)]


async def test_a_refusal_stands_in_the_journal_and_nowhere_else(
    store: Store, path: Path
) -> None:
    """Threat 17: who was refused what. It must not block or count anything."""
    assert await reserve(store, Refused(reason=Reason.COOLING_DOWN)) == Refused(
        reason=Reason.COOLING_DOWN
    )
    await store.note_refusal(ASKED, Refused(reason=Reason.HELD), now=NOON)
    assert journal(path) == [
        ("refused", "cooling_down", "automation", "user-1"),
        ("refused", "held", "automation", "user-1"),
    ]
    assert rows(path) == []


async def test_the_same_refusal_is_written_down_once_an_hour(
    store: Store, path: Path
) -> None:
    """A runaway automation must not wear out the card that the order book is on."""
    held = Refused(reason=Reason.HELD)
    revision = store.witness.revision
    for minutes in (0, 1, 59, 61):
        await store.note_refusal(ASKED, held, now=NOON + timedelta(minutes=minutes))
    await store.note_refusal(
        replace(ASKED, user_id="user-2"), held, now=NOON + timedelta(minutes=61)
    )
    assert [entry[3] for entry in journal(path)] == ["user-1", "user-1", "user-2"]
    assert store.witness.revision == revision + 3


async def test_old_refusals_make_room_and_orders_do_not(
    store: Store, path: Path
) -> None:
    """What was paid is kept for ever; why nothing was paid a year ago helps nobody."""
    order = await reserved(store)
    await store.note_refusal(ASKED, Refused(reason=Reason.HELD), now=NOON)
    later = NOON + timedelta(days=91)
    await store.note_refusal(ASKED, Refused(reason=Reason.LOCKED), now=later)
    assert [entry[:2] for entry in journal(path)] == [
        (order.state.value, order.reason),
        ("refused", "locked"),
    ]


async def test_a_decision_that_breaks_leaves_nothing(store: Store, path: Path) -> None:
    """A fault in the decision is our bug: nothing is reserved, nothing is locked."""

    def decide(_: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.reserve(
            ASKED, decide, account_key=ACCOUNT, currency="RUB", now=NOON
        )
    assert rows(path) == []
    await reserved(store)


# Steps

PATHS = [
    (before, steps)
    for before in S
    for steps in [
        (),
        *((after,) for after in NEXT[before]),
        *((a, b) for a in NEXT[before] for b in NEXT[a]),
    ]
]


@pytest.mark.parametrize(
    ("before", "steps"),
    PATHS,
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else value,
)
async def test_totals_are_right_after_every_path(
    store: Store, path: Path, before: S, steps: tuple[S, ...]
) -> None:
    """I4: an order that fails gives its money back once, whichever way it went; one that is paid keeps it."""
    order = await reserved(store, before)
    after = await store.step(order.id, steps, now=NOON + MINUTE)
    last = steps[-1] if steps else before
    assert (after.state, rows(path)) == (last, [after])
    assert await month(store) == (rub(300) if last in COUNTED else rub(0))
    assert holds(path)


async def test_a_step_keeps_what_it_does_not_change(store: Store) -> None:
    """A reference of the provider that is lost cannot be looked up any more."""
    order = await reserved(store)
    after = await store.step(
        order.id, (S.UNKNOWN,), now=NOON + MINUTE, reason="timeout", provider_ref="p-1"
    )
    assert after == replace(
        order,
        state=S.UNKNOWN,
        updated_at=NOON + MINUTE,
        reason="timeout",
        provider_ref="p-1",
    )
    again = await store.step(
        order.id, (S.HELD,), now=NOON + 2 * MINUTE, reason="too_long_unknown"
    )
    assert (again.provider_ref, again.created_at, again.sends) == ("p-1", NOON, 1)


async def test_every_step_and_who_decided_it_stand_in_the_journal(
    store: Store, path: Path
) -> None:
    """Threat 17: months later somebody asks who said that it was charged."""
    order = await reserved(store, S.HELD, origin=Origin.RULE)
    await store.step(
        order.id,
        (S.SUCCEEDED, S.REVERSED),
        now=NOON,
        by="admin",
        reason="decided_by_a_person",
    )
    assert journal(path) == [
        ("held", None, "automation", "user-1"),
        ("succeeded", "decided_by_a_person", "rule", "admin"),
        ("reversed", "decided_by_a_person", "rule", "admin"),
    ]


async def test_a_step_that_is_not_in_the_picture_changes_nothing(
    store: Store, path: Path
) -> None:
    """I7: half of a forbidden way must not be left behind."""
    order = await reserved(store, S.UNKNOWN)
    with pytest.raises(BrokenPromise, match="I7"):
        await store.step(order.id, (S.SUCCEEDED, S.FAILED), now=NOON)
    assert rows(path) == [order]
    await store.step(order.id, (S.SUCCEEDED,), now=NOON)


async def test_a_step_of_an_order_that_is_gone_is_a_broken_promise(
    store: Store,
) -> None:
    """I2: an order never disappears; if one does, the spending has to stop."""
    with pytest.raises(BrokenPromise, match="I2"):
        await store.step("no such order", (S.FAILED,), now=NOON)


# Charges of the history


async def test_a_foreign_charge_counts_once(store: Store) -> None:
    """Threat 15: what somebody else pays for the line fills the limits; each look shows it again."""
    charges = [make_charge(id="a"), make_charge(id="b", money=rub(20))]
    for _ in range(2):
        await store.add_foreign(ACCOUNT, LINE_KEY, charges)
    assert await month(store) == rub(320)
    assert await store.known_charges(ACCOUNT, LINE_KEY) == {"a": None, "b": None}


async def test_a_foreign_charge_counts_in_its_own_time_and_currency(
    store: Store,
) -> None:
    """One of last month does not fill the limit of this one."""
    await store.add_foreign(
        ACCOUNT,
        LINE_KEY,
        [make_charge(at=NOON - timedelta(days=25)), make_charge(money=usd(5))],
    )
    spent = (await look(store)).spent
    assert (spent.account_month, spent.account_rolling) == (rub(0), rub(300))


async def test_our_charge_is_not_counted_beside_its_order(store: Store) -> None:
    """A charge of ours that is counted twice halves the limits."""
    order = await reserved(store, S.SUCCEEDED)
    await store.claim(order, make_charge(id="a"))
    await store.claim(order, make_charge(id="a"))
    assert await month(store) == rub(300)
    assert await store.known_charges(ACCOUNT, LINE_KEY) == {"a": order.id}


async def test_a_charge_that_was_taken_for_foreign_is_counted_once_when_it_is_claimed(
    store: Store,
) -> None:
    """A line that got a new name in the book, for instance: the first look saw a stranger's charge."""
    await store.add_foreign(ACCOUNT, "an older name of the line", [make_charge(id="a")])
    order = await reserved(store, S.SUCCEEDED)
    assert await month(store) == rub(600)
    await store.claim(order, make_charge(id="a"))
    assert await month(store) == rub(300)


async def test_an_order_keeps_the_first_charge_that_was_tied_to_it(
    store: Store,
) -> None:
    """I1: one order, one charge. The second one stays a stranger's."""
    order = await reserved(store, S.SUCCEEDED)
    await store.claim(order, make_charge(id="a"))
    await store.claim(order, make_charge(id="b"))
    assert await store.known_charges(ACCOUNT, LINE_KEY) == {"a": order.id}


async def test_a_proof_is_claimed_in_the_same_transaction_as_its_step(
    store: Store, path: Path
) -> None:
    """Class H: a crash between the two would leave a charge that belongs to an order which failed: counted nowhere."""
    order = await reserved(store, S.UNKNOWN)
    with pytest.raises(BrokenPromise):
        await store.step(
            order.id, (S.SUBMITTING,), now=NOON, charge=make_charge(id="a")
        )
    assert await store.known_charges(ACCOUNT, LINE_KEY) == {}
    await store.step(order.id, (S.SUCCEEDED,), now=NOON, charge=make_charge(id="a"))
    assert await store.known_charges(ACCOUNT, LINE_KEY) == {"a": order.id}


async def test_paid_orders_wait_for_their_charge(store: Store) -> None:
    """Oldest first, since charges are sorted by time; tied ones and those of other lines wait for nothing."""
    early = await reserved(store, S.SUCCEEDED, created_at=NOON - MINUTE)
    late = await reserved(store, S.REVERSED)
    tied = await reserved(store, S.SUCCEEDED)
    await store.claim(tied, make_charge())
    await reserved(store, S.FAILED)
    await reserved(store, S.HELD)
    await reserved(store, S.SUCCEEDED, line_key="other")
    waiting = await store.unclaimed_successes(ACCOUNT, LINE_KEY, NOON - MINUTE)
    assert [order.id for order in waiting] == [early.id, late.id]


async def test_an_order_older_than_the_history_waits_for_nothing(store: Store) -> None:
    """Its charge is not in the list any more. A stranger's of the same amount would be taken for it, and not counted."""
    await reserved(store, S.SUCCEEDED, created_at=NOON - timedelta(days=40))
    assert (
        await store.unclaimed_successes(ACCOUNT, LINE_KEY, NOON - timedelta(days=32))
        == []
    )


# Reading


@pytest.mark.parametrize("state", S)
async def test_what_blocks_and_what_starts_a_rest(store: Store, state: S) -> None:
    """I3: a definite failure starts no cooldown, everything that may have been paid does."""
    await reserved(store, state)
    book = await look(store)
    assert (book.unfinished is not None) is (
        state in {S.AWAITING_APPROVAL, S.SUBMITTING, S.PENDING, S.UNKNOWN, S.HELD}
    )
    assert (book.last_started is not None) is (
        state in {S.SUBMITTING, S.PENDING, S.UNKNOWN, S.HELD, S.SUCCEEDED, S.REVERSED}
    )


async def test_the_newest_order_counts_for_the_clock_wherever_it_is(
    store: Store,
) -> None:
    """T4: the clock is one for all lines."""
    assert (await look(store)).newest_at == NOON, "when the book was begun"
    await reserved(store, S.FAILED, created_at=NOON + MINUTE, line_key="other")
    assert (await look(store)).newest_at == NOON + MINUTE


async def test_a_step_taken_under_a_wrong_clock_does_not_shut_the_book(
    store: Store,
) -> None:
    """A machine that starts in 2040 and looks an order up must not be locked for 14 years when its clock is right again."""
    order = await reserved(store, S.UNKNOWN)
    await store.step(order.id, (S.SUCCEEDED,), now=NOON + timedelta(days=5000))
    assert (await look(store)).newest_at == NOON


async def test_a_summary_names_the_last_order_and_the_last_success(
    store: Store,
) -> None:
    """What the card and the sensors show."""
    success = await reserved(store, S.SUCCEEDED, created_at=NOON - 2 * MINUTE)
    await reserved(store, S.FAILED, created_at=NOON - 3 * MINUTE)
    last = await reserved(store, S.FAILED, created_at=NOON - MINUTE)
    summary = (await store.summaries(ACCOUNT, (LINE_KEY, "other"), "RUB", NOON))[
        LINE_KEY
    ]
    assert (summary.last, summary.last_success, summary.book.last_started) == (
        last,
        success,
        success,
    )


async def test_orders_are_listed_by_line_or_by_account_newest_first(
    store: Store,
) -> None:
    """`get_orders`."""
    first = await reserved(store, S.FAILED, created_at=NOON - MINUTE)
    second = await reserved(store, S.FAILED)
    other = await reserved(
        store, S.FAILED, line_key="other", created_at=NOON - 2 * MINUTE
    )
    await reserved(store, S.FAILED, account_key="another", line_key="far away")
    assert await store.orders(line_key=LINE_KEY) == [second, first]
    assert await store.orders(account_key=ACCOUNT) == [second, first, other]
    assert await store.orders(account_key=ACCOUNT, limit=1) == [second]
    assert await store.orders() == []


async def test_open_orders_are_found_after_a_crash(store: Store) -> None:
    """P9: oldest first, and only those whose money may still move."""
    for number, state in enumerate(S):
        await reserved(
            store, state, line_key=f"line {number}", created_at=NOON - number * MINUTE
        )
    assert [order.state for order in await store.open_orders()] == [
        S.HELD,
        S.UNKNOWN,
        S.PENDING,
        S.SUBMITTING,
    ]


async def test_an_order_is_found_by_its_id_and_by_its_callers_name(
    store: Store,
) -> None:
    """A repeated call finds the order that it made."""
    order = await reserved(store, S.UNKNOWN, request_id="weekly")
    assert await store.get(order.id) == order
    assert await store.named(LINE_KEY, "weekly") == order
    assert await store.named("other", "weekly") is None
    with pytest.raises(KeyError):
        await store.get("no such order")


async def test_an_order_of_an_earlier_book_is_taken_over_whole(
    store: Store, path: Path
) -> None:
    """A new book must block and count what may still be paid."""
    order = make_order(S.UNKNOWN, reason="timeout")
    for _ in range(2):
        await store.adopt(order, now=NOON)
    assert rows(path) == [order]
    assert await month(store) == rub(300)
    assert journal(path) == [("adopted", "timeout", "user", None)]
    with reading(path) as connection:
        assert (
            connection.execute("SELECT order_id FROM journal").fetchone()[0] == order.id
        )
