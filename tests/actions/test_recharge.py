"""`recharge`: what it pays, what it answers, and what it says when it does not pay."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.providers.demo import Mood

from .conftest import ESIM, PHONE, TRACKER, Home


async def test_an_amount_is_paid_once_and_the_order_is_answered(home: Home) -> None:
    """An automation reads the answer, not a log."""
    answer = await home.recharge(amount=300)
    assert home.charges() == ["300.00 RUB"]
    assert answer["state"] == "succeeded"
    assert answer["amount"] == "300.00"
    assert answer["currency"] == "RUB"
    assert answer["offer_id"] == "open"
    assert answer["joined"] is False
    assert answer["reason"] is None
    assert answer["provider_reference"] == "demo-1"
    assert datetime.fromisoformat(answer["created_at"]).tzinfo is not None
    assert [order.id for order in await home.orders()] == [answer["order_id"]]


async def test_without_amount_and_offer_the_lines_own_amount_is_bought(
    home: Home,
) -> None:
    """The rule of the line is written down once, not in each automation."""
    answer = await home.recharge()
    assert answer["amount"] == "300.00"
    assert home.charges() == ["300.00 RUB"]


async def test_without_amount_and_offer_the_lines_own_package_is_bought(
    home: Home,
) -> None:
    """A rule may name a package; its price is the one of today."""
    answer = await home.recharge(line=ESIM)
    assert (answer["offer_id"], answer["amount"]) == ("data-3gb", "350.00")
    assert home.charges() == ["350.00 RUB"]


async def test_a_line_without_a_rule_needs_to_be_told_what_to_buy(home: Home) -> None:
    """Nobody's guess is paid."""
    text = await home.fails("nothing_chosen", kind=ServiceValidationError, line=TRACKER)
    assert "Tracker IoT SIM" in text


async def test_a_package_is_bought_at_its_price(home: Home) -> None:
    """The price comes from the provider, not from the caller."""
    answer = await home.recharge(line=ESIM, offer_id="data-1gb")
    assert (answer["offer_id"], answer["amount"]) == ("data-1gb", "150.00")
    assert home.charges() == ["150.00 RUB"]


async def test_amount_and_offer_exclude_each_other(home: Home) -> None:
    """Of two things to buy, one would be paid by surprise."""
    await home.fails(
        "amount_and_offer", kind=ServiceValidationError, amount=150, offer_id="data-1gb"
    )


async def test_without_being_asked_for_an_answer_it_pays_too(home: Home) -> None:
    """Most automations want no answer."""
    await home.hass.services.async_call(
        DOMAIN, "recharge", {"device_id": home.device(), "amount": 100}, blocking=True
    )
    assert home.charges() == ["100.00 RUB"]


async def test_a_name_joins_the_first_order(home: Home) -> None:
    """A script that is repeated after an unclear answer must not pay twice, whatever the waiting time says."""
    first = await home.recharge(amount=300, request_id="december")
    again = await home.recharge(amount=300, request_id="december")
    assert again == first | {"joined": True}
    assert home.charges() == ["300.00 RUB"]


async def test_a_name_stands_for_one_purchase(home: Home) -> None:
    """Another amount under a used name is a mistake in the automation, not a wish."""
    await home.recharge(amount=300, request_id="december")
    await home.fails(
        "refused_request_id_reused",
        kind=ServiceValidationError,
        amount=400,
        request_id="december",
    )


async def test_force_passes_the_waiting_time_and_no_limit(home: Home) -> None:
    """P8: `force` passes the cooldown, and nothing else."""
    await home.recharge(amount=300)
    await home.fails("refused_cooling_down", amount=300)
    await home.recharge(amount=1000, force=True)
    await home.fails(
        "refused_above_order_limit",
        kind=ServiceValidationError,
        amount=1001,
        force=True,
    )
    text = await home.fails("refused_limit_line_month", amount=1000, force=True)
    assert "2000.00 RUB" in text and "1300.00 RUB" in text and "700.00 RUB" in text
    assert home.charges() == ["300.00 RUB", "1000.00 RUB"]


async def test_the_waiting_time_is_told_in_local_time(home: Home, freezer: Any) -> None:
    """A person reads when to try again on the clock on the wall."""
    await home.hass.config.async_set_time_zone("Asia/Bangkok")
    freezer.move_to("2026-12-01T10:00:00+00:00")
    await home.recharge(amount=300)
    freezer.move_to("2026-12-01T11:00:00+00:00")
    assert "2026-12-01 23:00" in await home.fails("refused_cooling_down", amount=300)


async def test_only_below_looks_at_the_balance_of_now(home: Home) -> None:
    """A trigger may be old; what counts is the balance just before paying."""
    text = await home.fails("refused_not_below", amount=300, only_below=50)
    assert "50.00 RUB" in text
    await home.provider.burn(PHONE, Decimal(20))
    await home.recharge(amount=300, only_below="50")
    assert home.charges() == ["300.00 RUB"]


async def test_only_below_without_a_balance_pays_nothing(home: Home) -> None:
    """Unknown is not low."""
    await home.fails(
        "refused_balance_unknown", line=ESIM, offer_id="data-1gb", only_below=50
    )


async def test_pending_is_an_answer(home: Home) -> None:
    """The money is on its way: an error would make somebody pay again."""
    await home.behave(Mood.STAYS_PENDING)
    answer = await home.recharge(amount=300)
    assert answer["state"] == "pending"
    assert home.charges() == ["300.00 RUB"]
    text = await home.fails("refused_in_progress", amount=300, force=True)
    assert "Nothing was sent" in text


@pytest.mark.parametrize(
    ("mood", "paid"),
    [
        pytest.param(
            Mood.TIMES_OUT_AFTER_CHARGING, ["300.00 RUB"], id="charged, answer lost"
        ),
        pytest.param(Mood.TIMES_OUT_BEFORE_CHARGING, [], id="not charged, answer lost"),
    ],
)
async def test_an_unclear_outcome_says_do_not_pay_again(
    home: Home, mood: Mood, paid: list[str]
) -> None:
    """A traveller who reads "failed" pays again; nobody knows here."""
    await home.behave(mood)
    with pytest.raises(Exception) as caught:
        await home.recharge(amount=300)
    assert caught.value.translation_key == "outcome_unknown"  # type: ignore[attr-defined]
    assert "Do not pay again" in str(caught.value)
    assert home.charges() == paid
    text = await home.fails("refused_outcome_unknown", amount=300, force=True)
    assert "Do not pay elsewhere" in text


async def test_a_decline_names_its_cause(home: Home) -> None:
    """What to do differs: ask the bank, renew the card, add funds."""
    await home.behave(Mood.DECLINES)
    text = await home.fails("recharge_failed_card_declined", amount=300)
    assert "nothing was paid" in text


async def test_a_decline_does_not_start_the_waiting_time(home: Home) -> None:
    """After the card was renewed, the line is recharged at once."""
    await home.behave(Mood.DECLINES)
    await home.fails("recharge_failed_card_declined", amount=300)
    await home.behave(Mood.WELL_BEHAVED)
    await home.recharge(amount=300)
    assert home.charges() == ["300.00 RUB"]


@pytest.mark.parametrize("mood", [Mood.GOES_OFFLINE, Mood.ANSWERS_GARBAGE])
async def test_a_provider_that_cannot_be_asked_is_paid_nothing(
    home: Home, mood: Mood
) -> None:
    """Who does not know the price does not pay it."""
    await home.behave(mood)
    text = await home.fails("refused_provider_unreachable", amount=300)
    assert "Nothing was sent" in text
