"""What a person may type, and what of a provider's text may be shown. Pure functions, no I/O.

A phone number, an ICCID and a payment card are all just digits. A field for free text refuses what looks like a card; the
fields for numbers of lines have validators of their own, because real numbers of lines can look like a card too.
"""

from collections.abc import Iterator, Mapping
import re
from typing import Any, Final
import unicodedata

import phonenumbers
from stdnum import luhn

from .providers.base import Line, LineKind
from .providers.money import InvalidMoney, Money, minor_digits, parse_decimal

NAME_LENGTH_MAX: Final = 64

_CARD_LENGTHS: Final = range(13, 20)
# What people, tables and exports put between the digits of one number. A letter ends a number.
_GAP: Final = r"(?:[\s\-\u2010-\u2015]+|[\W_]{1,2})"
_DIGIT_GROUPS: Final = re.compile(rf"\d+(?:{_GAP}\d+)*")
_LONG_NUMBER: Final = re.compile(rf"\+?\d(?:{_GAP}?\d){{6,}}")
"""From 7 digits on a number can belong to a person."""

_MARKUP: Final = str.maketrans(dict.fromkeys("<>[](){}!`*\\|", " "))
_DECIMAL_COMMA: Final = re.compile(r"(\d+),(\d{1,2})")
_ICCID: Final = re.compile(r"89\d{16,18}", re.ASCII)


class NotValid(ValueError):
    """What was typed cannot be used. `form_key` names the text that says what to do; the input is never repeated."""

    def __init__(self, form_key: str) -> None:
        """Take the key of the form's error."""
        self.form_key = form_key
        super().__init__(form_key)


def holds_card_number(text: str) -> bool:
    """Say whether a payment card's number may stand in the text: 13-19 digits, leading 2-6, Luhn-valid.

    Separators between digits do not hide it, nor do digits in front of it or behind it that stand apart, nor do digits
    of another script.
    """
    seen = "".join(
        str(unicodedata.decimal(char, char))
        for char in unicodedata.normalize("NFKC", text)
        if unicodedata.category(char) != "Cf"
    )
    return any(
        _is_card(number)
        for found in _DIGIT_GROUPS.finditer(seen)
        for number in _joined(found.group())
    )


def _joined(groups: str) -> Iterator[str]:
    """Return every number that neighbouring groups of digits can be read as."""
    digits = re.findall(r"\d+", groups)
    for start in range(len(digits)):
        number = ""
        for group in digits[start:]:
            number += group
            if len(number) >= _CARD_LENGTHS.stop:
                break
            yield number


def _is_card(number: str) -> bool:
    return (
        len(number) in _CARD_LENGTHS and number[0] in "23456" and luhn.is_valid(number)
    )


def card_errors(user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return the form's errors for every field, or section, in which a card number may have been typed."""
    return {
        key: "card_number"
        for key, value in user_input.items()
        if any(map(holds_card_number, _texts(value)))
    }


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            yield from _texts(list(value.values()))
        case list():
            for each in value:
                yield from _texts(each)


def parse_amount(text: str, currency: str) -> Money:
    """Return an amount above zero from what a person typed, with a decimal point or comma."""
    plain = text.strip()
    if comma := _DECIMAL_COMMA.fullmatch(plain):
        plain = f"{comma[1]}.{comma[2]}"
    try:
        amount = parse_decimal(plain)
    except InvalidMoney:
        raise NotValid("invalid_amount") from None
    if amount <= 0:
        raise NotValid("not_positive")
    try:
        return Money(amount, currency)
    except InvalidMoney:
        raise NotValid("too_many_decimals") from None


def parse_currency(text: str) -> str:
    """Return the ISO 4217 code that a person typed, in upper case."""
    code = text.strip().upper()
    try:
        minor_digits(code)
    except InvalidMoney:
        raise NotValid("invalid_currency") from None
    return code


def parse_line(kind: LineKind, text: str, name: str | None) -> Line:
    """Return the line that a person typed: an ICCID, a phone number, or whatever the provider calls it."""
    cleaned = typed_name(name)
    match kind:
        case LineKind.ICCID:
            number = parse_iccid(text)
        case LineKind.MSISDN:
            number = parse_phone(text)
        case _:
            return Line(id=parse_own_id(text), kind=kind, name=cleaned)
    return Line(id=number, kind=kind, number=number, name=cleaned)


def parse_iccid(text: str) -> str:
    """Return the digits of a SIM's number: 18 to 20 of them, beginning with 89, the last one a check digit (Luhn)."""
    digits = re.sub(r"[\s-]", "", text)
    if not _ICCID.fullmatch(digits) or not luhn.is_valid(digits):
        raise NotValid("invalid_iccid")
    return digits


def parse_phone(text: str) -> str:
    """Return a phone number as E.164 (`+79990000001`); it has to name its country."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise NotValid("invalid_phone") from None
    if not phonenumbers.is_possible_number(number):
        raise NotValid("invalid_phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_own_id(text: str) -> str:
    """Return a line's id in the provider's own words: one line of printable text that is no card number."""
    own_id = text.strip()
    if not own_id or len(own_id) > NAME_LENGTH_MAX or not own_id.isprintable():
        raise NotValid("invalid_line_id")
    if holds_card_number(own_id):
        raise NotValid("card_number")
    return own_id


def typed_name(text: str | None) -> str | None:
    """Return a name that a person gave, fit to be shown; `None` where nothing is left of it."""
    if text is not None and holds_card_number(text):
        raise NotValid("card_number")
    return shown(text)


def shown(text: str | None) -> str | None:
    """Return foreign text fit for names and labels: one short line, no markup, of a long number the last 4 digits."""
    if text is None:
        return None
    plain = unicodedata.normalize("NFKC", text).translate(_MARKUP)
    plain = "".join(char if char.isprintable() else " " for char in plain)
    plain = _LONG_NUMBER.sub(_last_digits, plain)
    return " ".join(plain.split())[:NAME_LENGTH_MAX].rstrip() or None


def _last_digits(number: re.Match[str]) -> str:
    return "•" + re.sub(r"\D", "", number.group())[-4:]
