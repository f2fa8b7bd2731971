"""The ways that somebody may try. Each returns what that person sees; what it cost is asked of the operator's books."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.esim_topup.const import DOMAIN
from tests.story.conftest import AMOUNT

from .people import TAPPED, WISH, Person

type Path = Callable[[Person], Awaitable[Any]]


async def rest(person: Person) -> Any:
    """A program outside."""
    return await person.act(f"{DOMAIN}.recharge", **person.data)


async def websocket(person: Person) -> Any:
    """A dashboard."""
    return await person.say(
        type="call_service",
        domain=DOMAIN,
        service="recharge",
        service_data=person.data,
    )


async def service(person: Person) -> Any:
    """Whatever ends in a call with their context: scenes, automations, satellites."""
    try:
        await person.hass.services.async_call(
            DOMAIN, "recharge", person.data, blocking=True, context=person.context
        )
    except HomeAssistantError as err:
        return type(err).__name__
    return "ok"


async def script_turned_on(person: Person) -> Any:
    """`script.turn_on` of a script that pays."""
    pay = {"action": f"{DOMAIN}.recharge", "data": person.data}
    script = {"sequence": [pay | {"continue_on_error": True}]}
    assert await async_setup_component(
        person.hass, "script", {"script": {"pay": script}}
    )
    return await person.act("script.turn_on", entity_id="script.pay")


async def automation_triggered(person: Person) -> Any:
    """`automation.trigger` with an amount of their own; conditions are skipped."""
    await person.automate()
    return await person.act(
        "automation.trigger",
        entity_id="automation.pay",
        variables={"amount": person.amount},
    )


async def rest_event(person: Person) -> Any:
    """POST /api/events."""
    await person.automate()
    return await person.request("POST", f"/api/events/{WISH}")


async def websocket_event(person: Person) -> Any:
    """`fire_event` over the WebSocket."""
    await person.automate()
    return await person.say(type="fire_event", event_type=WISH)


async def phone_action(person: Person) -> Any:
    """The webhook of a phone calls the action."""
    call = {"domain": DOMAIN, "service": "recharge", "service_data": person.data}
    return await person.through_phone("call_service", call, 1)


async def phone_event(person: Person) -> Any:
    """The webhook of a phone fires the event of an automation, three times the same."""
    await person.automate()
    ran = async_capture_events(person.hass, "automation_triggered")
    seen = await person.through_phone("fire_event", {"event_type": WISH}, 3)
    assert len(ran) == 3, (
        "the automation calls each time; it is the engine that refuses"
    )
    return seen


async def phone_tap(person: Person) -> Any:
    """The webhook of a phone claims that somebody tapped a notification, whatever it may be called."""
    heard = async_capture_events(person.hass, TAPPED)
    tap = {"action": f"{DOMAIN}_approve", "order_id": "1", "amount": AMOUNT}
    data = {"event_type": TAPPED, "event_data": tap}
    seen = await person.through_phone("fire_event", data, 3)
    assert len(heard) == 3
    return seen


def _query(name: str) -> Path:
    async def ask(person: Person) -> Any:
        data: dict[str, Any] = {"device_id": person.house.device_id}
        return await person.act(f"{DOMAIN}.{name}?return_response", **data)

    return ask


get_offers = _query("get_offers")
get_orders = _query("get_orders")
preview = _query("preview_recharge")


async def limits_flow(person: Person) -> Any:
    """Open the options: the hard limits."""
    entry_id = person.house.entry.entry_id
    path = "/api/config/config_entries/options/flow"
    return await person.request("POST", path, handler=entry_id)


async def account_flow(person: Person) -> Any:
    """Press "Add integration", or "Reconfigure"."""
    return await person.request(
        "POST",
        "/api/config/config_entries/flow",
        handler=DOMAIN,
        entry_id=person.house.entry.entry_id,
    )


async def line_flow(person: Person) -> Any:
    """Press "Add line"."""
    handler = [person.house.entry.entry_id, "line"]
    path = "/api/config/config_entries/subentries/flow"
    return await person.request("POST", path, handler=handler)


async def removal(person: Person) -> Any:
    """Remove the account, and with it (they hope) what it has spent."""
    entry_id = person.house.entry.entry_id
    return await person.request(
        "DELETE", f"/api/config/config_entries/entry/{entry_id}"
    )


async def repairs_flow(person: Person) -> Any:
    """Say in Repairs what happened, or unlock."""
    ir.async_create_issue(
        person.hass,
        DOMAIN,
        "orders_locked",
        is_fixable=True,
        severity=ir.IssueSeverity.CRITICAL,
        translation_key="orders_locked",
    )
    data = {"handler": DOMAIN, "issue_id": "orders_locked"}
    return await person.request("POST", "/api/repairs/issues/fix", **data)


async def reload(person: Person) -> Any:
    """Reload the account by its action."""
    return await person.act(
        "homeassistant.reload_config_entry", entry_id=person.house.entry.entry_id
    )


async def threshold_raised(person: Person) -> Any:
    """Move the threshold above the balance, and back, three times, under an automation that pays when the line is low."""
    trigger = {
        "trigger": f"{DOMAIN}.balance_became_low",
        "target": {"device_id": person.house.device_id},
    }
    pay = {"action": f"{DOMAIN}.recharge", "data": person.data}
    await person.house.automate("pay", [trigger], [pay], mode="queued")
    entity_id = person.house.entity("low_balance_threshold")
    for value in (70, 50, 70, 50, 70):
        seen = await person.act("number.set_value", entity_id=entity_id, value=value)
    return seen


async def threshold_above_limit(person: Person) -> Any:
    """Ask an entity for more than one order may cost."""
    entity_id = person.house.entity("low_balance_threshold")
    return await person.act("number.set_value", entity_id=entity_id, value=1000.01)
