"""One line, or one account, as it is right now: set-up, readings, order book and verdict side by side.

Entities ask a view and nothing else. It decides nothing itself: `orders/` does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from homeassistant.util import dt as dt_util

from .coordinator import AccountRuntime
from .house import DATA_ENGINE
from .models import LineConfig
from .orders.engine import Engine
from .orders.ledger import Summary
from .orders.limits import left
from .orders.links import Preview
from .orders.payment import PaymentProblem, payment_problems, usual_price
from .orders.policy import Wish
from .orders.rule import LowReason, low_reasons
from .orders.status import Status, status
from .providers.base import (
    Account,
    Offer,
    OpenAmount,
    Package,
    ProviderInfo,
    ProviderKind,
    Quantity,
    Reading,
)
from .providers.money import Money

UNAVAILABLE_AFTER: Final = timedelta(hours=24)
"""An operator's outage is over by then, or a person has to look anyway.

Sooner would hurt: each way back from `unavailable` fires every automation that waits for "below" once more, and somebody's
automation pays. A reading of this morning that says how old it is helps more than none.
"""

_QUANTITIES: Final[Mapping[Quantity, Callable[[Reading], object]]] = {
    Quantity.BALANCE: lambda reading: reading.balance,
    Quantity.DATA: lambda reading: reading.data_left_bytes,
    Quantity.VOICE: lambda reading: reading.voice_left,
    Quantity.SMS: lambda reading: reading.sms_left,
    Quantity.VALIDITY: lambda reading: reading.valid_until,
}

_SELL_AMOUNTS: Final = frozenset(
    {
        ProviderKind.ACCOUNT_FUNDING,
        ProviderKind.AIRTIME,
        ProviderKind.CUSTOM,
        ProviderKind.DEMO,
    }
)
_SELL_PACKAGES: Final = frozenset(
    {
        ProviderKind.PACKAGE,
        ProviderKind.AIRTIME,
        ProviderKind.CUSTOM,
        ProviderKind.DEMO,
    }
)


@dataclass(frozen=True)
class AccountView:
    """An account right now."""

    runtime: AccountRuntime
    now: datetime

    @property
    def info(self) -> ProviderInfo:
        """The provider."""
        return self.runtime.provider.info

    @property
    def account(self) -> Account | None:
        """Wallet and payment methods at the last look."""
        return self.runtime.coordinator.data.account

    @property
    def wallet(self) -> Money | None:
        """What the account holds at the provider."""
        return None if self.account is None else self.account.wallet

    @property
    def engine(self) -> Engine:
        """The engine, which is only looked at from here."""
        return self.runtime.coordinator.hass.data[DATA_ENGINE]

    @property
    def spent(self) -> Money | None:
        """What the account has spent this month; every line's page of the order book names it."""
        pages = (self.engine.summary(line.key) for line in self.runtime.lines.values())
        return next(
            (page.book.spent.account_month for page in pages if page is not None), None
        )

    @property
    def month_began(self) -> datetime:
        """When the sums of the month were zero."""
        # The month of the last look into the book, not of the clock: until the next look, the old sum is still shown.
        looked_at = dt_util.as_local(self.runtime.coordinator.book_read_at)
        return dt_util.start_of_local_day(looked_at.replace(day=1))


@dataclass(frozen=True)
class LineView(AccountView):
    """A line right now."""

    line: LineConfig

    @property
    def reading(self) -> Reading | None:
        """The last good reading, however old."""
        return self.runtime.coordinator.data.readings.get(self.line.key)

    @property
    def stale_since(self) -> datetime | None:
        """When the line was last read well, if a later read failed."""
        return self.runtime.coordinator.data.stale_since(self.line.key)

    @property
    def is_readable(self) -> bool:
        """Whether there is a reading that may still be shown."""
        since = self.stale_since
        return self.reading is not None and (
            since is None or self.now - since < UNAVAILABLE_AFTER
        )

    def has(self, quantity: Quantity) -> bool:
        """Whether the provider reads a quantity, and this line was not read without it."""
        return quantity in self.info.capabilities.reads and (
            self.reading is None or _QUANTITIES[quantity](self.reading) is not None
        )

    @property
    def shows(self) -> frozenset[Quantity]:
        """The quantities of the line. A reading without a single one is a bad reading, not a line without any."""
        found = frozenset(quantity for quantity in Quantity if self.has(quantity))
        return found or self.info.capabilities.reads

    @property
    def low_reasons(self) -> frozenset[LowReason] | None:
        """The limits that are crossed; `None` when nobody knows."""
        return low_reasons(self.line.rule, self.reading, self.now)

    @property
    def summary(self) -> Summary | None:
        """What the order book says about the line."""
        return self.engine.summary(self.line.key)

    @property
    def offers(self) -> tuple[Offer, ...] | None:
        """What can be bought; `None` while nobody has asked."""
        return self.runtime.coordinator.data.offers.get(self.line.key)

    @property
    def sells_amounts(self) -> bool:
        """Whether such a provider sells amounts of one's own choice: known without asking for the offers."""
        return self.info.kind in _SELL_AMOUNTS

    @property
    def sells_packages(self) -> bool:
        """Whether such a provider sells packages: known without asking for the offers."""
        return self.info.kind in _SELL_PACKAGES

    @property
    def packages(self) -> tuple[Package, ...]:
        """The packages among the offers."""
        return tuple(offer for offer in self.offers or () if isinstance(offer, Package))

    @property
    def open_amount(self) -> OpenAmount | None:
        """The first offer of an amount of one's own choice."""
        return next(
            (offer for offer in self.offers or () if isinstance(offer, OpenAmount)),
            None,
        )

    @property
    def price(self) -> Money | None:
        """What one recharge by the line's rule costs."""
        return usual_price(self.line.rule, self.offers or ())

    @cached_property
    def preview(self) -> Preview:
        """The engine's answer to a recharge by the rule; without a rule, to the smallest one there could be."""
        price = self.price
        wish = Wish(
            account_key=self.runtime.account_key,
            line_key=self.line.key,
            line=self.line.line,
            offer_id=self.line.rule.offer_id or "",
            money=Money.from_minor(1, self.line.currency) if price is None else price,
            method_id=self.line.method_id,
        )
        return self.engine.preview(wish, self.reading)

    @cached_property
    def status(self) -> Status:
        """Why the line is or is not topped up."""
        data = self.runtime.coordinator.data
        return status(
            self.preview,
            rule=self.line.rule,
            reading=self.reading,
            shows=self.shows,
            failed=data.failed.get(self.line.key),
            read_at=data.read_at.get(self.line.key),
            now=self.now,
        )

    @property
    def limit_left(self) -> Money | None:
        """What one recharge could cost right now; `None` while the order book cannot be read: nothing is guessed."""
        if self.summary is None:
            return None
        return left(self.line.limits, self.summary.book.spent)

    @property
    def payment_problems(self) -> frozenset[PaymentProblem] | None:
        """What is wrong with what pays; `None` while nothing is known of it."""
        return payment_problems(
            self.account,
            self.line.method_id,
            price=self.price,
            last=None if self.summary is None else self.summary.last,
            today=dt_util.as_local(self.now).date(),
        )
