"""Answers that something in between gives in the operator's place: whether the operator was asked, nobody is told."""

from collections.abc import Callable
import json
from typing import Final

from ..exchange import Exchange
from ..toxic import Effect, Strike, Toxic
from ..wire import Message, answer

_PAGE: Final = b"<html><body><h1>Bad Gateway</h1><hr>a proxy</body></html>"
_PORTAL: Final = b"<html><body><form>Welcome to our hotel</form></body></html>"
_AGES: Final = str(10**12)

type _Answer = Callable[[Exchange], Message]


def _json(status: str, data: object, *headers: tuple[str, str]) -> _Answer:
    body = json.dumps(data).encode()
    return lambda _: answer(status, body, *headers, kind="application/json")


def _redirect(status: str, *, elsewhere: bool = True) -> _Answer:
    def make(exchange: Exchange) -> Message:
        target = exchange.request.start.split(" ")[1]
        host = f"http://127.0.0.1:{exchange.elsewhere}" if elsewhere else ""
        return answer(status, b"", ("Location", f"{host}{target}"))

    return make


def _stranger(exchange: Exchange) -> Message:
    """The answer to another order: as it was, or as the list that a look-up wants."""
    body = exchange.stranger
    if exchange.request.operation == "find":
        body = b'{"orders": [' + body + b"]}"
    return answer("201 Created", body, kind="application/json")


_ANSWERS: Final[tuple[tuple[str, _Answer, str], ...]] = (
    (
        "500",
        _json("500 Internal Server Error", {"error": {"code": "server_error"}}),
        "",
    ),
    ("503", _json("503 Service Unavailable", {}, ("Retry-After", "5")), ""),
    ("502-page", lambda _: answer("502 Bad Gateway", _PAGE), "N15"),
    ("504-empty", lambda _: answer("504 Gateway Timeout"), ""),
    (
        "429-for-ages",
        _json(
            "429 Too Many Requests",
            {"error": {"code": "rate_limited"}},
            ("Retry-After", _AGES),
        ),
        "N16",
    ),
    (
        "409-in-progress",
        _json("409 Conflict", {"error": {"code": "key_in_progress"}}),
        "N17",
    ),
    ("408", _json("408 Request Timeout", {"error": {"code": "slow"}}), ""),
    # A refusal's words from somebody who is not the operator: a page is no refusal.
    ("402-page", lambda _: answer("402 Payment Required", _PAGE), ""),
    ("404-page", lambda _: answer("404 Not Found", _PAGE), ""),
    ("301", _redirect("301 Moved Permanently"), "N18"),
    ("302", _redirect("302 Found"), "N18"),
    ("303", _redirect("303 See Other"), "N18"),
    ("307", _redirect("307 Temporary Redirect"), "N18"),
    ("308", _redirect("308 Permanent Redirect"), "N18"),
    ("307-same-operator", _redirect("307 Temporary Redirect", elsewhere=False), "N18"),
    ("200-empty", lambda _: answer("200 OK"), "N19"),
    ("204", lambda _: Message("HTTP/1.1 204 No Content", ()), "N19"),
    ("200-page", lambda _: answer("200 OK", _PORTAL), "N20"),
    (
        "200-half-json",
        lambda _: answer("200 OK", b'{"status": "succ', kind="application/json"),
        "N20",
    ),
    ("200-other-json", _json("200 OK", {"hello": "world"}), "N20"),
    ("200-list", _json("200 OK", []), "N20"),
    (
        "101",
        lambda _: Message(
            "HTTP/1.1 101 Switching Protocols",
            (("Upgrade", "x"), ("Connection", "upgrade")),
        ),
        "",
    ),
)


def _before(make: _Answer) -> Strike:
    async def strike(exchange: Exchange) -> None:
        await exchange.send(make(exchange).raw)

    return strike


def _after(make: _Answer) -> Strike:
    async def strike(exchange: Exchange) -> None:
        await exchange.deliver()
        await exchange.send(make(exchange).raw)

    return strike


def _pair(
    name: str, make: _Answer, cases: tuple[str, str], *, lies: bool
) -> list[Toxic]:
    lost, done = ((case,) if case else () for case in cases)
    return [
        Toxic(
            name=f"{name}-before",
            effect=Effect.LOST,
            strike=_before(make),
            cases=lost,
            lies=lies,
            purchases_only=True,
        ),
        Toxic(
            name=f"{name}-after",
            effect=Effect.DONE,
            strike=_after(make),
            cases=done,
            lies=lies,
        ),
    ]


TOXICS: Final = (
    *(
        toxic
        for name, make, case in _ANSWERS
        for toxic in _pair(
            name, make, (case, case) if name != "500" else ("N13", "N14"), lies=False
        )
    ),
    *_pair("other-orders-answer", _stranger, ("N21", "N21"), lies=True),
)
