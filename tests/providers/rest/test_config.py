"""The description of an API is checked completely before it is stored."""

from contextlib import suppress
import copy
from datetime import timedelta
from decimal import Decimal
import json
from typing import Any, cast

import aiohttp
from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.providers.base import (
    AnswerState,
    Dedupe,
    EchoedField,
    OpenAmount,
    Quantity,
)
from custom_components.esim_topup.providers.money import Money
from custom_components.esim_topup.providers.rest import (
    INFO,
    RestConfigError,
    create,
    parse_config,
)

from .description import changed, description
from .operator_config import operator_config

# Old JMESPath without quotes in a literal is still understood.
pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal")

NOBODY = cast(aiohttp.ClientSession, None)


def test_a_description_says_what_the_api_can_do() -> None:
    """The engine believes it."""
    capabilities = parse_config(description()).capabilities
    assert capabilities.dedupe is Dedupe.LOOKUP
    assert capabilities.settle == capabilities.poll_min == timedelta(minutes=15)
    assert capabilities.key_retention is None
    assert capabilities.finds
    assert capabilities.history
    assert capabilities.lists_lines
    assert capabilities.reads == {Quantity.BALANCE}
    assert capabilities.echoes == frozenset(EchoedField)


@pytest.mark.parametrize(
    ("more", "dedupe"),
    [
        ({"idempotency_header": "Idempotency-Key"}, Dedupe.KEY),
        ({}, Dedupe.LOOKUP),
        ({"find": {"path": "/orders/{id}"}}, Dedupe.HISTORY),
        ({"find": None}, Dedupe.HISTORY),
        ({"find": None, "history": None}, Dedupe.NONE),
        ({"find": {"path": "/orders/{id}"}, "history": None}, Dedupe.NONE),
    ],
)
def test_the_dedupe_class_follows_from_what_is_described(
    more: dict[str, Any], dedupe: Dedupe
) -> None:
    """Nobody has to know the word, and nobody can claim too much."""
    assert parse_config(description(**more)).dedupe is dedupe


def test_times_can_be_told() -> None:
    """Number fields of a form give floats."""
    capabilities = parse_config(
        description(
            idempotency_header="X-Key",
            key_retention_hours=72.0,
            settle_minutes=30,
            poll_minutes=5.0,
        )
    ).capabilities
    assert capabilities.key_retention == timedelta(hours=72)
    assert capabilities.settle == timedelta(minutes=30)
    assert capabilities.poll_min == timedelta(minutes=5)
    day = parse_config(description(idempotency_header="X-Key")).capabilities
    assert day.key_retention == timedelta(hours=24)


def test_only_what_is_described_is_promised() -> None:
    """An API that does not repeat the amount cannot fail to."""
    config = parse_config(changed("order", amount=None, line=None, currency=None))
    assert config.capabilities.echoes == {EchoedField.REFERENCE}
    everything = {
        "data_left": "d",
        "voice_left_minutes": "v",
        "sms_left": "s",
        "valid_until": "u",
    }
    assert parse_config(changed("read", **everything)).capabilities.reads == frozenset(
        Quantity
    )
    reading_only = parse_config(
        description(order=None, find=None, open_amount=None)
    ).capabilities
    assert reading_only.echoes == frozenset()
    buying_only = parse_config(description(read=None)).capabilities
    assert buying_only.reads == frozenset()


def test_headers_are_put_together() -> None:
    """Some APIs want two keys."""
    config = parse_config(
        description(auth_header="apiKey", auth_value="A", headers={"accessToken": "B"})
    )
    assert config.headers == {"apiKey": "A", "accessToken": "B"}
    assert parse_config(description()).headers == {"Authorization": "Bearer CANARY"}
    assert parse_config(description(auth_value=None)).headers == {}
    assert "CANARY" not in repr(parse_config(description()))


def test_a_look_up_answers_like_an_order_where_nothing_else_is_said() -> None:
    """Nobody wants to type eight expressions twice."""
    config = parse_config(
        changed("find", status="state", succeeded=["DONE"], amount_unit="minor")
    )
    assert config.find is not None
    assert config.order is not None
    assert config.find.answer.words == {"DONE": AnswerState.SUCCEEDED}
    assert config.find.answer.amount is config.order.answer.amount
    plain = parse_config(description())
    assert plain.find is not None
    assert plain.order is not None
    assert plain.find.answer == plain.order.answer
    assert plain.find.not_found == frozenset()
    single = parse_config(description(find={"path": "/orders/{reference}"}))
    assert single.find is not None
    assert single.find.not_found == {404}


def test_an_open_amount_can_be_typed() -> None:
    """Where no call tells the bounds."""
    config = parse_config(
        description(open_amount={"min": 10, "max": 499.5, "name": "Any"})
    )
    assert config.open_amount == OpenAmount(
        id="open",
        name="Any",
        minimum=Money.parse("10", "RUB"),
        maximum=Money.parse("499.50", "RUB"),
        step=Decimal("0.01"),
    )


def test_status_words_are_compared_as_json_writes_them() -> None:
    """`true`, 1 and "1" are typed into the same list."""
    config = parse_config(changed("order", succeeded=[True, 1], failed=[False]))
    assert config.order is not None
    words = config.order.answer.words
    assert words["true"] is words["1"] is AnswerState.SUCCEEDED
    assert words["false"] is AnswerState.DECLINED


def test_a_body_may_be_typed_as_text() -> None:
    """A text field is all a form has."""
    config = parse_config(changed("order", body='{"ref": "{reference}", "p": 1.50}'))
    assert config.order is not None
    assert isinstance(config.order.body, dict)
    assert config.order.body["p"] == Decimal("1.50")


@pytest.mark.parametrize("dedupe", Dedupe)
def test_the_operators_description_is_stored_as_json(dedupe: Dedupe) -> None:
    """A config entry is a JSON file."""
    stored = json.loads(json.dumps(operator_config("http://127.0.0.1:1", dedupe)))
    assert parse_config(stored).dedupe is dedupe


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "currency", "required"),
    (description(currency="ROUBLE"), "currency", "not_a_currency"),
    (description(currency=5), "currency", "not_a_text"),
    (description(base_url=""), "base_url", "required"),
    (description(base_url="http://a.example", allow_local_http=False), "base_url", "not_https"),
    (description(base_url="https://u:p@a.example"), "base_url", "userinfo"),
    (description(base_url="https://a.example?k=1"), "base_url", "query"),
    (description(base_url="a.example"), "base_url", "invalid_url"),
    (description(allow_local_http="yes"), "allow_local_http", "not_a_flag"),
    (description(auth_header="Bad Header"), "auth_header", "bad_header"),
    (description(auth_header="Host"), "auth_header", "bad_header"),
    (description(auth_value="a\r\nb"), "auth_value", "bad_header"),
    (description(auth_value="ключ"), "auth_value", "bad_header"),
    (description(headers={"authorization": "x"}), "headers", "given_twice"),
    (description(headers={"X": "1", "x": "2"}), "headers", "given_twice"),
    (description(headers={"Content-Length": "1"}), "headers.Content-Length", "bad_header"),
    (description(headers={"X": 5}), "headers.X", "not_a_text"),
    (description(headers=["X"]), "headers", "not_a_mapping"),
    (description(idempotency_header="authorization"), "idempotency_header", "given_twice"),
    (description(idempotency_header="a b"), "idempotency_header", "bad_header"),
    (description(key_retention_hours=5), "idempotency_header", "required"),
    (description(idempotency_header="K", key_retention_hours=0), "key_retention_hours", "out_of_range"),
    (
        description(idempotency_header="K", key_retention_hours=1, settle_minutes=30),
        "key_retention_hours",
        "retention_too_short",
    ),
    (description(settle_minutes=14), "settle_minutes", "out_of_range"),
    (description(settle_minutes=15.5), "settle_minutes", "not_a_number"),
    (description(settle_minutes=float("nan")), "settle_minutes", "not_a_number"),
    (description(settle_minutes="15"), "settle_minutes", "not_a_number"),
    (description(settle_minutes=True), "settle_minutes", "not_a_number"),
    (description(poll_minutes=0), "poll_minutes", "out_of_range"),
    (description(error_code="a..b"), "error_code", "bad_expression"),
    (description(idempotency_heder="X"), "idempotency_heder", "unknown_key"),
    (description(order=None, find=None, read=None), "read", "required"),
    (description(order=None), "order", "required"),
    (description(open_amount=None), "open_amount", "required"),
    (description(lines="x"), "lines", "not_a_mapping"),
    (changed("lines", path=None), "lines.path", "required"),
    (changed("lines", path="lines"), "lines.path", "bad_path"),
    (changed("lines", path="//evil.example"), "lines.path", "bad_path"),
    (changed("lines", path="https://evil.example"), "lines.path", "bad_path"),
    (changed("lines", path="/a/../b"), "lines.path", "bad_path"),
    (changed("lines", path="/a b"), "lines.path", "bad_path"),
    (changed("lines", path="/{line}"), "lines.path", "unknown_placeholder"),
    (changed("lines", path="/{"), "lines.path", "stray_brace"),
    (changed("lines", items=None), "lines.items", "required"),
    (changed("lines", id=None), "lines.id", "required"),
    (changed("lines", first_page=2), "lines.first_page", "out_of_range"),
    (changed("lines", idd="id"), "lines.idd", "unknown_key"),
    (changed("read", path="/lines"), "read.path", "missing_line"),
    (changed("read", balance=None), "read.balance", "required"),
    (changed("read", balance="nosuch(@)"), "read.balance", "bad_expression"),
    (changed("read", balance=7), "read.balance", "not_a_text"),
    (changed("read", data_unit="Gb"), "read.data_unit", "not_a_choice"),
    (changed("read", amount_unit="cents"), "read.amount_unit", "not_a_choice"),
    (description(lines=None, read={"from_list": True, "balance": "b"}), "read.from_list", "lines_required"),
    (description(offers={"path": "/o", "items": "@", "id": "id"}), "offers.price", "required"),
    (description(offers={"path": "/o", "items": "@", "id": "id", "min": "a"}), "offers.price", "required"),
    (changed("open_amount", min="0"), "open_amount.min", "out_of_range"),
    (changed("open_amount", min="x"), "open_amount.min", "not_an_amount"),
    (changed("open_amount", min=[]), "open_amount.min", "not_an_amount"),
    (changed("open_amount", min=None), "open_amount.min", "required"),
    (changed("open_amount", max="5"), "open_amount.max", "out_of_range"),
    (changed("open_amount", step="0.001"), "open_amount.step", "not_an_amount"),
    (changed("order", body=None), "order.body", "required"),
    (changed("order", body="{"), "order.body", "not_json"),
    (changed("order", body={"a": float("nan")}), "order.body", "not_json"),
    (changed("order", body={"a": object()}), "order.body", "not_json"),
    (changed("order", body=["{line}"]), "order.body", "not_a_mapping"),
    (changed("order", body={"a": "{nosuch}"}), "order.body", "unknown_placeholder"),
    (changed("order", body={"{line}": 1}), "order.body", "placeholder_in_key"),
    (changed("order", body={"line": "{line}"}), "order.body", "missing_reference"),
    (changed("order", status=None), "order.status", "required"),
    (changed("order", succeeded=None), "order.succeeded", "required"),
    (changed("order", succeeded=[]), "order.succeeded", "required"),
    (changed("order", succeeded=None, failed=None, pending=None, reversed=None), "order.succeeded", "required"),
    (changed("order", succeeded="done"), "order.succeeded", "not_a_list"),
    (changed("order", succeeded=[""]), "order.succeeded", "not_a_list"),
    (changed("order", succeeded=[[]]), "order.succeeded", "not_a_list"),
    (changed("order", failed=["done"]), "order.failed", "word_twice"),
    (changed("order", refusals=["4xx"]), "order.refusals", "bad_refusal"),
    (changed("order", refusals=[True]), "order.refusals", "bad_refusal"),
    (changed("order", refusals=["402:"]), "order.refusals", "bad_refusal"),
    (changed("order", refusals=[500]), "order.refusals", "not_definite"),
    (changed("order", refusals=[409]), "order.refusals", "not_definite"),
    (changed("order", refusals=[429]), "order.refusals", "not_definite"),
    (changed("order", refusals=[200]), "order.refusals", "not_definite"),
    (changed("order", refusals=[301]), "order.refusals", "not_definite"),
    (changed("order", amount_as_number=1), "order.amount_as_number", "not_a_flag"),
    (changed("order", method="PUT"), "order.method", "unknown_key"),
    (changed("find", path="/orders"), "find.path", "missing_reference"),
    (changed("find", items=None, page_param="page"), "find.items", "required"),
    (changed("find", failed=["x"]), "find.succeeded", "required"),
    (changed("order", reference=None), "find.reference", "required"),
    (changed("history", path="/charges"), "history.path", "missing_line"),
    (changed("history", id=None), "history.id", "required"),
    (changed("history", at=None), "history.at", "required"),
    (changed("history", amount=None), "history.amount", "required"),
    (changed("history", status="s"), "history.counted", "required"),
    (changed("history", status="s", counted=["a"], ignored=["a"]), "history.ignored", "word_twice"),
    (changed("history", since_format="rfc"), "history.since_format", "not_a_choice"),
    (description(account={"path": "/me", "methods": {"items": "m", "id": "id"}}), "account.methods.kind", "required"),
    (description(account={"path": "/me", "methods": {"items": "m", "id": "id", "kind": "k", "x": 1}}), "account.methods.x", "unknown_key"),
]  # fmt: skip


@pytest.mark.parametrize(("config", "field", "code"), MISTAKES)
def test_a_mistake_is_shown_beside_its_field(
    config: dict[str, Any], field: str, code: str
) -> None:
    """The first one, with a text of its own; the value is not repeated."""
    with pytest.raises(RestConfigError) as err:
        parse_config(config)
    assert (err.value.field, err.value.code) == (field, code)
    assert "CANARY" not in str(err.value)


def test_what_is_no_mapping_is_refused() -> None:
    """Stored files get damaged."""
    for odd in (None, [], "x", {1: 2}):  # type: ignore[var-annotated]
        with pytest.raises(RestConfigError) as err:
            parse_config(cast(Any, odd))
        assert (err.value.field, err.value.code) == ("base", "not_a_mapping")


def test_the_idempotency_key_is_a_reference_as_well() -> None:
    """Some APIs find an order by the key it was sent with."""
    config = changed("order", body={"line": "{line}"})
    assert parse_config({**config, "idempotency_header": "K"}).dedupe is Dedupe.KEY


def test_a_history_of_all_lines_says_whose_charge_it_is() -> None:
    """And then needs no line in its path."""
    assert parse_config(changed("history", path="/charges", line="line")).history


def test_making_the_provider_asks_nobody() -> None:
    """It happens while Home Assistant starts."""
    provider = create(description(), NOBODY)
    assert provider.info.key == INFO.key
    assert provider.info.capabilities.dedupe is Dedupe.LOOKUP
    assert provider.clock_skew is None
    with pytest.raises(ValueError):
        create({}, NOBODY)


def test_the_base_url_can_be_replaced() -> None:
    """For a sandbox; under the same rules."""
    create(description(), NOBODY, base_url="https://sandbox.example.com")
    with pytest.raises(RestConfigError) as err:
        create(description(), NOBODY, base_url="http://sandbox.example.com")
    assert err.value.field == "base_url"


def _walk(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    paths = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            paths += _walk(item, (*path, key))
    return paths


FULL = operator_config("http://127.0.0.1:1") | {
    "headers": {"X": "1"},
    "open_amount": {"min": "1", "max": "5"},
    "settle_minutes": 15,
}


@pytest.mark.parametrize("path", _walk(FULL), ids=lambda path: ".".join(path))
@given(
    odd=st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.integers() | st.text())
    | st.dictionaries(st.text(), st.integers() | st.text())
)
def test_no_value_of_any_field_breaks_the_flow(
    path: tuple[str, ...], odd: object
) -> None:
    """Whatever is stored there: a config, or a mistake with a field."""
    config = copy.deepcopy(FULL)
    place: Any = config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = odd
    with suppress(RestConfigError):
        parse_config(config)


@pytest.mark.parametrize("code", sorted({code for _, _, code in MISTAKES}))
def test_a_code_can_be_the_key_of_a_translation(code: str) -> None:
    """Lower case, letters and underscores."""
    assert code.replace("_", "").isalpha()
    assert code.islower()
