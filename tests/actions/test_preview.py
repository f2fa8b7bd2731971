"""`preview_recharge`: the same verdict as paying, and nothing is sent."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.esim_topup.providers.demo import Mood

from .conftest import ESIM, PHONE, TRACKER, Home


async def preview(home: Home, **data: Any) -> dict[str, Any]:
    """Ask what a recharge would do; nothing is paid by asking."""
    before = home.charges()
    answer = await home.call("preview_recharge", **data)
    assert home.charges() == before
    assert len(await home.orders()) == len(before)
    return answer


async def test_what_would_be_paid_from_what(home: Home) -> None:
    """A person sees amount, method and what is left of the limit before saying yes."""
    answer = await preview(home)
    assert datetime.fromisoformat(answer.pop("balance_at")).tzinfo is not None
    assert answer.pop("balance") in ("62.50", "62.49"), (
        "it loses a hundredth each minute"
    )
    assert answer == {
        "allowed": True,
        "reason": None,
        "text": None,
        "next_allowed": None,
        "limit_left": "1000.00",
        "amount": "300.00",
        "currency": "RUB",
        "offer_id": "open",
        "pays_from": {
            "id": "wallet",
            "kind": "wallet",
            "label": "Wallet",
            "last_digits": None,
            "funds": "5000.00",
        },
        "fee": None,
    }


async def test_a_refusal_says_why_and_until_when(home: Home) -> None:
    """Why not, and when? That is one question."""
    await home.recharge(amount=300)
    answer = await preview(home, amount=300)
    assert (answer["allowed"], answer["reason"]) == (False, "cooling_down")
    assert "short while ago" in answer["text"]
    until = datetime.fromisoformat(answer["next_allowed"])
    assert timedelta(hours=5) < until - datetime.now(until.tzinfo) <= timedelta(hours=6)
    assert answer["limit_left"] == "1000.00"
    assert (await preview(home, amount=300, force=True))["allowed"] is True


async def test_a_refusal_without_an_end_names_none(home: Home) -> None:
    """A limit per recharge does not pass with time."""
    answer = await preview(home, amount=1001)
    assert (answer["allowed"], answer["reason"]) == (False, "above_order_limit")
    assert answer["next_allowed"] is None


async def test_what_is_left_is_the_smallest_limit(home: Home) -> None:
    """1300 of 2000 for the line are gone: 700 are left, whatever one recharge may cost."""
    await home.recharge(amount=1000)
    await home.recharge(amount=300, force=True)
    assert (await preview(home, amount=300, force=True))["limit_left"] == "700.00"


@pytest.mark.parametrize(("below", "reason"), [(50, "not_below"), (70, None)])
async def test_the_guard_is_judged_by_the_last_reading(
    home: Home, below: int, reason: str | None
) -> None:
    """The balance is 62.50."""
    assert (await preview(home, amount=300, only_below=below))["reason"] == reason


async def test_an_unknown_balance_is_told_as_unknown(home: Home) -> None:
    """An eSIM with data has no balance; None is not 0."""
    answer = await preview(home, line=ESIM)
    assert answer["balance"] is None
    assert answer["balance_at"] is not None
    assert answer["pays_from"]["last_digits"] == "4242"
    assert answer["offer_id"] == "data-3gb"


async def test_a_line_that_was_never_read_has_no_time_of_reading(home: Home) -> None:
    """None, not the epoch."""
    home.account.coordinator.data = type(home.account.coordinator.data)()
    answer = await preview(home, amount=300)
    assert (answer["balance"], answer["balance_at"], answer["pays_from"]) == (
        None,
        None,
        None,
    )


async def test_known_offers_are_not_asked_for_again(home: Home) -> None:
    """A preview is asked often: an operator is not."""
    assert ESIM in [line.line.id for line in home.account.lines.values()]
    await home.behave(Mood.GOES_OFFLINE)
    assert (await preview(home, line=ESIM))["amount"] == "350.00"
    text = await home.fails(
        "refused_provider_unreachable", action="preview_recharge", line=PHONE
    )
    assert "Nothing was sent" in text


async def test_mistakes_are_the_same_as_when_paying(home: Home) -> None:
    """What cannot be bought cannot be previewed."""
    mistake: dict[str, Any] = {
        "kind": ServiceValidationError,
        "action": "preview_recharge",
    }
    await home.fails("nothing_chosen", line=TRACKER, **mistake)
    await home.fails("refused_not_positive", amount=-1, **mistake)
    await home.fails("refused_not_offered", offer_id="data-99gb", **mistake)


async def test_everybody_may_ask(home: Home, hass_read_only_user: MockUser) -> None:
    """A preview pays nothing, so that a wall panel may show it."""
    context = Context(user_id=hass_read_only_user.id)
    assert (await preview(home, context=context))["allowed"] is True


async def test_what_was_read_last_is_told(home: Home) -> None:
    """The balance is that of the entities, not one more request."""
    await home.provider.burn(PHONE, Decimal(20))
    assert (await preview(home))["balance"] in ("62.50", "62.49")
    await home.read()
    assert (await preview(home))["balance"] in ("42.50", "42.49")


async def test_what_is_left_is_not_guessed(home: Home) -> None:
    """An order book that was not read does not say that nothing was spent."""
    home.engine._summaries.clear()
    assert (await preview(home))["limit_left"] is None
