"""Answers as values, and those that a fault puts in the place of the true one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
import json
from typing import Final

from .faults import Fault, Kind

type Json = dict[str, "Json"] | list["Json"] | str | int | bool | None

_JSON_TYPE: Final = "application/json"

_PROXY_PAGE: Final = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"

# Bytes that are neither UTF-8 nor JSON; fixed, so that the same test sees the same garbage.
_GARBAGE: Final = bytes(range(128, 256)) * 4


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: str = _JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def of_json(
    status: int, data: object, headers: Mapping[str, str] | None = None
) -> Reply:
    """Answer with JSON."""
    return Reply(
        status, json.dumps(data, ensure_ascii=False).encode(), headers=headers or {}
    )


def instead(fault: Fault, truth: Reply | None) -> Reply | None:
    """Return the answer a fault gives instead of the true one, or None if it leaves the answer alone.

    `truth` is None where the request never reached the books.
    """
    if maker := _MADE_UP.get(fault.kind):
        return maker(fault, truth)
    if truth is not None and (spoiler := _SPOILT.get(fault.kind)):
        return spoiler(fault, truth)
    return None


def _error(fault: Fault, _: Reply | None) -> Reply:
    status = round(fault.number("status", 500))
    body = fault.args.get(
        "body", {"error": {"code": "server_error", "message": "server_error"}}
    )
    return (
        Reply(status, body.encode(), "text/plain")
        if isinstance(body, str)
        else of_json(status, body)
    )


def _redirect(fault: Fault, _: Reply | None) -> Reply:
    location = fault.text("location", "/elsewhere")
    return Reply(
        round(fault.number("status", 307)), b"", "text/html", {"Location": location}
    )


def _empty(_: Fault, truth: Reply | None) -> Reply:
    return Reply(200 if truth is None else truth.status, b"")


def _not_json(_: Fault, truth: Reply | None) -> Reply:
    return Reply(200 if truth is None else truth.status, b"OK", "text/plain")


def _garbage(_: Fault, truth: Reply | None) -> Reply:
    return Reply(200 if truth is None else truth.status, _GARBAGE)


def _deep(fault: Fault, truth: Reply) -> Reply:
    """Add a nest of lists to the true answer."""
    depth = round(fault.number("depth", 2000))
    nest = b"[" * depth + b"]" * depth
    member = nest if truth.body.endswith(b"]") else b'"extra":' + nest
    return replace(truth, body=truth.body[:-1] + b"," + member + truth.body[-1:])


def _duplicate_keys(_: Fault, truth: Reply) -> Reply:
    """Name every member twice; who lets the last one win reads something else than who lets the first one win."""
    return replace(truth, body=_doubled(json.loads(truth.body)).encode())


def _doubled(data: Json) -> str:
    match data:
        case dict():
            true = [
                f"{json.dumps(name)}: {json.dumps(value)}"
                for name, value in data.items()
            ]
            false = [
                f"{json.dumps(name)}: {'"0"' if isinstance(value, str) else 'null'}"
                for name, value in data.items()
            ]
            return "{" + ", ".join(true + false) + "}"
        case list():
            return "[" + ", ".join(_doubled(item) for item in data) + "]"
        case _:
            return json.dumps(data)


_MADE_UP: Final[Mapping[Kind, Callable[[Fault, Reply | None], Reply]]] = {
    Kind.ERROR_BEFORE: _error,
    Kind.ERROR_AFTER: _error,
    Kind.REDIRECT: _redirect,
    Kind.HTML: lambda _fault, _truth: Reply(502, _PROXY_PAGE, "text/html"),
    Kind.EMPTY: _empty,
    Kind.NOT_JSON: _not_json,
    Kind.GARBAGE: _garbage,
}
_SPOILT: Final[Mapping[Kind, Callable[[Fault, Reply], Reply]]] = {
    Kind.DEEP: _deep,
    Kind.DUPLICATE_KEYS: _duplicate_keys,
}
