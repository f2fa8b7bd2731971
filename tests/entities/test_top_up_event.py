"""The event of a top-up: each outcome once, while somebody watches, with what a message needs."""

from dataclasses import replace
from typing import Any

from homeassistant.core import Event
from homeassistant.helpers.dispatcher import async_dispatcher_send

from custom_components.esim_topup.const import SIGNAL_ORDER
from custom_components.esim_topup.orders.order import Order
from custom_components.esim_topup.providers.demo import Mood

from .conftest import MINUTE, TRACKER, Home


def told(home: Home) -> list[tuple[str, dict[str, Any]]]:
    """Return a list that grows with each event of the phone line."""
    heard: list[tuple[str, dict[str, Any]]] = []
    entity_id = home.entity_id("top_up")

    def note(event: Event[Any]) -> None:
        new = event.data["new_state"]
        if event.data["entity_id"] == entity_id and new.state != "unavailable":
            heard.append((new.attributes["event_type"], dict(new.attributes)))

    home.hass.bus.async_listen("state_changed", note)
    return heard


async def test_a_top_up_is_told_with_amount_and_the_balance_before(home: Home) -> None:
    """The sentence on the phone: "42.50 was left, 300.00 RUB added"."""
    heard = told(home)
    await home.burn("20")
    await home.poll()
    order = await home.recharge("300")
    ((kind, data),) = heard
    assert kind == "succeeded"
    assert data["order_id"] == order.id
    assert (data["amount"], data["currency"]) == ("300.00", "RUB")
    assert data["balance_before"] == "42.50"
    assert data["reason"] is None


async def test_other_lines_are_told_by_their_own_events(home: Home) -> None:
    """One device, one story."""
    heard = told(home)
    await home.recharge("300", TRACKER)
    assert heard == []


async def test_the_same_number_in_another_account_is_not_told_here(home: Home) -> None:
    """The order book knows a number once; each account tells what it paid itself."""
    order = await home.recharge("300")
    heard = told(home)
    signal = SIGNAL_ORDER.format(order.line_key)
    async_dispatcher_send(
        home.hass, signal, replace(order, id="other", account_key="other")
    )
    await home.settle()
    assert heard == []


async def test_a_failure_says_why(home: Home) -> None:
    """The provider's short reason reaches the user, its answer does not."""
    heard = told(home)
    await home.provider.set_mood(Mood.DECLINES)
    await home.recharge("300")
    ((kind, data),) = heard
    assert (kind, data["reason"]) == ("failed", "card_declined")


async def test_an_unknown_outcome_and_what_became_of_it_are_two_news(
    home: Home,
) -> None:
    """Looking again in between is none."""
    heard = told(home)
    await home.provider.set_mood(Mood.TIMES_OUT_AFTER_CHARGING)
    await home.recharge("300")
    assert [kind for kind, _ in heard] == ["unknown"]
    order: Order = (await home.engine.orders(line_key=home.key_of("demo-phone")))[0]
    await home.engine.publish(order)
    await home.settle()
    assert [kind for kind, _ in heard] == ["unknown"]


async def test_a_restart_tells_nothing_old(home: Home) -> None:
    """Last week's top-up is no news, whatever the engine repeats while it looks around."""
    order = await home.recharge("300")
    before = home.shown("top_up")
    await home.pass_time(MINUTE)
    assert await home.hass.config_entries.async_reload(home.entry.entry_id)
    heard = told(home)
    await home.settle()
    await home.engine.publish(order)
    await home.settle()
    assert heard == []
    assert home.shown("top_up") == before, "the last event is remembered"


async def test_a_reading_without_a_balance_leaves_it_out(home: Home) -> None:
    """A data eSIM has no balance before."""
    del home.account.coordinator.data.readings[home.key_of("demo-phone")]  # type: ignore[attr-defined]
    heard = told(home)
    await home.recharge("300")
    assert "balance_before" not in heard[0][1]
