"""Every edge of the calendar, in every odd zone: the book says what a slow oracle says, and nobody pays above a limit."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
import sys
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from torture.times.edges import AROUND, ZONES, edges, moments
from torture.times.grid import EVENTS, LIMITS, Differs, Walk
from torture.times.oracle import month

from custom_components.esim_topup.orders import limits, policy, totals

from .conftest import EVERYTHING

_SPREAD = 12
"""Moments of a short walk; each cell begins at another place of its zone's years."""

_CELLS = [
    pytest.param(zone, limited, number, id=f"{zone} limited by {limited}")
    for number, (zone, limited) in enumerate(product(ZONES, LIMITS))
]


def _some(zone: str, number: int) -> list[datetime]:
    """Return the moments around two edges, another two for each cell."""
    every, around = moments(zone), len(AROUND)
    if EVERYTHING:
        return every
    at = number * 3 * around % max(len(every) - 2 * around, 1)
    return every[at : at + _SPREAD]


@pytest.mark.parametrize(("zone", "limited", "number"), _CELLS)
async def test_the_book_says_what_a_calendar_and_a_list_say(
    quick: Path,
    zone: str,
    limited: str,
    number: int,
    record_property: Callable[[str, Any], None],
) -> None:
    """A traveller's limit is one for the calendar on the wall, whatever the clocks there do."""
    record_property("promise", "I4")
    walk = Walk(quick, zone, limited, shift=number % len(EVENTS))
    times = _some(zone, number)
    seen = await walk.go(times)
    assert sum(seen[event.name] for event in EVENTS) >= len(times) * 0.4
    for event, count in seen.items():
        record_property("counted", (event.replace(" ", "_"), count))
    record_property("counted", ("moments", len(times)))
    record_property("fault", f"edges of the calendar in {zone}")


def test_every_zone_has_its_oddity_in_its_years() -> None:
    """An edge that is not visited proves nothing."""
    assert {
        edge.isoformat()
        for zone, edge in (
            ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
            ("America/New_York", datetime(2028, 11, 5, 6, tzinfo=UTC)),
            ("Australia/Lord_Howe", datetime(2027, 4, 3, 15, tzinfo=UTC)),
            ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
            ("Pacific/Kiritimati", datetime(1994, 12, 31, 10, tzinfo=UTC)),
            ("America/St_Johns", datetime(2009, 11, 1, 2, 31, tzinfo=UTC)),
            ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),
            ("Asia/Kathmandu", datetime(2026, 12, 31, 18, 15, tzinfo=UTC)),
            ("UTC", datetime(2028, 2, 29, tzinfo=UTC)),
        )
        if edge not in edges(zone)
    } == set()


def test_the_oracle_has_a_calendar_of_its_own() -> None:
    """It must not ask the one that the book asks."""
    assert "zoneinfo" not in month.__code__.co_names
    assert month(datetime(2011, 12, 30, 9, 59, 59, tzinfo=UTC), "Pacific/Apia") == (
        2011,
        12,
    )
    assert month(datetime(1994, 12, 31, 10, tzinfo=UTC), "Pacific/Kiritimati") == (
        1995,
        1,
    )
    assert month(datetime(1969, 12, 31, 23, 59, tzinfo=UTC), "UTC") == (1969, 12)


# It can fail


def _replace(patch: pytest.MonkeyPatch, name: str, broken: Callable[..., str]) -> None:
    """Give every room of `orders` another calendar."""
    holders = [
        module
        for module in tuple(sys.modules.values())
        if (module.__name__ or "").startswith(policy.__package__ or "-")
        and hasattr(module, name)
    ]
    assert len(holders) > 1, f"nobody asks {name} any more"
    for module in holders:
        patch.setattr(module, name, broken)


def _month_of_utc(at: datetime, zone: ZoneInfo) -> str:
    return f"{at:%Y-%m}"


def _month_without_summer(at: datetime, zone: ZoneInfo) -> str:
    winter = datetime(2026, 1, 1, tzinfo=zone).utcoffset() or timedelta()
    return f"{at.astimezone(UTC) + winter:%Y-%m}"


def _month_of_the_user(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(ZoneInfo('Pacific/Kiritimati')):%Y-%m}"


def _day_of_new_york(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo('America/New_York')):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("name", "broken", "limited"),
    [
        pytest.param(
            "month_of", _month_of_utc, "an account's month", id="months of UTC"
        ),
        pytest.param(
            "month_of", _month_without_summer, "a line's month", id="no summer time"
        ),
        pytest.param(
            "month_of", _month_of_the_user, "all of them", id="the user's own zone"
        ),
        pytest.param("day_of", _day_of_new_york, "a day", id="days of the zone"),
    ],
)
async def test_a_book_with_another_calendar_is_convicted(
    quick: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    broken: Callable[..., str],
    limited: str,
) -> None:
    """A grid that finds nothing in a wrong calendar says nothing about a right one."""
    _replace(monkeypatch, name, broken)
    walk = Walk(quick, "America/New_York", limited, shift=0)
    with pytest.raises(Differs):
        await walk.go(moments("America/New_York")[: 16 * len(AROUND)])


async def test_a_window_of_29_days_is_convicted(
    quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One day less, and somebody pays a day too early."""
    monkeypatch.setattr(totals, "ROLLING_DAYS", limits.ROLLING_DAYS - 1)
    with pytest.raises(Differs):
        await Walk(quick, "UTC", "30 days", shift=0).go(
            moments("UTC")[: 8 * len(AROUND)]
        )
