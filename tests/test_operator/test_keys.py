"""Idempotency keys: what a repeated one does, at operators of every kind."""

import asyncio

import pytest

from tests.operator.client import OperatorControl

from .customer import Customer


async def test_a_repeated_key_gets_the_first_order_again(
    control: OperatorControl, customer: Customer
) -> None:
    """Class K: a re-send is safe."""
    first = await customer.order(key="k")
    second = await customer.order(key="k")

    assert not first.json["idempotent_replay"]
    assert second.json == first.json | {"idempotent_replay": True}
    assert len(await control.charges()) == 1
    assert [request["effect"] for request in await control.requests("order")] == [
        "charged",
        "replayed",
    ]


async def test_a_repeated_key_is_refused_where_the_operator_wants_it(
    control: OperatorControl, customer: Customer
) -> None:
    """The refusal of a re-send proves nothing about the first one: this is how tests get it."""
    await control.behave(idempotency="refuse")
    await customer.order(key="k")
    again = await customer.order(key="k")

    assert (again.status, again.code) == (409, "already_processed")
    assert len(await control.charges()) == 1


async def test_without_idempotency_each_request_charges(
    control: OperatorControl, customer: Customer
) -> None:
    """Class L, H and N: a key is noise to them."""
    await control.behave(idempotency="off")
    for _ in range(3):
        await customer.order(key="k")
    assert len(await control.charges()) == 3


async def test_a_key_with_another_body_is_refused(
    control: OperatorControl, customer: Customer
) -> None:
    """A key stands for one wish."""
    await customer.order(key="k")
    other = await customer.order(key="k", amount="301.00")

    assert (other.status, other.code) == (422, "key_reused")
    assert len(await control.charges()) == 1


async def test_a_forgotten_key_charges_again(
    control: OperatorControl, customer: Customer
) -> None:
    """After the retention the same key is a new order: whoever re-sends then pays twice."""
    await control.behave(key_retention_s=60)
    await customer.order(key="k")
    await control.advance(59)
    await customer.order(key="k")
    assert len(await control.charges()) == 1
    await control.advance(2)
    await customer.order(key="k")
    assert len(await control.charges()) == 2


@pytest.mark.parametrize(
    ("replay", "second"), [(True, "insufficient_funds"), (False, None)]
)
async def test_refusals_are_replayed_only_if_the_operator_does_so(
    control: OperatorControl, customer: Customer, replay: bool, second: str | None
) -> None:
    """Some operators store a refusal under the key; with others the same key may work later."""
    await control.behave(replay_refusals=replay)
    await control.set_method("wallet", funds="0.00")
    assert (await customer.order(key="k")).code == "insufficient_funds"
    await control.set_method("wallet", funds="1000.00")
    again = await customer.order(key="k")
    assert (again.code if again.status >= 400 else None) == second


async def test_the_header_of_the_key_can_have_another_name(
    control: OperatorControl, customer: Customer
) -> None:
    """With another name the usual header is noise."""
    await control.behave(idempotency_header="X-Request-Id")
    await customer.order(key="k")
    await customer.order(key="k")
    assert len(await control.charges()) == 2


async def test_a_key_in_progress_is_a_conflict(
    control: OperatorControl, customer: Customer
) -> None:
    """While the first request is worked on, its twin gets 409 and charges nothing."""
    await control.fault("delay", "order", seconds=1)
    first = asyncio.create_task(customer.order(key="k"))
    while not await control.requests("order"):
        await asyncio.sleep(0.01)
    second = await customer.order(key="k")

    assert (second.status, second.code) == (409, "key_in_progress")
    assert (await first).status == 201
    assert (await customer.order(key="k")).json["idempotent_replay"]
    assert len(await control.charges()) == 1
