"""An exact amount of money with its currency.

It stands in `providers`, below `orders`, because a reading, an offer and an answer carry money too, and arrows point
only downwards.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
import re
from typing import Final, NoReturn

from iso4217 import Currency

# Anything larger or finer than this is no recharge: it is a mix-up of units or an attack.
_AMOUNT_GRAMMAR: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,10})?")

# Far above every sum of amounts, and exact in the 28 digits that `Decimal` calculates with.
_DIGITS_MAX: Final = 15


class InvalidMoney(ValueError):
    """The text, number or currency is not an amount of money. The message never repeats what was given."""


def minor_digits(currency: str) -> int:
    """Return how many decimals an amount in `currency` has (ISO 4217: RUB 2, JPY 0, KWD 3)."""
    try:
        exponent = Currency(currency).exponent
    except ValueError:
        raise InvalidMoney("not an ISO 4217 currency code") from None
    if exponent is None:
        raise InvalidMoney(
            "this currency code has no minor unit: it is not money one can pay with"
        )
    return exponent


def parse_decimal(value: str | int | Decimal) -> Decimal:
    """Return the plain decimal number that `value` spells; refuse signs of `+`, exponents, NaN and thousands marks."""
    text = _spelt(value)
    if not _AMOUNT_GRAMMAR.fullmatch(text):
        raise InvalidMoney("not a plain decimal number")
    return Decimal(text)


def _spelt(value: str | int | Decimal) -> str:
    """Write a number out, unless that alone would fill the memory (1E+999999999)."""
    if isinstance(value, str):
        return value.strip()
    # Providers send, and people type, anything.
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise InvalidMoney("not a plain decimal number")
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _DIGITS_MAX:
        raise InvalidMoney("not a plain decimal number")
    return format(number, "f")


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency (ISO 4217, upper case), never finer than the currency's minor unit."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        """Refuse what cannot be paid: other types, NaN, infinity, unknown currencies, parts of a minor unit."""
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise InvalidMoney("an amount is a finite Decimal")
        if self.amount.adjusted() > _DIGITS_MAX:
            raise InvalidMoney("no such amount of money exists")
        digits = minor_digits(self.currency)
        if self.amount != round(self.amount, digits):
            raise InvalidMoney(f"{self.currency} has at most {digits} decimals")

    @classmethod
    def parse(cls, value: str | int | Decimal, currency: str) -> Money:
        """Return money from a decimal text or number as a provider or a person wrote it."""
        return cls(parse_decimal(value), currency)

    @classmethod
    def floor(cls, value: str | int | Decimal, currency: str) -> Money:
        """Return a balance cut to the minor unit: operators keep parts of a cent, people cannot spend them."""
        step = Decimal(1).scaleb(-minor_digits(currency))
        return cls(parse_decimal(value).quantize(step, rounding=ROUND_FLOOR), currency)

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> Money:
        """Return money from a whole number of minor units (kopecks, cents)."""
        return cls(Decimal(_spelt(minor)).scaleb(-minor_digits(currency)), currency)

    @property
    def minor(self) -> int:
        """The amount as a whole number of minor units (kopecks, cents)."""
        return int(self.amount.scaleb(minor_digits(self.currency)))

    def __add__(self, other: Money) -> Money:
        """Add an amount of the same currency."""
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract an amount of the same currency."""
        return Money(self.amount - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        """Compare with an amount of the same currency."""
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        """Compare with an amount of the same currency."""
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        """Compare with an amount of the same currency."""
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        """Compare with an amount of the same currency."""
        return self.amount >= self._same(other)

    def __bool__(self) -> NoReturn:
        """Refuse: "is there an amount" and "is it above zero" are different questions."""
        raise TypeError("ask `is None` or `.amount > 0`: they are different questions")

    def __str__(self) -> str:
        """Return the amount with all its decimals and the currency code: `300.00 RUB`."""
        return f"{self.plain} {self.currency}"

    @property
    def plain(self) -> str:
        """The amount as a decimal text with all decimals of its currency: `300.00`."""
        return format(round(self.amount, minor_digits(self.currency)), "f")

    def _same(self, other: Money) -> Decimal:
        if self.currency != other.currency:
            raise InvalidMoney(f"{self.currency} and {other.currency} do not mix")
        return other.amount
