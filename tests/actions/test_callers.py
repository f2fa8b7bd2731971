"""Who may call `recharge`, over which ways, and what it pays when they call at once."""

import asyncio
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import Context
from homeassistant.exceptions import Unauthorized
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.esim_topup.orders.order import OrderState

from .conftest import Home


async def test_twenty_calls_at_once_pay_once(home: Home) -> None:
    """Automations are a transport that duplicates."""
    answers = await asyncio.gather(*(home.recharge(amount=300) for _ in range(20)))
    assert {answer["order_id"] for answer in answers} == {answers[0]["order_id"]}
    assert [answer["joined"] for answer in answers].count(False) == 1
    assert home.charges() == ["300.00 RUB"]


async def test_a_cancelled_caller_changes_nothing(home: Home) -> None:
    """`mode: restart` cancels the call and makes it again: the order runs on, and the second call joins it or is refused."""
    caller = asyncio.create_task(home.recharge(amount=300))
    async with asyncio.timeout(5):
        while not await home.orders():
            await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await home.hass.async_block_till_done()
    for _ in range(100):
        (order,) = await home.orders()
        if not order.open:
            break
        await asyncio.sleep(0.01)
    assert order.state is OrderState.SUCCEEDED
    assert home.charges() == ["300.00 RUB"]


async def test_people_who_are_no_administrators_may_not_pay(
    home: Home, hass_read_only_user: MockUser
) -> None:
    """A wall panel in the hall is not a wallet."""
    with pytest.raises(Unauthorized):
        await home.recharge(amount=300, context=Context(user_id=hass_read_only_user.id))
    assert home.charges() == []
    assert await home.orders() == []


async def test_who_asked_is_kept_with_the_order(
    home: Home, hass_admin_user: MockUser
) -> None:
    """Who spent this? There is an answer."""
    await home.recharge(amount=300, context=Context(user_id=hass_admin_user.id))
    (order,) = await home.orders()
    assert (order.origin, order.user_id) == ("user", hass_admin_user.id)


async def test_an_automation_pays_without_a_person(home: Home) -> None:
    """Automations have no user: they may pay, inside the limits."""
    await async_setup_component(
        home.hass,
        "automation",
        {
            "automation": {
                "triggers": {"trigger": "event", "event_type": "go"},
                "actions": [
                    {
                        "action": "esim_topup.recharge",
                        "data": {"device_id": home.device(), "amount": "{{ 300 }}"},
                        "response_variable": "order",
                    },
                    {"event": "paid", "event_data": {"state": "{{ order.state }}"}},
                ],
            }
        },
    )
    heard = async_capture_events(home.hass, "paid")
    home.hass.bus.async_fire("go")
    await home.paid(1)
    assert [event.data["state"] for event in heard] == ["succeeded"]
    assert home.charges() == ["300.00 RUB"]
    (order,) = await home.orders()
    assert (order.origin, order.user_id) == ("automation", None)


@pytest.mark.parametrize(
    ("data", "status", "message"),
    [
        pytest.param(
            {"amount": 0},
            400,
            "The amount has to be above zero. Nothing was sent",
            id="mistake",
        ),
        pytest.param(
            {"amount": 300, "only_below": 50},
            500,
            "The balance is not below 50.00 RUB. Nothing was sent, and nothing needs to be done",
            id="refusal",
        ),
    ],
)
async def test_over_rest_the_text_is_read(
    home: Home,
    hass_client: ClientSessionGenerator,
    data: dict[str, Any],
    status: int,
    message: str,
) -> None:
    """Dashboards and scripts outside show what the answer says."""
    await async_setup_component(home.hass, "api", {})
    client = await hass_client()
    reply = await client.post(
        "/api/services/esim_topup/recharge", json={"device_id": home.device()} | data
    )
    assert (reply.status, await reply.json()) == (status, {"message": message})
    assert home.charges() == []


async def test_over_rest_the_order_is_answered(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """Whoever asks for the answer gets it as JSON."""
    await async_setup_component(home.hass, "api", {})
    client = await hass_client()
    reply = await client.post(
        "/api/services/esim_topup/recharge?return_response",
        json={"device_id": home.device(), "amount": "300.50 rub"},
    )
    assert reply.status == 400, "the demo operator sells whole roubles"
    reply = await client.post(
        "/api/services/esim_topup/recharge?return_response",
        json={"device_id": home.device(), "amount": "300.00 rub"},
    )
    assert (await reply.json())["service_response"]["amount"] == "300.00"
    assert home.charges() == ["300.00 RUB"]


async def test_a_script_of_somebody_without_rights_pays_nothing(
    home: Home, hass_read_only_user: MockUser
) -> None:
    """A script keeps the user who started it."""
    pay = {
        "action": "esim_topup.recharge",
        "data": {"device_id": home.device(), "amount": 300},
    }
    assert await async_setup_component(
        home.hass, "script", {"script": {"pay": {"sequence": [pay]}}}
    )
    with pytest.raises(Unauthorized):
        await home.hass.services.async_call(
            "script",
            "pay",
            blocking=True,
            context=Context(user_id=hass_read_only_user.id),
        )
    assert home.charges() == []


async def test_an_automation_started_by_anybody_stays_inside_the_limits(
    home: Home,
) -> None:
    """Whoever may trigger an automation may pass variables along, and an automation may pay: the limits hold for it."""
    pay = {"device_id": home.device(), "amount": "{{ amount }}", "force": True}
    automation = {
        "triggers": {"trigger": "event", "event_type": "never"},
        "actions": {"action": "esim_topup.recharge", "data": pay},
    }
    assert await async_setup_component(home.hass, AUTOMATION, {AUTOMATION: automation})
    for amount in (999999, 4999, 1001):
        await home.hass.services.async_call(
            AUTOMATION,
            "trigger",
            {"entity_id": "all", "variables": {"amount": amount}},
            blocking=True,
        )
    assert home.charges() == []


async def test_a_script_that_restarts_itself_pays_once(home: Home) -> None:
    """`mode: restart` cancels the call that is under way and makes it again."""
    pay = {
        "action": "esim_topup.recharge",
        "data": {"device_id": home.device(), "amount": 300},
    }
    script = {"mode": "restart", "sequence": [pay]}
    assert await async_setup_component(home.hass, "script", {"script": {"pay": script}})
    for _ in range(3):
        await home.hass.services.async_call("script", "pay", blocking=False)
        await asyncio.sleep(0.005)
    await home.paid(1)
    assert home.charges() == ["300.00 RUB"]


async def test_all_ways_at_once_pay_once(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """A person, an automation and a script outside, at the same moment."""
    assert await async_setup_component(home.hass, "api", {})
    client = await hass_client()
    data = {"device_id": home.device(), "amount": 300}
    pay = {"action": "esim_topup.recharge", "data": data}
    automation = {"triggers": {"trigger": "event", "event_type": "go"}, "actions": pay}
    assert await async_setup_component(home.hass, AUTOMATION, {AUTOMATION: automation})
    home.hass.bus.async_fire("go")
    await asyncio.gather(
        client.post("/api/services/esim_topup/recharge", json=data),
        client.post("/api/services/esim_topup/recharge", json=data),
        home.recharge(amount=300),
    )
    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert home.charges() == ["300.00 RUB"]
