"""What a caller may get wrong: each mistake has its own text, and none of them is paid."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.services import resolve

from .conftest import ESIM, PHONE, Home


@pytest.mark.parametrize(
    ("amount", "key"),
    [
        (0, "refused_not_positive"),
        ("0.00", "refused_not_positive"),
        (-300, "refused_not_positive"),
        ("-0.01 RUB", "refused_not_positive"),
        (float("nan"), "amount_not_a_number"),
        (float("inf"), "amount_not_a_number"),
        (float("-inf"), "amount_not_a_number"),
        ("NaN", "amount_not_a_number"),
        ("1e2", "amount_not_a_number"),
        ("1E+2 RUB", "amount_not_a_number"),
        (1e16, "amount_not_a_number"),
        (True, "amount_not_a_number"),
        (None, "amount_not_a_number"),
        ([300], "amount_not_a_number"),
        ({"amount": 300}, "amount_not_a_number"),
        ("", "amount_not_a_number"),
        ("+300", "amount_not_a_number"),
        ("300,50", "amount_not_a_number"),
        ("1,000.00", "amount_not_a_number"),
        ("1 000", "amount_not_a_number"),
        ("٣٠٠", "amount_not_a_number"),
        ("unknown", "amount_not_a_number"),
        ("₽300", "amount_not_a_number"),
        pytest.param("1" * 5000, "amount_not_a_number", id="endless"),
        (300.001, "amount_too_fine"),
        ("300.001", "amount_too_fine"),
        ("300 USD", "refused_other_currency"),
        ("300USD", "refused_other_currency"),
        (1000.01, "amount_not_offered"),
        (9, "amount_not_offered"),
        (5001, "amount_not_offered"),
        (1001, "refused_above_order_limit"),
        (5000, "refused_above_order_limit"),
    ],
)
async def test_an_amount_that_cannot_be_meant_is_not_paid(
    home: Home, amount: Any, key: str
) -> None:
    """A template that renders nonsense must not become a payment."""
    await home.fails(key, kind=ServiceValidationError, amount=amount)


@pytest.mark.parametrize(
    "amount", [300, 300.0, "300", " 300 ", "300.00", "300 RUB", "300rub", "0300"]
)
async def test_numbers_and_texts_are_read_alike(home: Home, amount: Any) -> None:
    """Templates render numbers or texts as they please."""
    assert (await home.recharge(amount=amount))["amount"] == "300.00"
    assert home.charges() == ["300.00 RUB"]


async def test_bounds_are_told(home: Home) -> None:
    """Who chose too little learns what would do."""
    text = await home.fails("amount_not_offered", kind=ServiceValidationError, amount=9)
    assert "10.00 RUB to 5000.00 RUB in steps of 1" in text


async def test_too_fine_an_amount_names_its_currencys_decimals(home: Home) -> None:
    """300.001 roubles are nobody's wish."""
    text = await home.fails(
        "amount_too_fine", kind=ServiceValidationError, amount="300.001"
    )
    assert "RUB has 2" in text


@pytest.mark.parametrize("currency", ["RUB", "rub", " RUB "])
async def test_the_accounts_own_currency_may_be_named(
    home: Home, currency: str
) -> None:
    """A careful automation says what it means."""
    await home.recharge(amount=300, currency=currency)
    assert home.charges() == ["300.00 RUB"]


@pytest.mark.parametrize("data", [{"amount": 300}, {"offer_id": "recharge-300"}, {}])
async def test_another_currency_is_not_converted(
    home: Home, data: dict[str, Any]
) -> None:
    """300 dollars are not 300 roubles."""
    text = await home.fails(
        "refused_other_currency", kind=ServiceValidationError, currency="USD", **data
    )
    assert "RUB" in text


@pytest.mark.parametrize(
    ("below", "key"),
    [
        ("fifty", "amount_not_a_number"),
        (50.001, "amount_too_fine"),
        ("50 EUR", "refused_other_currency"),
    ],
)
async def test_a_guard_that_cannot_be_meant_is_not_left_out(
    home: Home, below: Any, key: str
) -> None:
    """A broken `only_below` must not mean "always"."""
    await home.fails(key, kind=ServiceValidationError, amount=300, only_below=below)


async def test_a_guard_of_nothing_is_no_guard(home: Home) -> None:
    """An empty field in a dashboard says nothing."""
    await home.recharge(amount=300, only_below=None)
    assert home.charges() == ["300.00 RUB"]


async def test_an_unknown_offer_is_not_bought(home: Home) -> None:
    """Names of offers change; yesterday's is not guessed at."""
    text = await home.fails(
        "refused_not_offered", kind=ServiceValidationError, offer_id="data-99gb"
    )
    assert "data-99gb" in text


async def test_an_open_amount_is_named_by_its_amount(home: Home) -> None:
    """The ID of an open amount says nothing about how much."""
    await home.fails("offer_needs_amount", kind=ServiceValidationError, offer_id="open")


async def test_a_line_that_takes_packages_only_refuses_amounts(home: Home) -> None:
    """An eSIM with data has no balance to pay into."""
    await home.fails(
        "only_packages", kind=ServiceValidationError, line=ESIM, amount=300
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"sum": 300}, id="unknown field"),
        pytest.param({"amount": 300, "request_id": ""}, id="empty name"),
        pytest.param({"amount": 300, "request_id": "x" * 65}, id="endless name"),
        pytest.param({"amount": 300, "force": "perhaps"}, id="force is yes or no"),
    ],
)
async def test_a_misspelt_call_is_not_paid(home: Home, data: dict[str, Any]) -> None:
    """A typing error in an automation must not fall back to the line's own rule."""
    with pytest.raises(vol.Invalid):
        await home.recharge(**data)
    assert home.charges() == []


async def call_with(home: Home, device_id: str) -> ServiceValidationError:
    """Recharge whatever the device is, and return what its caller is told."""
    with pytest.raises(ServiceValidationError) as caught:
        await home.hass.services.async_call(
            DOMAIN, "recharge", {"device_id": device_id, "amount": 300}, blocking=True
        )
    assert home.charges() == []
    assert "{" not in str(caught.value)
    return caught.value


async def test_an_unknown_device_is_told_apart(home: Home) -> None:
    """A device that was removed while an automation still names it."""
    assert (
        await call_with(home, "nobody")
    ).translation_key == "service_device_not_found"


async def test_a_device_of_something_else_is_told_apart(home: Home) -> None:
    """A phone of the mobile app is not a line."""
    other = MockConfigEntry(domain="mobile_app")
    other.add_to_hass(home.hass)
    device = dr.async_get(home.hass).async_get_or_create(
        config_entry_id=other.entry_id,
        identifiers={("mobile_app", "phone")},
        name="Phone",
    )
    assert (
        await call_with(home, device.id)
    ).translation_key == "service_device_wrong_domain"


async def test_the_account_is_no_line(home: Home) -> None:
    """Which line was meant is not guessed."""
    error = await call_with(home, home.account_device())
    assert error.translation_key == "account_selected"
    assert "Demo operator" in str(error)


async def test_an_account_that_is_not_loaded_pays_nothing(home: Home) -> None:
    """An unloaded account has no provider to pay at."""
    device = home.device()
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    assert (
        await call_with(home, device)
    ).translation_key == "service_config_entry_not_loaded"


async def test_a_line_that_is_gone_pays_nothing(home: Home) -> None:
    """The device may outlive its line for a moment."""
    device = home.device()
    home.account.lines.pop(f"subentry-{PHONE}")
    assert (await call_with(home, device)).translation_key == "refused_line_gone"


async def test_a_removed_line_pays_nothing(home: Home) -> None:
    """Removing a line takes its device along."""
    device = home.device()
    home.hass.config_entries.async_remove_subentry(home.entry, f"subentry-{PHONE}")
    await home.hass.async_block_till_done()
    assert (await call_with(home, device)).translation_key == "service_device_not_found"


async def test_who_calls_during_a_reload_waits_for_its_end(home: Home) -> None:
    """A line's sensor tells of a low balance while the account is still being set up: that crossing must not be lost."""
    device = home.device()
    reload = home.hass.async_create_task(
        home.hass.config_entries.async_reload(home.entry.entry_id)
    )
    while home.entry.state is ConfigEntryState.LOADED:
        await asyncio.sleep(0)
    await home.hass.services.async_call(
        DOMAIN, "recharge", {"device_id": device, "amount": 300}, blocking=True
    )
    assert home.charges() == ["300.00 RUB"]
    await reload


async def test_nobody_waits_for_ever(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set-up that hangs is told as what it is."""
    device = home.device()
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    monkeypatch.setattr(resolve, "SETUP_PATIENCE", timedelta(milliseconds=10))
    async with home.entry.setup_lock:
        error = await call_with(home, device)
    assert error.translation_key == "service_config_entry_not_loaded"
