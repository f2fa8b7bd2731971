"""One line: added, and its rule changed."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentry,
    ConfigSubentryDataWithId,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.orders.keys import line_key
from custom_components.esim_topup.providers.base import (
    Account,
    Line,
    LineKind,
    Quantity,
)
from custom_components.esim_topup.providers.errors import (
    LineUnknown,
    NotSupported,
    Unreachable,
)

from .paper import GOOD_TOKEN, KEY, PACKAGE, Paper, account_elsewhere
from .walk import Walk

TABLET = Line(
    id="tablet", kind=LineKind.ICCID, number="8999900000000000014", name="Tablet"
)
PHONE = Line(id="phone", kind=LineKind.MSISDN, number="+79990000001", name="Phone")
KNOWN = {
    "line_id": "tablet",
    "kind": "iccid",
    "number": TABLET.number,
    "name": "Tablet",
    "balance_below": "2.00",
}


@pytest.fixture
async def entry(hass: HomeAssistant, paper: Paper) -> MockConfigEntry:
    """An account with two lines, of which one is set up."""
    paper.can(lists_lines=True)
    paper.listed = [TABLET, PHONE]
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Paper Telecom",
        unique_id="paper_me",
        data={
            "provider": KEY,
            "credentials": {"username": "anna", "token": GOOD_TOKEN},
            "account_id": "me",
            "currency": "EUR",
            "method_id": "card",
        },
        options={"per_order": "20.00", "cooldown_hours": 6},
        subentries_data=[
            ConfigSubentryDataWithId(
                data=KNOWN,
                subentry_id="tablet-entry",
                subentry_type="line",
                title="Tablet",
                unique_id="tablet",
            )
        ],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


def added(entry: MockConfigEntry) -> ConfigSubentry:
    """Return the line that a flow has added."""
    (line,) = (each for key, each in entry.subentries.items() if key != "tablet-entry")
    return line


async def test_a_listed_line_is_added_with_its_rule(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The way from "Add line" to a watched line is two forms."""
    walk = await Walk.line(hass, entry)
    assert walk.options("line") == ["Phone \u20220001", "another"]
    await walk.submit()
    assert walk.step == "rule"
    assert walk.placeholders["line"] == "Phone \u20220001"
    assert walk.placeholders["bounds"] == "5.00 EUR \u2013 50.00 EUR"
    assert walk.suggested() == {
        "balance_below": "2.00",
        "amount": "12.00",
        "line_limits": {},
    }
    await walk.submit(method_id="wallet", line_month="40", cooldown_hours=12)
    assert walk.ended is FlowResultType.CREATE_ENTRY
    line = added(entry)
    assert line.title == "Phone \u20220001"
    # Administrators' browsers are sent it: a digest, no number.
    assert line.unique_id == line_key(KEY, "me", PHONE)
    assert line.data == {
        "line_id": "phone",
        "kind": "msisdn",
        "number": "+79990000001",
        "name": "Phone",
        "balance_below": "2.00",
        "amount": "12.00",
        "method_id": "wallet",
        "line_month": "40.00",
        "cooldown_hours": 12,
    }


async def test_a_line_that_is_not_listed_is_typed(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """Not every operator lists every line."""
    walk = await Walk.line(hass, entry)
    await walk.submit(line="another")
    await walk.submit(kind="iccid", number="8999900000000000022", name="Boat")
    assert walk.step == "rule"
    await walk.submit()
    assert added(entry).title == "Boat \u20220022"


async def test_nothing_left_to_pick_leads_to_typing(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """An empty list would be a dead end."""
    paper.listed = [TABLET]
    assert (await Walk.line(hass, entry)).step == "another"
    paper.can(lists_lines=False)
    assert (await Walk.line(hass, entry)).step == "another"


async def test_a_typed_number_of_a_listed_line_is_that_line(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The operator knows its line by its own id; the number alone would find nothing to recharge."""
    walk = await Walk.line(hass, entry)
    await walk.submit(line="another")
    await walk.submit(kind="msisdn", number="+7 999 000 00 01")
    await walk.submit()
    assert added(entry).data["line_id"] == "phone"


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"kind": "iccid", "number": "89"}, {"number": "invalid_iccid"}),
        ({"kind": "msisdn", "number": "0"}, {"number": "invalid_phone"}),
        ({"kind": "other", "number": "4111 1111 1111 1111"}, {"number": "card_number"}),
        (
            {"kind": "other", "number": "x", "name": "4111 1111 1111 1111"},
            {"name": "card_number"},
        ),
        ({"kind": "iccid", "number": TABLET.number}, {"number": "already_added"}),
    ],
)
async def test_a_wrong_line_can_be_corrected(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    typed: dict[str, str],
    errors: dict[str, str],
) -> None:
    """Two devices for one number would top it up twice."""
    walk = await Walk.line(hass, entry)
    await walk.submit(line="another")
    await walk.submit(**typed)
    assert (walk.step, walk.errors) == ("another", errors)
    await walk.submit(kind="other", number="boat-7", name=None)
    assert walk.step == "rule"


@pytest.mark.parametrize(
    ("reading", "errors"),
    [
        (LineUnknown(), {"number": "line_unknown"}),
        (Unreachable(), {"base": "cannot_connect"}),
    ],
)
async def test_a_typed_line_is_read_before_it_is_added(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    paper: Paper,
    reading: Any,
    errors: dict[str, str],
) -> None:
    """A line of somebody else is noticed before money goes there."""
    good, paper.reading = paper.reading, reading
    walk = await Walk.line(hass, entry)
    await walk.submit(line="another")
    await walk.submit(kind="other", number="boat-7")
    assert (walk.step, walk.errors) == ("another", errors)
    paper.reading = good
    await walk.submit()
    assert walk.step == "rule"


async def test_a_picked_line_that_cannot_be_read_now_starts_blank(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """The operator lists it, so it exists; only the proposal is missing."""
    paper.reading = Unreachable()
    walk = await Walk.line(hass, entry)
    await walk.submit()
    assert walk.suggested() == {"line_limits": {}}
    await walk.submit()
    assert set(added(entry).data) == {"line_id", "kind", "number", "name"}


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"amount": "ten"}, {"amount": "invalid_amount"}),
        ({"balance_below": "-1"}, {"balance_below": "not_positive"}),
        ({"line_month": "1.001"}, {"line_limits": "too_many_decimals"}),
        ({"amount": "4"}, {"amount": "amount_not_offered"}),
        ({"amount": "20.01"}, {"amount": "above_order_limit"}),
        ({"line_month": "11"}, {"amount": "above_order_limit"}),
        ({"balance_below": "12"}, {"balance_below": "threshold_above_amount"}),
        ({"offer_id": "eu-5gb", "line_month": "8"}, {"offer_id": "above_order_limit"}),
    ],
)
async def test_a_rule_that_cannot_work_is_refused(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    typed: dict[str, str],
    errors: dict[str, str],
) -> None:
    """Found out now it costs a correction; found out on the road it costs the connection."""
    walk = await Walk.line(hass, entry)
    await walk.submit()
    await walk.submit(**typed)
    assert (walk.step, walk.errors) == ("rule", errors)
    await walk.submit(**dict.fromkeys(typed) | {"amount": "12", "balance_below": "2"})
    assert walk.ended is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("reads", "sold", "fields"),
    [
        (
            frozenset(Quantity),
            [PACKAGE],
            {"balance_below", "data_below_mb", "validity_below_days", "offer_id"},
        ),
        (frozenset({Quantity.DATA}), [], {"data_below_mb", "amount"}),
        (frozenset(), NotSupported(), {"amount"}),
    ],
)
async def test_only_fields_that_can_be_filled_are_shown(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    paper: Paper,
    reads: Any,
    sold: Any,
    fields: set[str],
) -> None:
    """A field for data of a line without data would only puzzle."""
    paper.can(reads=reads)
    paper.sold = sold
    walk = await Walk.line(hass, entry)
    await walk.submit()
    shown = {marker.schema for marker in walk.result["data_schema"].schema}
    assert shown == fields | {"method_id", "line_limits"}


async def test_without_payment_methods_none_is_asked_for(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """Some accounts have one wallet and no choice."""
    paper.known = Account(id="me", currency="EUR")
    walk = await Walk.line(hass, entry)
    await walk.submit()
    assert "method_id" not in {
        marker.schema for marker in walk.result["data_schema"].schema
    }


async def test_a_rule_is_changed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """What was set stays until it is changed; what is cleared is gone."""
    walk = await Walk.line(hass, entry, "tablet-entry")
    assert (walk.step, walk.suggested()) == (
        "reconfigure",
        {"balance_below": "2.00", "line_limits": {}},
    )
    await walk.submit(balance_below=None, offer_id="eu-5gb", cooldown_hours=12)
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "reconfigure_successful",
    )
    line = entry.subentries["tablet-entry"]
    identity = {key: KNOWN[key] for key in ("line_id", "kind", "number", "name")}
    assert line.data == {**identity, "offer_id": "eu-5gb", "cooldown_hours": 12}
    assert (line.title, line.unique_id) == ("Tablet", "tablet")


async def test_a_package_that_is_gone_has_to_be_chosen_anew(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """A rule that buys what is no longer sold must not look as if it could."""
    line = entry.subentries["tablet-entry"]
    hass.config_entries.async_update_subentry(
        entry, line, data={**KNOWN, "offer_id": "gone"}
    )
    walk = await Walk.line(hass, entry, "tablet-entry")
    assert "offer_id" not in walk.suggested()
    paper.sold = []
    walk = await Walk.line(hass, entry, "tablet-entry")
    await walk.submit(amount="5")
    assert entry.subentries["tablet-entry"].data["amount"] == "5.00"


@pytest.mark.parametrize("silent", ["known", "listed", "sold"])
async def test_without_an_answer_there_is_no_flow(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper, silent: str
) -> None:
    """A rule made without knowing what is sold could not be judged."""
    setattr(paper, silent, Unreachable("timeout"))
    walk = await Walk.line(hass, entry)
    if walk.ended is None:
        await walk.submit()
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "not_answering",
    )
    assert walk.placeholders == {"code": "timeout"}


async def test_a_line_is_added_once(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Two windows, one line: the second one must not fail with an error of ours."""
    first, second = await Walk.line(hass, entry), await Walk.line(hass, entry)
    for walk in (first, second):
        await walk.submit()
        await walk.submit()
    assert first.ended is FlowResultType.CREATE_ENTRY
    assert (second.ended, second.result["reason"]) == (
        FlowResultType.ABORT,
        "already_configured",
    )


async def test_no_form_carries_the_number_of_a_line(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A screenshot of a form must not show more than the last 4 digits."""
    walk = await Walk.line(hass, entry)
    seen: list[Mapping[str, Any]] = [walk.result]
    await walk.submit()
    seen.append(walk.result)
    assert PHONE.number is not None
    assert not any(PHONE.number[:-4] in repr(result) for result in seen)


async def test_a_typed_id_of_a_listed_line_is_that_line(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The same line under its id and under its number would be two devices, each with its own limits."""
    walk = await Walk.line(hass, entry)
    await walk.submit(line="another")
    await walk.submit(kind="other", number=TABLET.id)
    assert walk.errors == {"number": "already_added"}
    await walk.submit(kind="other", number=PHONE.id)
    await walk.submit()
    assert added(entry).unique_id == line_key(KEY, "me", PHONE)


async def test_a_number_of_another_account_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Two accounts that top up one number would each think they are alone."""
    account_elsewhere(hass, PHONE)
    walk = await Walk.line(hass, entry)
    assert walk.step == "another"
    await walk.submit(kind="msisdn", number=PHONE.number)
    assert walk.errors == {"number": "number_in_other_account"}
    await walk.submit(kind="other", number="boat-7")
    assert walk.step == "rule"


async def test_a_number_that_another_account_got_meanwhile_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The last look is the one before it is stored."""
    walk = await Walk.line(hass, entry)
    await walk.submit()
    account_elsewhere(hass, PHONE)
    await walk.submit()
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "number_in_other_account",
    )


@pytest.mark.parametrize("subentry_id", [None, "tablet-entry"])
async def test_a_line_brings_an_account_back_that_could_not_be_set_up(
    hass: HomeAssistant, entry: MockConfigEntry, subentry_id: str | None
) -> None:
    """Where set-up failed nobody listens for changes: the change itself has to be followed by another try."""
    await hass.config_entries.async_unload(entry.entry_id)
    walk = await Walk.line(hass, entry, subentry_id)
    while walk.ended is None:
        await walk.submit()
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert len(entry.runtime_data.lines) == (2 if subentry_id is None else 1)


async def test_a_bug_of_a_provider_module_ends_the_flow_with_its_name(
    hass: HomeAssistant, entry: MockConfigEntry, paper: Paper
) -> None:
    """What cannot be asked about cannot be chosen from; the log says what to report."""
    paper.known = ZeroDivisionError()
    walk = await Walk.line(hass, entry)
    assert walk.result["reason"] == "not_answering"
    assert walk.placeholders == {"code": "ZeroDivisionError"}
