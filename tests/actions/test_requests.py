"""How often the operator is asked for what it sells: a look costs its patience, and buys nothing."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.services import offers

from .conftest import PHONE, Home, Portal


async def twenty(portal: Portal, **data: Any) -> list[str | None]:
    """Let twenty automations ask at once; return why those that were refused were."""
    answers = await asyncio.gather(
        *(portal.call("recharge", **data) for _ in range(20)), return_exceptions=True
    )
    return [
        answer.translation_key
        for answer in answers
        if isinstance(answer, HomeAssistantError)
    ]


async def test_twenty_calls_at_once_ask_once_and_look_once(portal: Portal) -> None:
    """One request to know the price, one of the flight's own to be sure of it."""
    assert await twenty(portal, amount=300) == []
    assert (await portal.paid(), await portal.asked()) == (["300.00"], 2)


async def test_what_the_book_refuses_asks_nothing_more(portal: Portal) -> None:
    """An automation that calls every minute of a cooldown."""
    await portal.call("recharge", amount=300)
    asked = await portal.asked()
    assert await twenty(portal, amount=300) == ["refused_cooling_down"] * 20
    for _ in range(3):
        assert await portal.fails(amount=300) == "refused_cooling_down"
    assert await portal.asked() == asked


async def test_a_locked_book_asks_once_at_most(portal: Portal) -> None:
    """Nothing can be bought: what it would cost is of no interest."""
    portal.engine.lock(LockReason.DAMAGED)
    assert await twenty(portal, amount=300) == ["refused_locked"] * 20
    assert await twenty(portal, amount=300, request_id="december") == (
        ["refused_locked"] * 20
    )
    assert await portal.asked() <= 1


async def test_twenty_calls_in_an_outage_share_its_one_error(portal: Portal) -> None:
    """An operator that comes back is not met by a crowd."""
    await portal.operator.fault("error_before", "offers", times=None)
    found = await twenty(portal, amount=300)
    assert found == ["refused_provider_unreachable"] * 20
    assert await portal.asked() == 1


async def test_a_repeated_request_gets_its_order_while_the_operator_is_away(
    portal: Portal,
) -> None:
    """The script that lost the answer asks again: it was paid, and that is what it has to hear."""
    answer = await portal.call("recharge", amount=300, request_id="december")
    portal.forget_offers()
    await portal.operator.fault("drop_before", "offers", times=None)
    again = await portal.call("recharge", amount=300, request_id="december")
    assert again == answer | {"joined": True}
    assert (await portal.paid(), await portal.sent()) == (["300.00"], 1)


async def test_a_repeated_request_is_the_same_after_the_price_went_up(
    portal: Portal,
) -> None:
    """The wish was for a package; what it cost then is what was paid."""
    answer = await portal.call("recharge", offer_id="eu-5gb", request_id="december")
    await portal.operator.set_offer("eu-5gb", price="510.00")
    portal.forget_offers()
    again = await portal.call("recharge", offer_id="eu-5gb", request_id="december")
    assert again == answer | {"joined": True}
    assert await portal.fails(amount=300, request_id="december") == (
        "refused_request_id_reused"
    )
    assert await portal.sent() == 1


async def test_an_unknown_request_of_a_book_that_cannot_be_read(portal: Portal) -> None:
    """The engine says why, in its own words."""
    await portal.engine.stop()
    assert await portal.fails(amount=300, request_id="december") == "refused_stopping"


async def test_what_the_known_list_does_not_hold_is_asked_for_once(
    portal: Portal,
) -> None:
    """The operator has a new package since this morning; a slip of the pen costs one look, too."""
    await portal.operator.set_offer("eu-5gb", line="line-2")
    assert await portal.fails(offer_id="eu-5gb") == "refused_not_offered"
    await portal.operator.set_offer("eu-5gb", line=None)
    asked = await portal.asked()
    await portal.call("recharge", offer_id="eu-5gb")
    assert await portal.asked() == asked + 2, "one here, one just before paying"
    assert await portal.fails(amount="0.5") == "amount_not_offered"
    assert await portal.asked() == asked + 3


async def test_offers_are_asked_for_at_most_every_five_minutes(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody may call this, and a dashboard does it at each look."""
    first = await portal.call("get_offers")
    await portal.operator.set_offer("eu-5gb", price="510.00")
    assert await portal.call("get_offers") == first
    assert await portal.asked() == 1
    monkeypatch.setattr(offers, "_RECENT", timedelta())
    assert await portal.call("get_offers") != first
    assert await portal.asked() == 2


async def test_a_caller_that_gives_up_takes_nothing_from_the_others(home: Home) -> None:
    """Of two that wait for one answer, one is cancelled."""
    coordinator = home.account.coordinator
    phone = home.phone
    first = asyncio.create_task(coordinator.async_offers(phone, None))
    second = asyncio.create_task(coordinator.async_offers(phone, None))
    await asyncio.sleep(0)
    first.cancel()
    assert [offer.id for offer in await second][:1] == ["open"]
    assert first.cancelled()


async def test_an_account_that_is_unloaded_meanwhile_says_so(home: Home) -> None:
    """A reload ends the question, not its caller."""
    never = asyncio.Event()

    async def offers(*_: Any) -> Any:
        await never.wait()

    with patch.object(type(home.provider), "offers", offers):
        caller = asyncio.create_task(
            home.fails("refused_provider_unreachable", amount=300)
        )
        while not home.account.coordinator._price_lists._asking:
            await asyncio.sleep(0)
        await home.account.coordinator.async_shutdown()
        await caller


async def test_a_card_that_is_somebodys_id_is_in_no_answer(home: Home) -> None:
    """A provider that uses card numbers as ids would bring them into traces."""
    coordinator, card = home.account.coordinator, "4111111111111111"
    account = coordinator.data.account
    assert account is not None
    methods = tuple(replace(each, id=card) for each in account.payment_methods)
    coordinator.data = replace(
        coordinator.data, account=replace(account, payment_methods=methods)
    )
    home.account.lines[f"subentry-{PHONE}"] = replace(home.phone, method_id=card)
    assert (await home.call("preview_recharge", amount=300))["pays_from"] is None
