"""A whole answer, with what its headers say about time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from .body import Json

# A provider that asks for longer is asked once a day all the same: a line must not go dark for a typing error.
RETRY_AFTER_MAX: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a provider answered. Bodies and headers are not shown by `repr`."""

    status: int
    json: Json = field(default=None, repr=False)
    readable: bool = True
    """The body was empty or JSON. If not, somebody else than the provider may have answered (a proxy, a portal)."""
    code: str | None = None
    """The provider's own error code, as it stands in the body of anything but a 2xx."""
    received_at: datetime
    """UTC, by our clock."""
    date: datetime | None = None
    """UTC, by the provider's clock (header `Date`)."""
    retry_after: timedelta | None = None
    """How long the provider wants to be left alone (header `Retry-After`), at most `RETRY_AFTER_MAX`."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All headers; names are found in any case."""

    @property
    def ok(self) -> bool:
        """The status is a 2xx."""
        return 200 <= self.status < 300


def parse_date(text: str | None) -> datetime | None:
    """Return the UTC time of an HTTP date, `None` where there is none or it makes no sense."""
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return (
            moment.replace(tzinfo=UTC)
            if moment.tzinfo is None
            else moment.astimezone(UTC)
        )
    except ValueError, OverflowError:
        return None


def parse_retry_after(text: str | None, now: datetime) -> timedelta | None:
    """Return how long to wait: `text` is a number of seconds, or an HTTP date that is compared with `now`."""
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        # Twelve digits are 30,000 years: enough to be cut, and no overflow.
        return min(timedelta(seconds=int(text[:12])), RETRY_AFTER_MAX)
    moment = parse_date(text)
    return (
        None
        if moment is None
        else max(timedelta(0), min(moment - now, RETRY_AFTER_MAX))
    )
