"""An account that exists: logged in again, changed, limited anew."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.providers.base import Account
from custom_components.esim_topup.providers.errors import Unreachable

from .paper import GOOD_TOKEN, KEY, METHODS, Paper
from .walk import Walk

LIMITS = {
    "per_order": "20.00",
    "account_month": "100.00",
    "account_day": "40.00",
    "cooldown_hours": 6.0,
}


@pytest.fixture
async def entry(hass: HomeAssistant, paper: Paper) -> MockConfigEntry:
    """An account that works."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Paper Telecom",
        unique_id="paper_me",
        data={
            "provider": KEY,
            "credentials": {"username": "anna", "token": GOOD_TOKEN},
            "account_id": "me",
            "currency": "EUR",
            "method_id": "card",
        },
        options=LIMITS,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


def credentials(entry: MockConfigEntry) -> dict[str, str]:
    """Return what the account logs in with from now on."""
    return dict(entry.data["credentials"])


async def test_a_new_secret_is_all_that_is_asked_for(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """A revoked token must not cost the lines, the limits and the rules."""
    hass.config_entries.async_update_entry(
        entry,
        data={**entry.data, "credentials": {"username": "anna", "token": "revoked"}},
    )
    walk = await Walk.login_again(hass, entry)
    assert (walk.step, walk.suggested()) == ("reauth_confirm", {})
    await walk.submit(token="wrong")
    assert walk.errors == {"base": "invalid_auth"}
    await walk.submit(token=GOOD_TOKEN)
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "reauth_successful",
    )
    assert credentials(entry) == {"username": "anna", "token": GOOD_TOKEN}
    assert entry.data["method_id"] == "card"
    assert dict(entry.options) == LIMITS


async def test_an_account_that_could_not_be_set_up_works_after_the_login(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """After a restart with a revoked token nobody listens for changes: the new token must be used all the same."""
    revoked = {"username": "anna", "token": "revoked"}
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "credentials": revoked}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_ERROR
    walk = await Walk.login_again(hass, entry)
    await walk.submit(token=GOOD_TOKEN)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def test_the_same_secret_again_brings_the_account_back(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """A provider refused a good key for a moment: nothing is polled after that until the account is set up anew."""
    before = entry.runtime_data
    walk = await Walk.login_again(hass, entry)
    await walk.submit(token=GOOD_TOKEN)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data is not before


async def test_the_login_of_somebody_else_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """Limits and lines of one account must not end up at another one's money."""
    paper.known = Account(id="somebody else", currency="EUR")
    walk = await Walk.login_again(hass, entry)
    await walk.submit(token=GOOD_TOKEN)
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "wrong_account",
    )
    walk = await Walk.renewal(hass, entry)
    await walk.submit(username="eve")
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "wrong_account",
    )
    assert credentials(entry) == {"username": "anna", "token": GOOD_TOKEN}


async def test_a_secret_that_is_left_blank_stays(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """Who corrects a name must not have to find the token again, and must not see it."""
    walk = await Walk.renewal(hass, entry)
    assert (walk.step, walk.suggested()) == ("credentials", {"username": "anna"})
    await walk.submit(username="berta")
    assert (walk.step, walk.suggested()) == ("method", {"method_id": "card"})
    await walk.submit(method_id="wallet")
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "reconfigure_successful",
    )
    assert credentials(entry) == {"username": "berta", "token": GOOD_TOKEN}
    assert entry.data["method_id"] == "wallet"
    assert dict(entry.options) == LIMITS


async def test_without_payment_methods_there_is_nothing_to_choose(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """A form with an empty list would be a dead end."""
    paper.known = Account(id="me", currency="EUR", payment_methods=METHODS[:1])
    walk = await Walk.renewal(hass, entry)
    await walk.submit(token=GOOD_TOKEN)
    assert walk.ended is FlowResultType.ABORT
    assert entry.data["method_id"] == "card"


async def test_an_outage_while_changing_changes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """Half a change would leave an account that does not work."""
    good, paper.known = paper.known, Unreachable()
    walk = await Walk.renewal(hass, entry)
    await walk.submit(username="berta")
    assert (walk.step, walk.errors) == ("credentials", {"base": "cannot_connect"})
    assert credentials(entry)["username"] == "anna"
    paper.known = good
    await walk.submit()
    assert walk.step == "method"


async def test_limits_change_in_the_options(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """An administrator can raise and remove limits, here and nowhere else."""
    walk = await Walk.limits(hass, entry)
    assert walk.suggested() == {
        "per_order": "20.00",
        "account_month": "100.00",
        "more_limits": {"account_day": "40.00", "cooldown_hours": 6.0},
    }
    await walk.submit(
        per_order="50", account_day=None, line_month="60", cooldown_hours=24
    )
    assert walk.ended is FlowResultType.CREATE_ENTRY
    assert dict(entry.options) == {
        "per_order": "50.00",
        "account_month": "100.00",
        "line_month": "60.00",
        "cooldown_hours": 24,
    }


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"per_order": ""}, {"per_order": "required_limit"}),
        ({"per_order": "5 EUR"}, {"per_order": "invalid_amount"}),
        (
            {"per_order": "500"},
            {"account_month": "below_order_limit", "more_limits": "below_order_limit"},
        ),
        ({"account_day": "0"}, {"more_limits": "not_positive"}),
        ({"account_month": "100.001"}, {"account_month": "too_many_decimals"}),
    ],
)
async def test_odd_limits_leave_the_old_ones_in_force(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    typed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """A typing error must not open the gate."""
    walk = await Walk.limits(hass, entry)
    await walk.submit(**typed)
    assert (walk.step, walk.errors) == ("init", errors)
    assert dict(entry.options) == LIMITS
    await walk.submit(per_order="20", account_month="100", account_day="40")
    assert walk.ended is FlowResultType.CREATE_ENTRY


async def test_new_limits_bring_an_account_back_that_could_not_be_set_up(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Whose limits were lost has to be able to type them anew, without a restart."""
    hass.config_entries.async_update_entry(
        entry,
        options={"cooldown_hours": 6.0},
        data={**entry.data, "credentials": {"username": "anna", "token": " "}},
    )
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_ERROR
    hass.config_entries.async_update_entry(
        entry,
        data={
            **entry.data,
            "credentials": {"username": "anna", "token": GOOD_TOKEN},
        },
    )
    walk = await Walk.limits(hass, entry)
    await walk.submit(per_order="20")
    await hass.async_block_till_done()
    assert (entry.state, entry.options["per_order"]) == (
        ConfigEntryState.LOADED,
        "20.00",
    )
