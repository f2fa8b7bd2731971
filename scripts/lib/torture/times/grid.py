"""Wishes around every edge of the calendar, in one zone: each verdict and each sum is foretold by the oracle."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from unittest.mock import patch
from zoneinfo import ZoneInfo

from custom_components.esim_topup.orders import policy
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.flight import HISTORY_SPAN
from custom_components.esim_topup.orders.keys import line_key
from custom_components.esim_topup.orders.limits import Limits
from custom_components.esim_topup.orders.links import AccountLink, LineLink, Placed
from custom_components.esim_topup.orders.order import COUNTED
from custom_components.esim_topup.orders.policy import Reason, Refused, Wish
from custom_components.esim_topup.providers.base import Answer, Line, Purchase
from tests.orders.fake_provider import Deed, FakeProvider, declines, pays, reverses
from tests.orders.samples import ACCOUNT, line, rub

from .clocks import WallClock
from .edges import ZONES, moments
from .oracle import Counted, Oracle, Sums, month

PRICE: Final = rub(300)
STRANGERS: Final = rub(250)
"""Another amount than ours, or it would be taken for one of ours."""

LINES: Final = (line(1), line(2))

NO_REST: Final = Limits(per_order=PRICE, cooldown=timedelta())

LIMITS: Final = {
    "a day": {"account_day": rub(600)},
    "a line's month": {"line_month": rub(600)},
    "an account's month": {"account_month": rub(900)},
    "30 days": {"account_rolling": rub(900)},
    "all of them": {
        "account_day": rub(600),
        "line_month": rub(600),
        "account_month": rub(900),
        "account_rolling": rub(1200),
    },
}

_REASONS: Final = {
    "account_rolling": Reason.LIMIT_ACCOUNT_ROLLING,
    "account_month": Reason.LIMIT_ACCOUNT_MONTH,
    "line_month": Reason.LIMIT_LINE_MONTH,
    "account_day": Reason.LIMIT_ACCOUNT_DAY,
}
"""In the order in which they are named: the one that lasts longest comes first."""

FLIGHT: Final = timedelta(seconds=2)


async def _pays_over_the_edge(provider: FakeProvider, purchase: Purchase) -> Answer:
    provider.clock.pass_by(FLIGHT)
    return await pays(provider, purchase)


@dataclass(frozen=True, slots=True)
class Event:
    """What happens at a moment, beside the wish."""

    name: str
    deed: Deed = pays
    stranger: bool = False
    """Somebody else has paid for the line just before."""
    moves: bool = False
    """The house has a new zone, and starts again."""


EVENTS: Final = (
    Event("paid"),
    Event("paid by a stranger", stranger=True),
    Event("declined", declines),
    Event("in flight over the edge", _pays_over_the_edge),
    Event("given back", reverses),
    Event("the user's zone is changed", moves=True),
)


@contextmanager
def older_years_allowed() -> Iterator[None]:
    """Let the engine believe a wall that shows the past: the oddest changes of clocks lie there, and may come again."""
    with patch.object(policy, "_YEARS", range(1990, 2200)):
        yield


class Differs(Exception):
    """The book says another thing than the oracle."""


@dataclass(slots=True)
class Walk:
    """One book, carried through a few years of one zone."""

    folder: Path
    zone: str
    limited: str
    shift: int
    clock: WallClock = field(init=False)
    engine: Engine = field(init=False)
    provider: FakeProvider = field(init=False)
    oracle: Oracle = field(init=False)
    seen: Counter[str] = field(default_factory=Counter)
    """How often something was met."""
    _strangers: list[Counted] = field(default_factory=list)
    """Paid, and not in the book before its next look into the history."""

    async def go(self, times: list[datetime] | None = None) -> Counter[str]:
        """Walk through all moments. Raises `Differs`."""
        with older_years_allowed():
            return await self._go(moments(self.zone) if times is None else times)

    async def _go(self, times: list[datetime]) -> Counter[str]:
        self.clock = WallClock(times[0] - timedelta(days=1))
        self.provider = FakeProvider(self.clock, "L+", repeats_references=True)
        self.oracle = Oracle(self.zone)
        await self._start(self.zone)
        try:
            for number, at in enumerate(times):
                if at < self.clock.now():  # the last flight took its time
                    continue
                self.clock.pass_by(at - self.clock.now())
                await self._meet(number, EVENTS[(number + self.shift) % len(EVENTS)])
        finally:
            await self.engine.stop(timedelta())
        return self.seen

    async def _start(self, zone: str) -> None:
        self.engine = Engine(clock=self.clock)
        path = self.folder / "orders.db"
        await self.engine.start(path, zone=ZoneInfo(zone), witness=None)
        self.engine.attach(
            AccountLink(
                key=ACCOUNT,
                provider=self.provider,
                currency="RUB",
                lines={
                    _key(one): LineLink(line=one, limits=self.limits) for one in LINES
                },
            )
        )

    @property
    def limits(self) -> Limits:
        """The ceilings of this walk."""
        return Limits(
            per_order=NO_REST.per_order,
            cooldown=NO_REST.cooldown,
            **LIMITS[self.limited],
        )

    async def _meet(self, number: int, event: Event) -> None:
        if event.moves:
            await self.engine.stop(timedelta())
            zones = [*ZONES]
            await self._start(zones[(zones.index(self.zone) + number) % len(zones)])
        if event.stranger:
            self._a_stranger_pays()
        self.provider.script.append(event.deed)
        await self._wish(number % len(LINES), event)
        self.provider.script.clear()
        for index in range(len(LINES)):
            await self._compare(index)
        self.seen[event.name] += 1

    def _a_stranger_pays(self) -> None:
        at = self.clock.now()
        self.provider.charge_foreign(STRANGERS, LINES[0].id, at=at)
        self._strangers.append(Counted(at, 0, STRANGERS.minor))

    async def _wish(self, index: int, event: Event) -> None:
        at = self.clock.now()
        foretold = self._foretell(at, index)
        wish = Wish(
            account_key=ACCOUNT,
            line_key=_key(LINES[index]),
            line=LINES[index],
            offer_id="open",
            money=PRICE,
        )
        match await self.engine.recharge(wish):
            case Refused() as refused:
                if refused.reason is not foretold:
                    raise Differs(f"{self._here}: {refused.reason}, not {foretold}")
                self.seen[f"refused: {refused.reason}"] += 1
                self._check_until(at, refused)
            case Placed(order=order):
                if foretold is not None:
                    raise Differs(f"{self._here}: {order.state}, not {foretold}")
                if order.created_at != at:
                    raise Differs(f"{self._here}: the order is of {order.created_at}")
                if order.state in COUNTED:
                    self.oracle.counted.append(Counted(at, index, PRICE.minor))
                    self._check_limits(at, index)

    def _foretell(self, at: datetime, index: int) -> Reason | None:
        """Return what the wish will meet. The history is looked at only by a wish that the book does not refuse."""
        refused = self._refusal(at, index)
        if refused is None and index == 0:
            fresh = (one for one in self._strangers if one.at >= at - HISTORY_SPAN)
            self.oracle.counted.extend(fresh)
            self._strangers.clear()
            refused = self._refusal(at, index)
        return refused

    def _refusal(self, at: datetime, index: int) -> Reason | None:
        spent = self.oracle.spent(at, index)
        for name, reason in _REASONS.items():
            limit = getattr(self.limits, name)
            if limit is not None and getattr(spent, name) + PRICE.minor > limit.minor:
                return reason
        return None

    def _check_limits(self, at: datetime, index: int) -> None:
        """I4, as somebody with a calendar and a list of payments sees it."""
        spent = self.oracle.spent(at, index)
        for name in _REASONS:
            limit = getattr(self.limits, name)
            if limit is not None and getattr(spent, name) > limit.minor:
                raise Differs(f"{self._here}: {name} is above its limit")

    def _check_until(self, at: datetime, refused: Refused) -> None:
        until, tick = refused.until, timedelta(microseconds=1)
        if until is None or not at < until <= at + timedelta(days=32):
            raise Differs(f"{self._here}: it may be paid again at {until}")
        if refused.reason.value.endswith("_month"):
            this = month(at, self.zone)
            if (
                month(until, self.zone) == this
                or month(until - tick, self.zone) != this
            ):
                raise Differs(f"{self._here}: the next month begins at {until}")
        elif until - until.replace(hour=0, minute=0, second=0, microsecond=0):
            raise Differs(f"{self._here}: the next day begins at {until}")

    async def _compare(self, index: int) -> None:
        now = self.clock.now()
        found = await self.engine.store.summaries(
            ACCOUNT, (_key(LINES[index]),), "RUB", now
        )
        spent = found[_key(LINES[index])].book.spent
        said = Sums(
            line_month=spent.line_month.minor,
            account_day=spent.account_day.minor,
            account_month=spent.account_month.minor,
            account_rolling=spent.account_rolling.minor,
        )
        if said != (truth := self.oracle.spent(now, index)):
            raise Differs(f"{self._here}: the book says {said}, the list {truth}")

    @property
    def _here(self) -> str:
        local = self.clock.now().astimezone(ZoneInfo(self.zone))
        return f"{self.zone} at {local.isoformat()}"


def _key(one: Line) -> str:
    return line_key("fake", "acct-1", one)
