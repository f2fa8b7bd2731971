"""What the native format asks, read strictly: anything odd is a `bad_request`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
import json
from typing import Final

from aiohttp import web

from . import door, money
from .clock import from_iso
from .model import Code, OrderRequest, Refusal

_PER_PAGE: Final = 100
_PER_PAGE_MAX: Final = 500


@contextmanager
def _strictly() -> Iterator[None]:
    try:
        yield
    except ValueError, RecursionError:
        raise Refusal(Code.BAD_REQUEST) from None


def wish_of(body: bytes) -> dict[str, object]:
    """Read the body of an order."""
    with _strictly():
        return door.mapping(json.loads(body), "body")


def order_request(
    account: str, wish: Mapping[str, object], key: str | None
) -> OrderRequest:
    """Read what an account wants to buy. A reference is not demanded: some clients have none."""
    reference = wish.get("reference")
    with _strictly():
        return OrderRequest(
            account=account,
            line=door.text(wish.get("line")),
            offer=door.text(wish.get("offer")),
            amount=money.parse(wish.get("amount")),
            currency=door.text(wish.get("currency")),
            method=door.text(wish.get("method")),
            reference=None if reference is None else door.text(reference),
            key=key,
        )


def page_of(request: web.Request) -> tuple[int, int]:
    """Return the page that is asked for, from 1, and its length."""
    with _strictly():
        page = int(request.query.get("page", 1))
        per_page = int(request.query.get("per_page", _PER_PAGE))
    if page < 1 or not 1 <= per_page <= _PER_PAGE_MAX:
        raise Refusal(Code.BAD_REQUEST)
    return page, per_page


def since_us(request: web.Request) -> int:
    """Return the moment from which on the history is asked for."""
    text = request.query.get("since")
    with _strictly():
        return 0 if text is None else from_iso(text)
