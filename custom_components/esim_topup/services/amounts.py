"""From what somebody typed, or a template rendered, to money in the account's currency.

Numbers and texts are read alike, digit by digit, so that 0.29 stays 0.29. A text may name its currency: `300 RUB`.
"""

from decimal import Decimal
import re
from typing import Any, Final

from ..providers.money import InvalidMoney, Money, minor_digits, parse_decimal
from .errors import invalid

_WITH_CURRENCY: Final = re.compile(r"(?P<number>.*\d)\s*(?P<currency>[A-Za-z]{3})")


def parse_price(value: Any, currency: str, *, field: str) -> Money:
    """Return an amount that can be paid. Raises `ServiceValidationError` for what is none, or is not above zero."""
    money = parse_amount(value, currency, field=field)
    if money.amount <= 0:
        raise invalid("refused_not_positive")
    return money


def parse_amount(value: Any, currency: str, *, field: str) -> Money:
    """Return any amount. Raises `ServiceValidationError` for what is no plain number, too fine, or another currency."""
    # A bool spells "True", a float that is no number "nan", a huge one an exponent: the grammar takes none of them.
    text = str(value).strip()
    if (named := _WITH_CURRENCY.fullmatch(text)) is not None:
        check_currency(named["currency"], currency)
        text = named["number"]
    try:
        amount = parse_decimal(text)
    except InvalidMoney:
        raise invalid("amount_not_a_number", field=field) from None
    return _in_minor_units(amount, currency, field)


def check_currency(named: str, currency: str) -> None:
    """Raise `ServiceValidationError` unless an amount was meant in the account's currency: nothing is converted here."""
    if named.strip().upper() != currency:
        raise invalid("refused_other_currency", currency=currency)


def _in_minor_units(amount: Decimal, currency: str, field: str) -> Money:
    try:
        return Money(amount, currency)
    except InvalidMoney:
        decimals = str(minor_digits(currency))
        raise invalid(
            "amount_too_fine", field=field, currency=currency, decimals=decimals
        ) from None
