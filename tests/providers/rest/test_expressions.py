"""JMESPath calculates exactly and invents nothing."""

from contextlib import suppress
from decimal import Decimal
import resource
from time import monotonic
from typing import Any

from hypothesis import given, strategies as st
import jmespath
import pytest

from custom_components.esim_topup.providers.http.body import parse_json
from custom_components.esim_topup.providers.rest.expressions import Expression

# Old JMESPath without quotes in a literal is still understood.
pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal")

ANSWER = parse_json(
    b'{"balance": 10.10, "n": 3, "text": "7.30", "left": [0.1, 0.2, 5],'
    b' "empty": [], "bundles": [{"left": 1.50, "on": true}, {"left": 2.25, "on": false}]}'
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("balance", Decimal("10.10")),
        ("missing", None),
        ("sum(left)", Decimal("5.3")),
        ("sum(bundles[?on].left)", Decimal("1.50")),
        ("avg(left)", Decimal("5.3") / 3),
        ("max(left)", 5),
        ("min(left)", Decimal("0.1")),
        ("abs(balance)", Decimal("10.10")),
        ("ceil(balance)", 11),
        ("floor(balance)", 10),
        ("sort(left)[0]", Decimal("0.1")),
        ("max_by(bundles, &left).left", Decimal("2.25")),
        ("sort_by(bundles, &left)[0].left", Decimal("1.50")),
        ("to_number(text)", Decimal("7.30")),
        ("to_number(balance)", Decimal("10.10")),
        ("to_number(n)", 3),
        ("to_string(balance)", "10.10"),
        ("to_string(n)", "3"),
        ("type(balance)", "number"),
        ("type(n)", "number"),
        ("bundles[?left > `2`].on | [0]", False),
        ("bundles[?left == `1.5`].on | [0]", True),
        ("`0.1`", Decimal("0.1")),
        ("sum([balance, `0.1`])", Decimal("10.20")),
        ("'RUB'", "RUB"),
        ("not_null(missing, n)", 3),
        ("merge({a: n}, {b: n})", {"a": 3, "b": 3}),
    ],
)
def test_numbers_stay_exact(text: str, found: object) -> None:
    """A balance that is added up from bundles must not be off by a hair."""
    result = Expression(text).search(ANSWER)
    assert result == found
    assert not isinstance(result, float)
    if isinstance(found, Decimal):
        assert str(result) == str(found)


@pytest.mark.parametrize(
    "text",
    [
        "sum(empty)",
        "avg(empty)",
        "max(empty)",
        "sum(bundles[?left > `9`].left)",
        "to_number('')",
        "to_number('1e3')",
        "to_number('NaN')",
        "to_number(bundles)",
        "missing.left",
        "empty[0]",
    ],
)
def test_nothing_is_never_zero(text: str) -> None:
    """The library's own `sum` of nothing is 0: an empty line, and money spent for it."""
    assert Expression(text).search(ANSWER) is None


@pytest.mark.parametrize(
    "text",
    ["abs(missing)", "sum(missing)", "length(n)", "join(',', left)", "left[::0]"],
)
def test_a_function_that_cannot_work_is_an_error(text: str) -> None:
    """Not a missing value: somebody has to look at it."""
    with pytest.raises(ValueError, match="does not fit"):
        Expression(text).search(ANSWER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a.",
        "a..b",
        "[",
        "a b",
        "foo(",
        "'unclosed",
        "a" * 301,
        "[" * 300,
        "(" * 300,
        "nosuch(@)",
        "sum()",
        "sum(a, b)",
        "a.length()",
        "items[?nosuch(@)]",
        "to_number(sum())",
        "merge()",
    ],
)
def test_a_mistake_is_found_before_it_is_stored(text: str) -> None:
    """Else it is found at three in the morning, by a poll."""
    with pytest.raises(ValueError):
        Expression(text)


def test_others_in_this_process_keep_their_own_numbers() -> None:
    """The library caches parsed expressions for everybody: Home Assistant uses it, too."""
    Expression("`0.1`")
    assert type(jmespath.search("`0.1`", {})) is float


@given(
    st.text(max_size=30)
    | st.text(st.sampled_from("ab.[]*?@&|!`'\"0(){},:<=> "), max_size=30)
)
def test_no_text_breaks_the_flow(text: str) -> None:
    """It is typed by people."""
    with suppress(ValueError):
        Expression(text).search(ANSWER)


_VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(-99, 99, places=2),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "text",
    [
        "|[]|".join(["[@,@]"] * 33),
        "|[]|".join(["{a:@,b:@}.*"] * 20),
        "|".join(["join('',[@,@,@,@])"] * 15),
        "[]|".join(["[@,@,@,@,@,@,@,@,@]"] * 13),
    ],
)
def test_an_expression_that_doubles_and_doubles_is_ended(text: str) -> None:
    """It would fill the memory, and nothing else in the house would run meanwhile."""
    expression = Expression(text)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, monotonic()
    with pytest.raises(ValueError, match="does not fit"):
        expression.search("x" * 60_000)
    assert monotonic() - began < 5
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 50 * 1024  # KiB


def test_the_longest_honest_answer_is_read() -> None:
    """The body is 256 KiB at most: some ten thousand lines in it, and a filter over all of them."""
    lines = [{"id": str(number), "balance": Decimal(number)} for number in range(9_000)]
    found = Expression("[?id=='8999'] | [0].balance").search(lines)
    assert found == 8999


@pytest.mark.parametrize(
    "text",
    [
        "sum(a)",
        "a[?b > `1`] | sort_by(@, &b)",
        "max_by(@, &a)",
        "join(a, b)",
        "a.b[*].a",
        "contains(a, b)",
        "*.a",
    ],
)
@given(value=_VALUES)
def test_no_answer_breaks_a_poll(text: str, value: Any) -> None:
    """It is sent by anybody."""
    expression = Expression(text)
    with suppress(ValueError):
        expression.search(value)
