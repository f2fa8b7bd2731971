"""What can go wrong while a request is under way, up to the first byte of its answer."""

from typing import Final

from ..exchange import Exchange
from ..toxic import Effect, Toxic


async def _close(exchange: Exchange) -> None:
    exchange.close()


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


async def _reset_mid_request(exchange: Exchange) -> None:
    await exchange.deliver_part(reset=True)
    exchange.reset()


async def _close_mid_request(exchange: Exchange) -> None:
    await exchange.deliver_part(reset=False)
    exchange.close()


async def _swallow(exchange: Exchange) -> None:
    await exchange.client_leaves()


async def _half_close(exchange: Exchange) -> None:
    await exchange.half_close()


async def _close_after(exchange: Exchange) -> None:
    await exchange.deliver()
    exchange.close()


async def _reset_after(exchange: Exchange) -> None:
    await exchange.deliver()
    exchange.reset()


async def _half_close_after(exchange: Exchange) -> None:
    await exchange.deliver()
    await exchange.half_close()


async def _swallow_answer(exchange: Exchange) -> None:
    await exchange.deliver()
    await exchange.client_leaves()


async def _leave_both(exchange: Exchange) -> None:
    await exchange.deliver_and_leave(half=False)
    exchange.close()


async def _half_close_to_operator(exchange: Exchange) -> None:
    await exchange.deliver_and_leave(half=True)
    exchange.close()


TOXICS: Final = (
    # Before the operator has it.
    Toxic(
        name="closed-as-it-goes-out",
        effect=Effect.LOST,
        strike=_close,
        cases=("N6", "N25"),
    ),
    Toxic(
        name="reset-as-it-goes-out",
        effect=Effect.LOST,
        strike=_reset,
        cases=("N5", "N25"),
    ),
    Toxic(
        name="reset-mid-request",
        effect=Effect.LOST,
        strike=_reset_mid_request,
        cases=("N5",),
    ),
    Toxic(name="drop-mid-request", effect=Effect.LOST, strike=_close_mid_request),
    Toxic(
        name="black-hole",
        effect=Effect.LOST,
        strike=_swallow,
        hangs=True,
        cases=("N7",),
    ),
    Toxic(name="half-close", effect=Effect.LOST, strike=_half_close, cases=("N6",)),
    # After it.
    Toxic(
        name="drop-after-request",
        effect=Effect.DONE,
        strike=_close_after,
        cases=("N6",),
    ),
    Toxic(
        name="reset-after-request",
        effect=Effect.DONE,
        strike=_reset_after,
        cases=("N5",),
    ),
    Toxic(
        name="half-close-after-request", effect=Effect.DONE, strike=_half_close_after
    ),
    Toxic(
        name="time-out-after-request",
        effect=Effect.DONE,
        strike=_swallow_answer,
        hangs=True,
        cases=("N7",),
    ),
    # Nobody waits for what the operator does with it.
    Toxic(name="drop-on-both-sides", effect=Effect.EITHER, strike=_leave_both),
    Toxic(
        name="half-close-to-operator",
        effect=Effect.EITHER,
        strike=_half_close_to_operator,
    ),
)
