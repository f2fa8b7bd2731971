"""What an answer about an order proves. Whatever is odd about it proves nothing."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
import json
from typing import Any

import aiohttp
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.esim_topup.providers.base import (
    Answer,
    AnswerState,
    Charge,
    Line,
    NotFound,
    Purchase,
)
from custom_components.esim_topup.providers.errors import (
    LineUnknown,
    MalformedAnswer,
    NotSupported,
    ProviderError,
    Refused,
    Unreachable,
)
from custom_components.esim_topup.providers.money import Money
from custom_components.esim_topup.providers.rest import create, parse_config
from custom_components.esim_topup.providers.rest.answers import answer_in
from tests.providers.web import Api, raw_server, read_request

from .conftest import Make
from .description import description

NOW = datetime(2026, 11, 22, 12, 0, 30, 700_000, tzinfo=UTC)
LINE = Line(id="l-1", number="+79161234567")
PURCHASE = Purchase(
    reference="0d5c2f3e",
    line=LINE,
    offer_id="open",
    money=Money.parse("300.00", "RUB"),
    method_id="card-1",
    created_at=NOW,
)
DONE: dict[str, Any] = {
    "status": "done",
    "id": 7,
    "ref": "0d5c2f3e",
    "line": "l-1",
    "amount": "300.00",
    "currency": "RUB",
}
ORDER = description()["order"]
SUCCEEDED = Answer(
    state=AnswerState.SUCCEEDED,
    provider_ref="7",
    reference="0d5c2f3e",
    line_id="l-1",
    amount=Decimal("300.00"),
    currency="RUB",
    http_status=200,
)


def _order(**fields: Any) -> dict[str, Any]:
    return {**ORDER, **fields}


async def test_an_order_is_one_post_with_our_values(make: Make, api: Api) -> None:
    """Exactly what was agreed, and nothing else."""
    api.on("/orders", DONE)
    assert await make(idempotency_header="X-Key").submit(PURCHASE) == SUCCEEDED
    (request,) = api.seen
    assert request.method == "POST"
    assert request.json == {"line": "l-1", "amount": "300.00", "ref": "0d5c2f3e"}
    assert request.headers["X-Key"] == "0d5c2f3e"
    assert request.headers["Authorization"] == "Bearer CANARY"


async def test_an_order_can_be_written_in_the_apis_own_way(
    make: Make, api: Api
) -> None:
    """Minor units, numbers, nested objects, values in the path."""
    body = {
        "to": {"msisdn": "{number}"},
        "cents": "{amount_minor}",
        "rub": "{amount}",
        "text": "{amount} {currency} {offer}",
        "pay": "{method}",
        "r": "{reference}",
    }
    order = _order(
        path="/lines/{line}/orders?r={reference}", body=body, amount_as_number=True
    )
    provider = make(order=order)
    api.on("/lines/l-1/orders?r=0d5c2f3e", DONE)
    await provider.submit(PURCHASE)
    assert api.seen[0].body.decode() == (
        '{"to":{"msisdn":"+79161234567"},"cents":30000,"rub":300.00,'
        '"text":"300.00 RUB open","pay":"card-1","r":"0d5c2f3e"}'
    )
    await provider.submit(replace(PURCHASE, method_id=None))
    assert "pay" not in api.seen[1].json
    assert "X-Key" not in api.seen[1].headers


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("done", AnswerState.SUCCEEDED),
        ("wait", AnswerState.PENDING),
        ("no", AnswerState.DECLINED),
        ("back", AnswerState.REVERSED),
        ("Done", AnswerState.UNKNOWN),
        ("complete", AnswerState.UNKNOWN),
        ("", AnswerState.UNKNOWN),
        (None, AnswerState.UNKNOWN),
        (["done"], AnswerState.UNKNOWN),
        (True, AnswerState.UNKNOWN),
        (1, AnswerState.UNKNOWN),
    ],
)
async def test_a_status_word_means_what_was_described(
    make: Make, api: Api, word: Any, state: AnswerState
) -> None:
    """H20: a word that nobody described proves nothing, not even that it failed."""
    api.on("/orders", {**DONE, "status": word})
    answer = await make().submit(PURCHASE)
    assert answer.state is state
    if state is AnswerState.UNKNOWN:
        assert answer.reason in ("unknown_status", "no_status", "bad_status")
        assert answer.provider_ref == "7"


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ({"amount": "NaN"}, "bad_amount"),
        ({"amount": "lots"}, "bad_amount"),
        ({"amount": "300.001"}, "bad_amount"),
        ({"amount": [300]}, "bad_amount"),
        ({"amount": 10**12}, "bad_amount"),
        ({"currency": "?"}, "bad_currency"),
        ({"currency": 643}, "bad_currency"),
        ({"line": {"id": "l-1"}}, "bad_line"),
        ({"ref": ["0d5c2f3e"]}, "bad_reference"),
        ({"id": {"x": 1}}, "bad_id"),
        ({"why": {"x": 1}}, "bad_reason"),
    ],
)
async def test_a_success_that_makes_no_sense_is_none(
    make: Make, api: Api, odd: dict[str, Any], code: str
) -> None:
    """H1-H9: it may be the answer to something else."""
    api.on("/orders", {**DONE, **odd})
    answer = await make().submit(PURCHASE)
    assert (answer.state, answer.reason) == (AnswerState.UNKNOWN, code)
    assert answer.provider_ref == (None if "id" in odd else "7")


async def test_what_the_answer_names_is_passed_on(make: Make, api: Api) -> None:
    """H6-H9, N21: whether it is our order is compared in one place, by the engine."""
    other = {"ref": "other", "line": "l-2", "amount": "30000", "currency": "EUR"}
    api.on("/orders", {**DONE, **other})
    assert await make().submit(PURCHASE) == replace(
        SUCCEEDED,
        reference="other",
        line_id="l-2",
        amount=Decimal(30000),
        currency="EUR",
    )
    api.on("/orders", {"status": "done"})
    assert await make().submit(PURCHASE) == Answer(
        state=AnswerState.SUCCEEDED, http_status=200
    )


async def test_an_amount_in_minor_units_is_read_in_its_currency(
    make: Make, api: Api
) -> None:
    """H9: 30000 kopecks are 300 roubles, 300 yen are 300 yen."""
    provider = make(order=_order(amount_unit="minor"))
    api.on("/orders", {**DONE, "amount": 30000})
    assert (await provider.submit(PURCHASE)).amount == Decimal(300)
    api.on("/orders", {**DONE, "amount": 300, "currency": "JPY"})
    assert (await provider.submit(PURCHASE)).amount == Decimal(300)
    api.on("/orders", {**DONE, "amount": 30000, "currency": None})
    assert (await provider.submit(PURCHASE)).amount == Decimal(300)


async def test_an_echoed_phone_number_is_our_line(make: Make, api: Api) -> None:
    """Many APIs know the line by its number only."""
    api.on("/orders", {**DONE, "line": "+79161234567"})
    assert (await make().submit(PURCHASE)).line_id == "l-1"
    api.on("/orders", {**DONE, "line": None})
    answer = await make().submit(replace(PURCHASE, line=Line(id="l-1")))
    assert answer.line_id is None


async def test_a_reason_is_passed_on_as_a_harmless_word(make: Make, api: Api) -> None:
    """Whatever the provider puts there."""
    api.on("/orders", {**DONE, "status": "no", "why": "card of +79161234567 expired"})
    answer = await make().submit(PURCHASE)
    assert (answer.state, answer.reason) == (AnswerState.DECLINED, "unknown_code")
    api.on("/orders", {**DONE, "status": "no", "why": "card_expired"})
    assert (await make().submit(PURCHASE)).reason == "card_expired"


@pytest.mark.parametrize(
    ("status", "body", "state", "reason"),
    [
        (400, {}, AnswerState.DECLINED, "http_400"),
        (402, {"error": "no_money"}, AnswerState.DECLINED, "no_money"),
        (402, {"error": "review"}, AnswerState.UNKNOWN, "review"),
        (402, {}, AnswerState.UNKNOWN, "http_402"),
        (402, {"error": {"x": 1}}, AnswerState.UNKNOWN, "http_402"),
        (403, {"error": "no_money"}, AnswerState.UNKNOWN, "no_money"),
        (400, "<html>", AnswerState.UNKNOWN, "http_400"),
        (409, {}, AnswerState.UNKNOWN, "http_409"),
        (429, {}, AnswerState.UNKNOWN, "http_429"),
        (500, {"error": "no_money"}, AnswerState.UNKNOWN, "no_money"),
        (302, {}, AnswerState.UNKNOWN, "http_302"),
    ],
)
async def test_only_a_described_refusal_is_one(
    make: Make, api: Api, status: int, body: Any, state: AnswerState, reason: str
) -> None:
    """N13-N18: everything else may have been carried out."""
    text = body if isinstance(body, str) else json.dumps(body)
    api.raw("/orders", status=status, text=text)
    answer = await make().submit(PURCHASE)
    assert answer == Answer(state=state, reason=reason, http_status=status)


async def test_error_codes_are_optional(make: Make, api: Api) -> None:
    """Then only bare statuses can be definite."""
    api.raw("/orders", status=402, text='{"error": "no_money"}')
    answer = await make(error_code=None).submit(PURCHASE)
    assert (answer.state, answer.reason) == (AnswerState.UNKNOWN, "http_402")
    api.raw("/orders", status=402, text='{"error": "no_money"}')
    answer = await make(error_code="abs(error)").submit(PURCHASE)
    assert (answer.state, answer.reason) == (AnswerState.UNKNOWN, "http_402")


@pytest.mark.parametrize("body", ["", "<html>", '{"status": NaN}', "[" * 3000])
async def test_a_success_that_cannot_be_read_proves_nothing(
    make: Make, api: Api, body: str
) -> None:
    """N19, N20, H1, H13."""
    api.raw("/orders", text=body)
    assert (await make().submit(PURCHASE)).state is AnswerState.UNKNOWN


async def test_a_lost_answer_proves_nothing(session: aiohttp.ClientSession) -> None:
    """N6: the operator may have charged."""
    orders = 0

    async def drop(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal orders
        await read_request(reader)
        orders += 1

    async with raw_server(drop) as port:
        provider = create(description(f"http://127.0.0.1:{port}"), session)
        answer = await provider.submit(PURCHASE)
    assert answer == Answer(state=AnswerState.UNKNOWN, reason="connection_lost")
    assert orders == 1


async def test_an_order_that_never_left_was_not_made(
    session: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    """N2: it may be tried again later."""
    provider = create(description(f"http://127.0.0.1:{unused_tcp_port}"), session)
    answer = await provider.submit(PURCHASE)
    assert answer == Answer(state=AnswerState.NOT_SENT, reason="no_connection")


async def test_an_order_without_a_needed_value_is_not_sent(
    make: Make, api: Api
) -> None:
    """`tel:` without a number would recharge nobody, or somebody."""
    order = _order(body={"to": "tel:{number}", "ref": "{reference}"})
    answer = await make(order=order).submit(replace(PURCHASE, line=Line(id="l-1")))
    assert answer == Answer(state=AnswerState.NOT_SENT, reason="no_number")
    nothing = make(order=None, find=None)
    assert (await nothing.submit(PURCHASE)).state is AnswerState.NOT_SENT
    assert api.seen == []


_ANSWERS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["done", "wait", "l-1", "0d5c2f3e", "300.00", "RUB"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(list(DONE)), inner)
        | st.dictionaries(st.text(), inner)
    ),
    max_leaves=10,
)


@given(_ANSWERS)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_answer_breaks_or_invents_a_success(body: Any) -> None:
    """H: whatever is said, a success has said one of its words and only things that make sense."""
    order = parse_config(description()).order
    assert order is not None
    answer = answer_in(body, order.answer, PURCHASE, 200)
    if answer.state is AnswerState.SUCCEEDED:
        assert body["status"] == "done"
        assert answer.amount is None or answer.amount.is_finite()
        assert answer.reference is None or answer.reference == str(body["ref"])


FIND_PATH = "/orders?ref=0d5c2f3e"


async def test_a_look_up_tells_what_became_of_it(make: Make, api: Api) -> None:
    """By our reference."""
    api.on(FIND_PATH, [DONE])
    assert await make().find(PURCHASE) == SUCCEEDED
    api.on(FIND_PATH, [{**DONE, "status": "wait"}])
    answer = await make().find(PURCHASE)
    assert isinstance(answer, Answer)
    assert answer.state is AnswerState.PENDING


async def test_an_empty_list_is_no_order(make: Make, api: Api) -> None:
    """N26: or not yet; how long to doubt it is the engine's business."""
    api.on(FIND_PATH, [])
    assert await make().find(PURCHASE) == NotFound(http_status=200)


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        ([DONE, DONE], "several_orders"),
        ([{**DONE, "ref": "other"}], "other_reference"),
        ([{**DONE, "ref": None}], "other_reference"),
        ([{**DONE, "ref": {"x": 1}}], "other_reference"),
        (["?"], "other_reference"),
        ([{**DONE, "amount": "?"}], "bad_amount"),
    ],
)
async def test_a_look_up_that_finds_something_else_proves_nothing(
    make: Make, api: Api, orders: list[Any], reason: str
) -> None:
    """A filter that is ignored shows the orders of others, and hides ours on the next page."""
    api.on(FIND_PATH, orders)
    answer = await make().find(PURCHASE)
    assert isinstance(answer, Answer)
    assert (answer.state, answer.reason) == (AnswerState.UNKNOWN, reason)


async def test_ours_is_found_among_others(make: Make, api: Api) -> None:
    """A filter that also finds parts of a reference."""
    api.on(FIND_PATH, [{**DONE, "ref": "0d5c2f3e-2"}, DONE])
    assert await make().find(PURCHASE) == SUCCEEDED


async def test_a_look_up_goes_through_all_pages(make: Make, api: Api) -> None:
    """Ours may be on the last."""
    find = {"path": "/orders?ref={reference}", "items": "items", "next": "next"}
    api.on(FIND_PATH, {"items": [{**DONE, "ref": "x"}], "next": "/orders?p=2"})
    api.on("/orders?p=2", {"items": [DONE]})
    assert await make(find=find).find(PURCHASE) == SUCCEEDED


@pytest.mark.parametrize(
    ("find", "status", "body", "found"),
    [
        pytest.param({"items": "@"}, 404, {}, Refused, id="a list that is not there"),
        pytest.param(
            {"items": "@", "not_found": ["404:unknown_order"]},
            404,
            {"error": "unknown_order"},
            NotFound,
            id="described",
        ),
        pytest.param(
            {"items": "@", "not_found": ["404:unknown_order"]},
            404,
            {"error": "not_offered"},
            Refused,
            id="another code",
        ),
        pytest.param({}, 404, {}, NotFound, id="a single order"),
        pytest.param({}, 404, "<html>", MalformedAnswer, id="a web page"),
        pytest.param({}, 500, {}, Unreachable, id="N27 an outage"),
        pytest.param({"not_found": [422]}, 422, {}, NotFound, id="another status"),
        pytest.param({"not_found": [422]}, 404, {}, Refused, id="and only that"),
    ],
)
async def test_not_found_is_only_what_is_described_as_that(
    make: Make, api: Api, find: dict[str, Any], status: int, body: Any, found: Any
) -> None:
    """It is believed in the end, and the order paid again: a moved path must not look like it."""
    api.raw(
        FIND_PATH,
        status=status,
        text=body if isinstance(body, str) else json.dumps(body),
    )
    provider = make(find={"path": "/orders?ref={reference}", **find})
    if found is NotFound:
        assert await provider.find(PURCHASE) == NotFound(http_status=status)
    else:
        with pytest.raises(found):
            await provider.find(PURCHASE)


async def test_an_order_can_be_looked_up_by_its_own_id(make: Make, api: Api) -> None:
    """Where the API knows no reference; without an id there is nothing to ask for."""
    provider = make(find={"path": "/orders/{id}"})
    api.on("/orders/7", {**DONE, "ref": None})
    answer = await provider.find(PURCHASE, "7")
    assert isinstance(answer, Answer)
    assert answer.state is AnswerState.SUCCEEDED
    with pytest.raises(NotSupported) as err:
        await provider.find(PURCHASE)
    assert err.value.code == "no_id"
    with pytest.raises(NotSupported):
        await make(find=None).find(PURCHASE)


CHARGES_PATH = "/lines/l-1/charges?since=2026-11-22T12%3A00%3A30Z"
CHARGE: dict[str, Any] = {"id": 1, "at": "2026-11-22T12:00:31Z", "amount": "300"}
HISTORY = description()["history"]


def _history(**fields: Any) -> dict[str, Any]:
    return {**HISTORY, **fields}


async def test_the_history_has_every_charge(make: Make, api: Api) -> None:
    """Ours and others'."""
    history = _history(currency="cur", offer="offer", reference="ref")
    other = {"id": 2, "at": 1795348800, "amount": 5, "cur": "EUR"}
    api.on(
        CHARGES_PATH,
        [{**CHARGE, "cur": "RUB", "offer": "open", "ref": "0d5c2f3e"}, other],
    )
    assert await make(history=history).history(LINE, NOW) == [
        Charge(
            id="1",
            at=datetime(2026, 11, 22, 12, 0, 31, tzinfo=UTC),
            money=Money.parse("300", "RUB"),
            line_id="l-1",
            offer_id="open",
            reference="0d5c2f3e",
        ),
        Charge(
            id="2",
            at=datetime(2026, 11, 22, 12, tzinfo=UTC),
            money=Money.parse("5", "EUR"),
            line_id="l-1",
        ),
    ]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("iso", "2026-11-22T12%3A00%3A30Z"),
        ("unix", "1795348830"),
        ("unix_ms", "1795348830000"),
        ("date", "2026-11-21"),
    ],
)
async def test_the_history_is_asked_from_no_later_than_we_need(
    make: Make, api: Api, form: str, text: str
) -> None:
    """A charge that is left out counts as one that was not made."""
    api.on(f"/lines/l-1/charges?since={text}", [])
    moscow = NOW.astimezone(timezone(timedelta(hours=3)))
    assert await make(history=_history(since_format=form)).history(LINE, moscow) == []


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ({"id": None}, "no_id"),
        ({"at": None}, "no_at"),
        ({"at": "soon"}, "bad_at"),
        ({"amount": None}, "no_amount"),
        ({"amount": "?"}, "bad_amount"),
        ({"amount": 0}, "bad_amount"),
        ({"amount": -300}, "bad_amount"),
        ({"amount": "300.001"}, "bad_amount"),
    ],
)
async def test_a_doubtful_charge_is_a_gap_and_a_gap_is_an_error(
    make: Make, api: Api, odd: dict[str, Any], code: str
) -> None:
    """Class H decides by it whether we have paid."""
    api.on(CHARGES_PATH, [CHARGE, {**CHARGE, **odd}])
    with pytest.raises(MalformedAnswer) as err:
        await make().history(LINE, NOW)
    assert err.value.code == code


async def test_only_described_states_of_a_charge_are_passed_over(
    make: Make, api: Api
) -> None:
    """A word that nobody described may be a charge."""
    history = _history(status="s", counted=["ok"], ignored=["failed"])
    provider = make(history=history)
    api.on(CHARGES_PATH, [{**CHARGE, "s": "ok"}, {"id": 2, "s": "failed"}])
    assert [charge.id for charge in await provider.history(LINE, NOW)] == ["1"]
    api.on(CHARGES_PATH, [{**CHARGE, "s": "settling"}])
    with pytest.raises(MalformedAnswer) as err:
        await provider.history(LINE, NOW)
    assert err.value.code == "unknown_status"
    api.on(CHARGES_PATH, [CHARGE])
    with pytest.raises(MalformedAnswer):
        await provider.history(LINE, NOW)


async def test_a_history_of_all_lines_is_sorted_out(make: Make, api: Api) -> None:
    """By the id of the line, or by its number."""
    history = _history(path="/charges", line="line")
    api.on(
        "/charges",
        [
            {**CHARGE, "id": 1, "line": "l-1"},
            {**CHARGE, "id": 2, "line": "+79161234567"},
            {**CHARGE, "id": 3, "line": "l-2"},
        ],
    )
    charges = await make(history=history).history(LINE, NOW)
    assert [(charge.id, charge.line_id) for charge in charges] == [
        ("1", "l-1"),
        ("2", "l-1"),
    ]
    api.on("/charges", [CHARGE])
    with pytest.raises(MalformedAnswer) as err:
        await make(history=history).history(LINE, NOW)
    assert err.value.code == "no_line"


async def test_a_charge_on_two_pages_is_one(make: Make, api: Api) -> None:
    """The list grew while it was read."""
    provider = make(history=_history(path="/c/{line}", page_param="p"))
    api.on("/c/l-1?p=1", [{**CHARGE, "id": 2}, CHARGE])
    api.on("/c/l-1?p=2", [CHARGE])
    api.on("/c/l-1?p=3", [])
    assert [charge.id for charge in await provider.history(LINE, NOW)] == ["2", "1"]


async def test_a_history_that_cannot_be_had_is_an_error(make: Make, api: Api) -> None:
    """Never an empty list."""
    with pytest.raises(NotSupported):
        await make(history=None).history(LINE, NOW)
    api.raw(CHARGES_PATH, status=404, text="{}")
    with pytest.raises(LineUnknown):
        await make().history(LINE, NOW)
    api.raw(CHARGES_PATH, status=500)
    with pytest.raises(Unreachable):
        await make().history(LINE, NOW)
    by_number = make(history=_history(path="/c/{number}"))
    with pytest.raises(NotSupported):
        await by_number.history(Line(id="l-1"), NOW)


async def test_the_key_is_in_no_error_and_no_url(
    make: Make, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    """I12."""
    provider = make()
    for ask in (provider.lines, lambda: provider.find(PURCHASE)):
        with pytest.raises(ProviderError) as err:
            await ask()
        assert "CANARY" not in repr(err.value)
        assert err.value.__suppress_context__ or err.value.__context__ is None
    await provider.submit(PURCHASE)
    assert not any("CANARY" in path for path in api.paths)
    assert "CANARY" not in caplog.text
    assert "CANARY" not in repr(provider)
