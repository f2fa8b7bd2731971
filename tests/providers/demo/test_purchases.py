"""What a purchase takes and gives, why it is declined, and that a repeated one is the same one."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from custom_components.esim_topup.providers.base import (
    Answer,
    AnswerState,
    Line,
    NotFound,
    Purchase,
)
from custom_components.esim_topup.providers.demo import DemoProvider, charges
from custom_components.esim_topup.providers.money import Money

from .conftest import (
    ESIM,
    NOBODY,
    PHONE,
    START,
    TRACKER,
    Clock,
    Operator,
    balance,
    funds,
    purchase,
    reading,
    rub,
)


async def test_a_recharge_moves_money_from_the_wallet_to_the_line(
    provider: DemoProvider, path: Path
) -> None:
    """The whole point of a rehearsal."""
    answer = await provider.submit(purchase("300"))
    assert answer.state is AnswerState.SUCCEEDED
    assert await balance(provider) == rub("362.50")
    assert await funds(provider) == rub("4700")
    assert [charge.money for charge in charges(path)] == [rub("300")]


async def test_a_success_names_all_that_was_bought(provider: DemoProvider) -> None:
    """An answer that leaves something out would be an alarm (I9)."""
    wish = purchase("300")
    assert await provider.submit(wish) == Answer(
        state=AnswerState.SUCCEEDED,
        provider_ref="demo-1",
        reference=wish.reference,
        line_id="demo-phone",
        amount=Decimal(300),
        currency="RUB",
    )


async def test_a_data_package_brings_data_and_validity(provider: DemoProvider) -> None:
    """An eSIM has no money balance: gigabytes and days are what it buys."""
    before = await reading(provider, ESIM)
    await provider.submit(purchase("350", line=ESIM, offer="data-3gb"))
    after = await reading(provider, ESIM)
    assert (before.data_left_bytes, after.data_left_bytes) == (3 * 10**9, 6 * 10**9)
    assert (
        before.valid_until is not None
        and after.valid_until == before.valid_until + timedelta(days=30)
    )
    assert after.balance is None


@pytest.mark.parametrize(("amount", "offer"), [("10", "open"), ("100", "recharge-100")])
async def test_any_recharge_keeps_the_tracker_alive(
    provider: DemoProvider, amount: str, offer: str
) -> None:
    """A SIM that expires unused is saved by the smallest payment."""
    before = await reading(provider, TRACKER)
    await provider.submit(purchase(amount, line=TRACKER, offer=offer))
    after = await reading(provider, TRACKER)
    assert (
        before.valid_until is not None
        and after.valid_until == before.valid_until + timedelta(days=30)
    )
    assert after.balance == rub("40.00") + rub(amount)


async def test_a_card_whose_funds_nobody_tells_pays_and_stays_untold(
    provider: DemoProvider,
) -> None:
    """Unknown funds must not become zero by being used."""
    assert (
        await provider.submit(purchase("4000", method="card-1"))
    ).state is AnswerState.SUCCEEDED
    assert await funds(provider, "card-1") is None
    assert await funds(provider) == rub("5000")


@pytest.mark.parametrize(
    ("line", "offer", "amount", "currency", "method", "reason"),
    [
        pytest.param(
            NOBODY, "open", "300", "RUB", None, "line_unknown", id="no such line"
        ),
        pytest.param(
            PHONE, "gift", "300", "RUB", None, "offer_unknown", id="no such offer"
        ),
        pytest.param(
            PHONE,
            "data-1gb",
            "150",
            "RUB",
            None,
            "offer_unknown",
            id="another line's offer",
        ),
        pytest.param(
            PHONE,
            "open",
            "9",
            "RUB",
            None,
            "amount_not_allowed",
            id="below the minimum",
        ),
        pytest.param(
            PHONE,
            "open",
            "5001",
            "RUB",
            None,
            "amount_not_allowed",
            id="above the maximum",
        ),
        pytest.param(
            PHONE,
            "open",
            "10.50",
            "RUB",
            None,
            "amount_not_allowed",
            id="between two steps",
        ),
        pytest.param(
            PHONE, "open", "-300", "RUB", None, "amount_not_allowed", id="negative"
        ),
        pytest.param(
            PHONE, "open", "300", "EUR", None, "amount_not_allowed", id="other currency"
        ),
        pytest.param(
            PHONE,
            "recharge-300",
            "299",
            "RUB",
            None,
            "amount_not_allowed",
            id="another price",
        ),
        pytest.param(
            PHONE, "open", "300", "RUB", "card-9", "method_unknown", id="no such method"
        ),
        pytest.param(
            PHONE,
            "open",
            "101",
            "RUB",
            "card-2",
            "insufficient_funds",
            id="more than the card has",
        ),
    ],
)
async def test_a_refusal_says_why_and_takes_nothing(
    provider: DemoProvider,
    path: Path,
    line: Line,
    offer: str,
    amount: str,
    currency: str,
    method: str | None,
    reason: str,
) -> None:
    """Each reason wants to be seen in a rehearsal, and a look-up says the same."""
    wish = purchase(amount, line=line, offer=offer, method=method, currency=currency)
    answer = await provider.submit(wish)
    assert (answer.state, answer.reason) == (AnswerState.DECLINED, reason)
    assert await provider.find(wish) == answer
    assert await balance(provider) == rub("62.50")
    assert await funds(provider) == rub("5000")
    assert charges(path) == []


async def test_the_largest_amount_there_is_is_declined_and_not_an_error(
    provider: DemoProvider,
) -> None:
    """A submit never raises for what was asked."""
    absurd = replace(purchase(), money=Money(Decimal(10) ** 15, "RUB"))
    first = await provider.submit(absurd)
    assert first.reason == "amount_not_allowed"
    assert await provider.submit(absurd) == first


async def test_a_wallet_can_be_emptied_and_no_further(provider: DemoProvider) -> None:
    """The last rouble can be spent, one more cannot."""
    assert (await provider.submit(purchase("5000"))).state is AnswerState.SUCCEEDED
    assert await funds(provider) == rub("0.00")
    assert (await provider.submit(purchase("10"))).reason == "insufficient_funds"


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        pytest.param(
            datetime(2026, 12, 31, 23, 59, tzinfo=UTC), None, id="last minute"
        ),
        pytest.param(
            datetime(2027, 1, 1, tzinfo=UTC), "card_expired", id="first minute after"
        ),
    ],
)
async def test_a_card_works_until_the_end_of_its_last_day(
    provider: DemoProvider, clock: Clock, now: datetime, reason: str | None
) -> None:
    """A card that is printed 12/26 pays on the 31st of December."""
    await provider.account()
    clock.now = now
    assert (await provider.submit(purchase("50", method="card-2"))).reason == reason


async def test_the_same_reference_is_charged_once_and_answered_the_same(
    provider: DemoProvider, path: Path, clock: Clock
) -> None:
    """A re-send after a lost answer must not cost anything (class K)."""
    wish = purchase()
    first = await provider.submit(wish)
    clock.forward(days=2)
    assert await provider.submit(wish) == first
    assert len(charges(path)) == 1


async def test_a_decline_is_replayed_though_it_would_pass_now(
    provider: DemoProvider, path: Path
) -> None:
    """One reference has one outcome; a new try is a new order."""
    wish = purchase("200", method="card-2")
    first = await provider.submit(wish)
    await provider.submit(purchase("10", method="card-2"))
    assert (first.reason, await provider.submit(wish)) == ("insufficient_funds", first)
    assert [charge.money for charge in charges(path)] == [rub("10")]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(purchase("301", reference="same"), id="amount"),
        pytest.param(purchase(line=TRACKER, reference="same"), id="line"),
        pytest.param(purchase(offer="recharge-300", reference="same"), id="offer"),
        pytest.param(purchase(method="card-1", reference="same"), id="method"),
    ],
)
async def test_another_wish_under_the_same_reference_is_refused(
    provider: DemoProvider, path: Path, other: Purchase
) -> None:
    """A key that is used again for something else is a mistake, not a repetition; the first order stays as it was."""
    first = purchase(reference="same")
    await provider.submit(first)
    answer = await provider.submit(other)
    assert (answer.state, answer.reason, answer.reference) == (
        AnswerState.DECLINED,
        "reference_reused",
        "same",
    )
    found = await provider.find(first)
    assert isinstance(found, Answer) and found.state is AnswerState.SUCCEEDED
    assert len(charges(path)) == 1


async def test_the_wallet_by_name_is_the_wallet_by_default(
    provider: DemoProvider, path: Path
) -> None:
    """Both say the same wish, so a re-send may spell it either way."""
    await provider.submit(purchase(reference="same"))
    answer = await provider.submit(purchase(reference="same", method="wallet"))
    assert answer.state is AnswerState.SUCCEEDED
    assert len(charges(path)) == 1


async def test_an_order_that_never_came_is_not_found(provider: DemoProvider) -> None:
    """Not found is an answer, not an error."""
    assert await provider.find(purchase(), "demo-1") == NotFound()


async def test_the_history_lists_a_line_s_charges_since_a_time(
    provider: DemoProvider, clock: Clock
) -> None:
    """The monthly statement compares our orders with this list."""
    await provider.submit(purchase("100"))
    clock.forward(days=1)
    wish = purchase("200")
    await provider.submit(wish)
    await provider.submit(purchase("20", line=TRACKER))
    assert [charge.money for charge in await provider.history(PHONE, START)] == [
        rub("100"),
        rub("200"),
    ]
    (charge,) = await provider.history(PHONE, clock.now)
    assert (charge.at, charge.money, charge.line_id) == (
        clock.now,
        rub("200"),
        "demo-phone",
    )
    assert (charge.offer_id, charge.reference, charge.id) == (
        "open",
        wish.reference,
        "charge-2",
    )


async def test_use_can_be_rehearsed_without_waiting(operator: Operator) -> None:
    """An automation 'below 50' is tried out by spending 20 roubles now."""
    left = await operator().burn("demo-phone", Decimal(20))
    assert left.balance == rub("42.50")
    assert await balance(operator()) == rub("42.50")


async def test_twenty_sendings_of_one_order_are_one_charge(
    operator: Operator, path: Path
) -> None:
    """Whoever repeats, how often and at what instant: one wish is paid once (I1)."""
    wish, offices = purchase(), [operator(), operator()]
    answers = await asyncio.gather(
        *(offices[number % 2].submit(wish) for number in range(20))
    )
    assert answers == [answers[0]] * 20
    assert answers[0].state is AnswerState.SUCCEEDED
    assert len(charges(path)) == 1
    assert await balance(operator()) == rub("362.50")


async def test_twenty_orders_are_twenty_charges(operator: Operator, path: Path) -> None:
    """The operator serves everybody: what limits spending is not its business."""
    offices = [operator(), operator()]
    await asyncio.gather(
        *(offices[number % 2].submit(purchase("100")) for number in range(20))
    )
    assert len(charges(path)) == 20
    assert await balance(operator()) == rub("2062.50")
    assert await funds(operator()) == rub("3000")
