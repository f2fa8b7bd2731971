"""`recharge` against an operator behind real HTTP that refuses and breaks in every way it knows."""

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import Context
from homeassistant.exceptions import Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.esim_topup.const import DOMAIN

from .conftest import LINE, Portal


async def test_one_call_is_one_request_and_one_charge(portal: Portal) -> None:
    """The plain case."""
    answer = await portal.call("recharge", amount=300, request_id="december")
    again = await portal.call("recharge", amount=300, request_id="december")
    assert again == answer | {"joined": True}
    assert (await portal.paid(), await portal.sent()) == (["300.00"], 1)
    (order,) = await portal.operator.orders(answer["order_id"])
    assert order.id == answer["provider_reference"]


async def test_a_package_is_pinned_to_the_price_of_now(portal: Portal) -> None:
    """The price of yesterday's list is not paid, nor asked for."""
    await portal.call("get_offers")
    await portal.operator.set_offer("eu-5gb", price="510.00")
    answer = await portal.call("recharge", offer_id="eu-5gb")
    assert answer["amount"] == "510.00"
    assert await portal.paid() == ["510.00"]


@pytest.mark.parametrize(
    ("method", "amount", "key"),
    [
        pytest.param(
            "card-2", 300, "recharge_failed_card_declined", id="declined card"
        ),
        pytest.param("card-1", 300, None, id="good card"),
    ],
)
async def test_what_pays_decides(portal: Portal, amount: int, key: str | None) -> None:
    """The line's method is the one that is asked."""
    if key is None:
        await portal.call("recharge", amount=amount)
    else:
        assert await portal.fails(amount=amount) == key
    assert await portal.paid() == ([] if key else ["300.00"])
    assert await portal.sent() == 1


async def test_a_wallet_that_is_too_small_says_so(portal: Portal) -> None:
    """Add funds: that is what a person can do."""
    await portal.call("recharge", amount=4900)
    assert (
        await portal.fails(amount=300, force=True)
        == "recharge_failed_insufficient_funds"
    )
    assert await portal.paid() == ["4900.00"]


async def test_a_barred_line_says_so(portal: Portal) -> None:
    """Ask the operator: that is what a person can do."""
    await portal.operator.set_line(LINE, barred=True)
    assert await portal.fails(amount=300) == "recharge_failed_line_barred"
    assert await portal.paid() == []


@pytest.mark.parametrize(
    "kind",
    [
        "drop_after",
        "reset_after",
        "error_after",
        "html",
        "empty",
        "truncate",
        "garbage",
        "wrong_amount_x100",
        "wrong_line",
    ],
)
async def test_after_the_charge_nothing_is_called_failed(
    portal: Portal, kind: str
) -> None:
    """Charged, and the answer lost or spoilt: who reads "failed" pays again."""
    effect = {"effect": True} if kind in ("html", "empty", "garbage") else {}
    await portal.operator.fault(kind, "order", **effect)
    assert await portal.fails(amount=300) == "outcome_unknown"
    assert (await portal.paid(), await portal.sent()) == (["300.00"], 1)
    assert await portal.fails(amount=300, force=True) == "refused_outcome_unknown"
    assert (await portal.paid(), await portal.sent()) == (["300.00"], 1)


@pytest.mark.parametrize(
    "kind", ["drop_before", "reset_before", "error_before", "rate_limit", "redirect"]
)
async def test_what_may_have_been_charged_is_not_called_failed(
    portal: Portal, kind: str
) -> None:
    """Not charged, but nobody here can know that yet."""
    await portal.operator.fault(kind, "order")
    assert await portal.fails(amount=300) == "outcome_unknown"
    assert await portal.paid() == []


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("drop_before", "refused_provider_unreachable"),
        ("error_before", "refused_provider_unreachable"),
        ("html", "refused_provider_unreachable"),
        ("rate_limit", "offers_rate_limited"),
    ],
)
async def test_a_price_list_that_cannot_be_read_sells_nothing(
    portal: Portal, kind: str, key: str
) -> None:
    """Nothing is sent before the price is known; who asks too often is told so, not that the operator is away."""
    await portal.operator.fault(kind, "offers", times=None)
    assert await portal.fails(amount=300) == key
    assert (await portal.paid(), await portal.sent()) == ([], 0)


async def test_a_wrong_key_asks_for_a_new_one(portal: Portal) -> None:
    """A revoked key is renewed by a person."""
    body = {"error": {"code": "invalid_key", "message": "invalid_key"}}
    await portal.operator.fault("error_before", "offers", status=401, body=body)
    assert await portal.fails(amount=300) == "refused_authentication_failed"
    await portal.hass.async_block_till_done()
    (flow,) = portal.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert (await portal.paid(), await portal.sent()) == ([], 0)


async def test_a_line_that_the_operator_dropped_is_paid_nothing(portal: Portal) -> None:
    """A number that was given back is not recharged."""
    await portal.operator.set_line(LINE, removed=True)
    assert await portal.fails(amount=300) == "refused_line_gone"
    assert (await portal.paid(), await portal.sent()) == ([], 0)


async def test_nobody_without_rights_reaches_the_operator(
    portal: Portal, hass_read_only_user: MockUser
) -> None:
    """Not even the price list is asked for."""
    before = len(await portal.operator.requests())
    with pytest.raises(Unauthorized):
        await portal.call(
            "recharge", Context(user_id=hass_read_only_user.id), amount=300
        )
    assert len(await portal.operator.requests()) == before
    assert await portal.paid() == []


async def test_a_preview_asks_the_operator_for_offers_at_most(portal: Portal) -> None:
    """A preview is asked often: an operator is not."""
    before = len(await portal.operator.requests())
    assert (await portal.call("preview_recharge"))["allowed"] is True
    assert [
        each["operation"] for each in (await portal.operator.requests())[before:]
    ] == ["offers"]


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        "[pay](https://evil.example)",
        "Call +7 916 123 45 67 now",
    ],
)
async def test_an_operators_words_are_cleaned(portal: Portal, name: str) -> None:
    """Names end up in messages and in the prompts of assistants."""
    await portal.operator.set_offer("eu-5gb", name=name)
    told = next(
        o for o in (await portal.call("get_offers"))["offers"] if o["id"] == "eu-5gb"
    )
    assert not set("<>[]()") & set(told["name"])
    assert "123 45 67" not in told["name"]
