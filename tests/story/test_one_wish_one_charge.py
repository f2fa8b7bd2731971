"""One wish is charged once, whoever calls, how often, and whatever is pulled out from under it."""

import asyncio
from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.esim_topup.providers.base import Dedupe

from .conftest import AMOUNT, House


async def until_settled(house: House, seconds: float = 20) -> str:
    """Wait until the line's newest order is settled and return its state."""
    key = next(iter(house.entry.runtime_data.lines.values())).key
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        orders = await house.engine.orders(line_key=key)
        if orders and not orders[0].open:
            return orders[0].state.value
        await asyncio.sleep(0.05)
    return "unsettled"


async def test_twenty_callers_at_once_pay_once(house: House) -> None:
    """C1: twenty automations that see the same low balance are one wish."""
    await house.operator.fault("delay", "order", seconds=0.3)

    answers = await asyncio.gather(*(house.recharge() for _ in range(20)))

    assert await house.payments() == [AMOUNT]
    assert len({answer["order_id"] for answer in answers}) == 1
    assert [answer["joined"] for answer in answers].count(False) == 1


async def test_an_automation_in_mode_restart_fired_three_times_pays_once(
    hass: HomeAssistant, house: House
) -> None:
    """C3: each restart cancels the caller; the order must neither die nor be made anew."""
    await house.operator.fault("delay", "order", seconds=1)
    await house.automate(
        "impatient",
        [{"trigger": "event", "event_type": "pay_now"}],
        [
            {
                "action": "esim_topup.recharge",
                "data": {"device_id": house.device_id, "amount": AMOUNT},
            }
        ],
        mode="restart",
    )

    for _ in range(3):
        hass.bus.async_fire("pay_now")
        await asyncio.sleep(0.6)

    assert await until_settled(house) == "succeeded"
    assert await house.payments() == [AMOUNT]


async def test_a_reload_in_the_middle_changes_nothing(
    hass: HomeAssistant, house: House
) -> None:
    """C7: the order belongs to the engine, not to the entry that is unloaded under it."""
    await house.operator.fault("delay", "order", seconds=1)
    paying = asyncio.create_task(house.recharge())
    await asyncio.sleep(0.3)

    assert await hass.config_entries.async_reload(house.entry.entry_id)
    answer = await paying

    assert answer["state"] == "succeeded"
    assert await house.payments() == [AMOUNT]


async def test_a_removed_account_is_charged_once_and_keeps_its_limits(
    hass: HomeAssistant, house: House
) -> None:
    """C7, threat 15: removing and adding an account must not reset what was spent, nor lose what is in flight."""
    engine = house.engine
    await house.operator.fault("delay", "order", seconds=1)
    paying = asyncio.create_task(house.recharge())
    await asyncio.sleep(0.3)
    key = house.entry.runtime_data.account_key

    await hass.config_entries.async_remove(house.entry.entry_id)
    await paying

    assert await house.payments() == [AMOUNT]
    assert [order.state.value for order in await engine.orders(account_key=key)] == [
        "succeeded"
    ]


async def test_a_cancelled_caller_does_not_cancel_the_order(house: House) -> None:
    """C6: whoever closes the page has still paid, and must be told so."""
    await house.operator.fault("delay", "order", seconds=0.5)
    paying = asyncio.create_task(house.recharge())
    await asyncio.sleep(0.2)
    paying.cancel()

    assert await until_settled(house) == "succeeded"
    assert await house.payments() == [AMOUNT]


@pytest.mark.parametrize("dedupe", [Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY])
async def test_a_lost_answer_is_found_not_paid_again(
    hass: HomeAssistant, house: House
) -> None:
    """N6: the operator charged and the line went dead: the caller hears "not known", the books are asked, nobody pays twice."""
    await house.operator.fault("drop_after", "order")

    with pytest.raises(HomeAssistantError) as caught:
        await house.recharge()

    assert caught.value.translation_key == "outcome_unknown"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert house.shown("top_up_status") == "outcome_unknown"
    with pytest.raises(HomeAssistantError):
        await house.recharge()
    assert await until_settled(house) == "succeeded"
    assert await house.payments() == [AMOUNT]


@pytest.mark.parametrize("dedupe", [Dedupe.NONE])
async def test_without_any_way_to_ask_a_person_decides(house: House) -> None:
    """Class N: nothing is guessed. The line stays blocked until somebody has looked at the operator's page."""
    await house.operator.fault("drop_after", "order")

    with pytest.raises(HomeAssistantError):
        await house.recharge()
    await asyncio.sleep(5.5)  # the first look

    key = next(iter(house.entry.runtime_data.lines.values())).key
    order = (await house.engine.orders(line_key=key))[0]
    assert order.state == "held"
    with pytest.raises(HomeAssistantError) as caught:
        await house.recharge(force=True)
    assert caught.value.translation_key == "refused_held"
    await house.engine.resolve(order.id, charged=True, user_id=None)
    assert await house.payments() == [AMOUNT]


async def test_the_dashboard_shows_the_money_that_arrived(
    hass: HomeAssistant, house: House
) -> None:
    """The whole promise: low, recharged once, and visible."""
    await house.operator.set_line("line-1", balance="45.00")
    await house.poll()
    assert (house.shown(), house.shown("low_balance")) == ("45.00", "on")

    await house.recharge(only_below="50")
    await hass.async_block_till_done(wait_background_tasks=True)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=62))
    await hass.async_block_till_done(wait_background_tasks=True)

    assert (house.shown(), house.shown("low_balance")) == ("345.00", "off")
    assert house.shown("top_up_status") in ("ok", "cooling_down")
    assert await house.payments() == [AMOUNT]
