"""Where a lie enters.

* Bytes enter behind the session: the house's own client reads, limits, decodes and classifies them.
* Trees enter right behind the decoding, which is many times as fast; statuses and headers go the usual way.

Nobody asks a name server: where a request may go is looked at elsewhere.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
import json
from typing import Any, Final, Self, cast
from unittest.mock import patch

from aiohttp import ClientResponse, ClientSession
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from custom_components.esim_topup.providers.http.address import AddressGuard
from custom_components.esim_topup.providers.http.body import (
    BodyError,
    dump_json,
    parse_json,
)
from custom_components.esim_topup.providers.http.client import HttpClient

from .conversation import Conversation, Only
from .exchange import Said

_SENSELESS: Final = (BodyError, ValueError, TypeError, ArithmeticError, RecursionError)


class _Content:
    """A body that comes in pieces."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """Yield the pieces."""
        for start in range(0, len(self._body), size):
            yield self._body[start : start + size]


class _Response:
    """An answer, as far as a client may look at it; entering it is receiving it."""

    def __init__(self, said: Said) -> None:
        self.status = said.status
        self.headers = CIMultiDictProxy(CIMultiDict(said.headers))
        self.content = _Content(as_wire(said.body))

    async def __aenter__(self) -> Self:
        """Receive."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is held."""


class FakeSession:
    """The session that a provider is given: every request is answered by the conversation."""

    def __init__(self, conversation: Conversation) -> None:
        """Take who answers."""
        self._conversation = conversation

    def request(self, method: str, url: str | URL, **_: object) -> _Response:
        """Answer."""
        return _Response(self._conversation.answer(method, URL(url).raw_path))

    def get(self, url: str | URL, **_: object) -> _Response:
        """Answer."""
        return self.request("GET", url)

    def post(self, url: str | URL, **_: object) -> _Response:
        """Answer."""
        return self.request("POST", url)

    @property
    def as_session(self) -> ClientSession:
        """What a provider takes it for."""
        return cast(ClientSession, self)


def as_wire(body: Any) -> bytes:
    """Return the bytes of a body; a tree that is no JSON is written as Python's own library would."""
    if body is None or isinstance(body, bytes):
        return body or b""
    try:
        return dump_json(body)
    except _SENSELESS:
        return json.dumps(body, default=str).encode("utf-8", "surrogatepass")


_SEND: Final = HttpClient._send  # noqa: SLF001 - the seam

UNREADABLE: Final = "\x00unreadable"
"""What a body says that nobody can read."""


@lru_cache(maxsize=256)
def as_read(body: bytes) -> Any:
    """Return what the house's own decoder makes of a body; `None` for an empty one, `UNREADABLE` for rubbish."""
    try:
        return parse_json(body)
    except BodyError as err:
        return None if err.code == "empty" else UNREADABLE


@contextmanager
def entered(conversation: Callable[[], Conversation]) -> Iterator[None]:
    """Answer every request from here on; whose conversation it is, is asked for each."""

    async def send(self: HttpClient, request: Any, *, empty_ok: bool = False) -> Any:
        said = conversation().answer(request.method, request.url.raw_path)
        positive = 200 <= said.status < 300
        if isinstance(said.body, bytes):
            self._session = FakeSession(Only(said)).as_session
            return await _SEND(self, request, empty_ok=empty_ok)
        if said.body is None and positive and not empty_ok:
            raise BodyError("empty")
        response = cast(ClientResponse, _Head(said))
        return self._reply(response, said.body, readable=True)

    with ExitStack() as stack:
        stack.enter_context(patch.object(HttpClient, "_send", send))
        stack.enter_context(anywhere())
        yield


@contextmanager
def as_it_is() -> Iterator[None]:
    """Let the client send over its session again, whoever answers for it elsewhere. No name server is asked."""
    with patch.object(HttpClient, "_send", _SEND), anywhere():
        yield


@contextmanager
def anywhere() -> Iterator[None]:
    """Ask no name server."""

    async def check(_: AddressGuard, url: URL) -> None:
        """Let every address pass."""

    with patch.object(AddressGuard, "check", check):
        yield


class _Head:
    """Status and headers."""

    def __init__(self, said: Said) -> None:
        self.status = said.status
        self.headers = CIMultiDict(said.headers)
