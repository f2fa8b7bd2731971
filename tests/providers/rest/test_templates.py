"""Values never leave the place that was made for them."""

from decimal import Decimal
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.providers.http.body import dump_json
from custom_components.esim_topup.providers.rest.templates import (
    MissingValue,
    TemplateError,
    Values,
    body_names,
    fill_body,
    parse_body,
    parse_template,
)

NAMES = frozenset({"line", "amount", "amount_minor", "method"})


def test_a_path_encodes_its_values() -> None:
    """A line is not a path."""
    template = parse_template("/lines/{line}/x?m={method}", NAMES)
    assert template.names == {"line", "method"}
    path = template.path({"line": "a/../b?c#d%", "method": "ü &="})
    assert path == "/lines/a%2F..%2Fb%3Fc%23d%25/x?m=%C3%BC%20%26%3D"


@given(st.text(st.characters(codec="utf-8")))
def test_whatever_a_value_is_it_is_one_piece(value: str) -> None:
    """Of the path, and of the query."""
    path = parse_template("/l/{line}/end?m={method}&z=1", NAMES).path(
        {"line": value, "method": value}
    )
    url = urlsplit(f"https://a.example{path}")
    assert url.path.split("/")[1:] == ["l", *url.path.split("/")[2:3], "end"]
    assert unquote(url.path.split("/")[2]) == value
    assert parse_qs(url.query, keep_blank_values=True) == {"m": [value], "z": ["1"]}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("/{nosuch}", "unknown_placeholder"),
        ("/{LINE}", "stray_brace"),
        ("/{line", "stray_brace"),
        ("/line}", "stray_brace"),
        ("/{}", "stray_brace"),
        ("/{{line}", "stray_brace"),
        ("/{line}}", "stray_brace"),
        ("/{ line }", "stray_brace"),
    ],
)
def test_a_mistyped_placeholder_is_refused(text: str, code: str) -> None:
    """It would be sent as it stands, to some other line."""
    with pytest.raises(TemplateError) as err:
        parse_template(text, NAMES)
    assert err.value.code == code


def test_braces_can_be_written() -> None:
    """Some API will want them."""
    template = parse_template("{{line}} is {line}", NAMES)
    assert template.text({"line": "L"}) == "{line} is L"


def test_a_body_is_filled_as_a_tree() -> None:
    """Numbers become JSON numbers, texts stay texts, everything else is as it was."""
    tree = parse_body(
        {
            "line": "{line}",
            "order": {"minor": "{amount_minor}", "amount": "{amount}"},
            "note": "for {line}: {amount}",
            "fixed": [1, True, None, Decimal("1.5"), "x", "{line}"],
        },
        NAMES,
    )
    assert body_names(tree) == {"line", "amount_minor", "amount"}
    values: Values = {
        "line": "L",
        "amount": "300.00",
        "amount_minor": 30000,
        "method": None,
    }
    assert fill_body(tree, values) == {
        "line": "L",
        "order": {"minor": 30000, "amount": "300.00"},
        "note": "for L: 300.00",
        "fixed": [1, True, None, Decimal("1.5"), "x", "L"],
    }
    exact = fill_body(tree, {**values, "amount": Decimal("300.00")})
    assert b'"amount":300.00' in dump_json(exact)
    assert b'"for L: 300.00"' in dump_json(exact)


def test_what_is_not_chosen_is_left_out() -> None:
    """An order without a payment method: many APIs refuse `null`."""
    tree = parse_body({"m": "{method}", "l": ["{method}", "{line}"]}, NAMES)
    assert fill_body(tree, {"method": None, "line": "L"}) == {"l": ["L"]}


def test_a_text_with_a_gap_is_not_sent() -> None:
    """`tel:` without a number would recharge nobody, or somebody."""
    tree = parse_body({"to": "tel:{line}"}, NAMES)
    with pytest.raises(MissingValue) as err:
        fill_body(tree, {"line": None})
    assert err.value.name == "line"
    with pytest.raises(MissingValue):
        parse_template("/{line}", NAMES).path({"line": None})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"{line}": 1}, "placeholder_in_key"),
        ({"a": {"b}": 1}}, "placeholder_in_key"),
        ({"a": ["{nosuch}"]}, "unknown_placeholder"),
        ([[[[[[[[[]]]]]]]]], "too_deep"),
    ],
)
def test_a_body_with_a_mistake_is_refused(body: Any, code: str) -> None:
    """Before it is stored."""
    with pytest.raises(TemplateError) as err:
        parse_body(body, NAMES)
    assert err.value.code == code


@given(st.text(st.characters(codec="utf-8")))
def test_a_value_cannot_break_out_of_its_text(value: str) -> None:
    """Quotes, braces and placeholders in the name of a line are just letters."""
    tree = parse_body({"line": "{line}", "note": "[{line}]", "amount": 1}, NAMES)
    sent = json.loads(dump_json(fill_body(tree, {"line": value})))
    assert sent == {"line": value, "note": f"[{value}]", "amount": 1}
