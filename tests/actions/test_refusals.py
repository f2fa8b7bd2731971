"""Each reason of the engine's has a text; each failure of the provider's says whether something was paid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
import voluptuous as vol

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.faults import _KEYS
from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.orders.limits import Ceiling
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Reason, Refused, Wish
from custom_components.esim_topup.providers import errors as provider_errors
from custom_components.esim_topup.providers.base import Line, Offer
from custom_components.esim_topup.providers.demo import DemoProvider
from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    LineUnknown,
    NotPermitted,
    NotSupported,
    ProviderError,
    RateLimited,
)
from custom_components.esim_topup.providers.money import Money
from custom_components.esim_topup.services.errors import (
    _NOT_ASKED,
    not_asked,
    refused,
    unfinished,
)

from .conftest import PHONE, Home

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
MONEY = Money.parse(300, "RUB")
WISH = Wish(
    account_key="a",
    line_key="l",
    line=Line(id="1"),
    offer_id="open",
    money=MONEY,
    only_below=Money.parse(50, "RUB"),
)
ORDER = Order(
    id="1",
    account_key="a",
    line_key="l",
    offer_id="open",
    money=MONEY,
    state=OrderState.FAILED,
    created_at=NOW,
    updated_at=NOW,
    month="2026-11",
)
CALLERS_MISTAKES = {
    Reason.NOT_POSITIVE,
    Reason.OTHER_CURRENCY,
    Reason.ABOVE_ORDER_LIMIT,
    Reason.NOT_OFFERED,
    Reason.REQUEST_ID_REUSED,
    Reason.LINE_GONE,
}


@pytest.fixture
async def texts(hass: HomeAssistant) -> None:
    """Load the texts."""
    assert await async_setup_component(hass, DOMAIN, {})


def verdict(reason: Reason) -> Refused:
    """Return a refusal as the engine makes it: with an end and a ceiling where the reason has them."""
    limit = reason.startswith("limit_") or reason is Reason.ABOVE_ORDER_LIMIT
    ends = reason.startswith("limit_") or reason is Reason.COOLING_DOWN
    ceiling = Ceiling(
        name="any", limit=Money.parse(500, "RUB"), spent=Money.parse(400, "RUB")
    )
    return Refused(
        reason=reason,
        until=NOW + timedelta(hours=1) if ends else None,
        ceiling=ceiling if limit else None,
    )


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_a_text(reason: Reason) -> None:
    """A reason without a text would be read as a word of the program."""
    error = refused(verdict(reason), WISH, "RUB")
    assert error.translation_key == f"refused_{reason}"
    text = str(error)
    assert text != error.translation_key
    assert "{" not in text
    assert "Nothing was sent" in text
    expected = (
        ServiceValidationError if reason in CALLERS_MISTAKES else HomeAssistantError
    )
    assert type(error) is expected


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize(
    "reason", [reason for reason in Reason if reason.startswith("limit_")]
)
def test_a_limit_tells_what_is_spent_what_is_left_and_until_when(
    reason: Reason,
) -> None:
    """Who reads it knows whether to choose less or to wait."""
    text = str(refused(verdict(reason), WISH, "RUB"))
    assert all(
        part in text
        for part in (
            "300.00 RUB",
            "500.00 RUB",
            "400.00 RUB",
            "100.00 RUB",
            "2026-12-01 05:00",
        )
    )


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize(
    ("state", "reason", "key"),
    [
        (OrderState.FAILED, "insufficient_funds", "recharge_failed_insufficient_funds"),
        (OrderState.FAILED, "NOT_ENOUGH_FUNDS", "recharge_failed_insufficient_funds"),
        (OrderState.FAILED, "card_declined", "recharge_failed_card_declined"),
        (OrderState.FAILED, "expired_card", "recharge_failed_card_expired"),
        (OrderState.FAILED, "line_barred", "recharge_failed_line_barred"),
        (OrderState.FAILED, "dns", "recharge_failed_not_sent"),
        (OrderState.FAILED, "310241", "recharge_failed"),
        (OrderState.FAILED, "declined", "recharge_failed"),
        (OrderState.FAILED, None, "recharge_failed"),
        (OrderState.DECLINED, None, "recharge_failed"),
        (OrderState.EXPIRED, None, "recharge_failed"),
        (OrderState.SUPERSEDED, "card_declined", "recharge_failed"),
        (OrderState.REVERSED, "reversed", "recharge_reversed"),
        (OrderState.UNKNOWN, "timeout", "outcome_unknown"),
        (OrderState.UNKNOWN, "card_declined", "outcome_unknown"),
        (OrderState.HELD, "nobody_to_ask", "outcome_unknown"),
        (OrderState.SUBMITTING, None, "outcome_unknown"),
        (OrderState.AWAITING_APPROVAL, None, "outcome_unknown"),
    ],
)
def test_only_what_is_known_to_have_failed_is_called_failed(
    state: OrderState, reason: str | None, key: str
) -> None:
    """Who reads "failed" pays again."""
    error = unfinished(replace(ORDER, state=state, reason=reason))
    text = str(error)
    assert error.translation_key == key
    assert "{" not in text
    assert "300.00 RUB" in text
    assert ("nothing was paid" in text) == key.startswith("recharge_failed")
    assert ("Do not pay again" in text) == (key == "outcome_unknown")


def family(kind: type[ProviderError] = ProviderError) -> list[type[ProviderError]]:
    """Return all errors of providers."""
    return [kind] + [each for child in kind.__subclasses__() for each in family(child)]


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize(
    "kind", [kind for kind in family() if kind.__module__ == provider_errors.__name__]
)
def test_a_provider_that_could_not_be_asked_has_a_text(
    kind: type[ProviderError],
) -> None:
    """What went wrong before paying says that nothing was paid."""
    special = {
        AuthenticationFailed: "refused_authentication_failed",
        LineUnknown: "refused_line_gone",
        NotPermitted: "offers_not_permitted",
        NotSupported: "offers_not_supported",
        RateLimited: "offers_rate_limited",
    }
    error = not_asked(kind())
    assert error.translation_key == special.get(kind, "refused_provider_unreachable")
    assert "Nothing was sent" in str(error)


async def _no_more_credentials(self: DemoProvider, line: Line) -> Sequence[Offer]:
    raise AuthenticationFailed


@pytest.mark.parametrize("action", ["recharge", "preview_recharge", "get_offers"])
async def test_credentials_that_ran_out_ask_for_new_ones(
    home: Home, action: str
) -> None:
    """A revoked key is renewed by a person, who has to hear of it."""
    with patch.object(DemoProvider, "offers", _no_more_credentials):
        await home.fails("refused_authentication_failed", action=action)
    await home.hass.async_block_till_done()
    (flow,) = home.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_credentials_that_run_out_while_paying_ask_for_new_ones(
    home: Home,
) -> None:
    """Between the price and the purchase a key may be revoked too."""

    async def read(self: DemoProvider, lines: Any) -> Any:
        raise AuthenticationFailed

    with patch.object(DemoProvider, "read", read):
        await home.fails("refused_authentication_failed", amount=300)
    await home.hass.async_block_till_done()
    (flow,) = home.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_a_locked_book_pays_nothing(home: Home) -> None:
    """Who cannot write down what was paid does not pay."""
    home.engine.lock(LockReason.DAMAGED)
    text = await home.fails("refused_locked", amount=300)
    assert "Repairs" in text


async def test_a_bug_is_not_reported_as_the_operators(home: Home) -> None:
    """Only the call to the provider stands inside the translation of its errors."""
    broken = "custom_components.esim_topup.services.recharge.make_wish"
    with (
        patch(broken, side_effect=KeyError("ours")),
        pytest.raises(KeyError, match="ours"),
    ):
        await home.recharge(amount=300)
    assert home.charges() == []


async def test_a_providers_module_that_breaks_shows_nobody_what_it_read(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """A KeyError names the key that it missed, and that may be a phone number."""

    async def offers(self: DemoProvider, line: Line) -> Sequence[Offer]:
        raise KeyError(line.number)

    with patch.object(DemoProvider, "offers", offers):
        for action in ("recharge", "preview_recharge"):
            text = await home.fails(
                "refused_provider_unreachable", action=action, amount=300
            )
            assert "Nothing was sent" in text
        await home.fails("refused_provider_unreachable", action="get_offers")
    number = home.account.lines[f"subentry-{PHONE}"].line.number
    assert number is not None
    assert number not in caplog.text
    assert "The provider demo failed to list its offers: KeyError" in caplog.text


async def test_an_id_that_nobody_can_read_is_not_repeated(home: Home) -> None:
    """Errors end up in notifications."""
    text = await home.fails(
        "refused_not_offered", kind=ServiceValidationError, offer_id="x" * 200
    )
    assert "x" * 39 + "…" in text
    assert "x" * 40 not in text
    for field, length in (("offer_id", 201), ("request_id", 65)):
        with pytest.raises(vol.Invalid) as caught:
            await home.recharge(**{field: "x" * length})
        assert "x" * 40 not in str(caught.value)


def test_no_error_is_kept_for_a_fault_that_is_gone() -> None:
    """The keys are those of the one ladder."""
    assert set(_NOT_ASKED) <= set(_KEYS.values())
