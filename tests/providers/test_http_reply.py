"""What the headers of an answer say about time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.providers.http import RETRY_AFTER_MAX, Reply
from custom_components.esim_topup.providers.http.reply import (
    parse_date,
    parse_retry_after,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        pytest.param(None, None, id="nothing"),
        pytest.param("30", timedelta(seconds=30), id="seconds"),
        pytest.param(" 0 ", timedelta(0), id="at once"),
        pytest.param("99999999999999999999", RETRY_AFTER_MAX, id="N16 huge"),
        pytest.param(
            "Sun, 22 Nov 2026 12:00:40 GMT", timedelta(seconds=40), id="a date"
        ),
        pytest.param("Sun, 22 Nov 2026 11:00:00 GMT", timedelta(0), id="a past date"),
        pytest.param("Sun, 22 Nov 2099 11:00:00 GMT", RETRY_AFTER_MAX, id="far date"),
        pytest.param("-5", None, id="negative"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("٣٠", None, id="digits of another script"),
        pytest.param("soon", None, id="a word"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_provider_is_left_alone_for_as_long_as_it_asks(
    text: str | None, wait: timedelta | None
) -> None:
    """Within reason: a typing error there must not blind a line for ever."""
    assert parse_retry_after(text, NOW) == wait


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sun, 22 Nov 2026 12:00:00 GMT", NOW),
        ("Sun, 22 Nov 2026 15:00:00 +0300", NOW),
        ("Sun, 22 Nov 2026 12:00:00 -0000", NOW),
        ("yesterday", None),
        ("Sun, 99 Nov 2026 12:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        (None, None),
    ],
)
def test_the_providers_clock_is_read_in_utc(
    text: str | None, moment: datetime | None
) -> None:
    """It is compared with ours before money is spent."""
    assert parse_date(text) == moment


@given(st.text(max_size=40))
def test_no_header_breaks_a_poll(text: str) -> None:
    """Headers come from anybody between us and the provider."""
    wait = parse_retry_after(text, NOW)
    assert wait is None or timedelta(0) <= wait <= RETRY_AFTER_MAX


def test_a_reply_shows_neither_body_nor_headers() -> None:
    """Replies end up in logs of failing tests, and one day in a user's."""
    reply = Reply(
        status=200,
        json={"key": "CANARY"},
        headers={"Set-Cookie": "CANARY"},
        received_at=NOW,
    )
    assert "CANARY" not in repr(reply)
