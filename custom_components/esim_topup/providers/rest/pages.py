"""Asking for a list, page by page, to its end."""

from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from yarl import URL

from .._values import as_id
from ..errors import LineUnknown, MalformedAnswer, ProviderError
from ..http import HttpClient, Json, Reply
from .model import LINE_NAMES, Listing
from .templates import Values

# 10,000 lines at 50 on a page. A list that goes on is one that leads in a circle.
_PAGES_MAX: Final = 200

# Under the path of one line, these speak of the line.
LINE_ERRORS: Final[Mapping[int, type[ProviderError]]] = {
    404: LineUnknown,
    410: LineUnknown,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page; no items where the status is one that the caller wanted to see."""

    reply: Reply
    items: list[Json]


async def all_items(client: HttpClient, listing: Listing, values: Values) -> list[Json]:
    """Return the items of all pages. Raises `ProviderError`: a list with a gap is no list. Raises `MissingValue`."""
    return [
        item async for page in pages(client, listing, values) for item in page.items
    ]


async def pages(
    client: HttpClient,
    listing: Listing,
    values: Values,
    *,
    accept: Collection[int] = (),
) -> AsyncGenerator[Page]:
    """Yield page after page. Raises as `all_items`; a status in `accept` is yielded as the last page."""
    path, number = listing.path.path(values), listing.first_page
    params = (
        {}
        if listing.page_param is None or listing.next is not None
        else {listing.page_param: str(number)}
    )
    errors = LINE_ERRORS if listing.path.names & LINE_NAMES else None
    asked: set[tuple[str, str]] = set()
    before: list[Json] = []
    for _ in range(_PAGES_MAX):
        reply = await client.get_json(path, params=params, errors=errors, accept=accept)
        if not 200 <= reply.status < 300:
            yield Page(reply=reply, items=[])
            return
        items = _items(listing, reply.json)
        yield Page(reply=reply, items=items)
        asked.add((path, str(params)))
        if listing.next is not None:
            value = _next_value(listing, reply.json)
            if value is None:
                return
            if listing.page_param is None:
                path = _next_path(client.base_url, path, value)
            else:
                params = {listing.page_param: value}
        elif listing.page_param is None or not items:
            return
        else:
            number += 1
            params = {listing.page_param: str(number)}
            if items == before:
                raise MalformedAnswer("same_page_again")
        if (path, str(params)) in asked:
            raise MalformedAnswer("same_page_again")
        before = items
    raise MalformedAnswer("endless_pages")


def _items(listing: Listing, json: Json) -> list[Json]:
    if listing.items is None:
        return [json]
    try:
        items = listing.items.search(json)
    except ValueError:
        raise MalformedAnswer("bad_items") from None
    if not isinstance(items, list):
        raise MalformedAnswer("no_items")  # a list that is missing is not an empty one
    return items


def _next_value(listing: Listing, json: Json) -> str | None:
    """Return what leads to the next page, `None` at the end."""
    assert listing.next is not None
    try:
        value = listing.next.search(json)
        return None if value is False else as_id(value)
    except ValueError:
        raise MalformedAnswer("bad_next") from None


def _next_path(base: URL, path: str, value: str) -> str:
    """Return the path of the next page from its URL or path. The key in our headers goes to nobody else's address."""
    try:
        target = URL(str(base) + path, encoded=True).join(URL(value, encoded=True))
        is_theirs = target.origin() == base.origin()  # an address like mailto: has none
    except ValueError:
        raise MalformedAnswer("bad_next") from None
    prefix = base.raw_path.rstrip("/")
    if not is_theirs or not target.raw_path.startswith(f"{prefix}/"):
        raise MalformedAnswer("bad_next")
    return target.raw_path_qs.removeprefix(prefix)
