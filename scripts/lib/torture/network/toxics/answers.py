"""What can happen to a true answer on its way back."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
import gzip
from random import Random
from typing import Final
import zlib

from ..exchange import Exchange
from ..toxic import Effect, Strike, Toxic
from ..wire import Message, chunks

_PAUSE_S: Final = 0.1
"""Between two bytes of a slow answer: its head alone outlasts any patience."""

_BOMB_BYTES: Final = 64 * 1024 * 1024


def _spoilt(
    spoil: Callable[[Message], bytes], *, reset: bool = False, stay: bool = False
) -> Strike:
    """Return a strike that sends something made of the true answer and ends the connection, unless it is to stay."""

    async def strike(exchange: Exchange) -> None:
        await exchange.send(spoil(await exchange.deliver()))
        if reset:
            # What was sent must be read before the reset overtakes it.
            await asyncio.sleep(0.01)
            exchange.reset()
        elif not stay:
            exchange.close()

    return strike


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _chunked(message: Message) -> Message:
    return message.without("Content-Length").having(("Transfer-Encoding", "chunked"))


def _two_lengths(message: Message) -> bytes:
    other = message.having(("Content-Length", str(len(message.body) // 2)))
    length = f"Content-Length: {len(message.body)}\r\n\r\n".encode()
    return other.head.removesuffix(b"\r\n") + length + message.body


def _packed(message: Message, body: bytes) -> bytes:
    headers = (("Content-Encoding", "gzip"), ("Content-Length", str(len(body))))
    return message.having(*headers).head + body


@cache
def _bomb_body() -> bytes:
    """Return some kilobytes that become 64 MiB of JSON."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    body = packer.compress(b'{"x":"')
    for _ in range(0, _BOMB_BYTES, 1 << 20):
        body += packer.compress(b"x" * (1 << 20))
    return body + packer.compress(b'"}') + packer.flush()


def _bomb(message: Message) -> bytes:
    return _packed(message, _bomb_body())


def _old_style(message: Message) -> Message:
    plain = message.without("Content-Length").without("Connection")
    return Message(plain.start.replace("1.1", "1.0"), plain.headers, plain.body)


def _dated(by: timedelta) -> Callable[[Message], bytes]:
    def spoil(message: Message) -> bytes:
        date = format_datetime(datetime.now(UTC) + by, usegmt=True)
        return message.having(("Date", date)).raw

    return spoil


async def _crawl(exchange: Exchange) -> None:
    message = await exchange.deliver()
    await exchange.send_slowly(message.raw, _PAUSE_S)
    exchange.close()


async def _crawl_in_body(exchange: Exchange) -> None:
    message = await exchange.deliver()
    await exchange.send(message.head)
    await exchange.send_slowly(message.body, _PAUSE_S)
    exchange.close()


async def _latency(exchange: Exchange) -> None:
    await asyncio.sleep(0.05)
    await exchange.relay()


async def _jitter(exchange: Exchange) -> None:
    chance = Random(exchange.request.start)
    message = await exchange.deliver()
    for start in range(0, len(message.raw), 40):
        await asyncio.sleep(chance.uniform(0, 0.01))
        await exchange.send(message.raw[start : start + 40])


async def _sliced(exchange: Exchange) -> None:
    await exchange.send_slowly((await exchange.deliver()).raw, 0)


async def _narrow(exchange: Exchange) -> None:
    await exchange.send_slowly((await exchange.deliver()).raw, 0.002, step=8)


def _done(name: str, strike: Strike, *cases: str, hangs: bool = False) -> Toxic:
    return Toxic(name=name, effect=Effect.DONE, strike=strike, cases=cases, hangs=hangs)


def _whole(name: str, strike: Strike) -> Toxic:
    return Toxic(name=name, effect=Effect.WHOLE, strike=strike)


TOXICS: Final = (
    # It ends too early.
    _done("cut-in-answer-head", _spoilt(lambda m: _half(m.head))),
    _done("reset-in-answer-head", _spoilt(lambda m: _half(m.head), reset=True), "N8"),
    _done("cut-after-answer-head", _spoilt(lambda m: m.head)),
    _done(
        "reset-mid-answer", _spoilt(lambda m: m.head + _half(m.body), reset=True), "N8"
    ),
    _done("truncated-body", _spoilt(lambda m: m.head + m.body[:-1]), "N10"),
    _done(
        "content-length-too-long",
        _spoilt(lambda m: m.having(("Content-Length", str(len(m.body) + 9))).raw),
        "N10",
    ),
    _done(
        "content-length-too-short",
        _spoilt(
            lambda m: m.having(("Content-Length", str(len(m.body) // 2))).raw,
            stay=True,
        ),
        "N10",
    ),
    _done(
        "content-length-is-no-number",
        _spoilt(lambda m: m.having(("Content-Length", "many")).raw),
        "N10",
    ),
    _done("two-content-lengths", _spoilt(_two_lengths), "N10"),
    _done(
        "cut-in-chunk",
        _spoilt(lambda m: _chunked(m).head + b"".join(chunks(m.body))[:-9]),
        "N9",
    ),
    _done(
        "cut-between-chunks",
        _spoilt(lambda m: _chunked(m).head + b"".join(chunks(m.body)[:-1])),
        "N9",
    ),
    _done(
        "cut-before-last-chunk",
        _spoilt(lambda m: _chunked(m).head + b"".join(chunks(m.body))),
        "N9",
    ),
    _done(
        "chunk-of-wrong-size",
        _spoilt(lambda m: _chunked(m).head + b"zz\r\n" + m.body + b"\r\n0\r\n\r\n"),
        "N9",
    ),
    _done("old-style-cut", _spoilt(lambda m: _old_style(m).head + _half(m.body))),
    # It never ends, or not in time.
    _done("one-byte-a-second", _crawl, "N11", hangs=True),
    _done("one-byte-a-second-in-body", _crawl_in_body, "N11", hangs=True),
    _done("gzip-bomb", _spoilt(_bomb)),
    _done("gzip-cut", _spoilt(lambda m: _packed(m, _half(gzip.compress(m.body))))),
    _done("gzip-of-garbage", _spoilt(lambda m: _packed(m, b"no gzip" * 9))),
    # It is no HTTP.
    _done("garbage", _spoilt(lambda _: bytes(range(128, 256)) * 8)),
    _done(
        "garbage-status",
        _spoilt(lambda m: m.raw.replace(b"HTTP/1.1 ", b"HTTP/1.1 x", 1)),
    ),
    _done(
        "headers-too-large", _spoilt(lambda m: m.having(("X-Long", "x" * 65_536)).raw)
    ),
    _done(
        "answers-in-headers-without-end",
        _spoilt(lambda m: m.having(*((f"X-{n}", "x" * 99) for n in range(9999))).raw),
    ),
    # Nothing is lost: these must not be taken for an outage.
    _whole("latency", _latency),
    _whole("jitter", _jitter),
    _whole("sliced", _sliced),
    _whole("narrow", _narrow),
    _whole(
        "chunked",
        _spoilt(
            lambda m: _chunked(m).head + b"".join(chunks(m.body)) + b"0\r\n\r\n",
            stay=True,
        ),
    ),
    _whole("gzip", _spoilt(lambda m: _packed(m, gzip.compress(m.body)), stay=True)),
    _whole("old-style", _spoilt(lambda m: _old_style(m).raw)),
    _whole(
        "continue-first",
        _spoilt(lambda m: b"HTTP/1.1 100 Continue\r\n\r\n" + m.raw, stay=True),
    ),
    _whole("date-a-day-ahead", _spoilt(_dated(timedelta(days=1)), stay=True)),
    _whole("date-a-day-behind", _spoilt(_dated(timedelta(days=-1)), stay=True)),
    _whole(
        "date-is-no-date", _spoilt(lambda m: m.having(("Date", "today")).raw, stay=True)
    ),
)
