"""C6: a caller that is cancelled, at each of its waits: the order is whole or none."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.setup import async_setup_component
import pytest

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.services.fields import RECHARGE_SCHEMA
from custom_components.esim_topup.services.recharge import async_recharge
from tests.story.conftest import House

from .cell import our_tasks
from .moments import PATIENCE
from .steps import cancelled_at

type Strikes = Callable[[str], None]


async def landed(house: House) -> None:
    """Wait until nobody calls any more, and then until nothing of the engine's is under way."""
    await house.hass.async_block_till_done()
    async with asyncio.timeout(PATIENCE):
        while our_tasks():
            await asyncio.sleep(0.001)
    await house.hass.async_block_till_done()


async def call(house: House, **data: Any) -> ServiceResponse:
    """Do what the action does, in the caller's own task: Home Assistant puts a task of its own in between."""
    fields = {"device_id": house.device_id, "amount": "10.00"} | data
    return await async_recharge(
        ServiceCall(
            house.hass,
            DOMAIN,
            "recharge",
            RECHARGE_SCHEMA(fields),
            return_response=True,
        )
    )


@pytest.fixture
def options() -> dict[str, Any]:
    """Room for one order after the other."""
    return {"per_order": "1000.00", "account_month": "4000.00", "cooldown_hours": 0}


def knows_the_offers(_: House) -> None:
    """The caller waits for the engine only."""


def knows_no_offers(house: House) -> None:
    """The caller asks the operator first, as after a start."""
    coordinator = house.entry.runtime_data.coordinator
    coordinator.data = replace(coordinator.data, offers={})


@pytest.mark.parametrize(
    ("prepare", "least"),
    [
        pytest.param(knows_the_offers, 2, id="C6 waits for the book and the engine"),
        pytest.param(knows_no_offers, 3, id="C6 asks for the offers too"),
    ],
)
async def test_c6_a_caller_cancelled_at_each_await_and_calling_again(
    house: House, strikes: Strikes, prepare: Callable[[House], None], least: int
) -> None:
    """Wherever the caller is cancelled: at most one charge; and who calls again by the same name gets that very order."""
    number, made_anyway = 0, 0
    while True:
        number += 1
        before = len(await house.payments())
        name = f"wish {number}"
        prepare(house)
        struck = await cancelled_at(call(house, request_id=name), number)
        await landed(house)
        made = len(await house.payments()) - before
        assert made in ((0, 1) if struck else (1,))

        answer = await house.recharge(amount="10.00", request_id=name)

        assert answer["joined"] is (made == 1)
        assert answer["state"] == "succeeded"
        assert len(await house.payments()) == before + 1
        if not struck:
            break
        strikes("caller cancelled at an await")
        made_anyway += made
    assert number > least, "it was cancelled everywhere"
    assert made_anyway >= 1, "the order runs on without its caller"
    assert len(await house.operator.requests("order")) == number


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89])
async def test_c6_a_script_turned_off_after_some_steps_of_the_loop(
    hass: HomeAssistant, house: House, strikes: Strikes, turns: int
) -> None:
    """`script.turn_off` finds the call anywhere on its way: no order or a whole one, and the next call is a new wish."""
    data = {"device_id": house.device_id, "amount": "10.00"}
    script = {"sequence": [{"action": f"{DOMAIN}.recharge", "data": data}]}
    assert await async_setup_component(hass, "script", {"script": {"pay": script}})
    for round_ in range(3):
        await hass.services.async_call("script", "pay", blocking=False)
        for _ in range(turns + round_):
            await asyncio.sleep(0)
        await hass.services.async_call(
            "script", "turn_off", {"entity_id": "all"}, blocking=True
        )
        await landed(house)
        strikes("script turned off")
    (line_key,) = next(iter(house.engine.accounts.values())).lines
    orders = await house.engine.orders(line_key=line_key)
    assert all(order.state is OrderState.SUCCEEDED for order in orders)
    assert await house.payments() == ["10.00"] * len(orders)
    assert {
        request["reference"] for request in await house.operator.requests("order")
    } == {order.id for order in orders}
