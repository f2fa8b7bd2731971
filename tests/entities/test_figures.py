"""The figures that are shown: exact, in their units, and unknown where nobody knows."""

from datetime import timedelta

from homeassistant.util import dt as dt_util
import pytest

from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.providers.base import Reading
from custom_components.esim_topup.providers.demo import Mood
from custom_components.esim_topup.providers.money import Money

from .conftest import DAY, ESIM, HOUR, MINUTE, PHONE, TRACKER, Home

pytestmark = pytest.mark.usefixtures("all_enabled")


async def test_money_is_exact_and_in_its_currency(home: Home) -> None:
    """Statistics and gauges need the class, people need both decimals."""
    state = home.state("balance")
    assert state.state == "62.50"
    assert state.attributes["unit_of_measurement"] == "RUB"
    assert state.attributes["device_class"] == "monetary"
    assert state.attributes["state_class"] == "total"
    assert "stale_since" not in state.attributes


async def test_data_and_validity_of_a_data_esim(home: Home) -> None:
    """Gigabytes to read, a time to count down to."""
    data = home.state("data_remaining", ESIM)
    assert (data.state, data.attributes["unit_of_measurement"]) == ("3.0", "GB")
    until = dt_util.parse_datetime(home.shown("valid_until", ESIM))
    assert until is not None
    assert timedelta(days=19) < until - dt_util.utcnow() <= timedelta(days=20)


async def test_what_was_not_said_is_unknown_and_never_zero(home: Home) -> None:
    """An operator that forgets the balance twice has none to show."""
    home.provider.says[PHONE] = Reading(at=dt_util.utcnow())
    await home.poll()
    assert home.shown("balance") == "62.50", "once is a blink"
    await home.pass_time(MINUTE)
    home.provider.says[PHONE] = Reading(at=dt_util.utcnow())
    await home.poll()
    assert home.shown("balance") == "unknown"
    assert home.shown("low_balance") == "unknown"
    status = home.state("top_up_status")
    assert (status.state, status.attributes["reason"]) == ("stale_balance", "not_read")


async def test_money_of_another_currency_is_shown_as_what_it_is(home: Home) -> None:
    """Five dollars are not five rubles, and say nothing about a threshold in rubles."""
    for _ in range(2):
        home.provider.says[PHONE] = Reading(
            at=dt_util.utcnow(), balance=Money.parse("5", "USD")
        )
        await home.poll()
        home.clock.tick(MINUTE)
    state = home.state("balance")
    assert (state.state, state.attributes["unit_of_measurement"]) == ("5.00", "USD")
    assert home.shown("low_balance") == "unknown"


async def test_a_line_becomes_low_and_says_of_what(home: Home) -> None:
    """The one thing that everybody waits for."""
    assert home.shown("low_balance") == "off"
    await home.burn("12.50")
    await home.poll()
    assert home.shown("low_balance") == "off", "exactly at the threshold is not below"
    await home.burn("0.01")
    await home.poll()
    low = home.state("low_balance")
    assert (low.state, low.attributes["reasons"]) == ("on", ["balance"])
    status = home.state("top_up_status")
    assert (status.state, status.attributes["reason"]) == ("low", "balance")
    assert status.attributes["limit_left"] == "1000.00"


async def test_a_line_without_any_limit_is_neither_low_nor_not(home: Home) -> None:
    """Nobody said what low is."""
    assert home.shown("low_balance", TRACKER) == "unknown"
    assert home.shown("top_up_status", TRACKER) == "not_watched"


async def test_a_top_up_is_seen_everywhere_at_once(home: Home) -> None:
    """Balance, wallet, sum and status: nobody waits for the next poll to believe it."""
    assert home.shown("last_top_up") == "unknown"
    assert home.state("last_top_up").attributes.get("result") is None
    await home.burn("20")
    await home.poll()
    await home.recharge("300")
    assert home.shown("balance") == "342.50"
    assert home.shown("low_balance") == "off"
    assert home.shown("spent_this_month") == "300.00"
    assert home.state("spent_this_month").attributes["limit"] == "2000.00"
    assert home.shown("spent_this_month", None) == "300.00"
    assert home.shown("wallet_balance", None) == "4700.00"
    last = home.state("last_top_up")
    assert dt_util.parse_datetime(last.state) == dt_util.utcnow()
    assert last.attributes["amount"] == "300.00"
    assert last.attributes["currency"] == "RUB"
    assert last.attributes["method"] == "Wallet"
    assert last.attributes["origin"] == "user"
    assert last.attributes["result"] == "succeeded"
    status = home.state("top_up_status")
    assert status.state == "cooling_down"
    assert status.attributes["reason"] == "cooling_down"
    assert status.attributes["next_allowed"] == dt_util.utcnow() + 6 * HOUR


async def test_the_status_changes_when_its_time_has_come(home: Home) -> None:
    """Six hours later nothing is read, no order is made, and still the line may be topped up again."""
    await home.recharge("300")
    await home.stop_polling()
    await home.pass_time(6 * HOUR - 3 * MINUTE)
    assert home.shown("top_up_status") == "cooling_down"
    await home.pass_time(MINUTE)
    assert home.shown("top_up_status") == "ok"


async def test_a_limit_of_the_account_is_shown_on_all_its_lines(home: Home) -> None:
    """The next line must not promise what the account cannot pay."""
    for _ in range(2):
        await home.recharge("1000", TRACKER)
        await home.pass_time(6 * HOUR)
    await home.recharge("1000", PHONE)
    status = home.state("top_up_status", ESIM)
    assert status.state == "limit_reached"
    assert status.attributes["reason"] == "limit_account_month"
    assert status.attributes["limit_left"] == "0.00"
    # Home Assistant's zone is that of the month: Pacific time in tests.
    assert dt_util.as_local(status.attributes["next_allowed"]).isoformat()[:19] == (
        "2026-12-01T00:00:00"
    )


async def test_what_is_left_is_not_guessed_while_the_book_cannot_be_read(
    home: Home,
) -> None:
    """A full limit beside "stopped" reads as an invitation to pay elsewhere."""
    home.engine._summaries.clear()
    home.engine.lock(LockReason.DAMAGED)
    await home.settle()
    status = home.state("top_up_status")
    assert (status.state, status.attributes["reason"]) == ("stopped", "locked")
    assert status.attributes["limit_left"] is None


async def test_a_new_month_begins_with_nothing_spent(home: Home) -> None:
    """And the sum says when it began, for the statistics."""
    await home.recharge("300")
    before = home.state("spent_this_month").attributes["last_reset"]
    assert before == "2026-11-01T00:00:00-07:00"
    await home.pass_time(6 * HOUR)  # nothing is waited for any more but the polls
    await home.pass_time(8 * DAY)
    assert home.shown("spent_this_month") == "0.00"
    after = home.state("spent_this_month").attributes["last_reset"]
    assert after == "2026-12-01T00:00:00-08:00"


async def test_a_refused_payment_is_a_problem_until_the_next_one_goes_through(
    home: Home,
) -> None:
    """The card declines: the user should hear it from us, once, and not from a dead phone."""
    assert home.shown("payment_problem") == "off"
    await home.provider.set_mood(Mood.DECLINES)
    await home.recharge("300")
    problem = home.state("payment_problem")
    assert problem.state == "on"
    assert problem.attributes["reasons"] == ["last_payment_refused"]
    last = home.state("last_top_up")
    assert (last.state, last.attributes["result"]) == ("unknown", "failed")
    assert last.attributes["reason"] == "card_declined"
    await home.provider.set_mood(Mood.WELL_BEHAVED)
    await home.pass_time(MINUTE)
    await home.recharge("300")
    assert home.shown("payment_problem") == "off"


async def test_an_unknown_outcome_is_shown_until_it_is_known(home: Home) -> None:
    """Whoever reads "failed" here pays twice."""
    await home.provider.set_mood(Mood.TIMES_OUT_AFTER_CHARGING)
    await home.recharge("300")
    assert home.shown("top_up_status") == "outcome_unknown"
    assert home.shown("spent_this_month") == "300.00", "it stays reserved"
