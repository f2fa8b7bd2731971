"""The demo operator's world as everybody finds it: three lines, a wallet and two cards."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Final

from ..base import Line, LineKind, PaymentKind, PaymentMethod
from ..money import Money
from .lines import GB, DemoLine, real_time

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All there is when the books are opened for the first time."""

    account_id: str
    currency: str
    lines: tuple[DemoLine, ...]
    methods: tuple[PaymentMethod, ...]


def new_world(account_id: str, currency: str, now: datetime, speed: Fraction) -> World:
    """Return the world of a new operator."""
    return World(
        account_id=account_id,
        currency=currency,
        lines=_new_lines(currency, now, speed),
        methods=_new_methods(currency, now.astimezone(UTC).date()),
    )


def _new_lines(currency: str, now: datetime, speed: Fraction) -> tuple[DemoLine, ...]:
    # The numbers belong to nobody: a number range for examples, and ICCIDs of a country code that does not exist.
    phone = DemoLine(  # crosses a threshold of 50 within a day
        line=_line(
            "demo-phone", LineKind.MSISDN, "+79990000001", "Travel phone", currency
        ),
        as_of=now,
        balance_micro=62_500_000,
        burn_micro_per_day=12_500_000,
    )
    esim = DemoLine(  # the data ends before the validity does
        line=_line(
            "demo-esim", LineKind.ICCID, "8999900000000000014", "Travel eSIM", currency
        ),
        as_of=now,
        data_left_bytes=3 * GB,
        burn_bytes_per_day=GB // 5,
        valid_until=now + real_time(20 * _DAY, speed),
    )
    tracker = DemoLine(  # money for months, and dies in six days all the same: it wants to be kept alive
        line=_line(
            "demo-tracker",
            LineKind.ICCID,
            "8999900000000000022",
            "Tracker IoT SIM",
            currency,
        ),
        as_of=now,
        balance_micro=40_000_000,
        burn_micro_per_day=400_000,
        valid_until=now + real_time(6 * _DAY, speed),
    )
    return (phone, esim, tracker)


def _line(line_id: str, kind: LineKind, number: str, name: str, currency: str) -> Line:
    return Line(id=line_id, kind=kind, number=number, name=name, currency=currency)


def _new_methods(currency: str, today: date) -> tuple[PaymentMethod, ...]:
    wallet = PaymentMethod(
        id="wallet",
        kind=PaymentKind.WALLET,
        label="Wallet",
        funds=Money.parse(5000, currency),
    )
    good = PaymentMethod(
        id="card-1",
        kind=PaymentKind.CARD,
        label="Visa •4242",
        last_digits="4242",
        expires=_end_of_month(today, 24),
    )
    poor = PaymentMethod(
        id="card-2",
        kind=PaymentKind.CARD,
        label="Mastercard •4444",
        last_digits="4444",
        funds=Money.parse(100, currency),
        expires=_end_of_month(today, 1),
    )
    return (wallet, good, poor)


def _end_of_month(today: date, months: int) -> date:
    """Return the last day of the month that lies so many months ahead: the day until which a card works."""
    year, month = divmod(today.year * 12 + today.month + months, 12)
    return date(year, month + 1, 1) - timedelta(days=1)
