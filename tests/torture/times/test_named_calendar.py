"""T1, T2, T3 and T7 by name: zones and calendars. What was paid is asked of the operator's books."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from torture.times.clocks import WallClock
from torture.times.edges import edges

from custom_components.esim_topup.orders.limits import Limits
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Reason
from custom_components.esim_topup.providers.base import Answer, Purchase
from tests.orders import world as world_module
from tests.orders.fake_provider import FakeProvider, is_lost, pays, pays_without_a_word
from tests.orders.samples import rub

from .house import CLASSES, HOUR, ONE_A_MONTH, REST, TICK, house

S = OrderState


def changes(zone: str, *, forward: bool) -> list[datetime]:
    """Return when a zone's clocks are set forward, or back."""
    found = []
    for edge in edges(zone):
        before, after = (
            (edge + step).astimezone(ZoneInfo(zone)) for step in (-TICK, TICK)
        )
        shift = (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
        if shift and (shift > timedelta()) is forward:
            found.append(edge)
    return found


_SUMMER: Final = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Africa/Cairo",
]


async def _rests(folder: Path, zone: str, edge: datetime) -> None:
    clock = WallClock(edge - HOUR)
    async with house(folder, clock, zone=zone) as world:
        assert (await world.order()).state is S.SUCCEEDED
        await world.engine.stop()
        await world.boot()  # now only the wall clock says how long the line has rested
        for late in (timedelta(), HOUR - TICK, HOUR, 2 * HOUR, REST - TICK):
            clock.pass_by(edge - HOUR + late - clock.now())
            refused = await world.refusal()
            assert refused.reason is Reason.COOLING_DOWN
            assert refused.until == edge - HOUR + REST
        assert world.provider.paid() == [rub(300)]
        clock.pass_by(TICK)
        assert (await world.order()).state is S.SUCCEEDED
        assert world.provider.paid() == [rub(300)] * 2


@pytest.mark.parametrize("zone", [*_SUMMER, "Pacific/Apia"])
async def test_t1_clocks_set_forward_do_not_shorten_a_rest(
    quick: Path, zone: str
) -> None:
    """The hour that is missing on the wall was no hour of rest."""
    await _rests(quick, zone, changes(zone, forward=True)[-1])


@pytest.mark.parametrize("zone", [*_SUMMER, "America/Havana", "America/St_Johns"])
async def test_t2_clocks_set_back_do_not_lengthen_or_repeat_a_rest(
    quick: Path, zone: str
) -> None:
    """The hour that comes twice does not make an old order young, nor a young one old."""
    await _rests(quick, zone, changes(zone, forward=False)[-1])


async def test_t3_a_zone_changed_at_run_time_gains_no_month(quick: Path) -> None:
    """Who flies to Kiritimati in the evening of the 30th is in December at once; the limit of November is not new."""
    clock = WallClock(datetime(2026, 11, 30, 12, tzinfo=UTC))
    async with house(quick, clock, zone="Europe/Berlin", limits=ONE_A_MONTH) as world:
        await world.order()
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"):
            await world.engine.stop()
            await world.engine.start(world.path, zone=ZoneInfo(zone), witness=None)
            await world.boot()
            world_module.MOSCOW = ZoneInfo(zone)  # as Home Assistant's own zone is
            assert world.engine.store.zone.key == "Europe/Berlin"
            refused = await world.refusal()
            assert refused.reason is Reason.LIMIT_ACCOUNT_MONTH
            assert refused.until == datetime(2026, 11, 30, 23, tzinfo=UTC)
        assert world.provider.paid() == [rub(300)]
        world_module.MOSCOW = ZoneInfo("Europe/Berlin")


_MIDNIGHT: Final = datetime(2026, 11, 30, 21, tzinfo=UTC)  # in Moscow


def _crosses(then: Any) -> Any:
    async def deed(provider: FakeProvider, purchase: Purchase) -> Answer:
        provider.clock.pass_by(timedelta(seconds=2))
        answer: Answer = await then(provider, purchase)
        return answer

    return deed


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("answered", [True, False], ids=["answered", "answer lost"])
async def test_t7_an_order_in_flight_over_midnight_belongs_to_the_month_of_its_intent(
    quick: Path, kind: str, answered: bool
) -> None:
    """It is paid at 00:00:01 of December, and November's limit is what it used."""
    clock = WallClock(_MIDNIGHT - timedelta(seconds=1))
    async with house(quick, clock, kind=kind, limits=ONE_A_MONTH) as world:
        world.provider.script.append(
            _crosses(pays if answered else pays_without_a_word)
        )
        order = await world.order()
        assert order.created_at == _MIDNIGHT - timedelta(seconds=1)
        await world.advance(HOUR)
        assert world.state is (S.HELD if kind == "N" and not answered else S.SUCCEEDED)
        assert world.spent().account_month == rub(0)  # of December
        if world.state is S.HELD:
            assert (await world.refusal()).reason is Reason.HELD
            return
        assert (await world.order()).state is S.SUCCEEDED
        assert (await world.refusal()).reason is Reason.LIMIT_ACCOUNT_MONTH
        assert world.provider.paid() == [rub(300)] * 2


async def test_t7_an_order_that_fails_in_december_is_given_back_to_november(
    quick: Path,
) -> None:
    """What was never counted in December cannot be taken off there."""
    clock = WallClock(_MIDNIGHT - timedelta(seconds=1))
    limits = replace(ONE_A_MONTH, account_month=rub(600))
    async with house(quick, clock, limits=limits) as world:
        world.provider.script.append(_crosses(is_lost))
        await world.order()
        await world.advance(HOUR)
        assert world.state is S.FAILED
        assert world.provider.paid() == []
        assert [await world.order(), await world.order()]
        assert (await world.refusal()).reason is Reason.LIMIT_ACCOUNT_MONTH
        assert world.spent().account_month == rub(600)


# Beside the list


@pytest.mark.parametrize(
    ("limit", "last", "opens"),
    [
        pytest.param(
            "account_month",
            datetime(2027, 12, 31, 20, 59, 59, 999_999, tzinfo=UTC),
            datetime(2027, 12, 31, 21, tzinfo=UTC),
            id="the end of a year in Moscow",
        ),
        pytest.param(
            "line_month",
            datetime(2028, 2, 29, 20, 59, 59, 999_999, tzinfo=UTC),
            datetime(2028, 2, 29, 21, tzinfo=UTC),
            id="the end of a leap day in Moscow",
        ),
        pytest.param(
            "account_day",
            datetime(2028, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(2028, 2, 29, tzinfo=UTC),
            id="the beginning of a leap day",
        ),
        pytest.param(
            "account_rolling",
            datetime(2026, 10, 25, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(2026, 11, 25, tzinfo=UTC),
            id="30 days with the end of summer in them",
        ),
    ],
)
async def test_a_limit_opens_with_its_microsecond(
    quick: Path, limit: str, last: datetime, opens: datetime
) -> None:
    """Neither one too early, which costs, nor one too late, which a caller who waits `until` would repeat."""
    clock = WallClock(last)
    limits = Limits(per_order=rub(300), cooldown=timedelta(), **{limit: rub(300)})
    async with house(quick, clock, limits=limits) as world:
        await world.order()
        refused = await world.refusal()
        assert refused.reason is Reason(f"limit_{limit}")
        clock.pass_by(opens - TICK - clock.now())
        assert (await world.refusal()).reason is refused.reason
        clock.pass_by(TICK)
        await world.order()
        assert world.provider.paid() == [rub(300)] * 2


@pytest.mark.parametrize("year", [1, 1969, 2105, 9999])
async def test_a_strangers_charge_beyond_the_calendar_pays_nothing_and_breaks_nothing(
    quick: Path, year: int
) -> None:
    """A provider that dates its charges like this cannot be counted against: then nothing more is bought, or all of it counts."""
    clock = WallClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
    at = datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    async with house(quick, clock, kind="L+", zone="Asia/Kathmandu") as world:
        history: Callable[..., Any] = world.provider.history

        async def all_of_it(line: Any, since: datetime) -> Any:
            return await history(line, datetime.min.replace(tzinfo=UTC))

        world.provider.history = all_of_it  # type: ignore[method-assign]
        world.provider.charge_foreign(rub(250), at=at)
        await world.recharge()
        assert world.provider.paid().count(rub(300)) <= 1
        await world.engine.refresh(world.wish().account_key)
        assert world.engine.health.value == "ready"
