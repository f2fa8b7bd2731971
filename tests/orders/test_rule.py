"""When a line is low, and which rules make sense."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.esim_topup.orders.rule import (
    LowReason,
    Rule,
    RuleProblem,
    is_low,
    low_reasons,
    rule_problems,
)
from custom_components.esim_topup.providers.base import Reading
from custom_components.esim_topup.providers.money import Money

from .fake_clock import NOON
from .samples import LIMITS, OPEN, PACK, rub, usd

GB = 10**9

RULE = Rule(
    balance_below=rub(50),
    data_below_bytes=GB,
    validity_below=timedelta(days=3),
    amount=rub(300),
)


def reading(
    balance: Money | None = None, data: int | None = None, days: float | None = None
) -> Reading:
    """Return what was read: rest of money, bytes, days."""
    valid_until = None if days is None else NOON + timedelta(days=days)
    return Reading(
        at=NOON, balance=balance, data_left_bytes=data, valid_until=valid_until
    )


LOW = [
    pytest.param(reading(rub("49.99"), 5 * GB, 30), {LowReason.BALANCE}, id="money"),
    pytest.param(reading(rub(50), GB - 1, 30), {LowReason.DATA}, id="data"),
    pytest.param(reading(rub(50), GB, 2.99), {LowReason.VALIDITY}, id="validity"),
    pytest.param(reading(rub(0), 0, -1), set(LowReason), id="everything at once"),
    pytest.param(
        reading(rub(50), GB, 3), set(), id="exactly at each threshold is not below it"
    ),
    pytest.param(reading(rub(60)), set(), id="what is known is fine"),
    pytest.param(reading(days=1), {LowReason.VALIDITY}, id="one known limit is enough"),
]


@pytest.mark.parametrize(("read", "reasons"), LOW)
def test_a_line_is_low_when_any_limit_is_crossed(
    read: Reading, reasons: set[LowReason]
) -> None:
    """A traveller without data does not care that there is money left."""
    assert low_reasons(RULE, read, NOON) == frozenset(reasons)
    assert is_low(RULE, read, NOON) is bool(reasons)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(None, id="never read"),
        pytest.param(reading(), id="nothing said"),
        pytest.param(reading(usd(1)), id="another currency"),
    ],
)
def test_what_nobody_knows_is_not_low(read: Reading | None) -> None:
    """Unknown taken for zero would top up at every outage."""
    assert low_reasons(RULE, read, NOON) is None
    assert is_low(RULE, read, NOON) is None


def test_a_rule_without_thresholds_is_never_low() -> None:
    """A line that is only watched is not topped up by surprise."""
    assert is_low(Rule(), reading(rub(0), 0, -1), NOON) is None


PROBLEMS: list[Any] = [
    pytest.param({}, [], id="a good rule"),
    pytest.param({"amount": None}, [], id="nothing to buy is fine: it only watches"),
    pytest.param({"balance_below": None}, [], id="no threshold"),
    pytest.param({"offer_id": "pack"}, [], id="a package"),
    pytest.param(
        {"offer_id": "pack", "balance_below": rub(900)},
        [],
        id="a package brings no balance to compare",
    ),
    pytest.param(
        {"offer_id": "gone"}, [RuleProblem.OFFER_GONE], id="package no longer sold"
    ),
    pytest.param(
        {"offer_id": "open"},
        [RuleProblem.OFFER_GONE],
        id="an open amount is no package",
    ),
    pytest.param(
        {"amount": usd(5)},
        [RuleProblem.OTHER_CURRENCY],
        id="currency of another account",
    ),
    pytest.param({"amount": rub(0)}, [RuleProblem.NOT_POSITIVE], id="nothing"),
    pytest.param(
        {"amount": rub(1001)},
        [RuleProblem.ABOVE_ORDER_LIMIT],
        id="above the limit of an order",
    ),
    pytest.param(
        {"amount": rub("300.005".rstrip("5"))}, [], id="a whole number of steps"
    ),
    pytest.param(
        {"amount": rub(5), "balance_below": rub(1)},
        [RuleProblem.AMOUNT_NOT_OFFERED],
        id="less than is sold",
    ),
    pytest.param(
        {"balance_below": rub(300)},
        [RuleProblem.THRESHOLD_ABOVE_AMOUNT],
        id="would fire again at once",
    ),
    pytest.param(
        {"amount": rub(2), "balance_below": rub(2)},
        [RuleProblem.AMOUNT_NOT_OFFERED, RuleProblem.THRESHOLD_ABOVE_AMOUNT],
        id="two problems are both named",
    ),
]


@pytest.mark.parametrize(("changes", "problems"), PROBLEMS)
def test_a_rule_that_makes_no_sense_is_refused_at_set_up(
    changes: dict[str, Any], problems: list[RuleProblem]
) -> None:
    """Later it would be refused at each attempt, or pay again and again."""
    assert rule_problems(replace(RULE, **changes), LIMITS, [OPEN, PACK]) == problems


def test_an_amount_cannot_be_checked_against_offers_that_are_not_known() -> None:
    """A provider that is away while the form is filled in must not make the form impossible."""
    assert (
        rule_problems(replace(RULE, amount=rub(5), balance_below=None), LIMITS, [])
        == []
    )
