"""Requests to one provider, and the rules that hold for each of them.

* https, unless the maker of the client said otherwise; no redirects; 5 s to connect, 15 s in all; 256 KiB.
* Reads raise a `ProviderError`. A read may be repeated: aiohttp does so for GET, this client after a refused token.
* A purchase is one POST. What happens to it is a value, since each case proves something else (see `faults`).
* Secrets travel in headers only, and no error or `repr` holds a URL, a header or a body.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypedDict, Unpack

from aiohttp import ClientResponse, ClientSession, ClientTimeout, FormData
from multidict import CIMultiDict
from yarl import URL

from ..errors import AuthenticationFailed, Fault, MalformedAnswer, ProviderError
from .address import AddressGuard, join, parse_base_url
from .body import BodyError, Json, dump_json, parse_json, read_body
from .faults import TRANSPORT_ERRORS, error_of, fault_of, status_error
from .reply import Reply, parse_date, parse_retry_after
from .tokens import TokenCache

# A stopping Home Assistant waits 20 s, and a sane API answers in 3.
_TIMEOUT: Final = ClientTimeout(total=15, sock_connect=5)

_OF_NOW: Final = {"Cache-Control": "no-cache, no-store"}
"""A copy that some cache on the way keeps of "no such order" must not speak for the operator (RFC 9111, 5.2.1)."""

type ErrorCode = Callable[[Json], str | None]
"""Finds the provider's own error code in the body of a refusal. It raises nothing."""

type StatusErrors = Mapping[int, type[ProviderError]]
"""What a status means for one call, where it is not what it usually means."""


class Parts(TypedDict, total=False):
    """What a request carries besides its path. The body is `json` or `data` (a form); `None` is no body."""

    params: Mapping[str, str]
    headers: Mapping[str, str]
    json: Json
    data: Mapping[str, str] | FormData


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A request that is ready to leave."""

    method: str
    url: URL = field(repr=False)
    params: Mapping[str, str] | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    data: bytes | Mapping[str, str] | FormData | None = field(repr=False)
    token: str | None = field(repr=False)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _no_code(_json: Json) -> None:
    return None


class HttpClient:
    """Talks to one provider with the credentials of one account."""

    def __init__(
        self,
        session: ClientSession,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        tokens: TokenCache | None = None,
        error_code: ErrorCode = _no_code,
        allow_http: bool = False,
        guard: AddressGuard | None = None,
        timeout: ClientTimeout = _TIMEOUT,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Take the session, where to ask, and what every request carries. Raises `InvalidBaseUrl`.

        `tokens` adds `Authorization: Bearer ...`. `guard` is for a base URL that a person typed.
        """
        self._session = session
        self._base = parse_base_url(base_url, allow_http=allow_http)
        self._headers = dict(headers or {})
        self._tokens = tokens
        self._error_code = error_code
        self._guard = guard
        self._timeout = timeout
        self._now = now
        self._clock_skew: timedelta | None = None

    @property
    def clock_skew(self) -> timedelta | None:
        """The provider's clock minus ours at its last answer; `None` where it named no time."""
        return self._clock_skew

    @property
    def base_url(self) -> URL:
        """Where this client asks, without a slash at the end."""
        return self._base

    async def get_json(
        self,
        path: str,
        *,
        errors: StatusErrors | None = None,
        accept: Collection[int] = (),
        **parts: Unpack[Parts],
    ) -> Reply:
        """Read. Raises `ProviderError`. `errors` says what a status means here, `accept` which to return like a 2xx.

        `path` is percent-encoded (see `quoted`) and begins with a slash.
        """
        return await self._read("GET", path, errors or {}, accept, parts)

    async def post_json(
        self,
        path: str,
        *,
        errors: StatusErrors | None = None,
        accept: Collection[int] = (),
        **parts: Unpack[Parts],
    ) -> Reply:
        """Read where reading is a POST (queries, tokens). Otherwise as `get_json`."""
        return await self._read("POST", path, errors or {}, accept, parts)

    async def purchase(
        self, path: str, *, empty_ok: bool = False, **parts: Unpack[Parts]
    ) -> Reply | Fault:
        """Send ONE POST that may spend money, and return what came of it; only a cancellation is raised.

        A 2xx whose body cannot be used is a `Fault`; with `empty_ok` an empty one is a `Reply` without `json`. Any
        other status is a `Reply`, whatever its body. `classify_status` says what each of them proves.
        """
        try:
            request = await self._prepare("POST", path, parts)
        except ProviderError as err:
            return Fault(
                err.code, sent=False
            )  # the order itself has not left: at most its token was asked for
        try:
            reply = await self._send(request, empty_ok=empty_ok)
        except TRANSPORT_ERRORS as err:
            return fault_of(err)
        except BodyError as err:
            return Fault(err.code, sent=True)
        self._drop_refused_token(reply, request)
        return reply

    async def _read(
        self,
        method: str,
        path: str,
        errors: StatusErrors,
        accept: Collection[int],
        parts: Parts,
    ) -> Reply:
        reply, token_refused = await self._ask(method, path, parts)
        if token_refused:
            # Revoked before its time: once more with a new one, before a person is asked to log in again.
            reply, _ = await self._ask(method, path, parts)
        if reply.status in accept:
            if not reply.readable:
                raise MalformedAnswer
            return reply
        if (error := status_error(reply, errors)) is not None:
            raise error
        return reply

    async def _ask(self, method: str, path: str, parts: Parts) -> tuple[Reply, bool]:
        request = await self._prepare(method, path, parts)
        try:
            reply = await self._send(request)
        except TRANSPORT_ERRORS as err:
            raise error_of(fault_of(err)) from None
        except BodyError as err:
            raise MalformedAnswer(err.code) from None
        return reply, self._drop_refused_token(reply, request)

    async def _prepare(self, method: str, path: str, parts: Parts) -> _Request:
        """Do all that can fail before the request leaves. Raises `ProviderError`."""
        url = join(self._base, path)
        json, data = parts.get("json"), parts.get("data")
        token = None if self._tokens is None else await self._tokens.get()
        headers = CIMultiDict({"Accept": "application/json", **_OF_NOW})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if json is not None:
            headers["Content-Type"] = "application/json"
        headers.update(self._headers)
        headers.update(parts.get("headers") or {})
        if not all(value.isprintable() for value in headers.values()):
            raise AuthenticationFailed  # a line break that was pasted with the key: no provider has given that away
        if self._guard is not None:
            await self._guard.check(url)
        return _Request(
            method=method,
            url=url,
            params=parts.get("params"),
            headers=headers,
            data=data if json is None else dump_json(json),
            token=token,
        )

    async def _send(self, request: _Request, *, empty_ok: bool = False) -> Reply:
        """Send once. Raises `TRANSPORT_ERRORS`, and `BodyError` for a 2xx whose body cannot be used."""
        async with self._session.request(
            request.method,
            request.url,
            params=request.params,
            headers=request.headers,
            data=request.data,
            timeout=self._timeout,
            allow_redirects=False,
            auto_decompress=True,
            raise_for_status=False,
            middlewares=(),  # those of the session might repeat a purchase
        ) as response:
            json: Json = None
            readable = True
            try:
                json = parse_json(await read_body(response))
            except (*TRANSPORT_ERRORS, BodyError) as err:
                readable = isinstance(err, BodyError) and err.code == "empty"
                if 200 <= response.status < 300 and not (readable and empty_ok):
                    raise
            return self._reply(response, json, readable=readable)

    def _reply(self, response: ClientResponse, json: Json, *, readable: bool) -> Reply:
        now, headers = self._now(), response.headers
        date = parse_date(headers.get("Date"))
        self._clock_skew = None if date is None else date - now
        refused = json is not None and not 200 <= response.status < 300
        return Reply(
            status=response.status,
            json=json,
            readable=readable,
            code=self._error_code(json) if refused else None,
            received_at=now,
            date=date,
            retry_after=parse_retry_after(headers.get("Retry-After"), date or now),
            headers=headers,
        )

    def _drop_refused_token(self, reply: Reply, request: _Request) -> bool:
        """Make the next request fetch a new token where this one was refused, and say whether that is so."""
        if reply.status != 401 or self._tokens is None or request.token is None:
            return False
        self._tokens.forget(request.token)
        return True
