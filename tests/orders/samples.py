"""Values that tests are made of. Each has a sensible default for everything that the test is not about."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from custom_components.esim_topup.orders.keys import account_key, line_key
from custom_components.esim_topup.orders.limits import Limits, Spent
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Book, Situation, Wish, month_of
from custom_components.esim_topup.providers.base import (
    Answer,
    AnswerState,
    Charge,
    Line,
    LineKind,
    OpenAmount,
    Package,
)
from custom_components.esim_topup.providers.money import Money

from .fake_clock import NOON

MOSCOW: Final = ZoneInfo("Europe/Moscow")


def rub(amount: str | int) -> Money:
    """Return roubles."""
    return Money.parse(str(amount), "RUB")


def usd(amount: str | int) -> Money:
    """Return dollars."""
    return Money.parse(str(amount), "USD")


LINE: Final = Line(id="L1", kind=LineKind.MSISDN, number="+79161234567", currency="RUB")
ACCOUNT: Final = account_key("fake", "acct-1")
LINE_KEY: Final = line_key("fake", "acct-1", LINE)

OPEN: Final = OpenAmount(
    id="open", name="Any amount", minimum=rub(10), maximum=rub(100_000)
)
PACK: Final = Package(id="pack", name="10 GB", price=rub(500))

LIMITS: Final = Limits(per_order=rub(1000), account_month=rub(3000))
WITHOUT_COOLDOWN: Final = replace(LIMITS, cooldown=timedelta())


def line(number: int) -> Line:
    """Return one of many lines."""
    return Line(id=f"L{number}", number=f"+7916000{number:04}", currency="RUB")


def make_wish(**changes: Any) -> Wish:
    """Return the wish for 300 RUB on the one line."""
    wish = Wish(
        account_key=ACCOUNT,
        line_key=LINE_KEY,
        line=LINE,
        offer_id="open",
        money=rub(300),
    )
    return replace(wish, **changes)


def make_order(state: OrderState = OrderState.SUBMITTING, **changes: Any) -> Order:
    """Return an order of 300 RUB as it stands right after the reservation, in that state."""
    order = Order(
        id=str(uuid4()),
        account_key=ACCOUNT,
        line_key=LINE_KEY,
        offer_id="open",
        money=rub(300),
        state=state,
        created_at=NOON,
        updated_at=NOON,
        month=month_of(changes.get("created_at", NOON), MOSCOW),
        sends=1,
        last_sent_at=NOON,
    )
    return replace(order, **changes)


def make_answer(
    order: Order, state: AnswerState = AnswerState.SUCCEEDED, **changes: Any
) -> Answer:
    """Return an answer that repeats everything of the order."""
    answer = Answer(
        state=state,
        provider_ref="p-1",
        reference=order.id,
        line_id=LINE.id,
        amount=order.money.amount,
        currency=order.money.currency,
        http_status=200,
    )
    return replace(answer, **changes)


def make_charge(**changes: Any) -> Charge:
    """Return a charge of 300 RUB on the one line, a minute after noon."""
    charge = Charge(
        id=f"c-{uuid4().hex[:6]}",
        at=NOON + timedelta(minutes=1),
        money=rub(300),
        line_id=LINE.id,
        offer_id="open",
    )
    return replace(charge, **changes)


def spent(
    amount: str | int | Decimal = 0, currency: str = "RUB", **changes: Any
) -> Spent:
    """Return sums that are all the same, but for `changes`."""
    money = Money(Decimal(amount), currency)
    same = Spent(
        line_month=money, account_day=money, account_month=money, account_rolling=money
    )
    return replace(same, **changes)


def make_situation(**changes: Any) -> Situation:
    """Return a situation in which everything is allowed."""
    situation = Situation(
        now=NOON, zone=MOSCOW, book=Book(spent=spent()), limits=LIMITS
    )
    return replace(situation, **changes)
