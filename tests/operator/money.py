"""Amounts as exact decimals and as the texts that travel."""

from decimal import ROUND_HALF_EVEN, Decimal
import re
from typing import Final

# ISO 4217 currencies whose minor unit is not a hundredth; a simulated operator needs no more of them.
_DIGITS: Final = {
    "JPY": 0,
    "KRW": 0,
    "VND": 0,
    "CLP": 0,
    "BHD": 3,
    "JOD": 3,
    "KWD": 3,
    "OMR": 3,
    "TND": 3,
}

_PLAIN = re.compile(r"-?\d{1,12}(\.\d{1,6})?")


def parse(text: object) -> Decimal:
    """Read a decimal text such as "300.00". Raises ValueError for anything else, floats included."""
    if not isinstance(text, str) or _PLAIN.fullmatch(text) is None:
        raise ValueError(f"not a decimal text: {text!r}")
    return Decimal(text)


def digits(currency: str) -> int:
    """Return how many decimals an amount in this currency has."""
    return _DIGITS.get(currency, 2)


def show(amount: Decimal, currency: str) -> str:
    """Write an amount with the decimals of its currency; what burnt to a fraction is rounded."""
    return format(
        amount.quantize(Decimal(1).scaleb(-digits(currency)), ROUND_HALF_EVEN), "f"
    )


def fits(amount: Decimal, currency: str) -> bool:
    """Say whether the amount can be paid in this currency: no fraction of a minor unit."""
    return amount == amount.quantize(
        Decimal(1).scaleb(-digits(currency)), ROUND_HALF_EVEN
    )
