"""What the books tell tests: charges, orders and lines as values."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final, Literal


@dataclass(frozen=True, slots=True)
class ChargeRecord:
    """One time money was taken."""

    id: str
    order: str | None
    account: str
    line: str
    offer: str
    method: str | None
    amount: Decimal
    currency: str
    reference: str | None
    key: str | None
    at: str
    """The operator's time."""
    wall_at: str
    """Real time, UTC, with microseconds."""
    status: Literal["succeeded", "reversed"]
    foreign: bool


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An accepted order."""

    id: str
    account: str
    line: str
    offer: str
    amount: Decimal
    currency: str
    method: str
    reference: str | None
    key: str | None
    status: Literal["pending", "succeeded", "failed", "reversed"]
    reason: str | None
    credited: Decimal | None


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A line as it stands now."""

    id: str
    account: str
    name: str
    currency: str
    iccid: str | None
    msisdn: str | None
    balance: Decimal | None
    data_left_bytes: int | None
    valid_until: str | None
    money_per_day: Decimal
    bytes_per_day: int
    removed: bool
    barred: bool


_AMOUNTS: Final = frozenset({"amount", "balance", "credited", "money_per_day"})


def record[T](kind: type[T], data: dict[str, Any]) -> T:
    """Read a record; what the operator tells beyond its fields is left out."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # only called with the records above
    return kind(
        **{
            name: Decimal(data[name])
            if name in _AMOUNTS and data[name] is not None
            else data[name]
            for name in names
        }
    )
