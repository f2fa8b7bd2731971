"""What exists, what a new user sees of it at once, and on which device."""

from dataclasses import replace
import logging

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.models import line_config
from custom_components.esim_topup.providers.base import (
    Capabilities,
    Dedupe,
    LineId,
    Quantity,
)
from custom_components.esim_topup.providers.errors import Unreachable

from .conftest import ESIM, MINUTE, PHONE, TRACKER, Home, StartHome, Wilful, balance


def _keys(home: Home, line: LineId | None, *, enabled: bool) -> set[str]:
    entities = er.async_entries_for_config_entry(
        er.async_get(home.hass), home.entry.entry_id
    )
    subentry = None if line is None else home.subentry_of(line)
    return {
        f"{entity.domain}.{entity.unique_id.removeprefix(f'{home.owner(line)}_')}"
        for entity in entities
        if entity.config_subentry_id == subentry
        and (entity.disabled_by is None) is enabled
    }


async def test_a_new_user_sees_what_a_dashboard_needs_and_no_more(home: Home) -> None:
    """Each entity costs memory for ever; the rest is a tick away."""
    assert _keys(home, PHONE, enabled=True) == {
        "binary_sensor.low_balance",
        "event.top_up",
        "number.low_balance_threshold",
        "sensor.balance",
        "sensor.top_up_status",
    }
    assert _keys(home, PHONE, enabled=False) == {
        "binary_sensor.payment_problem",
        "button.refresh",
        "number.top_up_amount",
        "select.offer",
        "select.payment_method",
        "sensor.last_top_up",
        "sensor.spent_this_month",
    }


async def test_a_data_esim_has_no_money_and_shows_its_data(home: Home) -> None:
    """A balance of `unknown` for ever, and a threshold for it, would be furniture in the way."""
    assert _keys(home, ESIM, enabled=True) == {
        "binary_sensor.low_balance",
        "event.top_up",
        "sensor.data_remaining",
        "sensor.top_up_status",
        "sensor.valid_until",
    }


async def test_the_wallet_is_shown_and_the_sum_of_the_account_can_be(
    home: Home,
) -> None:
    """An empty wallet ends every top-up."""
    assert _keys(home, None, enabled=True) == {
        "select.behaviour",  # of an operator that is only played
        "sensor.wallet_balance",
    }
    assert _keys(home, None, enabled=False) == {"sensor.spent_this_month"}


async def test_a_line_hangs_on_its_account(home: Home) -> None:
    """Names come from the user; the registry holds digests, no numbers."""
    devices = dr.async_get(home.hass)
    account = devices.async_get_device_by_identifier(
        (DOMAIN, home.account.account_key), home.entry.entry_id
    )
    line = devices.async_get_device_by_identifier(
        (DOMAIN, home.owner(PHONE)), home.entry.entry_id
    )
    assert account is not None
    assert line is not None
    assert (account.name, account.entry_type) == (
        "Demo operator",
        DeviceEntryType.SERVICE,
    )
    assert line.name == "Travel phone •0001"
    assert (line.manufacturer, line.model) == ("Demo operator", "Phone line")
    assert line.via_device_id == account.id
    assert line.config_subentry_id == home.subentry_of(PHONE)


async def test_a_quantity_that_appears_later_gets_its_entity_without_a_reload(
    home: Home, all_enabled: None
) -> None:
    """Somebody buys data for the first time."""
    assert home.entity_id("data_remaining") is None
    home.provider.says[PHONE] = balance("62.50", data_left_bytes=10**9)
    await home.poll()
    assert home.shown("data_remaining") == "1.0"
    await home.poll()
    assert home.shown("data_remaining") == "1.0"


async def test_every_quantity_has_its_entity(
    start: StartHome, provider: Wilful, all_enabled: None
) -> None:
    """Minutes and messages too, where a provider tells them."""
    known = replace(provider.info.capabilities, reads=frozenset(Quantity))
    provider.info = replace(provider.info, capabilities=known)
    provider.says[PHONE] = balance(
        "62.50", voice_left=90 * MINUTE, sms_left=7, data_left_bytes=0
    )
    home: Home = await start()
    assert home.shown("voice_remaining") == "90.0"
    assert home.shown("sms_remaining") == "7"
    assert home.state("sms_remaining").attributes["unit_of_measurement"] == "messages"
    assert home.entity_id("voice_remaining", TRACKER) is None


async def test_a_provider_that_reads_nothing_has_no_entities_of_readings(
    start: StartHome, provider: Wilful
) -> None:
    """Airtime is sold by those who cannot look at a line."""
    blind = Capabilities(dedupe=Dedupe.NONE)
    provider.info = replace(provider.info, capabilities=blind)
    home: Home = await start()
    assert _keys(home, PHONE, enabled=True) == {"event.top_up", "sensor.top_up_status"}
    assert home.provider.asked["read"] == 0
    assert home.shown("top_up_status") == "not_watched"
    assert home.shown("wallet_balance", None) == "5000.00"


@pytest.mark.usefixtures("all_enabled")
async def test_a_wallet_that_could_not_be_looked_at_appears_later(
    start: StartHome, provider: Wilful
) -> None:
    """The balance of the lines is worth starting for."""
    provider.trouble["account"] = Unreachable()
    home: Home = await start()
    assert home.shown("balance") == "62.50"
    assert home.entity_id("wallet_balance", None) is None
    assert home.entity_id("payment_method") is None
    del provider.trouble["account"]
    await home.poll()
    assert home.shown("wallet_balance", None) == "5000.00"
    assert home.shown("payment_method") == "Wallet"


@pytest.mark.usefixtures("all_enabled")
async def test_home_assistant_finds_nothing_to_complain_about(
    start: StartHome, caplog: pytest.LogCaptureFixture
) -> None:
    """Wrong units, classes and deprecated fields are only ever told in the log."""
    home: Home = await start()
    await home.recharge("300")
    await home.poll()
    complaints = [
        record.getMessage()
        for record in caplog.records
        if record.levelno > logging.INFO
        and "not been tested by Home Assistant" not in record.getMessage()
    ]
    assert complaints == []


async def test_one_number_in_two_accounts_is_shown_twice(
    home: Home, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """A line of an account that was kept from an older version stays visible, whatever the flow refuses today."""
    lines = [
        ConfigSubentryDataWithId(
            data=dict(each.data),
            subentry_id=f"second-{each.subentry_id}",
            subentry_type=each.subentry_type,
            title=each.title,
            unique_id=each.unique_id,
        )
        for each in entry.subentries.values()
    ]
    second = MockConfigEntry(
        domain=DOMAIN,
        title="Second account",
        unique_id="demo_second",
        data={**entry.data, "account_id": "second"},
        options=dict(entry.options),
        subentries_data=lines,
    )
    second.add_to_hass(home.hass)
    assert await home.hass.config_entries.async_setup(second.entry_id)
    await home.settle()

    assert "does not generate unique IDs" not in caplog.text
    registry = er.async_get(home.hass)
    first, other = (
        er.async_entries_for_config_entry(registry, each.entry_id)
        for each in (entry, second)
    )
    assert len(first) == len(other)
    owners = [
        {entity.device_id for entity in entities if entity.config_subentry_id}
        for entities in (first, other)
    ]
    assert len(owners[0]) == len(owners[1]) == 3
    assert owners[0].isdisjoint(owners[1])


async def test_an_account_that_is_added_anew_finds_its_entities_again(
    home: Home, entry: MockConfigEntry
) -> None:
    """Dashboards and statistics hang on the ids: the subentry's own id would be another one each time."""
    (subentry,) = (
        each for each in entry.subentries.values() if each.unique_id == PHONE
    )
    again = replace(subentry, subentry_id="made anew")
    assert line_config(entry, again).registry_key == home.owner(PHONE)
