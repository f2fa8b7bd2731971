"""How often the operator is asked, for what, and what its refusals turn into."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.esim_topup.coordinator import (
    ACCOUNT_MAX_AGE,
    POLL_FLOOR,
    AccountCoordinator,
)
from custom_components.esim_topup.faults import fault_key
from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    LineUnknown,
    MalformedAnswer,
    NotPermitted,
    NotSupported,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
)

from .conftest import (
    DAY,
    ESIM,
    HOUR,
    MINUTE,
    PHONE,
    TRACKER,
    Home,
    StartHome,
    Wilful,
    balance,
)

SECOND = timedelta(seconds=1)


# Politeness


async def test_all_lines_are_asked_for_in_one_call(home: Home) -> None:
    """Ten SIMs cost the operator one request."""
    assert home.provider.asked_lines == [[PHONE, ESIM, TRACKER]]


@pytest.mark.parametrize(
    ("polite", "share", "pause"),
    [
        (timedelta(minutes=15), 1.0, 15 * MINUTE),
        (timedelta(minutes=15), 1.1, 16.5 * MINUTE),
        (timedelta(seconds=1), 1.0, POLL_FLOOR),
    ],
)
async def test_the_pace_is_the_providers_and_never_below_ours(
    home: Home, polite: timedelta, share: float, pause: timedelta
) -> None:
    """Meant to be asked each quarter of an hour; a little later, so that not all houses come at once."""
    capable = replace(home.provider.info.capabilities, poll_min=polite)
    home.provider.info = replace(home.provider.info, capabilities=capable)
    bounds: list[tuple[float, float]] = []

    def choose(least: float, most: float) -> float:
        bounds.append((least, most))
        return share

    coordinator = AccountCoordinator(
        home.hass,
        home.entry,
        home.provider,
        home.account.account_key,
        home.account.lines,
        choose=choose,
    )
    assert coordinator.update_interval == pause
    assert bounds == [(1, 1.1)]


async def test_each_pause_is_drawn_anew(home: Home) -> None:
    """A draw at the start alone would keep two houses in step for ever."""
    drawn = set()
    for _ in range(5):
        await home.poll()
        drawn.add(home.account.coordinator.update_interval)
    assert len(drawn) > 1


async def test_a_provider_that_asks_for_a_pause_gets_it(home: Home) -> None:
    """Asking on is how accounts get blocked."""
    home.provider.trouble["read"] = RateLimited(HOUR)
    await home.poll()
    del home.provider.trouble["read"]
    seen = home.provider.asked["read"]
    await home.pass_time(HOUR - 2 * SECOND)
    assert home.provider.asked["read"] == seen
    await home.pass_time(3 * SECOND)
    assert home.provider.asked["read"] == seen + 1


async def test_a_pause_asked_for_one_line_is_kept_too(home: Home) -> None:
    """The limit is the key's, whichever line met it."""
    home.provider.says[PHONE] = RateLimited(HOUR)
    home.provider.says[TRACKER] = RateLimited()
    await home.poll()
    assert home.account.coordinator.update_interval == HOUR


async def test_of_many_reasons_the_one_that_says_when_to_come_back_is_obeyed(
    home: Home,
) -> None:
    """Nothing came of any line, and one of them said "in an hour"."""
    home.provider.says = {
        PHONE: Unreachable(),
        ESIM: RateLimited(HOUR),
        TRACKER: Unreachable(),
    }
    await home.poll()
    seen = home.provider.asked["read"]
    await home.pass_time(HOUR - 2 * SECOND)
    assert home.provider.asked["read"] == seen


async def test_the_wallet_is_looked_at_once_an_hour(home: Home) -> None:
    """Lines change all day, wallets do not."""
    await home.poll()
    await home.poll()
    assert home.provider.asked["account"] == 1
    home.clock.tick(ACCOUNT_MAX_AGE)
    await home.poll()
    assert home.provider.asked["account"] == 2


async def test_a_wallet_that_cannot_be_looked_at_keeps_its_figure(home: Home) -> None:
    """And it is looked at again with the next poll."""
    home.clock.tick(ACCOUNT_MAX_AGE)
    home.provider.trouble["account"] = Unreachable()
    await home.poll()
    assert home.shown("wallet_balance", None) == "5000.00"
    del home.provider.trouble["account"]
    await home.poll()
    assert home.provider.asked["account"] == 3


async def test_offers_are_asked_for_where_a_rule_needs_a_price_and_nowhere_else(
    home: Home,
) -> None:
    """One request per line adds up; nobody looks at the other lists."""
    assert home.provider.asked["offers"] == 1
    assert list(home.account.coordinator.data.offers) == [home.key_of(ESIM)]
    await home.poll()
    assert home.provider.asked["offers"] == 1
    home.clock.tick(6 * HOUR)
    await home.poll()
    assert home.provider.asked["offers"] == 2


async def test_offers_that_could_not_be_read_are_asked_for_an_hour_later(
    start: StartHome, provider: Wilful
) -> None:
    """The balance does not wait for a price list."""
    provider.trouble["offers"] = NotSupported()
    home: Home = await start()
    assert home.shown("data_remaining", ESIM) == "3.0"
    await home.poll()
    assert provider.asked["offers"] == 1
    home.clock.tick(HOUR)
    del provider.trouble["offers"]
    await home.poll()
    assert home.key_of(ESIM) in home.account.coordinator.data.offers


async def test_an_entity_that_shows_offers_has_them_asked_for(
    home: Home, all_enabled: None
) -> None:
    """As long as it is there, and at once: the list would be empty until the next poll."""
    coordinator = home.account.coordinator
    stop = coordinator.async_want_offers(home.key_of(TRACKER))
    await home.settle()
    assert home.key_of(TRACKER) in coordinator.data.offers
    assert home.provider.asked["offers"] == 2
    again = coordinator.async_want_offers(home.key_of(TRACKER))
    await home.settle()
    assert home.provider.asked["offers"] == 2, "the list is fresh"
    stop()
    again()
    home.clock.tick(6 * HOUR)
    await home.poll()
    assert home.provider.asked["offers"] == 3, "only the rule's own"


# Refusals


@pytest.mark.parametrize(
    ("failure", "key"),
    [
        (Unreachable(), "provider_unreachable"),
        (MalformedAnswer(), "provider_malformed_answer"),
        (RateLimited(), "provider_rate_limited"),
        (Refused("maintenance"), "provider_refused"),
        (NotPermitted(), "not_permitted"),
        (NotSupported(), "not_supported"),
        (ProviderError(), "provider_error"),
    ],
)
async def test_an_account_that_cannot_be_read_at_the_start_is_tried_again_and_says_why(
    start: StartHome, provider: Wilful, failure: ProviderError, key: str
) -> None:
    """The screen of the integration shows the reason, in the user's language."""
    provider.trouble["read"] = failure
    home: Home = await start()
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    assert home.entry.error_reason_translation_key == key


def test_a_line_that_is_unknown_has_a_text_of_its_own() -> None:
    """It is no fault of the account."""
    assert fault_key(LineUnknown()) == "line_unknown"


async def test_credentials_that_fail_ask_the_user_to_log_in_again(
    home: Home, log_ins: list[str]
) -> None:
    """For one line as for all; and the operator is left alone until then."""
    home.provider.says[PHONE] = AuthenticationFailed()
    await home.poll()
    assert log_ins == [home.entry.entry_id]
    seen = home.provider.asked["read"]
    await home.pass_time(HOUR)
    assert home.provider.asked["read"] == seen
    status = home.state("top_up_status")
    assert (status.state, status.attributes["reason"]) == (
        "stopped",
        "authentication_failed",
    )


async def test_credentials_that_fail_for_the_wallet_alone_count_too(
    home: Home, log_ins: list[str]
) -> None:
    """A key that was revoked is revoked."""
    home.clock.tick(ACCOUNT_MAX_AGE)
    home.provider.trouble["account"] = AuthenticationFailed()
    await home.poll()
    assert log_ins == [home.entry.entry_id]


async def test_lines_that_are_all_gone_are_no_outage(home: Home) -> None:
    """The account answers: it just has no such lines."""
    for line in (PHONE, ESIM, TRACKER):
        home.provider.says[line] = LineUnknown()
    await home.poll()
    assert home.account.coordinator.last_update_success
    assert home.shown("top_up_status") == "stopped"


# One line now


@pytest.mark.usefixtures("all_enabled")
async def test_pressing_refresh_reads_this_line_alone(start: StartHome) -> None:
    """Not the other ten, and what it finds is shown at once."""
    home: Home = await start()
    home.provider.asked_lines.clear()
    await home.burn("10")
    await home.call("button", "press", "refresh")
    assert home.provider.asked_lines == [[PHONE]]
    assert home.shown("balance") == "52.50"


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize(
    ("failure", "key"),
    [
        (Unreachable(), "provider_unreachable"),
        (LineUnknown(), "line_unknown"),
        (AuthenticationFailed(), "authentication_failed"),
    ],
)
async def test_pressing_refresh_in_vain_says_why(
    start: StartHome, log_ins: list[str], failure: ProviderError, key: str
) -> None:
    """A person pressed it and waits for an answer."""
    home: Home = await start()
    home.provider.says[PHONE] = failure
    with pytest.raises(HomeAssistantError) as caught:
        await home.call("button", "press", "refresh")
    assert caught.value.translation_key == key
    assert home.shown("balance") == "62.50"
    assert home.state("balance").attributes["stale_since"]
    assert len(log_ins) == (1 if key == "authentication_failed" else 0)


async def test_a_slow_poll_does_not_undo_a_press_that_came_later(home: Home) -> None:
    """Two answers on the way: the older one must not land last."""
    coordinator = home.account.coordinator
    home.provider.slow = arrived = asyncio.Event()
    home.provider.looked.clear()
    poll = home.hass.async_create_task(coordinator.async_refresh())
    await home.provider.looked.wait()
    await home.burn("10")
    press = home.hass.async_create_task(coordinator.async_read_line(home.key_of(PHONE)))
    for _ in range(20):  # time for the press to overtake, were it allowed to
        await asyncio.to_thread(home.clock)
    arrived.set()
    await asyncio.gather(poll, press)
    assert home.shown("balance") == "52.50"


# After an order


async def test_an_order_is_looked_after_at_once_and_a_minute_later(home: Home) -> None:
    """Many operators say yes first and credit then."""
    home.provider.asked_lines.clear()
    await home.recharge("300")
    assert home.provider.asked_lines == [[PHONE]] * 2, "before paying, and after"
    assert home.provider.asked["account"] == 2
    await home.stop_polling()
    assert home.provider.asked_lines.count([PHONE]) == 3


async def test_orders_of_other_accounts_are_none_of_ours(home: Home) -> None:
    """Two accounts share one engine."""
    order = await home.recharge("300")
    home.provider.asked_lines.clear()
    stepped: Any = home.account.coordinator._order_stepped
    stepped(replace(order, account_key="another"))
    stepped(replace(order, line_key="a line that was removed"))
    await home.settle()
    assert home.provider.asked_lines == []


async def test_an_outage_after_an_order_is_no_unhandled_fault(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """The look after an order fails quietly: the entities show it."""
    order = await home.recharge("300")
    home.provider.trouble["read"] = Unreachable()
    stepped: Any = home.account.coordinator._order_stepped
    stepped(order)
    await home.settle()
    assert home.state("balance").attributes["stale_since"]
    assert "Traceback" not in caplog.text


# The end


async def test_an_account_that_is_unloaded_asks_nothing_any_more(home: Home) -> None:
    """No second look, no poll, no listener stays behind."""
    home.provider.says[PHONE] = balance("0")
    await home.poll()
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    seen = home.provider.asked["read"]
    await home.pass_time(DAY)
    assert home.provider.asked["read"] == seen


async def test_a_reading_that_lands_after_the_unload_plans_nothing(home: Home) -> None:
    """The answer was under way."""
    coordinator = home.account.coordinator
    key = home.key_of(PHONE)
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    home.provider.says[PHONE] = balance("0")
    await coordinator.async_read_line(key)
    seen = home.provider.asked["read"]
    await home.pass_time(HOUR)
    assert home.provider.asked["read"] == seen


async def test_two_doubts_about_a_line_are_one_second_look(home: Home) -> None:
    """A press while a look is planned does not add another one."""
    home.provider.says[PHONE] = balance("0")
    await home.poll()
    home.clock.tick(SECOND)
    home.provider.says[PHONE] = balance("1")
    await home.account.coordinator.async_read_line(home.key_of(PHONE))
    home.provider.asked_lines.clear()
    await home.stop_polling()
    assert home.provider.asked_lines.count([PHONE]) == 1


async def test_a_locked_engine_is_shown_without_waiting_for_a_poll(home: Home) -> None:
    """Balances go on; why nothing is topped up is said at once."""
    home.engine.lock(LockReason.WRITE_FAILED)
    await home.settle()
    status = home.state("top_up_status")
    assert (status.state, status.attributes["reason"]) == ("stopped", "locked")
    await home.burn("10")
    await home.poll()
    assert home.shown("balance") == "52.50"
