"""From values in foreign JSON to values of the contract."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.providers import _values as values
from custom_components.esim_topup.providers._values import AmountUnit

READERS: list[Callable[[object], object]] = [
    values.as_word,
    values.as_id,
    values.as_name,
    values.as_number,
    values.as_whole,
    values.as_count,
    lambda value: values.as_money(value, "RUB"),
    lambda value: values.as_money(value, "RUB", AmountUnit.MINOR),
    lambda value: values.as_balance(value, "RUB"),
    lambda value: values.as_balance(value, "RUB", AmountUnit.MINOR),
    values.as_currency,
    values.as_bytes,
    values.as_moment,
    values.as_days,
    values.as_last_day,
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_nothing(read: Callable[[object], object], nothing: object) -> None:
    """Unknown is unknown, and never 0: a zero would buy."""
    assert read(nothing) is None


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("odd", [[], {}, [1], {"a": 1}, 1.5, object()])
def test_what_is_no_value_is_refused(
    read: Callable[[object], object], odd: object
) -> None:
    """Floats among them: they are not what was sent."""
    with pytest.raises(ValueError) as err:
        read(odd)
    assert "object" not in str(err.value)


_ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.floats()
    | st.text()
    | st.lists(st.integers())
)


@pytest.mark.parametrize("read", READERS)
@given(value=_ANYTHING)
def test_whatever_comes_is_read_or_refused(
    read: Callable[[object], object], value: Any
) -> None:
    """A single odd value must not stop a poll with an error that nobody expects."""
    said = ""
    try:
        read(value)
    except ValueError as err:
        said = str(err)
    assert not isinstance(value, str) or len(value) < 3 or value not in said


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("done", "done"),
        ("Done", "Done"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (7, "7"),
        (Decimal("1.50"), "1.50"),
    ],
)
def test_a_status_is_compared_as_json_would_write_it(value: object, word: str) -> None:
    """Some APIs answer `true`, some 1."""
    assert values.as_word(value) == word


@pytest.mark.parametrize(
    ("value", "identifier"), [("a-1", "a-1"), (17, "17"), ("0017", "0017")]
)
def test_an_identifier_is_kept_exactly(value: object, identifier: str) -> None:
    """Two lines must never become one."""
    assert values.as_id(value) == identifier


@pytest.mark.parametrize(
    "value", [True, Decimal("1.0"), " a", "a\n", "a\x00b", "a\u202eb", "x" * 129]
)
def test_an_identifier_that_could_be_mistaken_is_refused(value: object) -> None:
    """It is compared, stored and put into URLs."""
    with pytest.raises(ValueError):
        values.as_id(value)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("My line", "My line"),
        ("Линия 1", "Линия 1"),
        ("Visa •••• 4242", "Visa •••• 4242"),
        ("<img onerror=alert(1)>", "img onerror=alert1"),
        ("[click](https://evil.example)", "clickhttps://evil.example"),
        ("{{ states('x') }}", "states'x'"),
        ("abc\u202edef", "abc def"),
        ("a\r\n\tb", "a b"),
        ("ｆｕｌｌ", "full"),
        ("x" * 100, "x" * 64),
        ("<>", None),
        ("  ", None),
    ],
)
def test_a_name_can_be_shown_anywhere(value: str, name: str | None) -> None:
    """H18: notifications and dashboards understand HTML, Markdown and templates."""
    assert values.as_name(value) == name


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("10.10", "10.10"),
        (" 7 ", "7"),
        (-3, "-3"),
        (Decimal("1E+3"), "1000"),
        ("0.30000000000000004", "0.30000000000000004"),
        (0, "0"),
    ],
)
def test_a_number_is_exact(value: object, number: str) -> None:
    """Zero is a number where the provider says zero."""
    found = values.as_number(value)
    assert found is not None
    assert format(found, "f") == number


@pytest.mark.parametrize(
    "value",
    [
        "null",
        "None",
        "1e3",
        "1,5",
        "1,000.00",
        "1 000",
        "+5",
        "0x10",
        "NaN",
        "Infinity",
        "٣",
        "--1",
        ".5",
        "5.",
        "RUB 5",
        True,
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1E+999999999"),
        Decimal("1E-999999999"),
        10**16,
        pytest.param(10**5000, id="5000 digits"),
    ],
)
def test_a_number_that_could_be_read_in_two_ways_is_refused(value: object) -> None:
    """A thousands mark in one country is a decimal point in the next."""
    with pytest.raises(ValueError):
        values.as_number(value)


def test_a_count_is_whole_and_not_negative() -> None:
    """Half a message, or minus one of them, means that we misread the field."""
    assert values.as_count("3.0") == 3
    assert values.as_whole(-3) == -3
    with pytest.raises(ValueError):
        values.as_whole("3.5")
    with pytest.raises(ValueError):
        values.as_count(-1)


@pytest.mark.parametrize(
    ("value", "currency", "unit", "money"),
    [
        ("300.00", "RUB", AmountUnit.MAJOR, "300.00 RUB"),
        (30000, "RUB", AmountUnit.MINOR, "300.00 RUB"),
        ("30000", "RUB", AmountUnit.MINOR, "300.00 RUB"),
        (300, "JPY", AmountUnit.MINOR, "300 JPY"),
        (1500, "KWD", AmountUnit.MINOR, "1.500 KWD"),
        (Decimal("10.280000000000001"), "EUR", None, "10.28 EUR"),
        (Decimal("10.279999999999999"), "EUR", None, "10.28 EUR"),
        ("10.289", "EUR", None, "10.28 EUR"),
        ("-0.001", "EUR", None, "-0.01 EUR"),
        (Decimal("1028.9"), "EUR", None, "1028.90 EUR"),
        ("-12.50", "RUB", None, "-12.50 RUB"),
    ],
)
def test_amounts_are_read_in_their_unit(
    value: object, currency: str, unit: AmountUnit | None, money: str
) -> None:
    """A balance is cut to what can be spent, a price is exact."""
    if unit is None:
        assert str(values.as_balance(value, currency)) == money
    else:
        assert str(values.as_money(value, currency, unit)) == money
        assert str(values.as_balance(value, currency, unit)) == money


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("1.234", AmountUnit.MAJOR),
        ("100.5", AmountUnit.MINOR),
        (10**10, AmountUnit.MAJOR),
    ],
)
def test_a_price_has_no_parts_of_a_cent(value: object, unit: AmountUnit) -> None:
    """It would be another amount than the one that is charged."""
    with pytest.raises(ValueError):
        values.as_money(value, "RUB", unit)


@pytest.mark.parametrize(
    ("value", "currency"), [("rub", "RUB"), (" USD ", "USD"), ("  ", None)]
)
def test_a_currency_is_a_code(value: str, currency: str | None) -> None:
    """Some APIs write it small."""
    assert values.as_currency(value) == currency


@pytest.mark.parametrize("value", ["ROUBLE", "643", "RU", "XXX", 643])
def test_a_currency_that_is_none_is_refused(value: object) -> None:
    """An amount without a currency is no amount."""
    with pytest.raises(ValueError):
        values.as_currency(value)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (5, "B", 5),
        ("1.5", "kB", 1500),
        ("767", "MB", 767_000_000),
        (Decimal("2.5"), "GB", 2_500_000_000),
        (1, "KiB", 1024),
        (1, "MiB", 1_048_576),
        ("0.5", "GiB", 536_870_912),
        (0, "GB", 0),
        ("0.0001", "kB", 0),
    ],
)
def test_data_is_counted_in_bytes(value: object, unit: str, expected: int) -> None:
    """Each provider has a unit of its own."""
    assert values.as_bytes(value, unit) == expected


def test_less_than_no_data_is_refused() -> None:
    """-1 means "unlimited" at some providers, and nobody can tell."""
    with pytest.raises(ValueError):
        values.as_bytes(-1)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-22T12:00:00Z", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22T15:00:00+03:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22 12:00:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        (1795348800, datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("1795348800", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        (Decimal("1795348800.7"), datetime(2026, 11, 22, 12, tzinfo=UTC)),
        (
            1795348800500,
            datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC),
        ),
        ("20261122", datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_times_are_utc(value: object, moment: datetime) -> None:
    """ISO 8601, or Unix time."""
    assert values.as_moment(value) == moment


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1970-01-01",
        "0000-00-00",
        0,
        -1,
        1,
        True,
        "soon",
        "22.11.2026",
    ],
)
def test_a_time_that_is_none_is_refused(value: object) -> None:
    """A zero date means "never" at one provider and "expired" at the next."""
    with pytest.raises(ValueError):
        values.as_moment(value)


def test_minutes_left_are_whole_minutes() -> None:
    """A number that no clock can hold is refused like any other nonsense, and not an error of its own kind."""
    assert values.as_minutes("90") == timedelta(minutes=90)
    assert values.as_minutes(None) is None
    for odd in (-1, "1.5", 10**14):
        with pytest.raises(ValueError):
            values.as_minutes(odd)


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        ("4111 1111 1111 4242", "4242"),
        (42, "42"),
        ("<hr>\u202e", None),
        ("\u0664\u0662", None),
        ("", None),
        (None, None),
    ],
)
def test_last_digits_are_digits(value: object, digits: str | None) -> None:
    """H18: they stand on dashboards as they are."""
    assert values.as_last_digits(value) == digits


def test_a_validity_is_some_days() -> None:
    """Packages last from a day to a year."""
    assert values.as_days("30") == timedelta(days=30)
    for odd in (0, 40_000, "1.5"):
        with pytest.raises(ValueError):
            values.as_days(odd)


@pytest.mark.parametrize(
    ("value", "last_day"),
    [
        ("2028-02", date(2028, 2, 29)),
        ("05/28", date(2028, 5, 31)),
        ("05/2028", date(2028, 5, 31)),
        ("2028-05-15", date(2028, 5, 15)),
    ],
)
def test_a_card_works_until_the_end_of_its_month(value: str, last_day: date) -> None:
    """That is what is printed on it."""
    assert values.as_last_day(value) == last_day


@pytest.mark.parametrize("value", ["2028-13", "00/28", "soon", 2028])
def test_an_expiry_that_is_none_is_refused(value: object) -> None:
    """A card that is believed to be good fails when it is needed."""
    with pytest.raises(ValueError):
        values.as_last_day(value)
