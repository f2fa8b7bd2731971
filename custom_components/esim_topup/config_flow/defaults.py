"""What the forms propose: figures of a size that a traveller would choose, in the account's currency."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..const import (
    CONF_ACCOUNT_DAY,
    CONF_ACCOUNT_MONTH,
    CONF_ACCOUNT_ROLLING,
    CONF_AMOUNT,
    CONF_BALANCE_BELOW,
    CONF_COOLDOWN_HOURS,
    CONF_DATA_BELOW_MB,
    CONF_LINE_MONTH,
    CONF_PER_ORDER,
    CONF_VALIDITY_BELOW_DAYS,
)
from ..models import rule_from
from ..orders.limits import DEFAULT_COOLDOWN, Limits
from ..orders.rule import rule_problems
from ..providers.base import Offer, OpenAmount, Reading
from ..providers.money import Money

_TOP_UP: Final[Mapping[str, int]] = {
    "RUB": 300,
    "AMD": 4000,
    "BRL": 50,
    "CNY": 70,
    "CZK": 250,
    "GEL": 30,
    "HUF": 4000,
    "IDR": 150_000,
    "INR": 500,
    "JPY": 1500,
    "KRW": 15_000,
    "KZT": 5000,
    "MXN": 200,
    "NOK": 100,
    "PHP": 500,
    "PLN": 40,
    "RSD": 1000,
    "SEK": 100,
    "THB": 300,
    "TRY": 400,
    "TWD": 300,
    "UAH": 400,
    "UZS": 100_000,
    "VND": 250_000,
    "ZAR": 200,
}
"""An ordinary top-up: a month of a small plan. A currency that is not named is worth about as much as a euro."""

_TOP_UP_ELSEWHERE: Final = 12

_LOW_DATA_MB: Final = 500
"""A day of maps, messages and mail: time enough to find a package before the last megabyte."""

_LOW_VALIDITY_DAYS: Final = 3
"""Many operators switch a line off on the very day; a weekend lies in between."""

# Shares of an ordinary top-up. The limits are brakes for what goes wrong, not a budget: tight enough to notice at once.
_LOW_BALANCE: Final = 6
_PER_ORDER: Final = 3
_A_DAY: Final = 5
_A_MONTH: Final = 10


def proposed_limits(currency: str) -> dict[str, Any]:
    """Return limits as the options hold them."""
    return {
        CONF_PER_ORDER: _top_ups(_PER_ORDER, currency),
        CONF_LINE_MONTH: _top_ups(_A_MONTH, currency),
        CONF_ACCOUNT_DAY: _top_ups(_A_DAY, currency),
        CONF_ACCOUNT_MONTH: _top_ups(_A_MONTH, currency),
        CONF_ACCOUNT_ROLLING: _top_ups(_A_MONTH, currency),
        CONF_COOLDOWN_HOURS: DEFAULT_COOLDOWN.total_seconds() / 3600,
    }


def proposed_rule(
    reading: Reading | None, limits: Limits, offers: Sequence[Offer]
) -> dict[str, Any]:
    """Return a rule as a subentry holds it: when a line with these quantities is low, and what one recharge is.

    A package is never proposed: which one is worth its price is a person's question.
    """
    if reading is None:
        return {}
    rule: dict[str, Any] = {}
    if reading.data_left_bytes is not None:
        rule[CONF_DATA_BELOW_MB] = _LOW_DATA_MB
    if reading.valid_until is not None:
        rule[CONF_VALIDITY_BELOW_DAYS] = _LOW_VALIDITY_DAYS
    return rule | _proposed_top_up(reading.balance, limits, offers)


def _proposed_top_up(
    balance: Money | None, limits: Limits, offers: Sequence[Offer]
) -> dict[str, str]:
    """Return threshold and amount for a line of which money is known to be left; none if they do not fit the offers."""
    currency = limits.per_order.currency
    if balance is None or balance.currency != currency:
        return {}
    top_up = _TOP_UP.get(currency, _TOP_UP_ELSEWHERE)
    amount = _offered(Money.parse(top_up, currency), offers)
    data = {
        CONF_BALANCE_BELOW: Money.parse(top_up // _LOW_BALANCE, currency).plain,
        CONF_AMOUNT: amount.plain,
    }
    return {} if rule_problems(rule_from(data, currency), limits, offers) else data


def _offered(amount: Money, offers: Sequence[Offer]) -> Money:
    """Return the amount, or the lowest one that is sold where this is too little."""
    lowest = [
        offer.minimum
        for offer in offers
        if isinstance(offer, OpenAmount) and offer.minimum > amount
    ]
    return min(lowest, default=amount)


def _top_ups(times: int, currency: str) -> str:
    return Money.parse(_TOP_UP.get(currency, _TOP_UP_ELSEWHERE) * times, currency).plain
