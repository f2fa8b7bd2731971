"""`get_offers` and `get_orders`: what can be bought, and what was."""

from datetime import datetime
import json
from typing import Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
import voluptuous as vol

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.providers.demo import Mood

from .conftest import ESIM, PHONE, Home

EMPTY = {
    "price": None,
    "min": None,
    "max": None,
    "step": None,
    "data_bytes": None,
    "validity_days": None,
}


async def test_packages_and_open_amounts_have_one_shape(home: Home) -> None:
    """A dashboard draws both from the same keys."""
    offers = (await home.call("get_offers"))["offers"]
    assert offers[0] == EMPTY | {
        "id": "open",
        "name": "Any amount",
        "kind": "open_amount",
        "currency": "RUB",
        "min": "10.00",
        "max": "5000.00",
        "step": "1",
    }
    assert offers[1] == EMPTY | {
        "id": "recharge-100",
        "name": "Recharge 100",
        "kind": "package",
        "price": "100.00",
        "currency": "RUB",
    }


async def test_a_package_says_what_it_brings(home: Home) -> None:
    """Bytes and days, not words."""
    offers = (await home.call("get_offers", line=ESIM))["offers"]
    assert [offer["id"] for offer in offers] == ["data-1gb", "data-3gb", "data-10gb"]
    assert (offers[1]["data_bytes"], offers[1]["validity_days"]) == (3_000_000_000, 30)


async def test_offers_that_cannot_be_read_are_an_error(home: Home) -> None:
    """An empty list would say that nothing is sold."""
    await home.behave(Mood.GOES_OFFLINE)
    await home.fails("refused_provider_unreachable", action="get_offers")


async def ask(home: Home, **data: Any) -> list[dict[str, Any]]:
    """Return the orders that `get_orders` answers."""
    answer = await home.hass.services.async_call(
        DOMAIN, "get_orders", data, blocking=True, return_response=True
    )
    assert answer is not None
    orders = answer["orders"]
    assert isinstance(orders, list)
    return orders  # type: ignore[return-value]


async def test_orders_come_newest_first_with_their_line(home: Home) -> None:
    """What was paid last is what one looks for."""
    first = await home.recharge(amount=300, request_id="december")
    second = await home.recharge(line=ESIM)
    orders = await ask(home, config_entry_id=home.entry.entry_id)
    assert [order["order_id"] for order in orders] == [
        second["order_id"],
        first["order_id"],
    ]
    assert [order["device_id"] for order in orders] == [
        home.device(ESIM),
        home.device(PHONE),
    ]
    row = orders[1]
    assert datetime.fromisoformat(row.pop("updated_at")).tzinfo is not None
    del first["joined"]
    assert row == first | {
        "device_id": home.device(PHONE),
        "origin": "automation",
        "request_id": "december",
    }


async def test_a_lines_orders_are_its_own(home: Home) -> None:
    """A line's page shows its own history."""
    await home.recharge(amount=300)
    bought = await home.recharge(line=ESIM)
    assert [o["order_id"] for o in await ask(home, device_id=home.device(ESIM))] == [
        bought["order_id"]
    ]


async def test_failed_orders_are_told_with_their_reason(home: Home) -> None:
    """Why did it not work on Tuesday? There is an answer."""
    await home.behave(Mood.DECLINES)
    await home.fails("recharge_failed_card_declined", amount=300)
    (order,) = await ask(home, device_id=home.device())
    assert (order["state"], order["reason"]) == ("failed", "card_declined")


async def test_the_order_of_a_removed_line_stays_without_a_device(home: Home) -> None:
    """What was paid is not forgotten with the line."""
    await home.recharge(amount=300)
    home.hass.config_entries.async_remove_subentry(home.entry, f"subentry-{PHONE}")
    await home.hass.async_block_till_done()
    (order,) = await ask(home, config_entry_id=home.entry.entry_id)
    assert (order["amount"], order["device_id"]) == ("300.00", None)


async def test_no_more_orders_than_asked_for(home: Home) -> None:
    """A template wants the last one."""
    for _ in range(3):
        await home.recharge(amount=10, force=True)
    assert len(await ask(home, device_id=home.device(), limit=2)) == 2


@pytest.mark.parametrize("limit", [0, 201, "many"])
async def test_a_list_has_a_sensible_length(home: Home, limit: Any) -> None:
    """Nobody waits for a list of everything."""
    with pytest.raises(vol.Invalid):
        await ask(home, device_id=home.device(), limit=limit)


@pytest.mark.parametrize("both", [False, True])
async def test_a_line_or_an_account_is_named(home: Home, both: bool) -> None:
    """Whose orders were meant is not guessed."""
    named = (
        {"device_id": home.device(), "config_entry_id": home.entry.entry_id}
        if both
        else {}
    )
    with pytest.raises(ServiceValidationError) as caught:
        await ask(home, **named)
    assert caught.value.translation_key == "line_or_account"


async def test_an_unknown_account_is_told_apart(home: Home) -> None:
    """An account that was removed while an automation still names it."""
    with pytest.raises(ServiceValidationError) as caught:
        await ask(home, config_entry_id="nobody")
    assert caught.value.translation_key == "service_config_entry_not_found"


async def test_a_book_that_is_locked_is_an_error(home: Home) -> None:
    """An empty list would say that nothing was paid."""
    await home.engine.stop()
    home.engine.lock(LockReason.DAMAGED)
    with pytest.raises(HomeAssistantError) as caught:
        await ask(home, device_id=home.device())
    assert caught.value.translation_key == "book_locked"
    assert "Repairs" in str(caught.value)


async def test_answers_hold_no_numbers_of_people(home: Home) -> None:
    """Traces of automations are kept, and shown to those who help."""
    await home.recharge(amount=300)
    await home.recharge(line=ESIM)
    told = [
        await ask(home, config_entry_id=home.entry.entry_id),
        await home.call("get_offers"),
        await home.call("preview_recharge", force=True),
    ]
    for line in home.account.lines.values():
        assert line.line.number is not None
        assert line.line.number.removeprefix("+") not in json.dumps(told)
