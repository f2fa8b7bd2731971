"""Buying: what is charged, what is refused, and what reaches the line."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.operator.client import OperatorControl

from .customer import Customer


async def test_an_order_takes_money_once_and_credits_the_line(
    control: OperatorControl, customer: Customer
) -> None:
    """The simplest story: 300 leave the wallet and reach the line."""
    answer = await customer.order()

    assert answer.status == 201
    assert {
        name: answer.json[name]
        for name in ("status", "amount", "currency", "line", "reference")
    } == {
        "status": "succeeded",
        "amount": "300.00",
        "currency": "RUB",
        "line": "line-1",
        "reference": "wish-1",
    }
    [charge] = await control.charges("line-1")
    assert (charge.amount, charge.order, charge.reference) == (
        Decimal("300.00"),
        answer.json["id"],
        "wish-1",
    )
    assert await customer.balance() == "780.00"
    assert (await customer.get("/v1/account")).json["wallet"]["amount"] == "4700.00"


async def test_a_package_adds_data_and_days(
    control: OperatorControl, customer: Customer
) -> None:
    """An eSIM's package is added to what is left of the last one."""
    before = await control.line("line-2")
    answer = await customer.order(
        line="line-2", offer="eu-5gb", amount="490.00", method="card-1"
    )

    after = await control.line("line-2")
    assert answer.status == 201
    assert before.data_left_bytes is not None
    assert after.data_left_bytes == before.data_left_bytes + 5_000_000_000
    assert before.valid_until is not None
    assert after.valid_until is not None
    assert after.valid_until > before.valid_until


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        pytest.param({"method": "card-2"}, 402, "card_declined", id="card declines"),
        pytest.param(
            {"amount": "9.00"}, 422, "amount_out_of_range", id="below the minimum"
        ),
        pytest.param(
            {"amount": "5001.00"}, 422, "amount_out_of_range", id="above the maximum"
        ),
        pytest.param(
            {"amount": "10.50"}, 422, "amount_out_of_range", id="off the step"
        ),
        pytest.param(
            {"amount": "10.001"}, 422, "amount_out_of_range", id="no such coin"
        ),
        pytest.param({"currency": "EUR"}, 422, "wrong_currency", id="other currency"),
        pytest.param(
            {"offer": "eu-5gb", "amount": "480.00"},
            422,
            "price_changed",
            id="old price",
        ),
        pytest.param({"offer": "moon"}, 404, "unknown_offer", id="unknown offer"),
        pytest.param({"line": "line-9"}, 404, "unknown_line", id="unknown line"),
        pytest.param({"method": "cheque"}, 422, "unknown_method", id="unknown method"),
        pytest.param({"amount": 300}, 400, "bad_request", id="amount as a number"),
        pytest.param({"amount": "NaN"}, 400, "bad_request", id="not a number"),
        pytest.param({"line": None}, 400, "bad_request", id="no line"),
        pytest.param({"reference": 5}, 400, "bad_request", id="reference as a number"),
    ],
)
async def test_a_refused_order_charges_nothing(
    control: OperatorControl,
    customer: Customer,
    changes: dict[str, Any],
    status: int,
    code: str,
) -> None:
    """Each refusal has a code of its own, and the books do not move."""
    answer = await customer.order(**changes)

    assert (answer.status, answer.code) == (status, code)
    assert await control.charges() == []
    [request] = await control.requests("order")
    assert (request["effect"], request["refusal"]) == ("refused", code)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 100_000, b"\xff"])
async def test_an_unreadable_order_is_refused(
    control: OperatorControl, customer: Customer, body: bytes
) -> None:
    """The log has it all the same."""
    async with customer.send("POST", "/v1/orders", data=body) as response:
        assert response.status == 400
    [request] = await control.requests("order")
    assert (request["effect"], request["reference"]) == ("refused", None)


async def test_money_cards_and_lines_can_stop_paying(
    control: OperatorControl, customer: Customer
) -> None:
    """Funds run out, cards expire, lines are barred or taken away."""
    await control.set_method("wallet", funds="299.99")
    assert (await customer.order()).code == "insufficient_funds"
    await control.set_method("card-1", expires="2020-01")
    assert (await customer.order(method="card-1")).code == "card_expired"
    await control.set_line("line-1", barred=True)
    assert (await customer.order()).code == "barred_line"
    await control.set_line("line-1", removed=True)
    gone = await customer.order()
    assert (gone.status, gone.code) == (410, "line_gone")
    assert await control.charges() == []


async def test_a_stranger_is_refused(
    control: OperatorControl, customer: Customer
) -> None:
    """A rotated key is worth nothing at once, for buying and for reading."""
    new_key = await control.rotate_key()
    for answer in (
        await customer.order(),
        await customer.get("/v1/account"),
        await customer.get("/v1/lines"),
    ):
        assert (answer.status, answer.code) == (401, "invalid_key")
    customer.api_key = new_key
    assert (await customer.get("/v1/account")).status == 200


async def test_many_at_once_lose_nothing(
    control: OperatorControl, customer: Customer
) -> None:
    """Twenty orders at the same instant: the wallet pays for sixteen of them and no more."""
    answers = await asyncio.gather(
        *(customer.order(reference=f"wish-{number}") for number in range(20))
    )

    assert sorted(answer.status for answer in answers) == [201] * 16 + [402] * 4
    assert len(await control.charges()) == 16
    assert await customer.balance() == "5280.00"


async def test_fee_and_bonus_change_the_credit_and_not_the_charge(
    control: OperatorControl, customer: Customer
) -> None:
    """What is paid and what arrives are two numbers."""
    await control.behave(fee="15.00", bonus="5.00")
    await customer.order()
    [charge] = await control.charges()
    assert charge.amount == Decimal("300.00")
    assert await customer.balance() == "770.00"


async def test_a_credit_can_come_late(
    control: OperatorControl, customer: Customer
) -> None:
    """A balance that does not rise at once is no reason to pay again."""
    await control.behave(credit_delay_s=3600)
    await customer.order()
    assert await customer.balance() == "480.00"
    await control.advance(3601)
    assert await customer.balance() == "780.00"


async def test_the_request_is_logged_before_the_charge(
    control: OperatorControl, customer: Customer
) -> None:
    """Arrival times are real time, in microseconds, and never after the charge."""
    await customer.order(key="k")
    [request], [charge] = await control.requests("order"), await control.charges()
    assert request["arrived_at"] < charge.wall_at
    assert len(request["arrived_at"]) == len("2026-01-01T00:00:00.000000Z")
    assert (request["key"], request["reference"], request["order"]) == (
        "k",
        "wish-1",
        charge.order,
    )


async def test_too_many_requests_are_refused(
    control: OperatorControl, customer: Customer
) -> None:
    """The limiter runs before execution and says when to come again."""
    await control.behave(rate_limit_requests=2, rate_limit_window_s=60)
    assert [(await customer.get("/v1/account")).status for _ in range(2)] == [200, 200]
    refused = await customer.order()
    assert (refused.status, refused.code) == (429, "rate_limited")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    await control.advance(61)
    assert (await customer.order()).status == 201
