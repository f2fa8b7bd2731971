"""From "Add integration" to the lines of the demo operator."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.esim_topup.credentials import resolve_credentials
from custom_components.esim_topup.providers.demo import DemoProvider, Mood

from .walk import Walk


async def set_up(hass: HomeAssistant) -> Walk:
    """Press "Submit" until there is nothing more to submit."""
    walk = await Walk.account(hass)
    while walk.ended is None:
        await walk.submit()
    assert walk.ended is FlowResultType.CREATE_ENTRY
    return walk


async def test_a_newcomer_only_presses_submit(hass: HomeAssistant, books: Path) -> None:
    """Somebody who just wants to see what this is must not have to know anything, nor press more than eight times."""
    walk = await set_up(hass)
    assert walk.steps == ["user", "payment", "lines"]
    assert walk.result["title"] == "Demo operator"
    assert walk.result["data"] == {
        "provider": "demo",
        "credentials": {"books": books.name},
        "account_id": walk.result["data"]["account_id"],
        "currency": "RUB",
        "method_id": "wallet",
    }
    assert walk.result["options"] == {
        "per_order": "900.00",
        "account_day": "1500.00",
        "account_month": "3000.00",
        "account_rolling": "3000.00",
        "line_month": "3000.00",
        "cooldown_hours": 6.0,
    }
    phone, esim, tracker = walk.result["subentries"]
    assert [line["title"] for line in (phone, esim, tracker)] == [
        "Travel phone \u20220001",
        "Travel eSIM \u20220014",
        "Tracker IoT SIM \u20220022",
    ]
    assert (phone["data"]["balance_below"], phone["data"]["amount"]) == (
        "50.00",
        "300.00",
    )
    # Which package is worth its price is a person's question; when data and days run out is not.
    assert "amount" not in esim["data"]
    assert (esim["data"]["data_below_mb"], esim["data"]["validity_below_days"]) == (
        500,
        3,
    )


async def test_the_demo_operator_moves_with_the_configuration(
    hass: HomeAssistant, books: Path
) -> None:
    """A backup that is restored elsewhere must not write where the old machine had its files."""
    await set_up(hass)
    assert books.exists()
    stored = {"books": books.name, "speed": 2}
    assert resolve_credentials(hass, "demo", stored) == {
        "books": str(books),
        "speed": 2,
    }
    assert resolve_credentials(hass, "demo", {}) == {"books": str(books)}
    whole = {"books": "/elsewhere/own.db"}
    assert resolve_credentials(hass, "demo", whole) == whole
    assert resolve_credentials(hass, "paper", stored) is stored


async def test_there_is_one_demo_operator(hass: HomeAssistant, books: Path) -> None:
    """A second entry would show the same lines twice."""
    await set_up(hass)
    walk = await Walk.account(hass)
    await walk.submit()
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "already_configured",
    )


async def test_a_demo_operator_that_is_away_can_be_waited_for(
    hass: HomeAssistant, books: Path
) -> None:
    """Whoever rehearses an outage and starts again must not be stuck."""
    operator = DemoProvider(books)
    await operator.account()
    await operator.set_mood(Mood.GOES_OFFLINE)
    walk = await Walk.account(hass)
    await walk.submit()
    assert (walk.step, walk.errors) == ("credentials", {"base": "cannot_connect"})
    await operator.set_mood(Mood.WELL_BEHAVED)
    await walk.submit()
    assert walk.step == "payment"


@pytest.mark.parametrize("way", [Walk.renewal, Walk.login_again])
async def test_the_demo_operator_can_be_renewed_like_any_other(
    hass: HomeAssistant, books: Path, way: object
) -> None:
    """Every button in the list of integrations has to lead somewhere."""
    entry = (await set_up(hass)).result["result"]
    walk = await way(hass, entry)  # type: ignore[operator]
    while walk.ended is None:
        await walk.submit()
    assert walk.ended is FlowResultType.ABORT
    assert walk.steps == (["method"] if way == Walk.renewal else ["reauth_confirm"])
