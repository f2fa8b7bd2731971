"""Clients with bad habits: each must be convicted by a cell, or the cells prove nothing about the true one."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
import uuid

from aiohttp import ClientConnectionError, ClientResponse, ClientSession

from ..rooms import without_home_assistant

without_home_assistant()

from custom_components.esim_topup.providers.base import (  # noqa: E402
    Answer,
    AnswerState,
    Charge,
    Line,
    Provider,
    Purchase,
)
from custom_components.esim_topup.providers.errors import ProviderError  # noqa: E402

from .client import Habits  # noqa: E402

type _Parts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bad habit, the cell that shows it, and the promise that it breaks there."""

    habits: Habits
    cell: str
    promise: str


# Ways of sending


def _following(session: ClientSession, method: str, url: str, parts: _Parts) -> Any:
    return session.request(method, url, **{**parts, "allow_redirects": True})


def _by_put(session: ClientSession, method: str, url: str, parts: _Parts) -> Any:
    """Send purchases in a way that aiohttp takes the liberty to repeat."""
    return session.request("PUT" if method == "POST" else method, url, **parts)


@asynccontextmanager
async def _twice(
    session: ClientSession, method: str, url: str, parts: _Parts
) -> AsyncGenerator[ClientResponse]:
    """Take a connection that dies for one that was idle too long, and send once more."""
    try:
        response = await session.request(method, url, **parts)
    except ClientConnectionError:
        response = await session.request(method, url, **parts)
    async with response:
        yield response


def _with(**changed: str | None) -> Callable[[_Parts], _Parts]:
    """Return a change of headers; those that are `None` are left out."""
    names = {name.replace("_", "-"): value for name, value in changed.items()}

    def change(parts: _Parts) -> _Parts:
        headers = parts["headers"].copy()
        for name, value in names.items():
            headers.popall(name, None)
            if value is not None:
                headers[name] = value
        return {**parts, "headers": headers}

    return change


def _with_new_keys(session: ClientSession, method: str, url: str, parts: _Parts) -> Any:
    """Make the key while sending, instead of reading it from the order."""
    change = _with(Idempotency_Key=str(uuid.uuid4()))
    return session.request(
        method, url, **(change(parts) if method == "POST" else parts)
    )


def _taking_copies(session: ClientSession, method: str, url: str, parts: _Parts) -> Any:
    return session.request(method, url, **_with(Cache_Control=None)(parts))


def _trusting(session: ClientSession, method: str, url: str, parts: _Parts) -> Any:
    return session.request(method, url, **{**parts, "ssl": False})


# Ways of reading what came back


def _hasty(*reasons: str, state: AnswerState = AnswerState.NOT_SENT) -> Any:
    """Return a provider that has an answer to what nobody answered."""

    def wrap(provider: Provider) -> Provider:
        submit = provider.submit

        async def hasty(purchase: Purchase) -> Answer:
            answer = await submit(purchase)
            if answer.state is AnswerState.UNKNOWN and answer.reason in reasons:
                return replace(_echo(purchase), state=state)
            return answer

        provider.submit = hasty  # type: ignore[method-assign]
        return provider

    return wrap


def _echo(purchase: Purchase) -> Answer:
    """Return an answer that says of the purchase what we would like to hear."""
    return Answer(
        state=AnswerState.UNKNOWN,
        provider_ref="guessed",
        reference=purchase.reference,
        line_id=purchase.line.id,
        amount=purchase.money.amount,
        currency=purchase.money.currency,
    )


def _blind(provider: Provider) -> Provider:
    """Find nothing where looking failed."""
    history = provider.history

    async def blind(line: Line, since: datetime) -> list[Charge]:
        try:
            return await history(line, since)
        except ProviderError:
            return []

    provider.history = blind  # type: ignore[method-assign]
    return provider


def _ageless(provider: Provider) -> Provider:
    """Take every answer for one of now."""
    kind = type(provider)
    provider.__class__ = type(kind.__name__, (kind,), {"clock_skew": timedelta()})
    return provider


_FOLLOWS: Final = Habits("redirects followed", send=_following)
_PUTS: Final = Habits("purchase by PUT", send=_by_put)
_REPEATS: Final = Habits("a lost connection is tried again", send=_twice)

MUTANTS: Final = (
    Mutant(_FOLLOWS, "307-before/purchase/L", "I12"),
    Mutant(_FOLLOWS, "307-same-operator-after/purchase/L", "I1"),
    Mutant(_PUTS, "closed-as-it-goes-out/purchase/L", "I6"),
    Mutant(_PUTS, "reset-after-request/purchase/H", "I1"),
    # On a connection that waited for its next request: N25.
    Mutant(_REPEATS, "closed-as-it-goes-out/purchase/L", "I6"),
    Mutant(_REPEATS, "reset-after-request/purchase/N", "I1"),
    Mutant(
        Habits("a new key for each attempt", send=_with_new_keys),
        "drop-after-request/re-send/K",
        "I1",
    ),
    Mutant(
        Habits("any certificate will do", send=_trusting),
        "tls-untrusted/purchase/L",
        "I12",
    ),
    Mutant(
        Habits("copies are welcome", send=_taking_copies),
        "cached-undated/look-up-late/L",
        "I2",
    ),
    Mutant(
        Habits("copies are of now", wrap=_ageless),
        "cached/look-up-late/L",
        "I2",
    ),
    Mutant(
        Habits("what could not be looked up is not there", wrap=_blind),
        "truncated-body/look-up/H",
        "I2",
    ),
    Mutant(
        Habits("a time-out is a failure", wrap=_hasty("timeout")),
        "time-out-after-request/purchase/L",
        "I2",
    ),
    Mutant(
        Habits("a lost connection is a failure", wrap=_hasty("connection_lost")),
        "drop-after-request/purchase/N",
        "I2",
    ),
    Mutant(
        Habits("a server error is a failure", wrap=_hasty("http_502")),
        "502-page-after/purchase/H",
        "I2",
    ),
    Mutant(
        Habits("an unreadable answer is a failure", wrap=_hasty("empty", "truncated")),
        "200-empty-after/purchase/K",
        "I2",
    ),
    Mutant(
        Habits("200 is 200", wrap=_hasty("not_json", state=AnswerState.SUCCEEDED)),
        "200-page-before/purchase/L",
        "I9",
    ),
)
