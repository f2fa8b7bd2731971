"""An operator that is away, lies for a moment or answers for some lines only: nothing flaps, nothing is guessed.

Each way back from `unavailable` or `unknown` fires every automation that waits for "below" once more.
"""

from datetime import timedelta

from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.esim_topup.providers.demo import Mood
from custom_components.esim_topup.providers.errors import (
    LineUnknown,
    MalformedAnswer,
    NotPermitted,
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

pytestmark = pytest.mark.usefixtures("all_enabled")

SECOND = timedelta(seconds=1)

FAILURES = [
    Unreachable(),
    MalformedAnswer(),
    RateLimited(5 * MINUTE),
    Refused("maintenance"),
    NotPermitted(),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.code)
async def test_an_outage_changes_no_state_and_says_how_old_the_figures_are(
    home: Home, failure: ProviderError
) -> None:
    """The balance of ten minutes ago is worth more than a hole, if it says its age."""
    read_at = dt_util.utcnow()
    balances, low = home.changes("balance"), home.changes("low_balance")
    home.provider.trouble["read"] = failure
    for _ in range(3):
        await home.pass_time(10 * MINUTE)
    assert (balances, low) == ([], [])
    assert home.state("balance").attributes["stale_since"] == read_at
    del home.provider.trouble["read"]
    await home.poll()
    assert "stale_since" not in home.state("balance").attributes
    assert "unavailable" not in balances + low


async def test_an_outage_of_a_day_ends_in_unavailable_and_not_sooner(
    home: Home,
) -> None:
    """A figure of yesterday is no figure. What needs no reading stays."""
    await home.burn("20")
    await home.poll()
    home.provider.trouble["read"] = Unreachable()
    await home.poll()
    await home.pass_time(DAY - SECOND)
    assert (home.shown("balance"), home.shown("low_balance")) == ("42.50", "on")
    await home.pass_time(2 * MINUTE)
    assert home.shown("balance") == "unavailable"
    assert home.shown("low_balance") == "unavailable"
    assert home.shown("top_up_status") == "stale_balance"
    assert home.shown("low_balance_threshold") == "50.0"
    assert home.shown("spent_this_month") == "0.00"
    del home.provider.trouble["read"]
    await home.poll()
    assert home.shown("low_balance") == "on"


async def test_the_status_says_when_nobody_could_read_for_hours(home: Home) -> None:
    """The line may have run empty meanwhile."""
    home.provider.trouble["read"] = Unreachable()
    await home.poll()
    assert home.shown("top_up_status") == "ok"
    await home.pass_time(3 * HOUR + MINUTE)
    status = home.state("top_up_status")
    assert status.state == "stale_balance"
    assert status.attributes["reason"] == "provider_unreachable"


async def test_one_broken_line_leaves_the_others_alone(home: Home) -> None:
    """A SIM that was sold must not hide the one in the pocket."""
    home.provider.says[TRACKER] = LineUnknown()
    await home.burn("10")
    await home.poll()
    assert home.shown("balance") == "52.50"
    assert "stale_since" not in home.state("balance").attributes
    assert home.state("balance", TRACKER).attributes["stale_since"]
    status = home.state("top_up_status", TRACKER)
    assert (status.state, status.attributes["reason"]) == ("stopped", "line_gone")
    assert home.account.coordinator.last_update_success


async def test_a_line_that_the_answer_leaves_out_has_failed(home: Home) -> None:
    """Not a word about it is not "nothing left"."""
    home.provider.says[PHONE] = None
    await home.poll()
    assert home.shown("balance") == "62.50"
    assert home.state("balance").attributes["stale_since"]
    assert "stale_since" not in home.state("balance", TRACKER).attributes


async def test_a_line_that_was_never_read_is_unavailable(
    start: StartHome, provider: Wilful
) -> None:
    """There is no good reading to stand in, and unknown would say that the operator does not know."""
    provider.says[PHONE] = MalformedAnswer()
    home: Home = await start()
    assert home.shown("balance") == "unavailable"
    assert home.shown("low_balance") == "unavailable"
    assert home.shown("top_up_status") == "stale_balance"
    assert home.shown("balance", TRACKER) == "40.00"
    del provider.says[PHONE]
    await home.poll()
    assert home.shown("balance") == "62.50"


async def test_a_zero_out_of_the_blue_is_looked_at_twice(home: Home) -> None:
    """The parser of the portal found 0 for a moment: nobody may hear of it."""
    balances, low = home.changes("balance"), home.changes("low_balance")
    await home.provider.set_mood(Mood.READS_ZERO_ONCE)
    await home.poll()
    assert (home.shown("balance"), home.shown("low_balance")) == ("62.50", "off")
    await home.pass_time(61 * SECOND)
    assert "0.00" not in balances
    assert low == []


async def test_a_zero_that_stays_is_shown_a_minute_later(home: Home) -> None:
    """And without waiting for the next poll, which may be an hour away."""
    home.provider.says[PHONE] = balance("0")
    await home.poll()
    assert home.shown("balance") == "62.50"
    home.provider.asked_lines.clear()
    home.clock.tick(61 * SECOND)
    home.provider.says[PHONE] = balance("0")
    await home.pass_time(SECOND)
    assert [PHONE] in home.provider.asked_lines, "only the line in doubt"
    assert (home.shown("balance"), home.shown("low_balance")) == ("0.00", "on")


async def test_a_zero_at_the_start_is_unknown_first(
    start: StartHome, provider: Wilful
) -> None:
    """After a restart there is nothing to compare with; "0" would fire, "unknown" does not."""
    provider.says[PHONE] = balance("0")
    home: Home = await start()
    assert home.find("balance") is None
    assert home.shown("low_balance") == "unknown"
    home.clock.tick(61 * SECOND)
    provider.says[PHONE] = balance("0")
    await home.pass_time(SECOND)
    assert (home.shown("balance"), home.shown("low_balance")) == ("0.00", "on")


async def test_an_automation_of_the_user_fires_once_and_not_per_outage(
    home: Home,
) -> None:
    """The four payments of the guides' YAML: crosses once, and the portal blinks three times."""
    calls = async_mock_service(home.hass, "test", "pay")
    automation = {
        "alias": "low",
        "triggers": {
            "trigger": "numeric_state",
            "entity_id": home.entity_id("balance"),
            "below": 50,
        },
        "actions": {"action": "test.pay"},
    }
    assert await async_setup_component(
        home.hass, "automation", {"automation": [automation]}
    )
    await home.burn("20")
    await home.poll()
    assert len(calls) == 1
    for answer in (Unreachable(), balance("0"), MalformedAnswer()):
        home.provider.says[PHONE] = answer
        await home.poll()
        del home.provider.says[PHONE]
        await home.poll()
    assert len(calls) == 1


async def test_every_line_failing_alike_is_an_outage_of_the_account(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Providers that are asked line by line: told once in the log when it begins, once when it is over."""
    for line in (PHONE, ESIM, TRACKER):
        home.provider.says[line] = Unreachable()
    await home.poll()
    await home.poll()
    assert not home.account.coordinator.last_update_success
    assert caplog.text.count("Error fetching esim_topup demo data") == 1
    home.provider.says.clear()
    await home.poll()
    assert caplog.text.count("Fetching esim_topup demo data recovered") == 1
    assert home.shown("balance") == "62.50"


async def test_the_order_book_is_read_also_while_the_operator_is_away(
    home: Home,
) -> None:
    """An outage over the month's edge must not show last month's limit as reached."""
    coordinator = home.account.coordinator
    before = coordinator.book_read_at
    home.provider.trouble["read"] = Unreachable()
    home.clock.tick(DAY)
    await home.poll()
    assert not coordinator.last_update_success
    assert coordinator.book_read_at - before == DAY
