"""One request that arrives twice, or long after its sender has given up; and answers that were given before."""

import asyncio
from typing import Final

from ..exchange import Exchange
from ..toxic import Effect, Strike, Toxic


async def _first_answer(exchange: Exchange) -> None:
    first = await exchange.deliver()
    await exchange.deliver()
    await exchange.send(first.raw)


async def _second_answer(exchange: Exchange) -> None:
    await exchange.deliver()
    await exchange.send((await exchange.deliver()).raw)


async def _at_once(exchange: Exchange) -> None:
    first, _ = await asyncio.gather(exchange.deliver(), exchange.deliver())
    await exchange.send(first.raw)


async def _no_answer(exchange: Exchange) -> None:
    await exchange.deliver()
    await exchange.deliver()
    exchange.close()


async def _held(exchange: Exchange) -> None:
    await exchange.hold()
    try:
        await exchange.deliver()
    finally:
        exchange.delivered()
    exchange.close()


async def _cached(exchange: Exchange) -> None:
    await exchange.send((await exchange.copy()).raw)


async def _cached_undated(exchange: Exchange) -> None:
    """Obey a request that wants no copy, as the standard says; and tell nobody else how old the copy is."""
    wish = exchange.request.header("Cache-Control") or ""
    copy = (await exchange.copy()).without("Date").without("Age")
    if not exchange.spared and {"no-cache", "no-store"} & set(wish.split(", ")):
        copy = await exchange.deliver()
    await exchange.send(copy.raw)


def _twice(name: str, strike: Strike) -> Toxic:
    return Toxic(name=name, effect=Effect.TWICE, strike=strike, purchases_only=True)


TOXICS: Final = (
    _twice("twice-first-answer", _first_answer),
    _twice("twice-second-answer", _second_answer),
    _twice("twice-at-once", _at_once),
    _twice("twice-no-answer", _no_answer),
    Toxic(
        name="late-within-settle",
        effect=Effect.LATE,
        strike=_held,
        hangs=True,
        cases=("N23", "N26"),
        purchases_only=True,
    ),
    Toxic(
        name="late-beyond-settle",
        effect=Effect.TOO_LATE,
        strike=_held,
        hangs=True,
        cases=("N24",),
        purchases_only=True,
    ),
    Toxic(name="cached", effect=Effect.STALE, strike=_cached),
    Toxic(name="cached-undated", effect=Effect.STALE, strike=_cached_undated),
)
