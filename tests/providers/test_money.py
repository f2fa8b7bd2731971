"""An amount is exact, has a currency, and never mixes."""

from decimal import Decimal, localcontext
import operator
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.providers.money import (
    InvalidMoney,
    Money,
    minor_digits,
    parse_decimal,
)

AMOUNTS = st.decimals(-(10**9) + 1, 10**9 - 1, places=2)
CURRENCIES = {"RUB": 2, "EUR": 2, "JPY": 0, "KWD": 3, "UYW": 4, "CLF": 4}


@pytest.mark.parametrize(("currency", "digits"), CURRENCIES.items())
def test_each_currency_has_its_decimals(currency: str, digits: int) -> None:
    """300 yen are not 3.00."""
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    "currency", ["", "rub", "RU", "RUBL", "XXX", "XAU", "643", "₽", "RUB "]
)
def test_what_cannot_be_paid_with_is_no_currency(currency: str) -> None:
    """Gold, test codes and typing errors among them."""
    with pytest.raises(InvalidMoney) as err:
        Money(Decimal(1), currency)
    assert not currency or currency not in str(err.value)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("300", "300"),
        ("300.00", "300.00"),
        (" 300.5 ", "300.5"),
        ("-0.01", "-0.01"),
        ("999999999", "999999999"),
        ("0.0123456789", "0.0123456789"),
        (300, "300"),
        (-5, "-5"),
        (Decimal("10.10"), "10.10"),
        (Decimal("3E+2"), "300"),
        (Decimal("1E-7"), "0.0000001"),
    ],
)
def test_a_plain_number_is_read_exactly(value: Any, number: str) -> None:
    """With all the digits it was written with."""
    assert str(parse_decimal(value)) == str(Decimal(number))


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "+5",
        "1e3",
        "1E3",
        "1_000",
        "1,000",
        "1,5",
        "1 000",
        ".5",
        "5.",
        "--5",
        "- 5",
        "0x1F",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "null",
        "None",
        "٣٠٠",
        "３００",
        "²",
        "5\x00",
        "5\n6",
        "1000000000",
        "0.12345678901",
        True,
        False,
        10**9,
        10**30,
        pytest.param(10**5000, id="5000 digits"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("1E+9"),
        Decimal("1E+999999999"),
        Decimal("1E-999999999"),
        Decimal("1E-11"),
    ],
)
def test_anything_else_is_no_amount(value: Any) -> None:
    """H1-H3 and P7: a mix-up or an attack, and never a recharge. Its text is not repeated, and takes no memory."""
    with pytest.raises(InvalidMoney) as err:
        parse_decimal(value)
    assert str(err.value) == "not a plain decimal number"


@given(st.text())
def test_no_text_does_anything_but_parse_or_fail(text: str) -> None:
    """People and providers type anything."""
    try:
        assert parse_decimal(text).is_finite()
    except InvalidMoney:
        return
    assert text.strip().isascii()


@pytest.mark.parametrize("amount", [300, 300.0, "300", None, True])
def test_an_amount_is_a_decimal(amount: Any) -> None:
    """A float is off by a hair, and that hair is somebody's money."""
    with pytest.raises(InvalidMoney):
        Money(amount, "RUB")


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+16"])
def test_an_amount_is_finite_and_of_this_world(amount: str) -> None:
    """What is larger cannot be calculated with exactly."""
    with pytest.raises(InvalidMoney):
        Money(Decimal(amount), "RUB")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0.001", "RUB"), ("0.5", "JPY"), ("0.0001", "KWD"), ("10.999", "EUR")],
)
def test_an_amount_has_no_parts_of_a_minor_unit(amount: str, currency: str) -> None:
    """Nobody can charge them."""
    with pytest.raises(InvalidMoney):
        Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("value", "currency", "floored"),
    [
        ("10.289", "EUR", "10.28"),
        ("10.2", "EUR", "10.20"),
        ("-0.001", "EUR", "-0.01"),
        ("299.9", "JPY", "299"),
        ("1.2349", "KWD", "1.234"),
        (Decimal("0.999999999"), "RUB", "0.99"),
    ],
)
def test_a_balance_is_cut_to_what_can_be_spent(
    value: Any, currency: str, floored: str
) -> None:
    """Downwards, also below zero: too little tops up early, too much never."""
    assert Money.floor(value, currency).plain == floored


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (30000, "RUB", "300.00 RUB"),
        (300, "JPY", "300 JPY"),
        (1500, "KWD", "1.500 KWD"),
        (-1, "EUR", "-0.01 EUR"),
        (0, "EUR", "0.00 EUR"),
    ],
)
def test_minor_units_know_their_currency(minor: int, currency: str, text: str) -> None:
    """H9: the mix-up by a hundred begins where this is guessed."""
    money = Money.from_minor(minor, currency)
    assert str(money) == text
    assert money.minor == minor


def test_more_minor_units_than_there_is_money_are_refused() -> None:
    """Rounding them off would make another amount."""
    with pytest.raises(InvalidMoney):
        Money.from_minor(10**30 + 1, "RUB")
    with pytest.raises(InvalidMoney):
        Money.from_minor(True, "RUB")


def test_money_is_written_with_all_its_decimals() -> None:
    """300.5 looks like a typing error."""
    assert str(Money.parse("300.5", "RUB")) == "300.50 RUB"
    assert Money.parse("300.5", "RUB").plain == "300.50"
    assert Money.parse(Decimal("3E+2"), "JPY").plain == "300"


def test_equal_money_is_equal_however_it_was_written() -> None:
    """It is a key in dictionaries, and compared with what was ordered."""
    one, other = Money.parse("300", "RUB"), Money.parse("300.00", "RUB")
    assert one == other
    assert len({one, other}) == 1
    assert one != Money.parse("300", "EUR")


@pytest.mark.parametrize(
    "operation",
    [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge],
)
def test_two_currencies_never_mix(operation: Any) -> None:
    """300 roubles are not more than 200 euros."""
    with pytest.raises(InvalidMoney):
        operation(Money.parse("300", "RUB"), Money.parse("200", "EUR"))


def test_money_is_not_true_or_false() -> None:
    """`if balance:` would take a balance of zero for no balance."""
    with pytest.raises(TypeError):
        bool(Money.parse("0", "RUB"))


def test_money_cannot_be_changed() -> None:
    """It is shared between orders."""
    with pytest.raises(AttributeError):
        Money.parse("1", "RUB").amount = Decimal(2)  # type: ignore[misc]


@given(AMOUNTS, AMOUNTS)
def test_sums_are_exact(first: Decimal, second: Decimal) -> None:
    """A month of sums must not drift."""
    one, other = Money(first, "RUB"), Money(second, "RUB")
    assert (one + other).minor == one.minor + other.minor
    assert one + other - other == one
    assert (one < other) == (one.minor < other.minor)
    assert (one <= other) == (one.minor <= other.minor)
    assert (one > other) == (one.minor > other.minor)
    assert (one >= other) == (one.minor >= other.minor)


@given(AMOUNTS)
def test_money_survives_being_written_down(amount: Decimal) -> None:
    """It is stored as text or as minor units."""
    money = Money(amount, "RUB")
    assert Money.parse(money.plain, "RUB") == money
    assert Money.from_minor(money.minor, "RUB") == money


@given(
    st.decimals(-(10**9) + 1, 10**9 - 1, places=6), st.sampled_from(list(CURRENCIES))
)
def test_cutting_takes_less_than_one_minor_unit(amount: Decimal, currency: str) -> None:
    """And never adds any."""
    cut = amount - Money.floor(amount, currency).amount
    assert 0 <= cut < Decimal(1).scaleb(-minor_digits(currency))


def test_the_largest_amounts_are_still_exact() -> None:
    """Whatever precision somebody else set for this thread's decimals."""
    most = Money.from_minor(9_999_999_999_999_999, "RUB")
    with localcontext(prec=28):
        assert (most + most - most).minor == most.minor
