"""Reading over HTTP, with everything that a network and a provider can do to it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import gzip
import logging
import tracemalloc

import aiohttp
import pytest

from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    LineUnknown,
    MalformedAnswer,
    NotPermitted,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
)
from custom_components.esim_topup.providers.http import (
    BODY_BYTES_MAX,
    AddressGuard,
    HttpClient,
    InvalidBaseUrl,
    Json,
    Token,
    TokenCache,
)

from .web import Api, RawHandler, raw_server, read_request

QUICK = aiohttp.ClientTimeout(total=0.5, sock_connect=0.3)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def client(session: aiohttp.ClientSession, api: Api) -> HttpClient:
    """A client for the polite server."""
    return HttpClient(session, api.base_url, allow_http=True, now=lambda: NOW)


async def test_a_read_returns_exact_json(client: HttpClient, api: Api) -> None:
    """And sends what it was given, once."""
    api.on("/v1/lines?page=1&q=a+b%26c", '{"balance": 10.10}')
    reply = await client.get_json(
        "/v1/lines", params={"page": "1", "q": "a b&c"}, headers={"X-Extra": "1"}
    )
    assert reply.json == {"balance": Decimal("10.10")}
    assert (reply.status, reply.readable, reply.received_at) == (200, True, NOW)
    (request,) = api.seen
    assert request.method == "GET"
    assert request.headers["X-Extra"] == "1"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Cache-Control"] == "no-cache, no-store"


async def test_a_query_in_the_path_stays(client: HttpClient, api: Api) -> None:
    """Descriptions of an API are written that way."""
    api.on("/find?ref=a%2Fb&page=2", [])
    await client.get_json("/find?ref=a%2Fb", params={"page": "2"})
    assert api.paths == ["/find?ref=a%2Fb&page=2"]


async def test_reading_by_post_sends_json_or_a_form(
    client: HttpClient, api: Api
) -> None:
    """Some APIs query by POST, and tokens are asked for with a form."""
    api.on("/query", {})
    await client.post_json("/query", json={"iccid": "8970", "amount": Decimal("1.50")})
    await client.post_json("/query", data={"grant_type": "client_credentials"})
    assert api.seen[0].body == b'{"iccid":"8970","amount":1.50}'
    assert api.seen[0].headers["Content-Type"] == "application/json"
    assert api.seen[1].body == b"grant_type=client_credentials"
    assert "form-urlencoded" in api.seen[1].headers["Content-Type"]


async def test_the_accounts_headers_go_with_every_request(
    session: aiohttp.ClientSession, api: Api
) -> None:
    """A provider with a media type of its own replaces ours."""
    api.on("/a", {})
    client = HttpClient(
        session,
        api.base_url,
        headers={"Authorization": "Bearer key", "accept": "application/vnd.x+json"},
        allow_http=True,
    )
    await client.get_json("/a")
    headers = api.seen[0].headers
    assert headers["Authorization"] == "Bearer key"
    assert headers["Accept"] == "application/vnd.x+json"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationFailed),
        (403, NotPermitted),
        (404, LineUnknown),
        (422, Refused),
        (429, RateLimited),
        (500, Unreachable),
        (503, Unreachable),
    ],
)
async def test_a_status_becomes_an_error(
    client: HttpClient, api: Api, status: int, kind: type[ProviderError]
) -> None:
    """Each with a code that may be read aloud."""
    api.raw("/a", status=status, text="{}")
    with pytest.raises(kind) as err:
        await client.get_json("/a", errors={404: LineUnknown})
    assert "127.0.0.1" not in str(err.value)


async def test_the_providers_code_is_found_in_the_body(
    session: aiohttp.ClientSession, api: Api
) -> None:
    """Where each provider hides it is the provider's business."""

    def error_code(json: Json) -> str | None:
        return str(json["code"]) if isinstance(json, dict) else None

    client = HttpClient(session, api.base_url, error_code=error_code, allow_http=True)
    api.raw("/a", status=422, text='{"code": 73}')
    with pytest.raises(Refused) as err:
        await client.get_json("/a")
    assert err.value.code == "73"


async def test_a_limited_read_says_for_how_long(client: HttpClient, api: Api) -> None:
    """By the provider's clock where it names a date: ours may be wrong."""
    api.raw(
        "/a",
        status=429,
        headers={
            "Date": "Sun, 22 Nov 2026 11:00:00 GMT",
            "Retry-After": "Sun, 22 Nov 2026 11:00:30 GMT",
        },
    )
    with pytest.raises(RateLimited) as err:
        await client.get_json("/a")
    assert err.value.retry_after == timedelta(seconds=30)


async def test_the_providers_clock_is_compared_with_ours(
    client: HttpClient, api: Api
) -> None:
    """Spending stops when ours cannot be trusted."""
    assert client.clock_skew is None
    api.raw("/a", text="{}", headers={"Date": "Sun, 22 Nov 2026 12:05:00 GMT"})
    reply = await client.get_json("/a")
    assert reply.date == NOW + timedelta(minutes=5)
    assert client.clock_skew == timedelta(minutes=5)
    api.raw("/a", text="{}", headers={"Date": "never"})
    await client.get_json("/a")
    assert client.clock_skew is None


async def test_an_accepted_status_is_an_answer(client: HttpClient, api: Api) -> None:
    """No such order is an answer to a look-up; a web page under 404 is none."""
    api.raw("/a", status=404, text='{"code": "unknown_order"}')
    reply = await client.get_json("/a", accept={404})
    assert (reply.status, reply.json) == (404, {"code": "unknown_order"})
    api.raw("/a", status=404, text="")
    assert (await client.get_json("/a", accept={404})).json is None
    api.raw("/a", status=404, text="<html>")
    with pytest.raises(MalformedAnswer):
        await client.get_json("/a", accept={404})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    client: HttpClient, api: Api, status: int
) -> None:
    """N18: a header with a key would be sent on to the other host."""
    api.raw("/a", status=status, headers={"Location": f"{api.base_url}/b"})
    api.on("/b", {})
    with pytest.raises(Unreachable) as err:
        await client.get_json("/a")
    assert err.value.code == f"http_{status}"
    assert api.paths == ["/a"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"<html>hello</html>", "not_json"),
        (b'{"balance": NaN}', "not_json"),
        (b'"' + b"x" * BODY_BYTES_MAX + b'"', "too_large"),
    ],
)
async def test_a_success_that_cannot_be_read_is_no_reading(
    client: HttpClient, api: Api, body: bytes, code: str
) -> None:
    """N15, N19, N20, H11: nothing of it becomes a balance."""
    api.raw("/a", body=body)
    with pytest.raises(MalformedAnswer) as err:
        await client.get_json("/a")
    assert err.value.code == code


async def test_packed_answers_are_unpacked(client: HttpClient, api: Api) -> None:
    """Content networks pack whatever they like."""
    api.raw("/a", body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    assert (await client.get_json("/a")).json == {"a": 1}


async def test_a_bomb_does_not_fill_the_memory(client: HttpClient, api: Api) -> None:
    """H12: 200 kB on the wire, 200 MiB unpacked. A Raspberry Pi would be killed."""
    bomb = gzip.compress(b"0" * 200 * 1024**2, compresslevel=9)
    api.raw("/a", body=bomb, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        with pytest.raises(MalformedAnswer) as err:
            await client.get_json("/a")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert err.value.code == "too_large"
    assert peak < 8 * 1024**2


async def test_a_packing_that_breaks_is_a_broken_answer(
    client: HttpClient, api: Api
) -> None:
    """Half a gzip stream is half an answer."""
    api.raw("/a", body=b"\x1f\x8b garbage", headers={"Content-Encoding": "gzip"})
    with pytest.raises(ProviderError) as err:
        await client.get_json("/a")
    assert isinstance(err.value, Unreachable | MalformedAnswer)


def _raw_client(session: aiohttp.ClientSession, port: int) -> HttpClient:
    return HttpClient(
        session, f"http://127.0.0.1:{port}", allow_http=True, timeout=QUICK
    )


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes
) -> None:
    await read_request(reader)
    writer.write(answer)
    await writer.drain()


def _says(answer: bytes) -> RawHandler:
    return lambda reader, writer: _answer(reader, writer, answer)


async def _hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await asyncio.sleep(60)


async def _drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


async def _resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.transport.abort()


@pytest.mark.parametrize(
    ("handler", "kind", "code"),
    [
        pytest.param(_says(b""), Unreachable, "connection_lost", id="N6 closed"),
        pytest.param(_resets, Unreachable, "connection_lost", id="N5 reset"),
        pytest.param(_hangs, Unreachable, "timeout", id="N7 no answer"),
        pytest.param(_drips, Unreachable, "timeout", id="N11 a byte now and then"),
        pytest.param(
            _says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}"),
            Unreachable,
            "truncated",
            id="N10 wrong Content-Length",
        ),
        pytest.param(
            _says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}"),
            Unreachable,
            "truncated",
            id="N9 truncated chunk",
        ),
        pytest.param(
            _says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
            MalformedAnswer,
            "malformed_answer",
            id="no HTTP",
        ),
        pytest.param(
            _says(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
            MalformedAnswer,
            "malformed_answer",
            id="endless header",
        ),
    ],
)
async def test_a_broken_connection_is_an_outage(
    session: aiohttp.ClientSession,
    handler: RawHandler,
    kind: type[ProviderError],
    code: str,
) -> None:
    """The line keeps its last reading, and nobody reads an address in the log."""
    async with raw_server(handler) as port:
        with pytest.raises(kind) as err:
            await _raw_client(session, port).get_json("/secret-path")
    assert err.value.code == code
    assert err.value.__suppress_context__
    assert "secret" not in repr(err.value)
    assert getattr(err.value, "sent", True)


async def test_nobody_there_is_an_outage_that_sent_nothing(
    session: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    """N2."""
    with pytest.raises(Unreachable) as err:
        await _raw_client(session, unused_tcp_port).get_json("/a")
    assert (err.value.code, err.value.sent) == ("no_connection", False)


class Issuer:
    """An API that wants tokens, and its token cache."""

    def __init__(self) -> None:
        """Begin with no token given."""
        self.fetched = 0
        self.cache = TokenCache(self.fetch)

    async def fetch(self) -> Token:
        """Give the next token."""
        self.fetched += 1
        await asyncio.sleep(0.01)
        return Token(value=f"token-{self.fetched}", lifetime=timedelta(hours=1))


@pytest.fixture
async def wanting(
    session: aiohttp.ClientSession,
) -> AsyncIterator[tuple[HttpClient, Issuer, list[str]]]:
    """A client with tokens, at a server that only takes the second one; and what the server saw."""
    issuer, seen = Issuer(), list[str]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await read_request(reader)).decode()
        token = next(
            line.split()[-1]
            for line in request.split("\r\n")
            if line.startswith("Authorization: Bearer ")
        )
        seen.append(token)
        status = b"200 OK" if token == "token-2" else b"401 Unauthorized"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()

    async with raw_server(serve) as port:
        base_url = f"http://127.0.0.1:{port}"
        client = HttpClient(
            session, base_url, tokens=issuer.cache, allow_http=True, timeout=QUICK
        )
        yield client, issuer, seen


async def test_a_revoked_token_is_replaced_before_a_person_is_asked(
    wanting: tuple[HttpClient, Issuer, list[str]],
) -> None:
    """The provider restarted and forgot it; nobody has to log in again for that."""
    client, issuer, seen = wanting
    await client.get_json("/a")
    assert seen == ["token-1", "token-2"]
    assert issuer.fetched == 2


async def test_a_second_refusal_is_believed(
    wanting: tuple[HttpClient, Issuer, list[str]],
) -> None:
    """The key itself has been revoked."""
    client, issuer, seen = wanting
    issuer.fetched = 5
    with pytest.raises(AuthenticationFailed):
        await client.get_json("/a")
    assert seen == ["token-6", "token-7"]


async def test_twenty_readers_with_a_revoked_token_fetch_one_new_one(
    wanting: tuple[HttpClient, Issuer, list[str]],
) -> None:
    """The token endpoint has the tightest limit of all."""
    client, issuer, _ = wanting
    await asyncio.gather(*(client.get_json("/a") for _ in range(20)))
    assert issuer.fetched == 2


async def test_a_key_with_a_line_break_is_a_wrong_key(
    session: aiohttp.ClientSession, api: Api
) -> None:
    """Copied with its line end, it must not become a second header, nor an exception nobody expects."""
    client = HttpClient(
        session, api.base_url, headers={"X-Key": "CANARY\r\nHost: x"}, allow_http=True
    )
    with pytest.raises(AuthenticationFailed) as err:
        await client.get_json("/a")
    assert "CANARY" not in str(err.value)
    assert api.seen == []


async def test_a_guarded_client_asks_before_it_connects(
    session: aiohttp.ClientSession, api: Api
) -> None:
    """A URL that a person typed must not reach into the house by accident."""
    api.on("/a", {})
    guarded = HttpClient(session, api.base_url, allow_http=True, guard=AddressGuard())
    with pytest.raises(Unreachable) as err:
        await guarded.get_json("/a")
    assert (err.value.code, err.value.sent) == ("address_not_allowed", False)
    assert api.seen == []
    allowed = HttpClient(
        session, api.base_url, allow_http=True, guard=AddressGuard(allow_local=True)
    )
    assert (await allowed.get_json("/a")).status == 200


async def test_no_log_holds_what_a_request_carries(
    session: aiohttp.ClientSession, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    """I12: whoever reports a bug is asked to switch debug logging on, and posts what it says."""
    caplog.set_level(logging.DEBUG, "custom_components.esim_topup")
    headers = {"X-Api-Key": "C4N4RY"}
    client = HttpClient(session, api.base_url, allow_http=True, headers=headers)
    api.on("/C4N4RY", {"C4N4RY": 1})
    await client.get_json("/C4N4RY")
    await client.purchase("/C4N4RY", json={"line": "C4N4RY"})
    ours = [
        each for each in caplog.records if each.name.startswith("custom_components")
    ]
    assert not [each for each in ours if "C4N4RY" in each.getMessage()]


async def test_a_client_is_not_made_for_a_bad_base_url(
    session: aiohttp.ClientSession,
) -> None:
    """The flow shows it beside the field."""
    with pytest.raises(InvalidBaseUrl):
        HttpClient(session, "http://api.example.com")
    client = HttpClient(session, "https://api.example.com/v1/")
    assert str(client.base_url) == "https://api.example.com/v1"


async def test_the_sessions_own_middlewares_are_left_out(api: Api) -> None:
    """One that retries would pay twice."""

    async def twice(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        await handler(request)
        return await handler(request)

    api.on("/a", {})
    async with aiohttp.ClientSession(
        middlewares=(twice,), raise_for_status=True
    ) as session:
        client = HttpClient(session, api.base_url, allow_http=True)
        await client.purchase("/a", json={})
        await client.get_json("/a")
    assert api.paths == ["/a", "/a"]
