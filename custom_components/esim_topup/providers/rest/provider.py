"""The provider that a description makes."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import Final, override

from ..base import (
    Account,
    Answer,
    AnswerState,
    Charge,
    Line,
    NotFound,
    Offer,
    Provider,
    ProviderInfo,
    Purchase,
    Reading,
    ReadResult,
)
from ..errors import (
    AuthenticationFailed,
    LineUnknown,
    NotSupported,
    ProviderError,
    RateLimited,
    Unreachable,
)
from ..http import HttpClient
from ..http.faults import is_definite, status_error
from .answers import answer_among, answer_from
from .model import FindCall, OrderCall, ReadCall, RestConfig, SinceFormat
from .pages import LINE_ERRORS, all_items, pages
from .parse import (
    account_from,
    charge_from,
    good_ones,
    line_from,
    offer_from,
    reading_from,
)
from .templates import MissingValue, Template, Values, fill_body

# Polite to small APIs, and a hundred lines of a slow one are still read within a poll.
_READS_AT_ONCE: Final = 4


class RestProvider(Provider):
    """One account at an API that a person described."""

    def __init__(
        self, info: ProviderInfo, config: RestConfig, client: HttpClient
    ) -> None:
        """Take what to call it, its description, and a client for its base URL."""
        self.info = replace(info, capabilities=config.capabilities)
        self._config = config
        self._client = client

    @property
    @override
    def clock_skew(self) -> timedelta | None:
        """The API's clock minus ours at its last answer."""
        return self._client.clock_skew

    @override
    async def account(self) -> Account:
        """Return the account. Where no such call is described, the list of lines proves the key, if there is one.

        The address is its id then: a key is rotated, so nothing of it may be part of an id. A second account at the same
        address needs the call; where the API does not say who we are, the expression for the id can be a fixed text.
        """
        call, host, currency = (
            self._config.account,
            _host(self._client),
            self._config.currency,
        )
        if call is None:
            await self.lines()
            return Account(id=host, currency=currency)
        reply = await self._client.get_json(call.path.path({}))
        return account_from(reply.json, call, host=host, currency=currency)

    @override
    async def lines(self) -> list[Line]:
        """Return the lines; `[]` where no list is described."""
        call = self._config.lines
        if call is None:
            return []
        items = await all_items(self._client, call.listing, {})
        return good_ones(
            items, lambda item: line_from(item, call, self._config.currency)
        )

    @override
    async def read(self, lines: Sequence[Line]) -> ReadResult:
        """Read the lines, from the list where it holds the readings, else four at once. Raises `ProviderError`."""
        call = self._config.read
        if call is None:
            raise NotSupported
        if call.path is None:
            return await self._read_from_list(lines, call)
        result: dict[str, Reading | ProviderError] = {}
        given_up: ProviderError | None = None
        for batch in batched(lines, _READS_AT_ONCE, strict=False):
            if given_up is None:
                found = await asyncio.gather(
                    *(self._read_one(line, call, call.path) for line in batch)
                )
                given_up = _account_wide(found)
            else:
                found = [given_up] * len(batch)
            result.update(zip((line.id for line in batch), found, strict=True))
        return result

    @override
    async def offers(self, line: Line) -> list[Offer]:
        """Return what the API offers, and the open amount that a person typed."""
        typed: list[Offer] = (
            [] if self._config.open_amount is None else [self._config.open_amount]
        )
        call = self._config.offers
        if call is None:
            return typed
        with _needs_values():
            items = await all_items(self._client, call.listing, _line_values(line))
        return (
            good_ones(items, lambda item: offer_from(item, call, self._config.currency))
            + typed
        )

    @override
    async def submit(self, purchase: Purchase) -> Answer:
        """Send one POST. What the description does not foresee is UNKNOWN."""
        call = self._config.order
        if call is None:
            return Answer(state=AnswerState.NOT_SENT, reason=NotSupported.code)
        values = _order_values(purchase, call)
        try:
            path, body = call.path.path(values), fill_body(call.body, values)
        except MissingValue as err:
            return Answer(state=AnswerState.NOT_SENT, reason=f"no_{err.name}")
        header = self._config.idempotency_header
        headers = {} if header is None else {header: purchase.reference}
        outcome = await self._client.purchase(path, json=body, headers=headers)
        return answer_from(outcome, call, purchase)

    @override
    async def find(
        self, purchase: Purchase, provider_ref: str | None = None
    ) -> Answer | NotFound:
        """Look the order up. Raises `NotSupported` where that is not described, or needs an id that is not known."""
        call = self._config.find
        if call is None:
            raise NotSupported
        values = _line_values(purchase.line) | {
            "reference": purchase.reference,
            "id": provider_ref,
        }
        with _needs_values():
            return await self._find(purchase, call, values)

    @override
    async def history(self, line: Line, since: datetime) -> list[Charge]:
        """Return every charge of the line since then; older ones may be among them. Raises for every doubtful entry."""
        call = self._config.history
        if call is None:
            raise NotSupported
        with _needs_values():
            values = _line_values(line) | {"since": _since(since, call.since_format)}
            items = await all_items(self._client, call.listing, values)
        charges = (
            charge_from(item, call, line, self._config.currency) for item in items
        )
        # A list that grows while it is read in pages shows an entry twice.
        return list(dict.fromkeys(charge for charge in charges if charge is not None))

    async def _read_one(
        self, line: Line, call: ReadCall, path: Template
    ) -> Reading | ProviderError:
        try:
            with _needs_values():
                reply = await self._client.get_json(
                    path.path(_line_values(line)), errors=LINE_ERRORS
                )
            return reading_from(
                reply.json,
                call,
                currency=self._config.currency,
                received_at=reply.received_at,
            )
        except ProviderError as err:
            return err

    async def _read_from_list(
        self, lines: Sequence[Line], call: ReadCall
    ) -> ReadResult:
        listing = self._config.lines
        assert listing is not None  # the description was refused otherwise
        result: dict[str, Reading | ProviderError] = {
            line.id: LineUnknown() for line in lines
        }
        async for page in pages(self._client, listing.listing, {}):
            for item in page.items:
                try:
                    line_id = line_from(item, listing, self._config.currency).id
                except ProviderError:
                    continue
                if line_id not in result:
                    continue
                try:
                    result[line_id] = reading_from(
                        item,
                        call,
                        currency=self._config.currency,
                        received_at=page.reply.received_at,
                    )
                except ProviderError as err:
                    result[line_id] = err
        return result

    async def _find(
        self, purchase: Purchase, call: FindCall, values: Values
    ) -> Answer | NotFound:
        statuses = {
            entry if isinstance(entry, int) else entry[0] for entry in call.not_found
        }
        found = [
            page
            async for page in pages(self._client, call.listing, values, accept=statuses)
        ]
        last = found[-1].reply
        if is_definite(last, call.not_found):
            return NotFound(http_status=last.status)
        if (error := status_error(last, {})) is not None:
            raise error  # the status that can mean "no such order", with another code
        return answer_among(
            [item for page in found for item in page.items], call, purchase, last.status
        )


@contextmanager
def _needs_values() -> Iterator[None]:
    """Report a placeholder without a value as what it is: this line, or this order, has no such call."""
    try:
        yield
    except MissingValue as err:
        raise NotSupported(f"no_{err.name}") from None


def _host(client: HttpClient) -> str:
    """Return what tells this API from others: two of them may both have an account 1."""
    return f"{client.base_url.authority}{client.base_url.path.rstrip('/')}"


def _account_wide(found: Sequence[Reading | ProviderError]) -> ProviderError | None:
    """Return the error that asking for more lines would only repeat. Raises it where a person has to log in again."""
    for error in found:
        if isinstance(error, AuthenticationFailed):
            raise error
        if isinstance(error, RateLimited):
            return error
    last = found[-1]
    return last if isinstance(last, Unreachable) and all(map(_silent, found)) else None


def _silent(found: Reading | ProviderError) -> bool:
    """Say whether nobody answered. A 500 is quick, and may be how this API says that a line is gone."""
    return isinstance(found, Unreachable) and not found.code.startswith("http_")


def _line_values(line: Line) -> dict[str, str | int | Decimal | None]:
    return {"line": line.id, "number": line.number}


def _order_values(purchase: Purchase, call: OrderCall) -> Values:
    money = purchase.money
    return _line_values(purchase.line) | {
        "amount": Decimal(money.plain) if call.amount_as_number else money.plain,
        "amount_minor": money.minor,
        "currency": money.currency,
        "offer": purchase.offer_id,
        "method": purchase.method_id,
        "reference": purchase.reference,
    }


def _since(since: datetime, form: SinceFormat) -> str | int:
    """Write a time down; never later than it is, since a charge that is left out counts as one that was not made."""
    since = since.astimezone(UTC)
    if form is SinceFormat.ISO:
        return since.strftime("%Y-%m-%dT%H:%M:%SZ")
    if form is SinceFormat.DATE:
        # Whichever zone the API thinks in, its date is at most a day behind ours.
        return (since - timedelta(days=1)).strftime("%Y-%m-%d")
    seconds = int(since.timestamp())
    return seconds if form is SinceFormat.UNIX else seconds * 1000
