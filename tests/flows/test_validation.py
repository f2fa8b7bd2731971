"""What may be typed: a number of a line must never be refused for a card, and a card never be taken for a number."""

from collections.abc import Callable
import re
import unicodedata

from hypothesis import example, given, strategies as st
import pytest

from custom_components.esim_topup.providers.base import LineKind
from custom_components.esim_topup.validation import (
    NotValid,
    card_errors,
    holds_card_number,
    parse_amount,
    parse_currency,
    parse_iccid,
    parse_line,
    parse_own_id,
    parse_phone,
    shown,
    typed_name,
)

VISA = "4111111111111111"  # what payment providers publish for tests


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(VISA, id="bare"),
        pytest.param("4111 1111 1111 1111", id="blanks"),
        pytest.param("4111-1111-1111-1111", id="dashes"),
        pytest.param("4111\u20111111\u20111111\u20111111", id="typographic dashes"),
        pytest.param("4111\u00a01111\u00a01111\u00a01111", id="hard blanks"),
        pytest.param("4111\u200b1111\u200b11111111", id="invisible characters"),
        pytest.param("\uff14\uff11\uff11\uff11" + "\uff11" * 12, id="wide digits"),
        pytest.param("4111 1111 1111 1111 12/28 123", id="expiry and code behind it"),
        pytest.param("4111.1111.1111.1111", id="dots"),
        pytest.param("4111_1111_1111_1111", id="underscores"),
        pytest.param("4111, 1111, 1111, 1111", id="a list"),
        pytest.param("4111    1111    1111    1111", id="wide gaps"),
        pytest.param(
            "".join(chr(0x660 + int(digit)) for digit in VISA), id="Arabic digits"
        ),
        pytest.param("7 4111 1111 1111 1111", id="a digit in front of it"),
        pytest.param('{"card": "5555555555554444"}', id="in a template"),
        pytest.param("30569309025904", id="14 digits"),
        pytest.param("4222222222222", id="13 digits"),
        pytest.param("6304000000000000000", id="19 digits"),
    ],
)
def test_a_card_number_is_seen(text: str) -> None:
    """A person who types a card into a name must not find it in a backup."""
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Travel phone", id="words"),
        pytest.param("4111111111111112", id="wrong check digit"),
        pytest.param("1111111111111117", id="leads with 1"),
        pytest.param("8999900000000000014", id="an ICCID"),
        pytest.param("411111111111", id="too short"),
        pytest.param("41111111111111110000", id="too long"),
        pytest.param("12 34 56", id="few digits"),
        pytest.param("3f2504e0-4f89-41d3-9a0c-0305e82c3301", id="a UUID"),
        pytest.param("2026-11-23 08:00", id="a time"),
    ],
)
def test_other_digits_are_no_card(text: str) -> None:
    """A person with an unlucky id must not be accused of typing a card."""
    assert not holds_card_number(text)


def test_a_card_is_reported_beside_its_field() -> None:
    """Who typed a card has to see where, also in a section and in a list of words."""
    typed = {
        "name": VISA,
        "more": {"headers": ["X-Card: 4111 1111 1111 1111"]},
        "hours": 6.0,
        "flag": True,
        "path": "/lines",
        "rest": {"words": ["done"], "blank": None},
    }
    assert card_errors(typed) == {"name": "card_number", "more": "card_number"}


@pytest.mark.parametrize(
    ("text", "currency", "plain"),
    [
        ("300", "RUB", "300.00"),
        (" 12.50 ", "EUR", "12.50"),
        ("12,5", "EUR", "12.50"),
        ("0.01", "EUR", "0.01"),
        ("1000", "JPY", "1000"),
        ("1.125", "KWD", "1.125"),
    ],
)
def test_amounts_are_taken_as_people_write_them(
    text: str, currency: str, plain: str
) -> None:
    """A Russian keyboard has a decimal comma."""
    assert parse_amount(text, currency).plain == plain


@pytest.mark.parametrize(
    ("text", "currency", "form_key"),
    [
        ("", "EUR", "invalid_amount"),
        ("ten", "EUR", "invalid_amount"),
        ("300 RUB", "RUB", "invalid_amount"),
        ("1,000", "EUR", "invalid_amount"),
        ("1 000", "EUR", "invalid_amount"),
        ("1e3", "EUR", "invalid_amount"),
        ("NaN", "EUR", "invalid_amount"),
        ("Infinity", "EUR", "invalid_amount"),
        ("9999999999", "EUR", "invalid_amount"),
        ("0", "EUR", "not_positive"),
        ("0.00", "EUR", "not_positive"),
        ("-5", "EUR", "not_positive"),
        ("1.001", "EUR", "too_many_decimals"),
        ("10.5", "JPY", "too_many_decimals"),
    ],
)
def test_odd_amounts_are_refused(text: str, currency: str, form_key: str) -> None:
    """An amount that is guessed is money that is lost."""
    with pytest.raises(NotValid) as refusal:
        parse_amount(text, currency)
    assert refusal.value.form_key == form_key


def test_a_currency_is_a_code() -> None:
    """Limits in a currency that does not exist would hold nothing."""
    assert parse_currency(" rub ") == "RUB"
    for text in ("", "roubles", "XXX", "\u20ac"):
        with pytest.raises(NotValid, match="invalid_currency"):
            parse_currency(text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("8999900000000000014", "8999900000000000014"),
        ("8999 9000 0000 0000 014", "8999900000000000014"),
        ("89999-00000-00000-00015", "89999000000000000015"),
        ("899990000000000007", "899990000000000007"),
    ],
)
def test_an_iccid_is_taken_with_blanks_and_dashes(text: str, digits: str) -> None:
    """The digits are copied from a card where they stand in groups."""
    assert parse_iccid(text) == digits


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (parse_iccid, ""),
        (parse_iccid, "8999900000000000015"),
        (parse_iccid, "7999900000000000014"),
        (parse_iccid, "89999000000000000"),
        (parse_iccid, "899990000000000000140"),
        (parse_iccid, "89999000000000000ab"),
        (parse_phone, ""),
        (parse_phone, "79990000001"),
        (parse_phone, "+7999"),
        (parse_phone, "+000000000000"),
        (parse_phone, "call me"),
    ],
)
def test_a_wrong_number_is_refused(check: Callable[[str], str], text: str) -> None:
    """Money for a mistyped number is a present to a stranger."""
    with pytest.raises(NotValid, match=r"invalid_(iccid|phone)"):
        check(text)


def test_a_phone_number_is_stored_in_one_form() -> None:
    """The same number typed twice has to be the same line."""
    assert (
        parse_phone("+7 (999) 000-00-01")
        == parse_phone("+79990000001")
        == "+79990000001"
    )


@pytest.mark.parametrize("text", ["", "  ", "a" * 65, "two\nlines"])
def test_an_own_id_is_one_short_line(text: str) -> None:
    """Whatever stands there goes into requests."""
    with pytest.raises(NotValid, match="invalid_line_id"):
        parse_own_id(text)


def test_numbers_of_lines_may_look_like_cards() -> None:
    """A real number of a line that happens to pass for a card must work; free text must not."""
    german = "4915123456787"
    assert holds_card_number(german)
    assert parse_line(LineKind.MSISDN, f"+{german}", None).number == f"+{german}"
    with pytest.raises(NotValid, match="card_number"):
        parse_line(LineKind.OTHER, VISA, None)
    with pytest.raises(NotValid, match="card_number"):
        parse_line(LineKind.ICCID, "8999900000000000014", VISA)


def test_a_typed_line_is_what_was_typed() -> None:
    """Id, kind and number decide which line is paid for."""
    phone = parse_line(LineKind.MSISDN, "+7 999 000 00 01", " Travel ")
    assert (phone.id, phone.kind, phone.number, phone.name) == (
        "+79990000001",
        "msisdn",
        "+79990000001",
        "Travel",
    )
    other = parse_line(LineKind.OTHER, " line-1 ", None)
    assert (other.id, other.kind, other.number, other.name) == (
        "line-1",
        "other",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("foreign", "plain"),
    [
        (None, None),
        ("", None),
        ("<>", None),
        ("Travel phone", "Travel phone"),
        ("<img src=x onerror=alert(1)>", "img src=x onerror=alert 1"),
        ("[pay](https://evil)", "pay https://evil"),
        ("{{ states }}", "states"),
        ("a\u202eb\nc", "a b c"),
        ("\ufb01ne", "fine"),
        ("+7 (999) 000-00-01", "\u20220001"),
        ("SIM 8999900000000000014 of Anna", "SIM \u20220014 of Anna"),
        ("8.999.123.45.67", "\u20224567"),
        ("999/123/4567", "\u20224567"),
        ("999_123_4567 of Anna", "\u20224567 of Anna"),
        ("4242.4242.4242.4241", "\u20224241"),
        ("3 GB, 30 days, 7 Mbit", "3 GB, 30 days, 7 Mbit"),
        ("Plan 2024", "Plan 2024"),
        ("x" * 80, "x" * 64),
    ],
)
def test_foreign_text_is_fit_to_be_shown(
    foreign: str | None, plain: str | None
) -> None:
    """Names go to dashboards, notifications and logs: no markup, and of a number the last 4 digits only."""
    assert shown(foreign) == plain
    assert typed_name(foreign) == plain


# What people, tables and exports put between digits. A letter ends a number, and so does a longer gap.
SEPARATORS = st.text(
    st.characters(exclude_categories=["Cs"]).filter(
        lambda char: (
            re.fullmatch(r"[\W_]", char) is not None
            and unicodedata.normalize("NFKC", char) == char
        )
    ),
    max_size=2,
)


@given(gaps=st.lists(SEPARATORS, min_size=15, max_size=15))
@example(gaps=["._"] * 15)
def test_no_separator_hides_a_card(gaps: list[str]) -> None:
    """A card that slips through is in every backup from then on."""
    text = VISA[0] + "".join(map("".join, zip(gaps, VISA[1:], strict=True)))
    assert holds_card_number(text)


@given(gaps=st.lists(SEPARATORS, min_size=10, max_size=10))
@example(gaps=["/."] * 10)
def test_no_separator_hides_a_phone_number(gaps: list[str]) -> None:
    """A name goes to dashboards and notifications; a number of a person must not."""
    number = "79991234567"
    text = number[0] + "".join(map("".join, zip(gaps, number[1:], strict=True)))
    cleaned = shown(text)
    assert cleaned is not None
    assert [char for char in cleaned if char.isdigit()] == list("4567")
