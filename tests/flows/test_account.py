"""A new account, through each mistake to its end."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
import pytest

from custom_components.esim_topup.orders.keys import line_key
from custom_components.esim_topup.providers.base import Account, Line, LineKind, Reading
from custom_components.esim_topup.providers.errors import (
    LineUnknown,
    MalformedAnswer,
    NotPermitted,
    NotSupported,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
)

from .paper import GOOD_TOKEN, KEY, OPEN, PACKAGE, Paper, account_elsewhere
from .walk import Walk

ICCID = "8999900000000000014"
PHONE = Line(id="+79990000001", kind=LineKind.MSISDN, number="+79990000001")


async def at_payment(hass: HomeAssistant) -> Walk:
    """Log in."""
    walk = await Walk.account(hass)
    await walk.submit(provider=KEY)
    await walk.submit(username="anna", token=GOOD_TOKEN)
    assert walk.step == "payment"
    return walk


async def test_the_demo_comes_first_and_what_is_new_says_so(
    hass: HomeAssistant, paper: Paper
) -> None:
    """A newcomer begins free of charge, and knows which provider few have tried."""
    walk = await Walk.account(hass)
    assert walk.options("provider") == [
        "Demo operator",
        "Paper Telecom (beta)",
        "Custom HTTP API",
    ]
    assert walk.suggested() == {"provider": "demo"}


@pytest.mark.parametrize(
    ("refusal", "form_key"),
    [
        pytest.param(NotPermitted("read_only"), "not_permitted", id="not permitted"),
        pytest.param(
            RateLimited(timedelta(minutes=5)), "rate_limited", id="asked too often"
        ),
        pytest.param(Refused("closed"), "refused", id="refused"),
        pytest.param(Unreachable("timeout"), "cannot_connect", id="no answer"),
        pytest.param(MalformedAnswer("bad_id"), "malformed_answer", id="odd answer"),
        pytest.param(NotSupported(), "not_supported", id="no such call"),
        pytest.param(ProviderError("odd"), "provider_error", id="something else"),
    ],
)
async def test_each_refusal_has_its_text_and_its_way_on(
    hass: HomeAssistant, paper: Paper, refusal: ProviderError, form_key: str
) -> None:
    """Who cannot log in has to read what to do, and must not have to begin anew."""
    good, paper.known = paper.known, refusal
    walk = await Walk.account(hass)
    await walk.submit(provider=KEY)
    assert walk.placeholders["docs"] == "https://paper.example/api"
    await walk.submit(username="anna", token=GOOD_TOKEN)
    assert (walk.step, walk.errors) == ("credentials", {"base": form_key})
    assert walk.placeholders["code"] == refusal.code
    assert walk.suggested() == {"username": "anna"}
    paper.known = good
    await walk.submit(token=GOOD_TOKEN)
    assert walk.step == "payment"


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"username": "anna", "token": "wrong"}, {"base": "invalid_auth"}),
        ({"username": "anna", "token": " "}, {"base": "invalid_credentials"}),
        (
            {"username": "4111 1111 1111 1111", "token": "x"},
            {"username": "card_number"},
        ),
        ({"username": "anna", "token": "4111111111111111"}, {"token": "card_number"}),
    ],
)
async def test_wrong_credentials_can_be_corrected(
    hass: HomeAssistant, paper: Paper, typed: dict[str, str], errors: dict[str, str]
) -> None:
    """A typing error costs one more try, nothing else."""
    walk = await Walk.account(hass)
    await walk.submit(provider=KEY)
    await walk.submit(**typed)
    assert (walk.step, walk.errors) == ("credentials", errors)
    await walk.submit(username="anna", token=GOOD_TOKEN)
    assert walk.step == "payment"


async def test_only_what_can_pay_is_offered(hass: HomeAssistant, paper: Paper) -> None:
    """An expired card is no choice, and no card number reaches a form or an entry."""
    walk = await at_payment(hass)
    assert walk.options("method_id") == [
        "Wallet · 20.00 EUR",
        "Visa •4242 · 05/2099",
        "bank",
        "invoice",
    ]
    assert walk.suggested()["method_id"] == "wallet"


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"per_order": ""}, {"per_order": "required_limit"}),
        ({"per_order": "ten"}, {"per_order": "invalid_amount"}),
        ({"per_order": "0"}, {"per_order": "not_positive"}),
        ({"per_order": "10.001"}, {"per_order": "too_many_decimals"}),
        (
            {"per_order": "121"},
            {"account_month": "below_order_limit", "more_limits": "below_order_limit"},
        ),
        ({"account_month": "35.99"}, {"account_month": "below_order_limit"}),
        ({"account_day": "1"}, {"more_limits": "below_order_limit"}),
        ({"line_month": "x"}, {"more_limits": "invalid_amount"}),
        ({"account_rolling": "-1"}, {"more_limits": "not_positive"}),
    ],
)
async def test_limits_that_hold_nothing_are_refused(
    hass: HomeAssistant, paper: Paper, typed: dict[str, str], errors: dict[str, str]
) -> None:
    """A limit with a typing error would be found out when the money is gone."""
    walk = await at_payment(hass)
    proposed = walk.suggested()
    await walk.submit(**typed)
    assert (walk.step, walk.errors) == ("payment", errors)
    await walk.submit(**proposed.pop("more_limits"), **proposed)
    assert walk.step == "line"


async def test_a_limit_can_be_left_out(hass: HomeAssistant, paper: Paper) -> None:
    """Only the limit per order has to be there; an empty one is no limit, not a limit of nothing."""
    walk = await at_payment(hass)
    await walk.submit(
        account_month=None,
        account_day=None,
        account_rolling=None,
        line_month=None,
        per_order="12,5",
    )
    await walk.submit(number=ICCID)
    assert walk.result["options"] == {"per_order": "12.50", "cooldown_hours": 6.0}


async def test_the_typed_line_becomes_a_subentry(
    hass: HomeAssistant, paper: Paper
) -> None:
    """Where lines cannot be listed, set-up must still end with one that can be watched."""
    walk = await at_payment(hass)
    await walk.submit()
    await walk.submit(kind="msisdn", number="+7 999 000-00-01", name="Travel phone")
    assert walk.ended is FlowResultType.CREATE_ENTRY
    assert walk.result["title"] == "Paper Telecom"
    assert walk.result["data"] == {
        "provider": KEY,
        "credentials": {"username": "anna", "token": GOOD_TOKEN},
        "account_id": "me",
        "currency": "EUR",
        "method_id": "wallet",
    }
    assert walk.result["context"]["unique_id"] == "paper_me"
    (line,) = walk.result["subentries"]
    assert line == {
        "title": "Travel phone \u20220001",
        "unique_id": line_key(KEY, "me", PHONE),
        "subentry_type": "line",
        "data": {
            "line_id": "+79990000001",
            "kind": "msisdn",
            "number": "+79990000001",
            "name": "Travel phone",
            "balance_below": "2.00",
            "amount": "12.00",
        },
    }


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        (
            {"kind": "iccid", "number": "8999900000000000015"},
            {"number": "invalid_iccid"},
        ),
        ({"kind": "msisdn", "number": "79990000001"}, {"number": "invalid_phone"}),
        ({"kind": "other", "number": " "}, {"number": "invalid_line_id"}),
        ({"kind": "other", "number": "4111111111111111"}, {"number": "card_number"}),
        (
            {"kind": "iccid", "number": ICCID, "name": "4111 1111 1111 1111"},
            {"name": "card_number"},
        ),
    ],
)
async def test_a_mistyped_line_can_be_corrected(
    hass: HomeAssistant, paper: Paper, typed: dict[str, str], errors: dict[str, str]
) -> None:
    """A wrong digit would top up a stranger."""
    walk = await at_payment(hass)
    await walk.submit()
    await walk.submit(**typed)
    assert (walk.step, walk.errors) == ("line", errors)
    await walk.submit(kind="iccid", number=ICCID, name=None)
    assert walk.ended is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("reading", "errors"),
    [
        (LineUnknown(), {"number": "line_unknown"}),
        (None, {"number": "line_unknown"}),
        (Unreachable(), {"base": "cannot_connect"}),
    ],
)
async def test_a_line_that_cannot_be_read_is_noticed_at_once(
    hass: HomeAssistant, paper: Paper, reading: Any, errors: dict[str, str]
) -> None:
    """A line of another account has to be refused here, not after the first recharge."""
    good, paper.reading = paper.reading, reading
    walk = await at_payment(hass)
    await walk.submit()
    await walk.submit(number=ICCID)
    assert (walk.step, walk.errors) == ("line", errors)
    paper.reading = good
    await walk.submit()
    assert walk.ended is FlowResultType.CREATE_ENTRY


async def test_a_provider_that_reads_nothing_takes_the_line_as_typed(
    hass: HomeAssistant, paper: Paper
) -> None:
    """Airtime shops cannot read a line, and must work all the same."""
    paper.can(reads=frozenset())
    paper.reading = Unreachable()
    walk = await at_payment(hass)
    await walk.submit()
    await walk.submit(number=ICCID)
    assert walk.ended is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("sold", "rule"),
    [
        pytest.param(
            [OPEN], {"balance_below": "2.00", "amount": "12.00"}, id="any amount"
        ),
        pytest.param(
            Unreachable(), {"balance_below": "2.00", "amount": "12.00"}, id="not known"
        ),
        pytest.param(
            NotSupported(),
            {"balance_below": "2.00", "amount": "12.00"},
            id="no list of offers",
        ),
        pytest.param([PACKAGE], {}, id="packages only"),
    ],
)
async def test_the_first_rule_is_one_that_can_work(
    hass: HomeAssistant, paper: Paper, sold: Any, rule: dict[str, str]
) -> None:
    """What is proposed to a newcomer must not fail at the first recharge."""
    paper.sold = sold
    walk = await at_payment(hass)
    await walk.submit()
    await walk.submit(number=ICCID)
    data = walk.result["subentries"][0]["data"]
    assert {
        key: data[key] for key in ("balance_below", "amount") if key in data
    } == rule


@pytest.mark.parametrize(
    "reading", [LineUnknown(), None, Reading(at=datetime.now(UTC))]
)
async def test_lines_without_a_known_balance_start_without_a_rule(
    hass: HomeAssistant, paper: Paper, reading: Any
) -> None:
    """A threshold for a balance that nobody knows would never do anything."""
    paper.can(lists_lines=True)
    paper.listed = [Line(id="a", kind=LineKind.ICCID, number=ICCID)]
    paper.reading = reading
    walk = await at_payment(hass)
    await walk.submit()
    await walk.submit()
    assert set(walk.result["subentries"][0]["data"]) == {
        "line_id",
        "kind",
        "number",
        "name",
    }


async def test_an_outage_at_the_end_costs_the_proposal_only(
    hass: HomeAssistant, paper: Paper
) -> None:
    """The account is set up all the same; its balances come with the next poll."""
    paper.can(lists_lines=True)
    paper.listed = [Line(id="a", kind=LineKind.ICCID, number=ICCID)]
    paper.deaf = Unreachable()
    walk = await at_payment(hass)
    await walk.submit()
    await walk.submit()
    assert walk.ended is FlowResultType.CREATE_ENTRY


async def test_the_currency_is_asked_for_where_nobody_says_it(
    hass: HomeAssistant, paper: Paper
) -> None:
    """Limits need a currency, and a guessed one would be a hundred times too high or too low."""
    paper.known = Account(id="me")
    walk = await Walk.account(hass)
    await walk.submit(provider=KEY)
    await walk.submit(username="anna", token=GOOD_TOKEN)
    assert walk.step == "currency"
    assert walk.suggested() == {"currency": hass.config.currency}
    await walk.submit(currency="gold")
    assert walk.errors == {"currency": "invalid_currency"}
    await walk.submit(currency="jpy")
    assert walk.step == "payment"
    assert walk.suggested()["per_order"] == "4500"
    assert "method_id" not in walk.suggested()
    await walk.submit()
    await walk.submit(number=ICCID)
    assert walk.result["data"]["currency"] == "JPY"
    assert walk.result["data"]["method_id"] is None


async def test_lines_that_cannot_be_listed_now_can_be_asked_for_again(
    hass: HomeAssistant, paper: Paper
) -> None:
    """An outage in the middle must not cost what was typed."""
    paper.can(lists_lines=True)
    paper.listed = Unreachable("timeout")
    walk = await at_payment(hass)
    await walk.submit(per_order="20")
    assert (walk.step, walk.errors) == ("payment", {"base": "cannot_connect"})
    paper.listed = [
        Line(id="a", kind=LineKind.ICCID, number=ICCID, name="<b>Tablet</b>"),
        Line(id="wallet", kind=LineKind.WALLET, name="Account credit"),
        Line(id="line-7"),
    ]
    await walk.submit()
    assert walk.options("lines") == [
        "b Tablet /b \u20220014",
        "Account credit",
        "\u2022ne-7",
    ]
    keys = walk.suggested()["lines"]
    assert not any(ICCID in key for key in keys)
    await walk.submit(lines=keys[1:])
    assert [line["data"]["line_id"] for line in walk.result["subentries"]] == [
        "wallet",
        "line-7",
    ]


@pytest.mark.parametrize(
    "listed", [[], [Line(id="a", kind=LineKind.ICCID, number=ICCID)]]
)
async def test_an_account_without_lines_can_be_added(
    hass: HomeAssistant, paper: Paper, listed: list[Line]
) -> None:
    """Who wants the wallet only, or buys the first line later, is not held up."""
    paper.can(lists_lines=True)
    paper.listed = list(listed)
    walk = await at_payment(hass)
    await walk.submit()
    if walk.ended is None:
        await walk.submit(lines=[])
    assert walk.ended is FlowResultType.CREATE_ENTRY
    assert not walk.result["subentries"]


async def test_of_very_many_lines_none_is_ticked(
    hass: HomeAssistant, paper: Paper
) -> None:
    """A company with a thousand SIMs must not get ten thousand entities by pressing submit."""
    paper.can(lists_lines=True)
    paper.listed = [Line(id=f"line-{number}") for number in range(21)]
    walk = await at_payment(hass)
    await walk.submit()
    assert walk.suggested() == {"lines": []}
    assert len(walk.options("lines")) == 21
    await walk.submit()
    assert walk.ended is FlowResultType.CREATE_ENTRY


async def test_an_account_is_set_up_once(hass: HomeAssistant, paper: Paper) -> None:
    """Two entries for one account would each allow its limits."""
    first, second = await at_payment(hass), await at_payment(hass)
    await first.submit()
    await first.submit(number=ICCID)
    assert first.ended is FlowResultType.CREATE_ENTRY
    with pytest.raises(UnknownFlow):  # Home Assistant ends the other window's flow
        await second.submit()
    third = await Walk.account(hass)
    await third.submit(provider=KEY)
    await third.submit(username="anna", token=GOOD_TOKEN)
    assert (third.ended, third.result["reason"]) == (
        FlowResultType.ABORT,
        "already_configured",
    )


async def test_a_bug_of_a_provider_module_is_said_and_logged_without_its_words(
    hass: HomeAssistant, paper: Paper, caplog: pytest.LogCaptureFixture
) -> None:
    """Who meets a bug needs something to report, and the log must not hold what the provider said."""
    good, paper.known = paper.known, KeyError("+79990000001")
    walk = await Walk.account(hass)
    await walk.submit(provider=KEY)
    await walk.submit(username="anna", token=GOOD_TOKEN)
    assert (walk.step, walk.errors) == ("credentials", {"base": "unknown"})
    assert walk.placeholders["code"] == "KeyError"
    (record,) = (each for each in caplog.records if "KeyError" in each.getMessage())
    assert KEY in record.getMessage()
    assert record.exc_info is None
    assert "9990000001" not in caplog.text
    paper.known = good
    await walk.submit(token=GOOD_TOKEN)
    assert walk.step == "payment"


async def test_a_number_of_another_account_cannot_be_typed(
    hass: HomeAssistant, paper: Paper
) -> None:
    """Two accounts that top up one number would each think they are alone."""
    account_elsewhere(hass, PHONE)
    walk = await at_payment(hass)
    await walk.submit()
    await walk.submit(kind="msisdn", number="+7 999 000-00-01")
    assert (walk.step, walk.errors) == ("line", {"number": "number_in_other_account"})
    await walk.submit(kind="iccid", number=ICCID)
    assert walk.ended is FlowResultType.CREATE_ENTRY


async def test_a_line_of_another_account_is_not_offered(
    hass: HomeAssistant, paper: Paper
) -> None:
    """And whoever misses it reads why."""
    account_elsewhere(hass, PHONE)
    paper.can(lists_lines=True)
    paper.listed = [PHONE, Line(id="a", kind=LineKind.ICCID, number=ICCID)]
    walk = await at_payment(hass)
    await walk.submit()
    assert (walk.step, walk.placeholders["hidden"]) == ("free_lines", "1")
    assert walk.options("lines") == ["•0014"]
    await walk.submit()
    (line,) = walk.result["subentries"]
    assert line["data"]["line_id"] == "a"


async def test_an_account_whose_lines_are_all_taken_says_so(
    hass: HomeAssistant, paper: Paper
) -> None:
    """An entry without lines and without a word would look like a mistake."""
    account_elsewhere(hass, PHONE)
    paper.can(lists_lines=True)
    paper.listed = [PHONE]
    walk = await at_payment(hass)
    await walk.submit()
    assert walk.step == "free_lines"
    await walk.submit()
    assert walk.ended is FlowResultType.CREATE_ENTRY
    assert not walk.result["subentries"]


async def test_a_line_that_another_account_got_meanwhile_is_not_added(
    hass: HomeAssistant, paper: Paper
) -> None:
    """Two windows must not end with two accounts for one number."""
    paper.can(lists_lines=True)
    paper.listed = [PHONE]
    walk = await at_payment(hass)
    await walk.submit()
    assert walk.step == "lines"
    account_elsewhere(hass, PHONE)
    await walk.submit()
    assert walk.step == "free_lines"
