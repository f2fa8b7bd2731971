"""The custom HTTP API at the simulated operator, in all four dedupe classes. What counts is the operator's books."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from custom_components.esim_topup.providers.base import (
    Answer,
    AnswerState,
    Dedupe,
    Line,
    LineKind,
    NotFound,
    OpenAmount,
    Package,
    PaymentKind,
    Purchase,
    Reading,
)
from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    LineUnknown,
    NotSupported,
    ProviderError,
    RateLimited,
    Refused,
)
from custom_components.esim_topup.providers.money import Money
from custom_components.esim_topup.providers.rest import RestProvider, create
from tests.operator.app import start_operator
from tests.operator.client import OperatorControl

from .operator_config import operator_config

LINE = Line(id="line-1", number="+79161234567")

# How the operator behaves in each class; what it has is what the description says it has.
BEHAVIOUR: dict[Dedupe, dict[str, Any]] = {
    Dedupe.KEY: {},
    Dedupe.LOOKUP: {"idempotency": "off"},
    Dedupe.HISTORY: {
        "idempotency": "off",
        "lookup": False,
        "history_references": False,
    },
    Dedupe.NONE: {"idempotency": "off", "lookup": False, "history": False},
}


@dataclass(frozen=True, slots=True)
class World:
    """An operator, and the provider that talks to it."""

    control: OperatorControl
    provider: RestProvider
    base_url: str
    session: aiohttp.ClientSession


@pytest.fixture(params=list(Dedupe), ids=lambda dedupe: f"class {dedupe}")
def dedupe(request: pytest.FixtureRequest) -> Dedupe:
    """Each class in turn."""
    found: Dedupe = request.param
    return found


@pytest.fixture
async def world(
    tmp_path: Path, session: aiohttp.ClientSession, dedupe: Dedupe
) -> AsyncIterator[World]:
    """An operator of that class with its default seed."""
    async with (
        start_operator(tmp_path / "books.db") as operator,
        OperatorControl(operator.base_url) as control,
    ):
        await control.behave(**BEHAVIOUR[dedupe])
        provider = create(operator_config(operator.base_url, dedupe), session)
        yield World(control, provider, operator.base_url, session)


def _purchase(
    amount: str = "300.00", *, method: str = "card-1", line: Line = LINE
) -> Purchase:
    return Purchase(
        reference=str(uuid4()),
        line=line,
        offer_id="open",
        money=Money.parse(amount, "RUB"),
        method_id=method,
        created_at=datetime.now(UTC),
    )


async def _charges(world: World) -> list[Decimal]:
    return [charge.amount for charge in await world.control.charges("line-1")]


async def _found(world: World, purchase: Purchase) -> list[AnswerState | type]:
    """What the class can find out about the order, however it does so."""
    dedupe = world.provider.info.capabilities.dedupe
    if dedupe in (Dedupe.KEY, Dedupe.LOOKUP):
        answer = await world.provider.find(purchase)
        return [NotFound if isinstance(answer, NotFound) else answer.state]
    if dedupe is Dedupe.HISTORY:
        charges = await world.provider.history(LINE, purchase.created_at)
        return [AnswerState.SUCCEEDED for charge in charges] or [NotFound]
    with pytest.raises(NotSupported):
        await world.provider.find(purchase)
    with pytest.raises(NotSupported):
        await world.provider.history(LINE, purchase.created_at)
    return []


async def test_the_class_is_what_was_described(world: World, dedupe: Dedupe) -> None:
    """The engine plans by it."""
    assert world.provider.info.capabilities.dedupe is dedupe


async def test_account_lines_and_readings_are_read(world: World) -> None:
    """What a dashboard needs."""
    account = await world.provider.account()
    assert account.id.endswith(":acct-1")
    assert account.wallet == Money.parse("5000.00", "RUB")
    kinds = [(each.kind, each.last_digits) for each in account.payment_methods]
    assert kinds == [
        (PaymentKind.WALLET, None),
        (PaymentKind.CARD, "4242"),
        (PaymentKind.CARD, "4444"),
    ]
    lines = await world.provider.lines()
    assert [(line.id, line.kind) for line in lines] == [
        ("line-1", LineKind.MSISDN),
        ("line-2", LineKind.ICCID),
    ]
    readings = await world.provider.read(lines)
    first, second = readings["line-1"], readings["line-2"]
    assert isinstance(first, Reading)
    assert first.balance == Money.parse("480.00", "RUB")
    assert first.data_left_bytes is None
    assert isinstance(second, Reading)
    assert second.balance is None
    assert second.data_left_bytes == 3_000_000_000
    assert second.valid_until is not None
    assert timedelta(days=19) < second.valid_until - second.at < timedelta(days=21)
    skew = world.provider.clock_skew
    assert skew is not None
    assert abs(skew) < timedelta(seconds=5)


async def test_offers_are_read(world: World) -> None:
    """An open amount and two packages."""
    offers = await world.provider.offers(LINE)
    assert [type(offer) for offer in offers] == [OpenAmount, Package, Package]
    open_amount = offers[0]
    assert isinstance(open_amount, OpenAmount)
    assert open_amount.admits(Money.parse("300", "RUB"))
    assert not open_amount.admits(Money.parse("300.50", "RUB"))


async def test_a_recharge_is_charged_once(world: World) -> None:
    """And answered with everything that it was ordered with."""
    purchase = _purchase()
    answer = await world.provider.submit(purchase)
    assert answer.state is AnswerState.SUCCEEDED
    assert (answer.amount, answer.currency) == (Decimal("300.00"), "RUB")
    assert (answer.line_id, answer.reference) == ("line-1", purchase.reference)
    assert answer.provider_ref is not None
    assert await _charges(world) == [Decimal(300)]
    assert await _found(world, purchase) in ([AnswerState.SUCCEEDED], [])


async def test_a_package_is_bought_by_its_id(world: World) -> None:
    """At the price it was offered for."""
    (package,) = [
        offer
        for offer in await world.provider.offers(LINE)
        if isinstance(offer, Package) and offer.id == "eu-5gb"
    ]
    purchase = Purchase(
        reference=str(uuid4()),
        line=LINE,
        offer_id=package.id,
        money=package.price,
        method_id="wallet",
        created_at=datetime.now(UTC),
    )
    assert (await world.provider.submit(purchase)).state is AnswerState.SUCCEEDED
    assert await _charges(world) == [Decimal(490)]


async def test_a_repeated_order_is_charged_as_its_class_says(
    world: World, dedupe: Dedupe
) -> None:
    """Only class K may repeat an order; this is why nobody else does."""
    purchase = _purchase()
    answers = [await world.provider.submit(purchase) for _ in range(2)]
    assert {answer.state for answer in answers} == {AnswerState.SUCCEEDED}
    assert len(await _charges(world)) == (1 if dedupe is Dedupe.KEY else 2)


@pytest.mark.parametrize(
    ("kind", "args", "charged"),
    [
        ("drop_after", {}, 1),
        ("drop_before", {}, 0),
        ("reset_after", {}, 1),
        ("reset_before", {}, 0),
        ("error_after", {"status": 500}, 1),
        ("error_before", {"status": 503}, 0),
        ("error_after", {"status": 409}, 1),
        ("rate_limit", {"effect": True}, 1),
        ("redirect", {"status": 307, "effect": True}, 1),
        ("html", {}, 1),
        ("empty", {}, 1),
        ("not_json", {}, 1),
        ("garbage", {}, 1),
        ("truncate", {}, 1),
        ("huge", {}, 1),
        ("bomb", {}, 1),
        ("deep", {}, 1),
        ("duplicate_keys", {}, 1),
        ("unknown_status", {}, 1),
        ("nan", {}, 1),
    ],
)
async def test_a_spoilt_answer_proves_nothing_and_the_books_are_found_again(
    world: World, kind: str, args: dict[str, Any], charged: int
) -> None:
    """N5-N20, H: one request, an unknown outcome, and the truth by the way of its class."""
    await world.control.fault(kind, "order", **args)
    purchase = _purchase()
    answer = await world.provider.submit(purchase)
    assert answer.state is AnswerState.UNKNOWN
    assert len(await world.control.requests("order")) == 1
    assert len(await _charges(world)) == charged
    truth = [AnswerState.SUCCEEDED] if charged else [NotFound]
    assert await _found(world, purchase) in (truth, [])


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("wrong_amount", "amount"),
        ("wrong_amount_x100", "amount"),
        ("wrong_currency", "currency"),
        ("wrong_line", "line_id"),
        ("wrong_reference", "reference"),
        ("no_reference", "reference"),
    ],
)
async def test_a_well_formed_lie_is_passed_on_as_it_was_told(
    world: World, kind: str, field: str
) -> None:
    """H6-H9, N21: the engine compares, and finds it; nothing is smoothed over here."""
    await world.control.fault(kind, "order")
    purchase = _purchase()
    answer = await world.provider.submit(purchase)
    truth = {
        "amount": Decimal("300.00"),
        "currency": "RUB",
        "line_id": "line-1",
        "reference": purchase.reference,
    }
    told = {name: getattr(answer, name) for name in truth}
    assert answer.state is AnswerState.SUCCEEDED
    assert {name for name in truth if told[name] != truth[name]} == {field}


@pytest.mark.parametrize(
    ("amount", "method", "reason"),
    [
        ("300", "card-2", "card_declined"),
        ("4999", "wallet", None),
        ("9999", "card-1", "amount_out_of_range"),
        ("300", "nosuch", "unknown_method"),
    ],
)
async def test_a_described_refusal_is_a_refusal(
    world: World, amount: str, method: str, reason: str | None
) -> None:
    """With the operator's own reason, and nothing charged."""
    answer = await world.provider.submit(_purchase(amount, method=method))
    if reason is None:
        assert answer.state is AnswerState.SUCCEEDED
        answer = await world.provider.submit(_purchase(amount, method=method))
        reason = "insufficient_funds"
    assert (answer.state, answer.reason) == (AnswerState.DECLINED, reason)


async def test_a_refusal_that_nobody_described_proves_nothing(world: World) -> None:
    """A made-up code with a definite status."""
    await world.control.fault("decline", "order", code="maybe", status=402, effect=True)
    answer = await world.provider.submit(_purchase())
    assert (answer.state, answer.reason) == (AnswerState.UNKNOWN, "maybe")
    assert len(await _charges(world)) == 1


async def test_an_order_can_take_its_time(world: World) -> None:
    """Pending is neither paid nor refused."""
    await world.control.behave(pending_s=3600)
    purchase = _purchase()
    assert (await world.provider.submit(purchase)).state is AnswerState.PENDING
    if world.provider.info.capabilities.finds:
        assert await _found(world, purchase) == [AnswerState.PENDING]
        await world.control.advance(3700)
        assert await _found(world, purchase) == [AnswerState.SUCCEEDED]


@pytest.mark.parametrize(
    "dedupe", [Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY], indirect=True
)
async def test_somebody_elses_charge_is_in_the_history(
    world: World, dedupe: Dedupe
) -> None:
    """It counts against the limits."""
    since = datetime.now(UTC)
    await world.control.foreign_charge("line-1", "50.00")
    await world.provider.submit(_purchase())
    charges = await world.provider.history(LINE, since)
    assert {charge.money.plain for charge in charges} == {"50.00", "300.00"}
    assert all(
        (charge.reference is None) or dedupe is not Dedupe.HISTORY for charge in charges
    )


@pytest.mark.parametrize(
    "dedupe", [Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY], indirect=True
)
async def test_a_history_of_many_pages_has_no_gap(world: World) -> None:
    """Class H decides by it whether we have paid."""
    since = datetime.now(UTC)
    for _ in range(205):
        await world.control.foreign_charge("line-1", "1.00")
    assert len(await world.provider.history(LINE, since)) == 205


@pytest.mark.parametrize("dedupe", [Dedupe.KEY, Dedupe.LOOKUP], indirect=True)
async def test_a_missing_look_up_is_not_a_missing_order(world: World) -> None:
    """404 for the whole list says nothing about the order."""
    purchase = _purchase()
    await world.provider.submit(purchase)
    await world.control.behave(lookup=False)
    with pytest.raises(Refused):
        await world.provider.find(purchase)


async def test_false_zeros_and_missing_balances_are_told_apart(world: World) -> None:
    """H5, and unknown is unknown."""
    await world.control.fault("missing_balance", "line")
    reading = (await world.provider.read([LINE]))["line-1"]
    assert isinstance(reading, Reading)
    assert reading.balance is None
    await world.control.fault("nan", "line")
    assert isinstance((await world.provider.read([LINE]))["line-1"], ProviderError)


async def test_a_gone_line_a_limit_and_a_new_key_are_told_apart(world: World) -> None:
    """Each has another next step."""
    await world.control.set_line("line-2", removed=True)
    gone = await world.provider.read([LINE, Line(id="line-2")])
    assert isinstance(gone["line-1"], Reading)
    assert isinstance(gone["line-2"], LineUnknown)
    await world.control.fault("rate_limit", "line", retry_after=7)
    limited = (await world.provider.read([LINE]))["line-1"]
    assert isinstance(limited, RateLimited)
    assert limited.retry_after == timedelta(seconds=7)
    await world.control.rotate_key("acct-1")
    with pytest.raises(AuthenticationFailed):
        await world.provider.account()
    answer = await world.provider.submit(_purchase())
    assert isinstance(answer, Answer)
    assert (answer.state, answer.reason) == (AnswerState.DECLINED, "invalid_key")
