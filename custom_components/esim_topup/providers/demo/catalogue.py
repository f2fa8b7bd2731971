"""What can be bought for a demo line, and what it brings. Pure functions.

Prices are the same figures in every currency: nobody pays them.
"""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from ..base import Offer, OpenAmount, Package
from ..money import Money
from .lines import MICRO, Credit, DemoLine, real_time

# Every recharge keeps a line with an end of validity alive for this long, whatever its amount.
KEEP_ALIVE: Final = timedelta(days=30)

_DATA: Final = ((1, 150, 7), (3, 350, 30), (10, 900, 30))  # gigabytes, price, days
_FIXED: Final = (100, 300, 500)


def offers(line: DemoLine, currency: str) -> list[Offer]:
    """Return what can be bought for a line: data where it has data, money where it has a balance."""
    found: list[Offer] = []
    if line.balance_micro is not None:
        validity = None if line.valid_until is None else KEEP_ALIVE
        found.append(_open_amount(currency))
        found += [_recharge(price, validity, currency) for price in _FIXED]
    if line.data_left_bytes is not None:
        found += [_data(*package, currency) for package in _DATA]
    return found


def sells(offer: Offer, money: Money) -> bool:
    """Say whether the offer can be had for exactly this amount."""
    return (
        offer.admits(money) if isinstance(offer, OpenAmount) else offer.price == money
    )


def credit(offer: Offer, money: Money, lands_at: datetime, speed: Fraction) -> Credit:
    """Return what the offer brings to a line when `money` was paid for it."""
    match offer:
        case Package(data_bytes=int(data), validity=timedelta() as validity):
            return Credit(
                lands_at=lands_at, data_bytes=data, validity=real_time(validity, speed)
            )
        case _:
            paid_micro = int(money.amount * MICRO)
            return Credit(
                lands_at=lands_at,
                money_micro=paid_micro,
                validity=real_time(KEEP_ALIVE, speed),
            )


def _open_amount(currency: str) -> OpenAmount:
    least, most, step = (Money.parse(figure, currency) for figure in (10, 5000, 1))
    return OpenAmount(
        id="open", name="Any amount", minimum=least, maximum=most, step=step.amount
    )


def _recharge(price: int, validity: timedelta | None, currency: str) -> Package:
    return Package(
        id=f"recharge-{price}",
        name=f"Recharge {price}",
        price=Money.parse(price, currency),
        validity=validity,
    )


def _data(gigabytes: int, price: int, days: int, currency: str) -> Package:
    return Package(
        id=f"data-{gigabytes}gb",
        name=f"{gigabytes} GB, {days} days",
        price=Money.parse(price, currency),
        data_bytes=gigabytes * 10**9,
        validity=timedelta(days=days),
    )
