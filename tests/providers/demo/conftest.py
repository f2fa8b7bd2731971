"""An operator whose clock the test turns."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from custom_components.esim_topup.providers.base import Line, Purchase, Reading
from custom_components.esim_topup.providers.demo import DemoProvider
from custom_components.esim_topup.providers.money import Money

START = datetime(2026, 11, 20, 8, tzinfo=UTC)

PHONE = Line(id="demo-phone")
ESIM = Line(id="demo-esim")
TRACKER = Line(id="demo-tracker")
NOBODY = Line(id="nobody")

type Operator = Callable[[], DemoProvider]


@dataclass
class Clock:
    """Shows the time that the test has set."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def forward(self, **duration: float) -> None:
        """Let time pass."""
        self.now += timedelta(**duration)


def rub(amount: str) -> Money:
    """Return roubles."""
    return Money.parse(amount, "RUB")


def purchase(
    amount: str = "300",
    *,
    line: Line = PHONE,
    offer: str = "open",
    method: str | None = None,
    reference: str | None = None,
    currency: str = "RUB",
) -> Purchase:
    """Return a wish, by default a new one: 300 roubles for the phone from the wallet."""
    return Purchase(
        reference=reference or str(uuid4()),
        line=line,
        offer_id=offer,
        money=Money.parse(amount, currency),
        method_id=method,
        created_at=START,
    )


async def reading(provider: DemoProvider, line: Line) -> Reading:
    """Return the reading of one line that exists."""
    found = (await provider.read([line]))[line.id]
    assert isinstance(found, Reading)
    return found


async def balance(provider: DemoProvider, line: Line = PHONE) -> Money | None:
    """Return the money on a line."""
    return (await reading(provider, line)).balance


async def funds(provider: DemoProvider, method: str = "wallet") -> Money | None:
    """Return what a payment method has left."""
    return next(
        each.funds
        for each in (await provider.account()).payment_methods
        if each.id == method
    )


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still until it is turned."""
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the books lie, or will lie."""
    return tmp_path / "demo" / "books.db"


@pytest.fixture
def operator(path: Path, clock: Clock) -> Operator:
    """Return a way to open the same books again and again, as each start of Home Assistant does."""
    return lambda: DemoProvider(path, now=clock)


@pytest.fixture
def provider(operator: Operator) -> DemoProvider:
    """Return the operator on new books."""
    return operator()
