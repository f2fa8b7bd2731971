"""When a line counts as low, and how much one recharge should bring.

Unknown readings cross nothing: the answer to "is it low?" has three values.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..providers.base import Offer, OpenAmount, Package, Reading
from ..providers.money import Money
from .limits import Limits


class Mode(StrEnum):
    """What happens when a line is low."""

    OFF = "off"
    ASK = "ask"
    AUTOMATIC = "automatic"


class LowReason(StrEnum):
    """Which limit was crossed."""

    BALANCE = "balance"
    DATA = "data"
    VALIDITY = "validity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a line is low and what one recharge is. A threshold that is `None` is not set."""

    balance_below: Money | None = None
    data_below_bytes: int | None = None
    validity_below: timedelta | None = None
    amount: Money | None = None
    """A fixed amount."""
    offer_id: str | None = None
    """A fixed package; wins over `amount`."""
    mode: Mode = Mode.OFF


def low_reasons(
    rule: Rule, reading: Reading | None, now: datetime
) -> frozenset[LowReason] | None:
    """Return the limits that are crossed (any of them makes the line low); `None` if nothing that is limited is known."""
    if reading is None:
        return None
    answers = {
        LowReason.BALANCE: _balance_is_low(rule.balance_below, reading.balance),
        LowReason.DATA: _is_below(reading.data_left_bytes, rule.data_below_bytes),
        LowReason.VALIDITY: _is_below(
            _time_left(reading.valid_until, now), rule.validity_below
        ),
    }
    if all(answer is None for answer in answers.values()):
        return None
    return frozenset(reason for reason, answer in answers.items() if answer)


def is_low(rule: Rule, reading: Reading | None, now: datetime) -> bool | None:
    """Say whether the line is low; `None` when nobody knows."""
    reasons = low_reasons(rule, reading, now)
    return None if reasons is None else bool(reasons)


def _balance_is_low(threshold: Money | None, balance: Money | None) -> bool | None:
    if threshold is None or balance is None or threshold.currency != balance.currency:
        return None
    return balance < threshold


def _time_left(until: datetime | None, now: datetime) -> timedelta | None:
    return None if until is None else until - now


def _is_below[T: (int, timedelta)](value: T | None, threshold: T | None) -> bool | None:
    return None if value is None or threshold is None else value < threshold


class RuleProblem(StrEnum):
    """Why a rule makes no sense; the flow puts the text beside the field."""

    AMOUNT_NOT_OFFERED = "amount_not_offered"
    OFFER_GONE = "offer_gone"
    OTHER_CURRENCY = "other_currency"
    ABOVE_ORDER_LIMIT = "above_order_limit"
    THRESHOLD_ABOVE_AMOUNT = "threshold_above_amount"
    NOT_POSITIVE = "not_positive"


def rule_problems(
    rule: Rule, limits: Limits, offers: Sequence[Offer]
) -> list[RuleProblem]:
    """Return what is wrong with a rule at set-up; an empty list means that it can work.

    A threshold that one recharge cannot lift the balance above would fire again and again.
    """
    price = _price(rule, offers)
    return list(_problems(rule, limits, offers, price))


def _price(rule: Rule, offers: Iterable[Offer]) -> Money | None:
    if rule.offer_id is None:
        return rule.amount
    return next(
        (o.price for o in offers if isinstance(o, Package) and o.id == rule.offer_id),
        None,
    )


def _problems(
    rule: Rule, limits: Limits, offers: Sequence[Offer], price: Money | None
) -> Iterable[RuleProblem]:
    if rule.offer_id is not None and price is None:
        yield RuleProblem.OFFER_GONE
    if price is None:
        return
    if price.currency != limits.per_order.currency:
        yield RuleProblem.OTHER_CURRENCY
        return
    if price.amount <= 0:
        yield RuleProblem.NOT_POSITIVE
        return
    if price > limits.per_order:
        yield RuleProblem.ABOVE_ORDER_LIMIT
    if (
        rule.offer_id is None
        and offers
        and not any(isinstance(o, OpenAmount) and o.admits(price) for o in offers)
    ):
        yield RuleProblem.AMOUNT_NOT_OFFERED
    if (
        rule.offer_id is None
        and rule.balance_below is not None
        and rule.balance_below >= price
    ):
        yield RuleProblem.THRESHOLD_ABOVE_AMOUNT
