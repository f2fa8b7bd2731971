"""What a newcomer finds, and what it is called."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import cast

import aiohttp
import pytest
from stdnum import luhn

from custom_components.esim_topup.providers.base import (
    Dedupe,
    LineKind,
    OpenAmount,
    Package,
    PaymentKind,
)
from custom_components.esim_topup.providers.demo import INFO, DemoProvider, create
from custom_components.esim_topup.providers.demo.world import new_world
from custom_components.esim_topup.providers.errors import LineUnknown
from custom_components.esim_topup.providers.money import Money

from .conftest import (
    ESIM,
    NOBODY,
    PHONE,
    START,
    TRACKER,
    Clock,
    Operator,
    balance,
    reading,
    rub,
)

NO_SESSION = cast(aiohttp.ClientSession, None)


def test_it_can_be_topped_up_automatically() -> None:
    """A rehearsal of automatic mode needs the class of provider that allows it."""
    assert INFO.capabilities.dedupe is Dedupe.KEY
    assert INFO.capabilities.finds
    assert INFO.capabilities.history
    assert INFO.credentials == ()


async def test_three_lines_wait_for_a_newcomer(provider: DemoProvider) -> None:
    """One line for each kind of worry: money, data, and an end of validity."""
    phone, esim, tracker = await provider.lines()
    assert (phone.id, phone.kind, phone.name) == (
        "demo-phone",
        LineKind.MSISDN,
        "Travel phone",
    )
    assert (esim.id, esim.kind, esim.name) == (
        "demo-esim",
        LineKind.ICCID,
        "Travel eSIM",
    )
    assert (tracker.id, tracker.kind, tracker.name) == (
        "demo-tracker",
        LineKind.ICCID,
        "Tracker IoT SIM",
    )
    assert all(line.currency == "RUB" for line in (phone, esim, tracker))


async def test_its_iccids_pass_the_check_of_real_ones(provider: DemoProvider) -> None:
    """The flow's validator must not refuse the demo."""
    for number in [
        line.number for line in await provider.lines() if line.kind is LineKind.ICCID
    ]:
        assert number is not None
        assert (
            len(number) in {19, 20}
            and number.startswith("89")
            and luhn.is_valid(number)
        )


async def test_each_line_reads_what_it_has(provider: DemoProvider) -> None:
    """Entities that a line cannot fill do not exist: what it lacks is None, not zero."""
    phone = await reading(provider, PHONE)
    assert (phone.at, phone.balance, phone.data_left_bytes, phone.valid_until) == (
        START,
        rub("62.50"),
        None,
        None,
    )
    esim = await reading(provider, ESIM)
    assert (esim.balance, esim.data_left_bytes) == (None, 3 * 10**9)
    assert esim.valid_until is not None and (esim.valid_until - START).days == 20
    tracker = await reading(provider, TRACKER)
    assert (tracker.balance, tracker.data_left_bytes) == (rub("40.00"), None)
    assert tracker.valid_until is not None and (tracker.valid_until - START).days == 6


async def test_a_reading_bears_the_time_at_which_it_was_asked(
    provider: DemoProvider, clock: Clock
) -> None:
    """Also after a clock was set back: a reading from the future would never grow stale."""
    await provider.burn("demo-phone", Decimal(1))
    clock.forward(hours=-1)
    assert (await reading(provider, PHONE)).at == clock.now


async def test_one_unknown_line_leaves_the_others_alone(provider: DemoProvider) -> None:
    """A line that is gone must not take the readings of the others with it."""
    found = await provider.read([NOBODY, PHONE])
    assert isinstance(found[NOBODY.id], LineUnknown)
    assert list(found) == [NOBODY.id, PHONE.id]


async def test_an_unknown_line_has_no_offers_and_no_history(
    provider: DemoProvider,
) -> None:
    """An empty list would say that there is a line."""
    with pytest.raises(LineUnknown):
        await provider.offers(NOBODY)
    with pytest.raises(LineUnknown):
        await provider.history(NOBODY, START)


async def test_a_wallet_a_good_card_and_a_poor_one_can_pay(
    provider: DemoProvider,
) -> None:
    """Expiry and missing funds want to be rehearsed too; nobody tells what a real card has left."""
    account = await provider.account()
    wallet, good, poor = account.payment_methods
    assert (wallet.id, wallet.kind, wallet.funds) == (
        "wallet",
        PaymentKind.WALLET,
        rub("5000"),
    )
    assert account.wallet == wallet.funds
    assert (good.id, good.label, good.funds, good.expires) == (
        "card-1",
        "Visa •4242",
        None,
        date(2028, 11, 30),
    )
    assert (poor.id, poor.label, poor.funds, poor.expires) == (
        "card-2",
        "Mastercard •4444",
        rub("100"),
        date(2026, 12, 31),
    )


def test_cards_expire_at_the_end_of_a_month_in_december_too() -> None:
    """The month after December is January of the next year."""
    world = new_world("demo-1", "RUB", datetime(2026, 12, 31, tzinfo=UTC), Fraction(1))
    assert [method.expires for method in world.methods] == [
        None,
        date(2028, 12, 31),
        date(2027, 1, 31),
    ]


async def test_a_line_is_offered_what_it_can_use(provider: DemoProvider) -> None:
    """Money for a phone, data for a data eSIM, money that also keeps alive for a tracker."""
    phone, esim, tracker = [
        await provider.offers(line) for line in (PHONE, ESIM, TRACKER)
    ]
    assert phone[0] == OpenAmount(
        id="open",
        name="Any amount",
        minimum=rub("10"),
        maximum=rub("5000"),
        step=rub("1").amount,
    )
    assert [offer.id for offer in phone] == [
        "open",
        "recharge-100",
        "recharge-300",
        "recharge-500",
    ]
    assert [offer.id for offer in esim] == ["data-1gb", "data-3gb", "data-10gb"]
    assert [
        offer.validity.days
        for offer in tracker
        if isinstance(offer, Package) and offer.validity
    ] == [30] * 3
    assert [offer.validity for offer in phone if isinstance(offer, Package)] == [
        None
    ] * 3


async def test_an_account_is_known_again_and_told_from_another(
    operator: Operator, tmp_path: Path
) -> None:
    """Two demo accounts are two; one that is opened again is still the same."""
    first = (await operator().account()).id
    assert (await operator().account()).id == first
    assert (await DemoProvider(tmp_path / "other.db").account()).id != first


async def test_it_is_made_from_the_path_alone(path: Path) -> None:
    """Nothing else needs to be asked in the flow."""
    provider = create({"books": str(path)}, NO_SESSION)
    assert (await provider.account()).currency == "RUB"
    assert not provider.clock_skew


async def test_another_currency_has_the_same_figures(path: Path, clock: Clock) -> None:
    """A user who thinks in yen rehearses in yen; parts of a yen do not exist."""
    provider = DemoProvider(path, currency="JPY", now=clock)
    assert await balance(provider) == Money.parse(62, "JPY")


async def test_the_books_keep_their_currency(path: Path) -> None:
    """Figures must not change their meaning when a setting is edited."""
    await create({"books": path, "currency": "EUR"}, NO_SESSION).account()
    assert (await create({"books": path}, NO_SESSION).account()).currency == "EUR"


async def test_a_faster_operator_is_faster_in_everything(
    path: Path, clock: Clock
) -> None:
    """Six days of validity at sixty times the speed are 144 minutes, as is what burns in them."""
    provider = create({"books": path, "speed": "60"}, NO_SESSION)
    provider._desk._now = clock
    tracker = await reading(provider, TRACKER)
    assert tracker.valid_until is not None
    assert (tracker.valid_until - START).total_seconds() == 144 * 60
    clock.forward(minutes=24)
    assert await balance(provider) == rub("50.00")


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"books": ""},
        {"books": "books.db", "speed": 0},
        {"books": "books.db", "speed": -1},
        {"books": "books.db", "speed": "nan"},
        {"books": "books.db", "currency": "ROUBLE"},
    ],
)
def test_settings_of_a_wrong_shape_are_refused_at_once(
    credentials: dict[str, object],
) -> None:
    """Not at the first reading, when nobody looks at the form any more."""
    with pytest.raises(ValueError):
        create(credentials, NO_SESSION)
