"""Answers that are wrong: made up in between, spoilt on the way, or well-formed lies."""

import json
from typing import Any

import pytest

from tests.operator import replies
from tests.operator.behaviour import Behaviour, Switches
from tests.operator.client import OperatorControl
from tests.operator.faults import Fault, Kind

from .customer import WISH, Customer


@pytest.mark.parametrize(
    ("kind", "args", "status", "charges"),
    [
        ("error_before", {}, 500, 0),
        ("error_after", {"status": 503}, 503, 1),
        ("html", {}, 502, 1),
        ("html", {"effect": False}, 502, 0),
        ("empty", {}, 201, 1),
        ("empty", {"effect": False}, 200, 0),
        ("not_json", {}, 201, 1),
        ("garbage", {}, 201, 1),
        ("decline", {"code": "sorry", "status": 422}, 422, 0),
        ("decline", {"effect": True}, 402, 1),
        ("rate_limit", {"retry_after": 86400}, 429, 0),
        ("rate_limit", {"effect": True}, 429, 1),
        ("redirect", {"status": 308, "location": "/v1/orders"}, 308, 0),
        ("redirect", {"status": 303, "effect": True}, 303, 1),
    ],
)
async def test_another_answer_instead(
    control: OperatorControl,
    customer: Customer,
    kind: str,
    args: dict[str, Any],
    status: int,
    charges: int,
) -> None:
    """The same answer with and without a charge behind it."""
    await control.fault(kind, "order", **args)
    async with customer.send("POST", "/v1/orders", json=WISH) as response:
        assert response.status == status
        await response.read()
    assert len(await control.charges()) == charges


async def test_what_stands_instead_is_what_it_says(
    control: OperatorControl, customer: Customer
) -> None:
    """Each replaced answer has the look of its real model."""

    async def meet(kind: str, **args: Any) -> tuple[bytes, str, dict[str, str]]:
        await control.fault(kind, "account", **args)
        async with customer.send("GET", "/v1/account") as response:
            return await response.read(), response.content_type, dict(response.headers)

    body, content_type, _ = await meet("html")
    assert (b"502 Bad Gateway" in body, content_type) == (True, "text/html")
    assert (await meet("empty"))[0] == b""
    assert (await meet("not_json"))[0] == b"OK"
    with pytest.raises(UnicodeDecodeError):
        (await meet("garbage"))[0].decode()
    assert (await meet("rate_limit", retry_after=7))[2]["Retry-After"] == "7"
    assert (await meet("redirect", location="/x"))[2]["Location"] == "/x"
    assert (await meet("error_before", body="<b>no</b>"))[0] == b"<b>no</b>"
    assert json.loads((await meet("error_before", body={"a": 1}))[0]) == {"a": 1}
    assert (
        json.loads((await meet("decline", code="sorry"))[0])["error"]["code"] == "sorry"
    )


@pytest.mark.parametrize(
    ("kind", "args", "field", "value"),
    [
        ("wrong_amount", {}, "amount", "301.00"),
        ("wrong_amount_x100", {}, "amount", "30000.00"),
        ("nan", {}, "amount", "NaN"),
        ("nan", {"text": "1e400"}, "amount", "1e400"),
        ("negative", {}, "amount", "-300.00"),
        ("zero", {}, "amount", "0.00"),
        ("wrong_currency", {}, "currency", "EUR"),
        ("wrong_line", {}, "line", "line-1-other"),
        ("wrong_reference", {}, "reference", "wish-1-other"),
        ("no_reference", {}, "reference", None),
        ("no_id", {}, "id", None),
        ("unknown_status", {"word": "fulfilled"}, "status", "fulfilled"),
    ],
)
async def test_a_lie_changes_one_field_and_not_the_books(
    control: OperatorControl,
    customer: Customer,
    kind: str,
    args: dict[str, Any],
    field: str,
    value: str | None,
) -> None:
    """The answer of an order and of its look-up lie alike; the truth stays where it is."""
    await control.fault(kind, "order", **args)
    order = (await customer.order()).json
    [truth] = (await customer.get("/v1/orders?reference=wish-1")).json["orders"]
    assert order[field] == value
    assert {name for name in truth if truth[name] != order[name]} == {field}

    await control.fault(kind, "find", **args)
    [lie] = (await customer.get("/v1/orders?reference=wish-1")).json["orders"]
    assert lie == {name: order[name] for name in truth}
    await control.fault(kind, "history", **args)
    [entry] = (await customer.get("/v1/lines/line-1/history")).json["charges"]
    assert entry[field] == value


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("false_zero", "balance", "0.00"),
        ("missing_balance", "balance", None),
        ("negative", "balance", "-480.00"),
        ("nan", "balance", "NaN"),
        ("wrong_amount_x100", "balance", "48000.00"),
        ("wrong_currency", "currency", "EUR"),
        ("wrong_line", "id", "line-1-other"),
    ],
)
async def test_a_reading_can_lie(
    control: OperatorControl,
    customer: Customer,
    kind: str,
    field: str,
    value: str | None,
) -> None:
    """Alone and in the list; the next reading is true again."""
    await control.fault(kind, "line")
    assert (await customer.get("/v1/lines/line-1")).json[field] == value
    await control.fault(kind, "lines")
    assert (await customer.get("/v1/lines")).json["lines"][0][field] == value
    assert await customer.balance() == "480.00"


async def test_data_can_be_read_as_zero_or_be_missing(
    control: OperatorControl, customer: Customer
) -> None:
    """A line without money has no money to lie about."""
    await control.fault("false_zero", "line")
    line = (await customer.get("/v1/lines/line-2")).json
    assert (line["balance"], line["data_left_bytes"]) == (None, 0)
    await control.fault("missing_balance", "line")
    assert (await customer.get("/v1/lines/line-2")).json["data_left_bytes"] is None


async def test_a_stale_reading_is_the_last_one_with_an_old_date(
    control: OperatorControl, customer: Customer
) -> None:
    """Old news, dated as such."""
    first = (await customer.get("/v1/lines/line-1")).json
    await control.burn("line-1", amount="400.00")
    await control.fault("stale", "line", seconds=7200)
    stale = (await customer.get("/v1/lines/line-1")).json
    assert stale["balance"] == "480.00"
    assert stale["updated_at"] < first["updated_at"]
    assert await customer.balance() == "80.00"


async def test_wallet_and_prices_can_lie(
    control: OperatorControl, customer: Customer
) -> None:
    """Every amount an operator shows can be a hundred times too much."""
    await control.fault("wrong_amount_x100", "account")
    assert (await customer.get("/v1/account")).json["wallet"]["amount"] == "500000.00"
    await control.fault("wrong_amount_x100", "offers")
    assert (await customer.get("/v1/lines/line-1/offers")).json["offers"][1][
        "price"
    ] == "49000.00"


async def test_members_can_come_twice(
    control: OperatorControl, customer: Customer
) -> None:
    """Who takes the last of them reads something else than who takes the first."""
    await control.fault("duplicate_keys", "order")
    async with customer.send("POST", "/v1/orders", json=WISH) as response:
        text = await response.text()
    pairs: list[tuple[str, Any]] = json.loads(text, object_pairs_hook=list)
    assert [value for name, value in pairs if name == "status"] == ["succeeded", "0"]


def test_members_come_twice_in_lists_too() -> None:
    """Some dialects answer with a bare list."""
    fault = Fault(Kind.DUPLICATE_KEYS, {})
    reply = replies.instead(fault, replies.of_json(200, [{"a": "1"}, 2]))
    assert reply is not None
    assert reply.body == b'[{"a": "1", "a": "0"}, 2]'


async def test_an_answer_can_be_deeply_nested(
    control: OperatorControl, customer: Customer
) -> None:
    """Deep enough to exhaust a parser's stack."""
    await control.fault("deep", "order", depth=100_000)
    async with customer.send("POST", "/v1/orders", json=WISH) as response:
        text = await response.text()
    assert text.count("[") == 100_000
    assert '"succeeded"' in text
    with pytest.raises(RecursionError):
        json.loads(text)


async def test_a_refusal_is_not_lied_about(
    control: OperatorControl, customer: Customer
) -> None:
    """A lie needs something to lie about."""
    await control.fault("wrong_amount", "order")
    assert (await customer.order(method="card-2")).code == "card_declined"


@pytest.mark.parametrize("kind", Kind)
async def test_no_fault_charges_twice_or_breaks_the_operator(
    control: OperatorControl, customer: Customer, kind: Kind
) -> None:
    """Whatever strikes, one request is at most one charge, and the next request is served."""
    await control.behave(idempotency="off")
    args: dict[str, Any] = {"seconds": 0.01} if kind in _BRIEF else {}
    await control.fault(kind, "order", **args)
    try:
        async with customer.send(
            "POST", "/v1/orders", json=WISH, timeout_s=0.5
        ) as response:
            await response.content.read(100)
    except Exception:  # noqa: BLE001  # what the client sees is another test's question
        customer.session.cookie_jar.clear()
    assert len(await control.charges()) <= 1
    assert await control.waiting_faults() == []
    assert (await customer.get("/v1/account")).status == 200


_BRIEF = (Kind.DELAY, Kind.DELAY_AFTER, Kind.LATE_EFFECT)


def test_the_switches_travel_under_their_names() -> None:
    """What tests can set is what the operator knows."""
    assert set(Behaviour().to_json()) == set(Switches.__annotations__)


async def test_a_followed_redirect_is_seen(
    control: OperatorControl, customer: Customer
) -> None:
    """Whatever address is asked for, the log has it."""
    answer = await customer.get("/elsewhere?x=1")
    assert (answer.status, answer.code) == (404, "not_offered")
    [request] = await control.requests()
    assert (request["operation"], request["path"]) == ("other", "/elsewhere?x=1")
