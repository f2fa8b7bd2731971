"""From values in foreign JSON to values of the contract.

Each function takes whatever was found. Nothing there (`None`, an empty text) is `None`: unknown stays unknown. What is
there and makes no sense raises `ValueError`, without repeating it. Binary floats are refused: they are not what was sent.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
import re
from string import digits as digits_of_ascii
from typing import Final
import unicodedata

from .money import Money, minor_digits

# 15 digits hold every amount and a petabyte; a binary fraction written out has up to 20 decimals.
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?")
# A balance that was kept as a binary fraction (10.280000000000001) is off by less than this many decimals show.
_NOISE_DECIMALS: Final = 10
_UNIX_SECONDS_DIGITS: Final = 10  # until the year 2286
_UNIX_MILLISECONDS_DIGITS: Final = 13
_MONTH: Final = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})|(?P<first_month>[0-9]{2})/(?P<short_year>[0-9]{2}([0-9]{2})?)"
)
_ID_CHARS_MAX: Final = 128
_NAME_CHARS_MAX: Final = 64
_MINUTES_MAX: Final = 10**9  # two thousand years of talking

# A text of a provider ends up in notifications and on dashboards, which understand Markdown and HTML.
_MARKUP: Final = str.maketrans("", "", "<>[](){}!`|\\")

# A real time of a line. Zero dates ("0001-01-01", 0 seconds) mean "none" at some providers, and nobody says so.
_YEARS: Final = range(2000, 2200)


class Senseless(ValueError):
    """A value is there and is not what it should be. The message never repeats it."""


class AmountUnit(StrEnum):
    """How an amount is written."""

    MAJOR = "major"
    """Roubles: 300.00."""
    MINOR = "minor"
    """Kopecks: 30000."""


DATA_UNITS: Final = {
    "B": 1,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
"""Bytes in each unit of data."""


def as_word(value: object) -> str | None:
    """Return a status word or code: texts as they are, numbers and truth values as JSON writes them."""
    match value:
        case None | "":
            return None
        case bool():
            return "true" if value else "false"
        case str() | int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case _:
            raise Senseless("not a word")


def as_id(value: object) -> str | None:
    """Return an identifier: a text or a whole number, at most 128 printable characters, no space at its ends."""
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise Senseless("not an identifier")
    text = "" if value is None else str(value)
    if not text.isprintable() or len(text) > _ID_CHARS_MAX or text != text.strip():
        raise Senseless("not an identifier")
    return text or None


def as_name(value: object) -> str | None:
    """Return a text that may be shown: normalised, printable, without markup, at most 64 characters."""
    if not isinstance(value, str | None):
        raise Senseless("not a text")
    text = unicodedata.normalize("NFKC", value or "").translate(_MARKUP)
    text = " ".join(
        "".join(char if char.isprintable() else " " for char in text).split()
    )
    return text[:_NAME_CHARS_MAX].strip() or None


def as_number(value: object) -> Decimal | None:
    """Return an exact number; texts have digits, a point and a minus at most."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal | None):
        raise Senseless("not a number")
    if value is None or value == "":
        return None
    text = _spelt(value)
    if not _NUMBER.fullmatch(text):
        raise Senseless("not a plain decimal number")
    return Decimal(text)


def as_whole(value: object) -> int | None:
    """Return a whole number."""
    number = as_number(value)
    if number is not None and number != number.to_integral_value():
        raise Senseless("not a whole number")
    return None if number is None else int(number)


def as_count(value: object) -> int | None:
    """Return a whole number that is not negative."""
    number = as_whole(value)
    if number is not None and number < 0:
        raise Senseless("not a count")
    return number


def as_money(
    value: object, currency: str, unit: AmountUnit = AmountUnit.MAJOR
) -> Money | None:
    """Return an exact amount: a price, a charge. Parts of a minor unit make no sense."""
    if unit is AmountUnit.MINOR:
        minor = as_whole(value)
        return None if minor is None else Money.from_minor(minor, currency)
    number = as_number(value)
    return None if number is None else Money.parse(number, currency)


def as_balance(
    value: object, currency: str, unit: AmountUnit = AmountUnit.MAJOR
) -> Money | None:
    """Return an amount that somebody has, cut to the minor unit. It may be negative."""
    number = as_number(value)
    if number is None:
        return None
    if unit is AmountUnit.MINOR:
        number = number.scaleb(-minor_digits(currency))
    return Money.floor(round(number, _NOISE_DECIMALS), currency)


def as_currency(value: object) -> str | None:
    """Return an ISO 4217 code in upper case."""
    if not isinstance(value, str | None):
        raise Senseless("not a currency")
    code = (value or "").strip().upper()
    if code:
        minor_digits(code)
    return code or None


def as_bytes(value: object, unit: str = "B") -> int | None:
    """Return an amount of data, `unit` being one of `DATA_UNITS`; parts of a byte are cut."""
    number = as_number(value)
    if number is None:
        return None
    if number < 0:
        raise Senseless("not an amount of data")
    return int((number * DATA_UNITS[unit]).to_integral_value(ROUND_FLOOR))


def as_moment(value: object) -> datetime | None:
    """Return a time in UTC: ISO 8601, or Unix seconds or milliseconds. Without an offset it is taken for UTC.

    A date alone is its first moment: a line that may expire then must not be thought to live until the evening.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal | None):
        raise Senseless("not a time")
    text = "" if value is None else _spelt(value)
    if not text:
        return None
    try:
        moment = _unix(text) or datetime.fromisoformat(text)
        moment = (
            moment.replace(tzinfo=UTC)
            if moment.tzinfo is None
            else moment.astimezone(UTC)
        )
    except ValueError, OverflowError:  # whose text would repeat the value
        raise Senseless("not a time") from None
    if moment.year not in _YEARS:
        raise Senseless("not a time")
    return moment


def as_days(value: object) -> timedelta | None:
    """Return a number of days, at least one."""
    days = as_count(value)
    if days is None:
        return None
    if not 1 <= days <= 36_525:
        raise Senseless("not a validity in days")
    return timedelta(days=days)


def as_minutes(value: object) -> timedelta | None:
    """Return a number of whole minutes: of calls that are left."""
    minutes = as_count(value)
    if minutes is None:
        return None
    if minutes > _MINUTES_MAX:
        raise Senseless("not an amount of minutes")
    return timedelta(minutes=minutes)


def as_last_digits(value: object) -> str | None:
    """Return the last 4 digits of what tells one card or account from another; nothing else of it is kept."""
    digits = "".join(char for char in as_word(value) or "" if char in digits_of_ascii)
    return digits[-4:] or None


def as_last_day(value: object) -> date | None:
    """Return the last day on which a card works, from `2028-05`, `05/28`, `05/2028` or a date."""
    if not isinstance(value, str | None):
        raise Senseless("not a date")
    text = (value or "").strip()
    try:
        return _end_of_month(text) or (date.fromisoformat(text) if text else None)
    except ValueError:  # whose text would repeat the value
        raise Senseless("not a date") from None


def _end_of_month(text: str) -> date | None:
    """Return the last day of a month written as on a card, `None` for another form. Raises `ValueError`."""
    if (match := _MONTH.fullmatch(text)) is None:
        return None
    year = int(match["year"] or match["short_year"])
    month = int(match["month"] or match["first_month"])
    year += 2000 if year < 100 else 0
    return date(year, month, monthrange(year, month)[1])


def _spelt(value: str | int | Decimal) -> str:
    if isinstance(value, Decimal):
        if value.is_finite() and abs(value.adjusted()) > 40:
            raise Senseless("too large or too fine to be written out")
        return format(value, "f")
    return str(value).strip()


def _unix(text: str) -> datetime | None:
    whole = text.partition(".")[0]
    if not _NUMBER.fullmatch(text) or len(whole) not in (
        _UNIX_SECONDS_DIGITS,
        _UNIX_MILLISECONDS_DIGITS,
    ):
        return None
    scale = 1 if len(whole) == _UNIX_SECONDS_DIGITS else 1000
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=int(whole)) / scale
