"""From the stored description of an API to a `RestConfig`, checked completely.

What each field means is said in `model`; the names here are those of the stored mapping.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from ..http import InvalidBaseUrl, parse_base_url
from ..money import InvalidMoney, minor_digits
from .calls import (
    parse_account,
    parse_lines,
    parse_offers,
    parse_open_amount,
    parse_read,
)
from .fields import RestConfigError, Section
from .model import RestConfig
from .order_calls import parse_find, parse_history, parse_order
from .templates import body_names

_HEADER_DEFAULT: Final = "Authorization"

# A key that is kept for a day is what most APIs with keys promise (IETF draft, Stripe: 24 h).
_RETENTION_HOURS_DEFAULT: Final = 24

_MINUTES_DEFAULT: Final = 15
_SETTLE_MINUTES: Final = range(
    15, 3 * 24 * 60 + 1
)  # a person is asked after three days anyway
_POLL_MINUTES: Final = range(1, 24 * 60 + 1)


def parse_config(data: Mapping[str, Any]) -> RestConfig:
    """Return the API that a stored description means. Raises `RestConfigError` for its first mistake."""
    top = Section(data)
    allow_local = top.flag("allow_local_http")
    currency = _currency(top)
    order = parse_order(top)
    lines = parse_lines(top)
    config = RestConfig(
        base_url=_base_url(top, allow_http=allow_local),
        allow_local_http=allow_local,
        headers=_headers(top),
        currency=currency,
        key_retention=_retention(top),
        idempotency_header=top.header_name("idempotency_header"),
        settle=timedelta(
            minutes=top.integer(
                "settle_minutes", default=_MINUTES_DEFAULT, bounds=_SETTLE_MINUTES
            )
        ),
        poll_min=timedelta(
            minutes=top.integer(
                "poll_minutes", default=_MINUTES_DEFAULT, bounds=_POLL_MINUTES
            )
        ),
        error_code=top.expression("error_code"),
        account=parse_account(top),
        lines=lines,
        read=parse_read(top, lines),
        offers=parse_offers(top),
        open_amount=parse_open_amount(top, currency),
        order=order,
        find=parse_find(top, order),
        history=parse_history(top),
    )
    top.done()
    _check_whole(config)
    return config


def _check_whole(config: RestConfig) -> None:
    """Refuse parts that do not fit together."""
    order, find = config.order, config.find
    if (
        config.idempotency_header is not None
        and config.key_retention <= 2 * config.settle
    ):
        raise RestConfigError("key_retention_hours", "retention_too_short")
    if (
        config.idempotency_header is not None
        and config.idempotency_header.lower() in map(str.lower, config.headers)
    ):
        raise RestConfigError("idempotency_header", "given_twice")
    if order is None:
        if config.read is None:
            raise RestConfigError("read", "required")
        return
    if config.offers is None and config.open_amount is None:
        raise RestConfigError("open_amount", "required")
    if find is not None and "reference" in find.listing.path.names:
        # Else every look-up ends with "no such order", and that is believed in the end: a second charge.
        sent = order.path.names | body_names(order.body)
        if "reference" not in sent and config.idempotency_header is None:
            raise RestConfigError("order.body", "missing_reference")
        # A filter that is ignored, or matches parts, returns orders of others.
        if find.answer.reference is None:
            raise RestConfigError("find.reference", "required")


def _base_url(top: Section, *, allow_http: bool) -> str:
    try:
        return str(parse_base_url(top.need_text("base_url"), allow_http=allow_http))
    except InvalidBaseUrl as err:
        top.fail("base_url", err.code)


def _headers(top: Section) -> Mapping[str, str]:
    """Read what every request carries. A name that stands there twice would be read differently by proxy and API."""
    name, value = (
        top.header_name("auth_header") or _HEADER_DEFAULT,
        top.header_value("auth_value"),
    )
    headers = {} if value is None else {name: value}
    if (part := top.section("headers")) is not None:
        more = part.headers()
        names = [key.lower() for key in (*headers, *more)]
        if len(set(names)) < len(names):
            top.fail("headers", "given_twice")
        headers |= more
    return MappingProxyType(headers)


def _currency(top: Section) -> str:
    currency = top.need_text("currency")
    try:
        minor_digits(currency)
    except InvalidMoney:
        top.fail("currency", "not_a_currency")
    return currency


def _retention(top: Section) -> timedelta:
    if "key_retention_hours" in top and "idempotency_header" not in top:
        top.fail("idempotency_header", "required")
    hours = top.integer(
        "key_retention_hours",
        default=_RETENTION_HOURS_DEFAULT,
        bounds=range(1, 24 * 365 + 1),
    )
    return timedelta(hours=hours)
