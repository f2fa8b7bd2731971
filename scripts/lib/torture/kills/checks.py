"""The promises, looked at from outside: the operator's own books beside the order database on the disk."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from .book import COUNTED, OPEN, OrderBook, Row
from .operator import LINE
from .setting_up import COOLDOWN_HOURS, LIMITS

type Broken = tuple[str, str]
"""The promise, and what happened instead."""

_NEXT: Final[Mapping[str, frozenset[str]]] = {
    "submitting": frozenset({"succeeded", "pending", "failed", "unknown"}),
    "pending": frozenset({"succeeded", "failed", "unknown", "held"}),
    "unknown": frozenset({"pending", "succeeded", "failed", "held"}),
    "held": frozenset({"succeeded", "failed"}),
    "succeeded": frozenset({"reversed"}),
}
"""The steps of the protocol, written down a second time: the product's own table is what is looked at."""

_COOLDOWN_US: Final = COOLDOWN_HOURS * 3_600_000_000

_TAKEN_LATE_US: Final = 3_600_000_000
"""A pending order is charged after it was made: that much later at most in any story."""

_MOST: Final = Decimal(str(LIMITS["account_day"]))


@dataclass(frozen=True, slots=True)
class Money:
    """The operator's side: what it took, and what it was asked."""

    charges: tuple[Mapping[str, Any], ...]
    sends: tuple[Mapping[str, Any], ...]
    """The requests to buy, in the order of their arrival."""
    premature: tuple[str, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Money:
        """Read what the operator tells."""
        return cls(
            charges=tuple(told["charges"]),
            sends=tuple(r for r in told["requests"] if r["operation"] == "order"),
            premature=tuple(told["premature"]),
        )

    @property
    def ours(self) -> list[Mapping[str, Any]]:
        """The charges that an order of ours made."""
        return [charge for charge in self.charges if not charge["foreign"]]


def broken_at_any_time(money: Money, book: OrderBook, kind: str) -> list[Broken]:
    """Return what must hold at every moment, also right after a kill, and does not."""
    return [
        *_one_charge_each(money, book),
        *_sums(money, book),
        *(("I5", text) for text in money.premature),
        *_sends(money, kind),
        *_steps(book),
        *_cooldown(book),
        *_twice(money),
        *_as_ordered(money, book),
        *([] if book.whole else [("I11", "the order database is damaged")]),
    ]


def broken_in_the_end(book: OrderBook, *, paid: bool) -> list[Broken]:
    """Return what must hold when everything is settled and the operator works, and does not."""
    left = [order.state for order in book.orders if order.state in OPEN]
    found: list[Broken] = [("I10", f"an order is still {state}") for state in left]
    if paid and not any(order.state == "succeeded" for order in book.orders):
        found.append(("I10", "the wish was never paid"))
    return found


def _one_charge_each(money: Money, book: OrderBook) -> Iterator[Broken]:
    states = book.states()
    times = Counter(charge["reference"] for charge in money.ours)
    for reference, count in times.items():
        if count > 1:
            yield "I1", f"order {reference} was charged {count} times"
        state = states.get(reference)
        if state is None or state in ("failed", "awaiting_approval"):
            yield "I2", f"charge of {reference}, which the order book knows as {state}"


def _sums(money: Money, book: OrderBook) -> Iterator[Broken]:
    """Look at each day: what is counted, and what was really taken, may not pass the limit (both are told in UTC)."""
    days: Counter[str] = Counter()
    for order in book.orders:
        if order.state in COUNTED:
            day = datetime.fromtimestamp(order.created_us / 1e6, UTC).date().isoformat()
            days[day] += order.amount_minor
    for day, minor in days.items():
        if Decimal(minor) / 100 > _MOST:
            yield "I4", f"{minor / 100} is counted on {day}, {_MOST} are allowed"
    taken = Counter[str]()
    for charge in money.ours:
        taken[charge["at"][:10]] += int(Decimal(charge["amount"]) * 100)
    for day, minor in taken.items():
        if Decimal(minor) / 100 > _MOST:
            yield "I4", f"{minor / 100} was taken on {day}, {_MOST} are allowed"


def _sends(money: Money, kind: str) -> Iterator[Broken]:
    by_reference: dict[str, list[Mapping[str, Any]]] = {}
    for send in money.sends:
        by_reference.setdefault(send["reference"], []).append(send)
    for reference, sends in by_reference.items():
        if kind != "K" and len(sends) > 1:
            yield "I6", f"order {reference} was sent {len(sends)} times"
        if len({(send["key"], send["body_sha256"]) for send in sends}) > 1:
            yield "I6", f"order {reference} was sent with another key or body"
        if kind == "K" and any(send["key"] != reference for send in sends):
            yield "I6", f"order {reference} was sent under the key of another"


def _steps(book: OrderBook) -> Iterator[Broken]:
    paths: dict[str, list[str]] = {}
    for step in book.journal:
        if step.order_id is not None and step.event != "adopted":
            paths.setdefault(step.order_id, []).append(step.event)
    for order, states in paths.items():
        for before, after in pairwise(states):
            if after != before and after not in _NEXT.get(before, frozenset()):
                yield "I7", f"order {order} went from {before} to {after}"


def _cooldown(book: OrderBook) -> Iterator[Broken]:
    counted = [order for order in book.orders if order.state in COUNTED]
    for first, second in pairwise(counted):
        if second.created_us - first.created_us < _COOLDOWN_US:
            yield "I3", f"{second.id} ({second.state}) began while {first.id} ({first.state}) was cooling down"  # fmt: skip


def _twice(money: Money) -> Iterator[Broken]:
    """Look for one wish that was paid twice in the operator's own books, whatever ours say about it."""
    for first, second in pairwise(
        sorted(money.ours, key=lambda one: int(one["at_us"]))
    ):
        if second["at_us"] - first["at_us"] < _COOLDOWN_US - _TAKEN_LATE_US:
            yield "I3", f"{first['reference']} and {second['reference']} were both charged within one cooldown"  # fmt: skip


def _as_ordered(money: Money, book: OrderBook) -> Iterator[Broken]:
    taken = {charge["reference"]: charge for charge in money.ours}
    for order in book.orders:
        if order.state == "succeeded" and not _is_bought(order, taken.get(order.id)):
            yield "I9", f"order {order.id} is succeeded, the operator took {taken.get(order.id)}"  # fmt: skip


def _is_bought(order: Row, charge: Mapping[str, Any] | None) -> bool:
    return charge is not None and (
        Decimal(charge["amount"]) * 100 == order.amount_minor
        and charge["currency"] == order.currency
        and charge["line"] == LINE
        and charge["offer"] == order.offer_id
    )
