"""From bytes to exact JSON, and back."""

from decimal import Decimal
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.providers.http.body import (
    BodyError,
    Json,
    dump_json,
    parse_json,
)


def test_an_amount_keeps_its_digits() -> None:
    """10.10 must not become 10.1, and 0.1 not a binary fraction."""
    value = parse_json(b'{"balance": 10.10, "tiny": 1e-5, "cents": 1010}')
    assert value == {
        "balance": Decimal("10.10"),
        "tiny": Decimal("0.00001"),
        "cents": 1010,
    }
    assert isinstance(value, dict)
    assert str(value["balance"]) == "10.10"
    assert isinstance(value["cents"], int)


def test_a_byte_order_mark_is_no_fault() -> None:
    """Some servers of the Windows world send one."""
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"balance": NaN}', id="H1 NaN"),
        pytest.param(b'{"balance": Infinity}', id="H2 Infinity"),
        pytest.param(b'{"balance": -Infinity}', id="minus Infinity"),
        pytest.param(b'{"balance": 1e400}', id="H3 a number no float holds"),
        pytest.param(b'{"balance": 1e999999999}', id="a number that fills the memory"),
        pytest.param(b'{"balance": 1e-999999999}', id="a number that is nearly zero"),
        pytest.param(
            b'{"balance": 1e99999999999999999999999}', id="an exponent no one holds"
        ),
        pytest.param(b'{"balance": ' + b"9" * 41 + b"}", id="a whole number too long"),
        pytest.param(
            b'{"balance": 0.' + b"1" * 41 + b"}", id="a fraction of too many digits"
        ),
        pytest.param(b'{"a": 1, "a": 2}', id="H14 a key twice"),
        pytest.param(b"[" * 2000 + b"]" * 2000, id="H13 2000 levels"),
        pytest.param(b"[" * 100_000, id="100,000 levels, never closed"),
        pytest.param(b'{"a":' * 65 + b"1" + b"}" * 65, id="65 levels"),
        pytest.param(b'{"a": "\\ud800"}', id="half a character"),
        pytest.param(b'{"\\ud800": 1}', id="half a character in a key"),
        pytest.param(b'{"a": "\xff"}', id="not UTF-8"),
        pytest.param(b'{"a": 1} {"b": 2}', id="two texts"),
        pytest.param(b"<html>", id="H N20 a web page"),
        pytest.param(b'{"a": 1', id="cut off"),
        pytest.param(b'{"a": "\n"}', id="a line break in a text"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(body: bytes) -> None:
    """A balance that two readers understand differently must not be shown, and never spent upon."""
    with pytest.raises(BodyError) as err:
        parse_json(body)
    assert err.value.code == "not_json"
    assert err.value.__suppress_context__


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_an_empty_body_is_told_from_a_broken_one(body: bytes) -> None:
    """Some orders are answered by 201 and nothing; a broken answer is never that."""
    with pytest.raises(BodyError) as err:
        parse_json(body)
    assert err.value.code == "empty"


def test_as_many_levels_as_any_honest_answer_has_are_read() -> None:
    """Real answers have up to 8."""
    assert parse_json(b"[" * 40 + b"]" * 40) is not None


def test_an_amount_is_sent_with_all_its_decimals() -> None:
    """An API may compare the text of the number; a float would send 300.0."""
    body: Json = {"amount": Decimal("300.00"), "list": [True, None, "ä", -1], "o": {}}
    assert (
        dump_json(body) == b'{"amount":300.00,"list":[true,null,"\\u00e4",-1],"o":{}}'
    )
    assert dump_json(Decimal("1E+2")) == b"100"


def test_a_float_of_ours_that_is_no_number_is_not_sent() -> None:
    """NaN is no JSON, and nobody knows what the other side would make of it."""
    with pytest.raises(ValueError):
        dump_json([float("nan")])  # type: ignore[list-item]


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**38), 10**38)
    | st.decimals(-(10**9), 10**9, places=4)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('abc"\\é\n'), inner),
    max_leaves=20,
)


@given(_JSON)
def test_what_is_dumped_comes_back(value: Any) -> None:
    """The order that the API reads is the order that was stored."""
    assert parse_json(dump_json([value])) == [value]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_do_anything_but_parse_or_fail(body: bytes) -> None:
    """A provider, or whoever speaks in its place, may send anything."""
    code = None
    try:
        parse_json(body)
    except BodyError as err:
        code = err.code
    assert code in (None, "empty", "not_json")


@given(_JSON)
def test_it_reads_what_the_standard_library_reads(value: Any) -> None:
    """Stricter is fine, different is not."""
    text = json.dumps(value, default=str)
    assert parse_json(text.encode()) == json.loads(text, parse_float=Decimal)
