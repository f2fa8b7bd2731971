"""An operator that nobody has heard of, described step by step and tried over real HTTP."""

from copy import deepcopy
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.esim_topup.config_flow.rest_forms import PARTS
from custom_components.esim_topup.const import DOMAIN
from tests.providers.rest.operator_config import operator_config

from .conftest import Operator
from .walk import Walk

type Description = dict[str, Any]

ACCOUNT_ID = "acct-1"


def typed(step: str, description: Description) -> dict[str, Any]:
    """Return what a person types into the form of a step."""
    shown = PARTS[step].shown(description)
    for section in PARTS[step].sections:
        shown |= shown.pop(section)
    if step == "rest_connection":
        shown["auth_value"] = description["auth_value"]
    return shown


async def describe(hass: HomeAssistant, description: Description) -> Walk:
    """Type a whole description; return the walk at its menu."""
    walk = await Walk.account(hass)
    await walk.submit(provider="rest")
    for step in PARTS:
        if walk.step == "rest_menu":
            if not any(
                place.split(".")[0] in description for place in PARTS[step].fields
            ):
                continue
            await walk.choose(step)
        assert walk.step == step
        await walk.submit(**typed(step, description))
    assert walk.step == "rest_menu"
    return walk


def small(operator: Operator) -> Description:
    """Return the least that reads a line: no list, no account, no orders."""
    whole = operator_config(operator.base_url)
    return {
        key: whole[key]
        for key in ("base_url", "auth_value", "allow_local_http", "currency", "read")
    }


async def test_a_described_operator_is_tried_and_set_up(
    hass: HomeAssistant, operator: Operator
) -> None:
    """Who describes an API must end with exactly what was described, and see a balance before anything is saved."""
    description = operator_config(operator.base_url)
    walk = await describe(hass, description)
    await walk.choose("rest_try")
    await walk.submit()
    assert walk.step == "rest_result"
    shown = walk.placeholders
    assert (shown["line"], shown["balance"], shown["data"]) == (
        "Home number \u20224567",
        "480.00 RUB",
        "\u2013",
    )
    assert shown["offers"].startswith("10.00 RUB \u2013 5000.00 RUB, Europe")
    await walk.choose("rest_accept")
    await walk.submit(method_id="card-1")
    await walk.submit()
    assert walk.ended is FlowResultType.CREATE_ENTRY
    stored = deepcopy(dict(walk.result["data"]["credentials"]))
    stored["order"]["body"] = json.loads(stored["order"]["body"])
    assert stored == description
    assert walk.result["data"]["method_id"] == "card-1"
    assert [line["title"] for line in walk.result["subentries"]] == [
        "Home number \u20224567",
        "Travel eSIM \u20228901",
    ]
    assert not await operator.control.charges()


async def test_a_small_api_is_walked_through_in_one_go(
    hass: HomeAssistant, operator: Operator
) -> None:
    """Who only wants to watch one line types three things."""
    walk = await describe(hass, small(operator))
    await walk.choose("rest_try")
    await walk.submit(kind="other", number="line-2", name="Travel eSIM")
    shown = walk.placeholders
    assert (shown["balance"], shown["data"], shown["offers"]) == (
        "\u2013",
        "3000 MB",
        "\u2013",
    )
    await walk.choose("rest_menu")
    await walk.choose("rest_try")
    await walk.submit(kind="other", number="line-1", name="Home")
    await walk.choose("rest_accept")
    assert walk.step == "payment"
    await walk.submit()
    assert walk.options("lines") == ["Home"]
    await walk.submit()
    assert walk.ended is FlowResultType.CREATE_ENTRY
    assert walk.result["subentries"][0]["data"]["line_id"] == "line-1"


async def test_a_long_price_list_is_cut_short(
    hass: HomeAssistant, operator: Operator
) -> None:
    """A hundred packages would push the balance off the screen."""
    await operator.control.seed(
        {
            "offers": [
                {
                    "id": f"p{number}",
                    "account": ACCOUNT_ID,
                    "kind": "package",
                    "name": f"Package {number}",
                    "currency": "RUB",
                    "price": "100.00",
                    "data_bytes": 1,
                    "validity_days": 1,
                }
                for number in range(9)
            ]
        }
    )
    walk = await describe(hass, operator_config(operator.base_url))
    await walk.choose("rest_try")
    await walk.submit()
    assert walk.placeholders["offers"].endswith("…")


async def test_an_api_that_only_sells_can_be_described(
    hass: HomeAssistant, operator: Operator
) -> None:
    """Airtime shops read nothing; the balance comes from elsewhere."""
    whole = operator_config(operator.base_url)
    keys = (
        "base_url",
        "auth_value",
        "allow_local_http",
        "currency",
        "account",
        "offers",
        "order",
    )
    walk = await describe(hass, {key: whole[key] for key in keys})
    await walk.choose("rest_try")
    await walk.submit(kind="other", number="line-1")
    assert walk.placeholders["balance"] == "\u2013"
    assert walk.placeholders["offers"] != "\u2013"


@pytest.mark.parametrize(
    ("step", "fields", "errors", "label"),
    [
        (
            "rest_connection",
            {"base_url": "http://shop.example", "allow_local_http": False},
            {"base_url": "not_https"},
            None,
        ),
        (
            "rest_connection",
            {"base_url": "operator"},
            {"base_url": "invalid_url"},
            None,
        ),
        (
            "rest_connection",
            {"currency": "gold"},
            {"currency": "not_a_currency"},
            None,
        ),
        (
            "rest_connection",
            {"auth_header": "No Header"},
            {"auth_header": "bad_header"},
            None,
        ),
        (
            "rest_connection",
            {"auth_value": "4111 1111 1111 1111"},
            {"auth_value": "card_number"},
            None,
        ),
        (
            "rest_connection",
            {"headers": ["X-Client"]},
            {"more_connection": "bad_header", "base": "in_section"},
            "Header",
        ),
        (
            "rest_connection",
            {"error_code": "a["},
            {"more_connection": "bad_expression", "base": "in_section"},
            "Error code",
        ),
        (
            "rest_reading",
            {"read_path": "/lines"},
            {"read_path": "missing_line"},
            None,
        ),
        (
            "rest_reading",
            {"read_path": "lines/{line}"},
            {"read_path": "bad_path"},
            None,
        ),
        (
            "rest_reading",
            {"read_path": "/lines/{iccid}"},
            {"read_path": "unknown_placeholder"},
            None,
        ),
        (
            "rest_reading",
            {"read_balance": "a["},
            {"read_balance": "bad_expression"},
            None,
        ),
        (
            "rest_reading",
            {"read_from_list": True},
            {"more_reading": "lines_required", "base": "in_section"},
            "Read from the list of lines",
        ),
        ("rest_order", {"order_body": "{"}, {"order_body": "not_json"}, None),
        (
            "rest_order",
            {"order_body": "[]"},
            {"order_body": "not_a_mapping"},
            None,
        ),
        (
            "rest_order",
            {"order_body": '{"card": "4111111111111111"}'},
            {"order_body": "card_number"},
            None,
        ),
        (
            "rest_order",
            {"order_status": None},
            {"order_status": "required"},
            None,
        ),
        (
            "rest_order",
            {"order_failed": ["succeeded"]},
            {"order_failed": "word_twice"},
            None,
        ),
        (
            "rest_order",
            {"order_refusals": ["503"]},
            {"safety": "not_definite", "base": "in_section"},
            "Certain refusal",
        ),
        (
            "rest_order",
            {"open_amount_min": "10", "open_amount_max": "1"},
            {"open_amount_max": "out_of_range"},
            None,
        ),
    ],
)
async def test_a_mistake_is_shown_in_its_own_form(
    hass: HomeAssistant,
    operator: Operator,
    step: str,
    fields: dict[str, Any],
    errors: dict[str, str],
    label: str | None,
) -> None:
    """A description of forty fields with one mistake somewhere could never be corrected."""
    description = operator_config(operator.base_url)
    walk = await Walk.account(hass)
    await walk.submit(provider="rest")
    while walk.step != step:
        await walk.submit(**typed(walk.step, description))
    good = typed(step, description)
    await walk.submit(**good | fields)
    assert (walk.step, walk.errors) == (step, errors)
    assert label in (None, walk.placeholders["field"])
    await walk.submit(**dict.fromkeys(fields) | good)
    assert walk.step != step


@pytest.mark.parametrize(
    ("missing", "step", "errors"),
    [
        (("offers",), "rest_order", {"open_amount_min": "required"}),
        (("read", "order", "find"), "rest_reading", {"read_path": "required"}),
        (("order",), "rest_order", {"order_path": "required"}),
    ],
)
async def test_what_does_not_fit_together_leads_to_its_field(
    hass: HomeAssistant,
    operator: Operator,
    missing: tuple[str, ...],
    step: str,
    errors: dict[str, str],
) -> None:
    """An order without anything to order must not be found out at the first recharge."""
    whole = operator_config(operator.base_url)
    walk = await describe(
        hass, {key: part for key, part in whole.items() if key not in missing}
    )
    await walk.choose("rest_try")
    assert (walk.step, walk.errors) == (step, errors)
    await walk.submit(
        **typed(step, {"open_amount": {"min": "10", "max": "50"}, **whole})
    )
    await walk.choose("rest_try")
    assert walk.step == "rest_try"


async def test_what_no_form_asks_is_said_at_the_beginning(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A description that was written by a newer version must end in a text, not in an error of ours."""
    hass.config_entries.async_update_entry(
        entry,
        data={**entry.data, "credentials": {**entry.data["credentials"], "new": 1}},
    )
    await hass.async_block_till_done()
    walk = await Walk.renewal(hass, entry)
    await walk.choose("rest_try")
    assert (walk.step, walk.errors) == ("rest_connection", {"base": "unknown_key"})


@pytest.mark.parametrize(
    ("fault", "args", "errors"),
    [
        ("reset_before", {"operation": "account"}, {"base": "cannot_connect"}),
        ("rate_limit", {"operation": "account"}, {"base": "rate_limited"}),
        ("html", {"operation": "account"}, {"base": "cannot_connect"}),
        ("reset_before", {"operation": "lines"}, {"base": "cannot_connect"}),
        ("not_json", {"operation": "line"}, {"base": "malformed_answer"}),
        (
            "error_before",
            {"operation": "offers", "status": 503},
            {"base": "cannot_connect"},
        ),
    ],
)
async def test_an_outage_while_trying_can_be_waited_for(
    hass: HomeAssistant,
    operator: Operator,
    fault: str,
    args: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """Forty typed fields must survive an operator that hiccups."""
    walk = await describe(hass, operator_config(operator.base_url))
    await walk.choose("rest_try")
    await operator.control.fault(fault, times=None, **args)
    await walk.submit()
    assert (walk.step, walk.errors) == ("rest_try", errors)
    await operator.control.clear_faults()
    await walk.submit()
    assert walk.step == "rest_result"


async def test_a_wrong_key_is_said_and_corrected(
    hass: HomeAssistant, operator: Operator
) -> None:
    """The way back from "does not accept" leads to the field of the key, not to the beginning."""
    description = operator_config(operator.base_url)
    walk = await describe(hass, {**description, "auth_value": "Bearer wrong"})
    await walk.choose("rest_try")
    await walk.submit()
    assert walk.errors == {"base": "invalid_auth"}
    await walk.submit(change=True)
    await walk.choose("rest_connection")
    await walk.submit(auth_value=description["auth_value"])
    await walk.choose("rest_try")
    await walk.submit()
    assert walk.step == "rest_result"


@pytest.mark.parametrize(
    ("line", "errors"),
    [
        ({"kind": "other", "number": "no-such-line"}, {"number": "line_unknown"}),
        ({"kind": "iccid", "number": "89"}, {"number": "invalid_iccid"}),
    ],
)
async def test_a_wrong_line_is_said_when_it_is_tried(
    hass: HomeAssistant,
    operator: Operator,
    line: dict[str, str],
    errors: dict[str, str],
) -> None:
    """Where no lines are listed, trying is the moment to notice a wrong digit."""
    walk = await describe(hass, small(operator))
    await walk.choose("rest_try")
    await walk.submit(**line)
    assert (walk.step, walk.errors) == ("rest_try", errors)
    await walk.submit(kind="other", number="line-1")
    assert walk.step == "rest_result"


async def test_an_empty_list_is_not_taken_for_success(
    hass: HomeAssistant, operator: Operator
) -> None:
    """A wrong expression finds nothing; that must not look like an account without lines."""
    description = operator_config(operator.base_url)
    description["lines"]["items"] = "lines[?id == 'nobody']"
    walk = await describe(hass, description)
    await walk.choose("rest_try")
    await walk.submit()
    assert (walk.step, walk.errors) == ("rest_try", {"base": "no_lines"})


@pytest.fixture
async def entry(hass: HomeAssistant, operator: Operator) -> MockConfigEntry:
    """An account at a described operator."""
    host = operator.base_url.removeprefix("http://")
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Custom HTTP API",
        unique_id=f"rest_{host}:{ACCOUNT_ID}",
        data={
            "provider": "rest",
            "credentials": {
                **operator_config(operator.base_url),
                "headers": {"X-Client": "home", "Accept": "application/json"},
            },
            "account_id": f"{host}:{ACCOUNT_ID}",
            "currency": "RUB",
            "method_id": "wallet",
        },
        options={"per_order": "1000.00"},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


async def test_a_description_is_changed_in_one_place(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """An API that moves one field must not have to be described anew."""
    before = deepcopy(dict(entry.data["credentials"]))
    walk = await Walk.renewal(hass, entry)
    assert walk.step == "rest_menu"
    await walk.choose("rest_connection")
    assert "auth_value" not in walk.suggested()
    assert walk.suggested()["more_connection"]["headers"] == [
        "X-Client: home",
        "Accept: application/json",
    ]
    await walk.submit(poll_minutes=60)
    assert walk.step == "rest_menu"
    await walk.choose("rest_order")
    assert '"line": "{line}"' in walk.suggested()["order_body"]
    await walk.submit()
    await walk.choose("rest_try")
    await walk.submit()
    await walk.choose("rest_accept")
    assert (walk.step, walk.suggested()) == ("method", {"method_id": "wallet"})
    await walk.submit()
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "reconfigure_successful",
    )
    after = deepcopy(dict(entry.data["credentials"]))
    after["order"]["body"] = json.loads(after["order"]["body"])
    assert after == {**before, "poll_minutes": 60}


async def test_trying_again_proposes_a_line_of_the_account(
    hass: HomeAssistant, operator: Operator, entry: MockConfigEntry
) -> None:
    """Nobody knows the ids of lines by heart."""
    walk = await describe(hass, small(operator))
    await walk.choose("rest_try")
    await walk.submit(kind="other", number="line-1", name="Home")
    await walk.choose("rest_accept")
    await walk.submit()
    await walk.submit()
    renewal = await Walk.renewal(hass, walk.result["result"])
    await renewal.choose("rest_try")
    assert renewal.suggested() == {"kind": "other", "number": "line-1", "name": "Home"}


async def test_a_rotated_key_is_renewed(
    hass: HomeAssistant, operator: Operator, entry: MockConfigEntry
) -> None:
    """A key that was changed at the operator costs one field, not a description."""
    await operator.control.rotate_key(key="new-key")
    walk = await Walk.login_again(hass, entry)
    await walk.submit(auth_value="Bearer demo-key")
    assert walk.errors == {"base": "invalid_auth"}
    await walk.submit(auth_value="Bearer new-key")
    assert walk.result["reason"] == "reauth_successful"
    assert entry.data["credentials"]["auth_value"] == "Bearer new-key"
    assert (
        entry.data["credentials"]["order"]
        == operator_config(operator.base_url)["order"]
    )


async def test_another_account_of_the_same_operator_is_another_entry(
    hass: HomeAssistant, operator: Operator, entry: MockConfigEntry
) -> None:
    """The limits of one account must not be kept by the money of another."""
    await operator.control.seed(
        {"accounts": [{"id": "acct-2", "key": "key-2", "currency": "RUB"}]}
    )
    walk = await Walk.login_again(hass, entry)
    await walk.submit(auth_value="Bearer key-2")
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "wrong_account",
    )


async def test_two_accounts_at_one_address_can_be_told_apart(
    hass: HomeAssistant, operator: Operator
) -> None:
    """A second key at the same API must lead somewhere, also where the API does not say whose key it is."""
    first = await describe(hass, small(operator))
    await first.choose("rest_try")
    await first.submit(kind="other", number="line-1")
    await first.choose("rest_accept")
    await first.submit()
    await first.submit()
    assert first.ended is FlowResultType.CREATE_ENTRY
    second = await describe(hass, small(operator))
    await second.choose("rest_try")
    await second.submit(kind="other", number="line-2")
    assert (second.step, second.errors) == ("rest_try", {"base": "account_not_named"})
    await second.submit(change=True)
    await second.choose("rest_account")
    await second.submit(account_path="/v1/account", account_id="'holiday'")
    await second.choose("rest_try")
    await second.submit(kind="other", number="line-2")
    await second.choose("rest_accept")
    assert second.step == "payment"
    await second.submit()
    await second.submit()
    assert second.ended is FlowResultType.CREATE_ENTRY
    host = operator.base_url.removeprefix("http://")
    assert first.result["data"]["account_id"] == host
    assert second.result["data"]["account_id"] == f"{host}:holiday"


async def test_the_same_account_twice_is_one_entry(
    hass: HomeAssistant, operator: Operator, entry: MockConfigEntry
) -> None:
    """Where the API says who we are, there is nothing to tell apart."""
    walk = await describe(hass, operator_config(operator.base_url))
    await walk.choose("rest_try")
    await walk.submit()
    await walk.choose("rest_accept")
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "already_configured",
    )
