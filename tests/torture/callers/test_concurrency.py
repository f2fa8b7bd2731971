"""C: calls at the same time, callers that go away, accounts that change under an order."""

import asyncio
from collections.abc import Callable

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Reason, Refused
from custom_components.esim_topup.providers.base import Dedupe
from tests.flows.walk import Walk
from tests.story.conftest import AMOUNT, House

from .cell import Cell, our_tasks, settle
from .conftest import EVERYTHING
from .events import LOWERED
from .moments import CHARGED, HOLDING, PATIENCE, Gate
from .ways import WAYS, AutomationByState, Doors, Rest, Task, WebSocket

type Strikes = Callable[[str], None]

CLASSES = pytest.mark.parametrize(
    "dedupe", list(Dedupe) if EVERYTHING else [Dedupe.KEY], ids=lambda each: each.name
)


def cell_of(house: House, gate: Gate, doors: Doors, way: str = "task") -> Cell:
    """Return a cell with a caller who wants the usual amount."""
    data = {"device_id": house.device_id, "amount": AMOUNT}
    return Cell(house, WAYS[way](doors, data), gate)


@CLASSES
async def test_c1_twenty_automations_at_once_are_one_order(
    hass: HomeAssistant, house: House, gate: Gate, strikes: Strikes
) -> None:
    """Twenty automations that see the same low balance are one wish: one charge, nineteen callers that join it."""
    pay = {
        "action": f"{DOMAIN}.recharge",
        "data": {"device_id": house.device_id, "amount": AMOUNT},
        "response_variable": "order",
    }
    told = {"event": "told", "event_data": {"order": "{{ order }}"}}
    automations = [
        {
            "alias": f"pay {number}",
            "triggers": {"trigger": "event", "event_type": "low"},
            "actions": [pay, told],
        }
        for number in range(20)
    ]
    assert await async_setup_component(hass, "automation", {"automation": automations})
    calls = async_capture_events(hass, "call_service")
    answers = async_capture_events(hass, "told")
    await HOLDING.prepare(gate, house.operator)

    hass.bus.async_fire("low")
    await gate.until_reached()
    async with asyncio.timeout(PATIENCE):
        while sum(call.data["service"] == "recharge" for call in calls) < 20:
            await asyncio.sleep(0)
    strikes("twenty automations at once")
    gate.opened.set()
    await hass.async_block_till_done()

    orders = [answer.data["order"] for answer in answers]
    assert len(orders) == 20
    assert len({order["order_id"] for order in orders}) == 1
    assert [order["joined"] for order in orders].count(False) == 1
    assert await house.payments() == [AMOUNT]
    assert len(await house.operator.requests("order")) == 1


@CLASSES
@pytest.mark.parametrize("mode", ["single", "restart", "queued", "parallel"])
async def test_c3_a_script_started_three_times_is_one_charge(
    hass: HomeAssistant, house: House, gate: Gate, strikes: Strikes, mode: str
) -> None:
    """Each restart cancels the caller; the order neither dies nor is made anew."""
    data = {"device_id": house.device_id, "amount": AMOUNT}
    pay = {"action": f"{DOMAIN}.recharge", "data": data, "continue_on_error": True}
    script = {"mode": mode, "sequence": [pay]}
    assert await async_setup_component(hass, "script", {"script": {"pay": script}})
    await CHARGED.prepare(gate, house.operator)
    for _ in range(3):
        await hass.services.async_call("script", "pay", blocking=False)
        await gate.until_reached()
        strikes(f"script in mode {mode} started again")
    gate.opened.set()
    await hass.async_block_till_done()
    async with asyncio.timeout(PATIENCE):
        while our_tasks():
            await asyncio.sleep(0.001)
    assert await house.payments() == [AMOUNT]
    assert len(await house.operator.requests("order")) == 1


@CLASSES
async def test_c5_a_dashboard_a_script_outside_and_an_automation_at_one_instant(
    house: House, gate: Gate, doors: Doors, strikes: Strikes
) -> None:
    """A person, a program and an automation see the same low balance in the same second."""
    data = {"device_id": house.device_id, "amount": AMOUNT}
    ways = [kind(doors, data) for kind in (WebSocket, Rest, AutomationByState, Task)]
    cell = Cell(house, ways[0], gate)
    for door in ("api", "websocket_api"):  # while doors can still be added
        assert await async_setup_component(house.hass, door, {})
    for way in ways:
        await way.prepare()
    await HOLDING.prepare(gate, house.operator)

    await asyncio.gather(*(way.call() for way in ways))
    await gate.until_reached()
    await cell.until(lambda: cell.calls == len(ways), "all calls")
    await cell.assert_at(HOLDING)
    strikes("WebSocket, REST, automation and task at one instant")
    gate.opened.set()
    for way in ways:
        await way.rest()
    await house.hass.async_block_till_done()

    await cell.assert_books_agree(1)


@pytest.mark.parametrize(
    "way", ["REST", "script in mode single", "automation by a state"]
)
async def test_c8_a_cap_lowered_in_flight_counts_for_the_next_order(
    house: House, gate: Gate, doors: Doors, strikes: Strikes, way: str
) -> None:
    """What was reserved under the old limit is carried out; from then on the new one holds, also for whoever forces."""
    cell = cell_of(house, gate, doors, way)
    await cell.way.prepare()
    await HOLDING.prepare(gate, house.operator)
    await cell.way.call()
    await gate.until_reached()
    walk = await Walk.limits(cell.hass, cell.entry)
    await walk.submit(per_order=LOWERED, account_month=LOWERED)
    await cell.assert_at(HOLDING)
    strikes("cap lowered")
    await cell.landed()
    await cell.assert_books_agree(1)

    refused = await cell.engine.recharge(cell.wish("10.00"))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.LIMIT_ACCOUNT_MONTH
    too_much = await cell.engine.recharge(cell.wish(AMOUNT))
    assert isinstance(too_much, Refused)
    assert too_much.reason is Reason.ABOVE_ORDER_LIMIT
    assert await house.payments() == [AMOUNT]


async def test_c8_a_cap_raised_in_flight_frees_no_line(
    house: House, gate: Gate, doors: Doors, strikes: Strikes
) -> None:
    """More room in the month is no reason to pay while it is not known what was paid."""
    cell = cell_of(house, gate, doors)
    await CHARGED.prepare(gate, house.operator)
    await cell.way.call()
    await gate.until_reached()
    walk = await Walk.limits(cell.hass, cell.entry)
    await walk.submit(per_order="5000", account_month="50000", cooldown_hours=1)
    await cell.assert_at(CHARGED)
    strikes("cap raised")
    await cell.assert_blocked()
    await cell.landed()
    await cell.assert_books_agree(1)


@pytest.mark.parametrize("dedupe", [Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY])
async def test_c9_a_token_rotated_in_flight_asks_for_a_new_one_and_keeps_the_line_blocked(
    hass: HomeAssistant, house: House, gate: Gate, doors: Doors, strikes: Strikes
) -> None:
    """The look-up is refused: that is no proof of anything. With the new token the charge is found, not made again."""
    cell = cell_of(house, gate, doors)
    gate.answer_is_lost = True
    await CHARGED.prepare(gate, house.operator)
    await cell.way.call()
    await gate.until_reached()
    new_key = await house.operator.rotate_key()
    await cell.landed()
    order = await cell.order()
    assert order is not None
    asked = len(await house.operator.requests())
    cell.comes_back()  # a look-up, with the old token
    async with asyncio.timeout(PATIENCE):
        while not {
            request["operation"]
            for request in (await house.operator.requests())[asked:]
        } & {"find", "history"}:
            await asyncio.sleep(0.002)
    await house.poll()
    strikes("token rotated")

    assert (await cell.order()).state is OrderState.UNKNOWN  # type: ignore[union-attr]
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    with pytest.raises(HomeAssistantError):
        await house.recharge(amount="10.00", force=True)
    await cell.assert_blocked()

    walk = await Walk.login_again(hass, house.entry)
    await walk.submit(auth_value=f"Bearer {new_key}")
    assert walk.result["reason"] == "reauth_successful"
    assert await settle(cell.engine, order.id) is OrderState.SUCCEEDED
    await hass.async_block_till_done(wait_background_tasks=True)
    await cell.assert_books_agree(1)
