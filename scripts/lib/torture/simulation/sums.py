"""I4: what a new order brings the sums to, worked out from nothing but rows and the operator's books."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from custom_components.esim_topup.orders.limits import Limits

from .rows import Row

type Month = tuple[int, int]

_ROLLING: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Spent:
    """Something that counts."""

    account_key: str
    line_key: str
    minor: int
    at: datetime
    month: Month
    """The one it counts in: decided once, by the zone of the book that it was made in."""


def above(
    row: Row, spent: Iterable[Spent], limits: Sequence[Limits], month: Month
) -> Iterator[str]:
    """Yield each limit that a new order breaks, `row` being among `spent`. Of several `limits` the widest counts."""
    if all(row.minor > one.per_order.minor for one in limits):
        yield f"order {row.name} is above the limit of one order"
    for name, minor in _sums(row, list(spent), month).items():
        caps = [getattr(one, name) for one in limits]
        if all(cap is not None and minor > cap.minor for cap in caps):
            widest = max(cap.minor for cap in caps)
            yield f"{name} is {minor} with order {row.name}, above {widest}"


def _sums(row: Row, spent: Sequence[Spent], month: Month) -> dict[str, int]:
    day = row.created.date()
    ours = [one for one in spent if one.account_key == row.account_key]
    same_month = [one for one in spent if one.month == month]
    return {
        "line_month": _sum(one for one in same_month if one.line_key == row.line_key),
        "account_month": _sum(
            one for one in same_month if one.account_key == row.account_key
        ),
        "account_day": _sum(one for one in ours if one.at.date() == day),
        "account_rolling": _sum(
            one for one in ours if one.at >= row.created - _ROLLING
        ),
    }


def month_of(at: datetime, zone: ZoneInfo) -> Month:
    """Return the month that a time belongs to."""
    local = at.astimezone(zone)
    return local.year, local.month


def _sum(some: Iterable[Spent]) -> int:
    return sum(one.minor for one in some)
