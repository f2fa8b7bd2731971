"""P: what holds for whoever may call: automations with injected variables, assistants, administrators who force."""

import asyncio
from collections.abc import Callable
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import llm
from homeassistant.setup import async_setup_component
import pytest

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.providers.base import Dedupe
from tests.story.conftest import AMOUNT, House

from .cell import settle
from .moments import PATIENCE
from .people import ADMIN, READER, USER, VOICE, Person
from .ways import Doors

type Strikes = Callable[[str], None]

ASSISTANT = "homeassistant__call_action"


@pytest.fixture
def options() -> dict[str, Any]:
    """Limits that a few orders reach."""
    return {"per_order": "300.00", "account_month": "700.00", "cooldown_hours": 6}


async def test_p2_an_automation_that_forces_stays_inside_the_limits_however_often(
    house: House, doors: Doors, strikes: Strikes
) -> None:
    """Somebody triggers it all night, with amounts of their own, and its owner wrote `force`."""
    person = Person(USER, house, doors, AMOUNT)
    await person.arrive()
    data = {"device_id": house.device_id, "amount": "{{ amount }}", "force": True}
    pay = {"action": f"{DOMAIN}.recharge", "data": data}
    await house.automate("pay", [{"trigger": "event", "event_type": "x"}], [pay])
    for amount in (300, "300.00", 301, 300, "1e2", -300, 100, 100, 10**9, "NaN", 10):
        await person.act(
            "automation.trigger",
            entity_id="automation.pay",
            variables={"amount": amount},
        )
        strikes("amount injected")
    paid = await house.payments()
    assert paid == ["300.00", "300.00", "100.00"], "to the last rouble of the month"


# Assistants


async def assistant(hass: HomeAssistant, context: Context) -> llm.APIInstance:
    """Return the tools of an assistant that speaks for somebody; skips where there are none such."""
    api_id = getattr(llm, "LLM_API_HOME_ASSISTANT", None)
    if api_id is None:
        pytest.skip(f"this Home Assistant has no {ASSISTANT}")
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "llm", {})
    whom = llm.LLMContext(
        platform="test",
        context=context,
        language="en",
        assistant="conversation",
        device_id=None,
    )
    tools = await llm.async_get_api(hass, api_id, whom)
    if ASSISTANT not in {tool.name for tool in tools.tools}:
        pytest.skip(f"this Home Assistant has no {ASSISTANT}")
    return tools


async def use(tools: llm.APIInstance, tool: str, **arguments: Any) -> dict[str, Any]:
    """Use a tool; return what the assistant reads."""
    result: Any = await tools.async_call_tool(
        llm.ToolInput(tool_name=tool, tool_args=arguments)
    )
    answer: dict[str, Any] = result.data
    return answer


async def test_p6_an_assistant_that_may_call_any_action_has_the_same_caps(
    hass: HomeAssistant, house: House, doors: Doors, strikes: Strikes
) -> None:
    """A sentence in a calendar entry told it to. It acts as the admin, and limits know no admins."""
    person = Person(ADMIN, house, doors, AMOUNT)
    await person.arrive()
    tools = await assistant(hass, person.context)
    data = {"device_id": house.device_id}

    async def pay(amount: str, **more: Any) -> bool:
        answer = await use(
            tools,
            ASSISTANT,
            action=f"{DOMAIN}.recharge",
            data=data | {"amount": amount} | more,
        )
        strikes(ASSISTANT)
        return "error" not in answer

    assert not await pay("300.01", force=True), "the limit of one order"
    assert not await pay("999999", force=True)
    assert await pay(AMOUNT)
    assert not await pay(AMOUNT), "the cooldown"
    assert await pay(AMOUNT, force=True), "which an admin may pass"
    assert not await pay(AMOUNT, force=True), "the limit of the month"
    assert await house.payments() == [AMOUNT] * 2

    reload = {"entry_id": house.entry.entry_id}
    await use(tools, ASSISTANT, action="homeassistant.reload_config_entry", data=reload)
    assert not await pay(AMOUNT, force=True), "a reload resets nothing"
    assert await house.payments() == [AMOUNT] * 2


async def test_p6_an_assistant_finds_no_action_that_widens_its_own_leash(
    hass: HomeAssistant, house: House, doors: Doors, strikes: Strikes
) -> None:
    """Limits, approvals, unlocking and "what happened?" are flows of an administrator, never actions."""
    person = Person(ADMIN, house, doors, AMOUNT)
    await person.arrive()
    tools = await assistant(hass, person.context)
    found = await use(tools, "homeassistant__search_actions", query=DOMAIN)
    strikes("homeassistant__search_actions")
    assert found["actions"]
    assert set(hass.services.async_services_for_domain(DOMAIN)) == {
        "recharge",
        "preview_recharge",
        "get_offers",
        "get_orders",
    }


@pytest.mark.parametrize(
    "who", [USER, READER, VOICE], ids=lambda who: f"P6 the assistant of {who}"
)
async def test_p6_an_assistant_of_nobody_in_charge_gets_no_such_tools(
    hass: HomeAssistant, house: House, doors: Doors, strikes: Strikes, who: str
) -> None:
    """Neither somebody without rights nor a voice that nobody knows is given the tools of an administrator."""
    admin, person = (Person(each, house, doors, AMOUNT) for each in (ADMIN, who))
    await admin.arrive()
    await person.arrive()
    await assistant(hass, admin.context)  # there are such tools
    with pytest.raises(Unauthorized):
        await assistant(hass, person.context)
    strikes(ASSISTANT)
    assert await house.payments() == []


# Force


async def refused(house: House, amount: str = AMOUNT) -> str | None:
    """Return why an order by force is refused."""
    before = await house.payments()
    with pytest.raises(HomeAssistantError) as caught:
        await house.recharge(amount=amount, force=True)
    assert await house.payments() == before
    return caught.value.translation_key


async def test_p8_force_passes_the_cooldown_and_no_cap(
    house: House, strikes: Strikes
) -> None:
    """A person in a hurry may pay twice a day, and not more than the month allows."""
    await house.recharge()
    with pytest.raises(HomeAssistantError) as caught:
        await house.recharge()
    assert caught.value.translation_key == "refused_cooling_down"
    await house.recharge(force=True)
    strikes("force in the cooldown")
    assert await refused(house, "301.00") == "refused_above_order_limit"
    strikes("force above the cap of one order")
    assert await refused(house) == "refused_limit_account_month"
    strikes("force above the cap of the month")
    assert await house.payments() == [AMOUNT] * 2


@pytest.mark.parametrize("dedupe", list(Dedupe), ids=lambda each: each.name)
async def test_p8_force_passes_no_unknown_and_no_held_order(
    house: House, strikes: Strikes, dedupe: Dedupe
) -> None:
    """Nobody can force an operator to know what it did: until then the line is blocked, for everybody."""
    await house.operator.fault("drop_after", "order")
    with pytest.raises(HomeAssistantError) as caught:
        await house.recharge()
    assert caught.value.translation_key == "outcome_unknown"
    assert await refused(house) == "refused_outcome_unknown"
    assert await refused(house, "10.00") == "refused_outcome_unknown"
    strikes("force while the outcome is unknown")

    (account,) = house.engine.accounts.values()
    (line_key,) = account.lines
    (order,) = await house.engine.orders(line_key=line_key)
    if dedupe is Dedupe.NONE:
        house.engine.attach(account)  # it looks, and there is nobody to ask
        async with asyncio.timeout(PATIENCE):
            assert await settle(house.engine, order.id) is OrderState.HELD
    else:
        order = await house.engine.take(order, (OrderState.HELD,))
    assert await refused(house) == "refused_held"
    assert await refused(house, "10.00") == "refused_held"
    strikes("force while a person has to look")
    assert await house.payments() == [AMOUNT]
    assert len(await house.operator.requests("order")) == 1
