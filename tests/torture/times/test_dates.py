"""What operators write about time: absent, skewed, nonsense, a leap second. None of it may break or shorten anything."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from aiohttp import ClientSession
import pytest

from custom_components.esim_topup.orders.policy import SKEW_TOLERANCE
from custom_components.esim_topup.providers import create_provider
from custom_components.esim_topup.providers.base import Line, Reading
from custom_components.esim_topup.providers.errors import MalformedAnswer
from tests.providers.web import raw_server, read_request

LINE: Final = Line(id="line-1", currency="RUB")


async def asked(date: str | None, body: str) -> tuple[timedelta | None, object]:
    """Ask an operator that names this time; return how far our clock is off by it, and what it said of the line."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await read_request(reader)
        named = "" if date is None else f"Date: {date}\r\n"
        head = f"HTTP/1.1 200 OK\r\n{named}Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()

    async with raw_server(answer) as port, ClientSession() as session:
        description = {
            "base_url": f"http://127.0.0.1:{port}",
            "allow_local_http": True,
            "currency": "RUB",
            "read": {
                "path": "/lines/{line}",
                "balance": "balance",
                "valid_until": "until",
                "as_of": "at",
            },
        }
        provider = create_provider("rest", description, session)
        said = (await provider.read([LINE]))[LINE.id]
        return provider.clock_skew, said


_GOOD: Final = '{"balance": "60.00"}'


@pytest.mark.parametrize(
    "date",
    [
        pytest.param(None, id="no Date"),
        pytest.param("", id="an empty Date"),
        pytest.param("yesterday", id="a word"),
        pytest.param("Sun, 31 Dec 2028 23:59:60 GMT", id="a leap second"),
        pytest.param("Sun, 31 Dec 2028 24:00:00 GMT", id="24 o'clock"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 -1200", id="beyond the calendar"),
        pytest.param("Wed, 30 Feb 2028 00:00:00 GMT", id="the 30th of February"),
        pytest.param("-" * 5_000, id="5,000 dashes"),
    ],
)
async def test_a_date_that_makes_no_sense_is_no_date(date: str | None) -> None:
    """Then nothing is known of our clock, and everything that needs to know it waits."""
    skew, said = await asked(date, _GOOD)
    assert skew is None
    assert isinstance(said, Reading)


@pytest.mark.parametrize(
    "off",
    [
        timedelta(),
        timedelta(minutes=-6),
        timedelta(minutes=6),
        timedelta(days=-1),
        timedelta(days=40),
        timedelta(days=3_000),
        timedelta(days=-15_000),
    ],
    ids=str,
)
async def test_a_date_says_how_far_our_clock_is_off(off: timedelta) -> None:
    """Above five minutes nothing is paid."""
    skew, _ = await asked(format_datetime(datetime.now(UTC) + off), _GOOD)
    assert skew is not None
    assert abs(skew - off) < timedelta(seconds=20)
    assert (abs(skew) > SKEW_TOLERANCE) is (off != timedelta())


@pytest.mark.parametrize(
    "time",
    [
        '"2028-12-31T23:59:60Z"',
        '"9999-12-31T23:59:59.999999-12:00"',
        '"0001-01-01T00:00:00+14:00"',
        '"10000-01-01"',
        '"2027-02-29"',
        "1" + "0" * 30,
        "-1",
        '"24:00"',
        "true",
        '{"at": 1}',
    ],
)
@pytest.mark.parametrize("field", ["until", "at"])
async def test_a_time_that_cannot_be_is_no_reading_and_no_crash(
    field: str, time: str
) -> None:
    """A line whose validity nobody understands is neither expired nor good for ever."""
    _, said = await asked(None, f'{{"balance": "60.00", "{field}": {time}}}')
    assert isinstance(said, MalformedAnswer)
