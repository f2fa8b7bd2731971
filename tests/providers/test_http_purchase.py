"""A purchase is one POST, and what happens to it is a value that says what it proves."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
import socket

import aiohttp
import pytest

from custom_components.esim_topup.providers.errors import Fault, Unreachable
from custom_components.esim_topup.providers.http import (
    BODY_BYTES_MAX,
    AddressGuard,
    HttpClient,
    Reply,
    Token,
    TokenCache,
)

from .certificate import server_context
from .web import Api, RawHandler, raw_server, read_request

QUICK = aiohttp.ClientTimeout(total=0.5, sock_connect=0.3)


@pytest.fixture
def client(session: aiohttp.ClientSession, api: Api) -> HttpClient:
    """A client for the polite server."""
    return HttpClient(session, api.base_url, allow_http=True)


def _client(session: aiohttp.ClientSession, port: int) -> HttpClient:
    return HttpClient(
        session, f"http://127.0.0.1:{port}", allow_http=True, timeout=QUICK
    )


async def test_a_purchase_is_one_post(client: HttpClient, api: Api) -> None:
    """With the amount as it was agreed."""
    api.on("/orders?pay=card", {"status": "succeeded"})
    reply = await client.purchase(
        "/orders",
        json={"amount": Decimal("300.00")},
        headers={"Idempotency-Key": "uuid"},
        params={"pay": "card"},
    )
    assert isinstance(reply, Reply)
    assert reply.json == {"status": "succeeded"}
    (request,) = api.seen
    assert (request.method, request.body) == ("POST", b'{"amount":300.00}')
    assert request.headers["Idempotency-Key"] == "uuid"


async def test_a_purchase_can_be_a_form(client: HttpClient, api: Api) -> None:
    """YooMoney and Airalo want one."""
    api.on("/pay", {})
    await client.purchase("/pay", data={"request_id": "1"})
    form = aiohttp.FormData({"package_id": "p"}, default_to_multipart=True)
    await client.purchase("/pay", data=form)
    assert api.seen[0].body == b"request_id=1"
    assert api.seen[1].headers["Content-Type"].startswith("multipart/form-data")


@pytest.mark.parametrize(
    "status", [301, 307, 308, 400, 402, 403, 404, 408, 409, 429, 500, 502, 503]
)
async def test_every_other_status_is_an_answer_for_the_caller(
    client: HttpClient, api: Api, status: int
) -> None:
    """N13, N16-N18: what it proves differs from provider to provider. No redirect is followed."""
    api.raw(
        "/orders",
        status=status,
        text='{"code": "x"}',
        headers={"Location": f"{api.base_url}/other", "Retry-After": "7"},
    )
    reply = await client.purchase("/orders", json={})
    assert isinstance(reply, Reply)
    assert (reply.status, reply.json, reply.readable) == (status, {"code": "x"}, True)
    assert reply.retry_after == timedelta(seconds=7)
    assert api.paths == ["/orders"]


@pytest.mark.parametrize(
    ("body", "readable"),
    [
        (b"<html>Bad gateway</html>", False),
        (b"x" * (BODY_BYTES_MAX + 1), False),
        (b"", True),
    ],
)
async def test_a_refusal_may_come_with_any_body(
    client: HttpClient, api: Api, body: bytes, readable: bool
) -> None:
    """N15: whether somebody else than the provider spoke is told, and not guessed here."""
    api.raw("/orders", status=402, body=body)
    reply = await client.purchase("/orders", json={})
    assert isinstance(reply, Reply)
    assert (reply.status, reply.json, reply.readable) == (402, None, readable)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"", "empty", id="N19 empty"),
        pytest.param(b"<html>", "not_json", id="N20 a web page"),
        pytest.param(b'{"amount": NaN}', "not_json", id="H1 NaN"),
        pytest.param(b"x" * (BODY_BYTES_MAX + 1), "too_large", id="H11 huge"),
    ],
)
async def test_a_success_that_cannot_be_read_proves_nothing(
    client: HttpClient, api: Api, body: bytes, code: str
) -> None:
    """The order may have been carried out."""
    api.raw("/orders", body=body)
    assert await client.purchase("/orders", json={}) == Fault(code, sent=True)


async def test_an_empty_success_is_an_answer_where_it_is_documented(
    client: HttpClient, api: Api
) -> None:
    """1NCE answers 201, nothing, and where the order is."""
    api.raw("/orders", status=201, headers={"Location": "/orders/7"})
    reply = await client.purchase("/orders", empty_ok=True)
    assert isinstance(reply, Reply)
    assert (reply.json, reply.headers["location"]) == (None, "/orders/7")
    api.raw("/orders", status=201, text="<html>")
    assert await client.purchase("/orders", empty_ok=True) == Fault(
        "not_json", sent=True
    )


def _then(answer: bytes, *, reset: bool = False) -> RawHandler:
    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await read_request(reader)
        writer.write(answer)
        await writer.drain()
        if reset:
            await asyncio.sleep(0.05)
            writer.transport.abort()

    return handle


async def _never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await asyncio.sleep(60)


async def _resets_mid_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await reader.read(1)
    writer.transport.abort()


async def _drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("handler", "code"),
    [
        pytest.param(_resets_mid_request, "connection_lost", id="N5 reset mid-request"),
        pytest.param(_then(b""), "connection_lost", id="N6 closed before the answer"),
        pytest.param(_never, "timeout", id="N7 no answer"),
        pytest.param(
            _then(OK + b"Content-Length: 50\r\n\r\n{", reset=True),
            "connection_lost",
            id="N8 reset mid-answer",
        ),
        pytest.param(
            _then(OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{}"),
            "truncated",
            id="N9 truncated chunk",
        ),
        pytest.param(
            _then(OK + b"Content-Length: 50\r\n\r\n{}"),
            "truncated",
            id="N10 wrong Content-Length",
        ),
        pytest.param(_drips, "timeout", id="N11 a byte now and then"),
        pytest.param(_then(b"220 smtp\r\n\r\n"), "malformed_answer", id="no HTTP"),
    ],
)
async def test_a_fault_after_the_first_byte_proves_nothing(
    session: aiohttp.ClientSession, handler: RawHandler, code: str
) -> None:
    """N5-N11: the operator may have charged, so there is no second attempt."""
    connections = 0

    async def counted(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal connections
        connections += 1
        await handler(reader, writer)

    async with raw_server(counted) as port:
        fault = await _client(session, port).purchase("/orders", json={"a": "b" * 5000})
    assert isinstance(fault, Fault)
    assert fault.sent
    assert fault.code in (code, "truncated" if code == "connection_lost" else code)
    assert connections == 1


async def test_a_connection_that_died_while_idle_is_not_tried_twice(
    session: aiohttp.ClientSession,
) -> None:
    """N25: aiohttp repeats a GET there by itself, and must not repeat a purchase."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await read_request(reader))
        writer.write(OK + b"Content-Length: 2\r\n\r\n{}")
        await writer.drain()
        requests.append(await read_request(reader))  # and closes without a word

    async with raw_server(serve) as port:
        client = _client(session, port)
        await client.get_json("/a")
        assert await client.purchase("/orders", json={}) == Fault(
            "connection_lost", sent=True
        )
    assert len(requests) == 2


async def test_nobody_there_proves_that_nothing_was_sent(
    session: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    """N2: the order may be tried again later."""
    fault = await _client(session, unused_tcp_port).purchase("/orders", json={})
    assert fault == Fault("no_connection", sent=False)


async def test_a_name_without_address_proves_that_nothing_was_sent() -> None:
    """N1."""

    class NoNames(aiohttp.abc.AbstractResolver):
        async def resolve(
            self,
            host: str,
            port: int = 0,
            family: socket.AddressFamily = socket.AF_INET,
        ) -> list[aiohttp.abc.ResolveResult]:
            raise OSError("no such name")

        async def close(self) -> None:
            pass

    connector = aiohttp.TCPConnector(resolver=NoNames())
    async with aiohttp.ClientSession(connector=connector) as session:
        client = HttpClient(session, "https://api.example.com")
        fault = await client.purchase("/orders", json={})
    assert fault == Fault("dns", sent=False)


async def test_a_bad_certificate_proves_that_nothing_was_sent(
    session: aiohttp.ClientSession,
) -> None:
    """N3: somebody in between, or a server that is not the provider's."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read())

    async with raw_server(serve, tls=server_context()) as port:
        client = HttpClient(session, f"https://127.0.0.1:{port}", timeout=QUICK)
        fault = await client.purchase("/orders", json={})
    assert fault == Fault("tls", sent=False)
    assert b"orders" not in b"".join(received)


async def test_a_server_without_tls_gets_nothing(
    session: aiohttp.ClientSession,
) -> None:
    """N3: the same for a port that does not speak it."""
    async with raw_server(_then(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        client = HttpClient(session, f"https://127.0.0.1:{port}", timeout=QUICK)
        fault = await client.purchase("/orders", json={})
    assert isinstance(fault, Fault)
    assert not fault.sent


@contextmanager
def _deaf_port() -> Iterator[int]:
    """A port that never accepts: its queue is full."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port = listener.getsockname()[1]
    waiting = [socket.socket() for _ in range(4)]
    try:
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield port
    finally:
        for one in (*waiting, listener):
            one.close()


async def test_a_connection_that_is_never_made_proves_that_nothing_was_sent(
    session: aiohttp.ClientSession,
) -> None:
    """N4: five seconds, then the order may be tried again later."""
    with _deaf_port() as port:
        fault = await _client(session, port).purchase("/orders", json={})
    assert fault == Fault("connect_timeout", sent=False)


@pytest.mark.parametrize("path", ["orders", "//evil.example", "/../orders"])
async def test_a_path_that_leads_elsewhere_is_not_sent(
    client: HttpClient, api: Api, path: str
) -> None:
    """An odd id of a line must not buy something else."""
    assert await client.purchase(path, json={}) == Fault("invalid_url", sent=False)
    assert api.seen == []


async def test_an_order_whose_token_cannot_be_had_was_not_sent(
    session: aiohttp.ClientSession, api: Api
) -> None:
    """The token's request broke, not the order's."""

    async def fetch() -> Token:
        raise Unreachable("timeout")

    client = HttpClient(
        session, api.base_url, tokens=TokenCache(fetch), allow_http=True
    )
    assert await client.purchase("/orders", json={}) == Fault("timeout", sent=False)
    assert api.seen == []


async def test_an_order_to_a_refused_address_was_not_sent(
    session: aiohttp.ClientSession, api: Api
) -> None:
    """The guard looks first."""
    client = HttpClient(session, api.base_url, allow_http=True, guard=AddressGuard())
    fault = await client.purchase("/orders", json={})
    assert fault == Fault("address_not_allowed", sent=False)


async def test_an_order_with_a_refused_token_is_not_repeated(
    session: aiohttp.ClientSession, api: Api
) -> None:
    """A read would be; here the next order gets the new token."""
    fetched = 0

    async def fetch() -> Token:
        nonlocal fetched
        fetched += 1
        return Token(value=f"token-{fetched}", lifetime=timedelta(hours=1))

    client = HttpClient(
        session, api.base_url, tokens=TokenCache(fetch), allow_http=True
    )
    api.raw("/orders", status=401, text="{}")
    for number in (1, 2):
        reply = await client.purchase("/orders", json={})
        assert isinstance(reply, Reply)
        assert reply.status == 401
        assert len(api.seen) == number
        assert api.seen[-1].headers["Authorization"] == f"Bearer token-{number}"


async def test_a_cancellation_is_passed_on(session: aiohttp.ClientSession) -> None:
    """The engine decides what it means; here it is no fault of the network."""
    async with raw_server(_never) as port:
        task = asyncio.create_task(_client(session, port).purchase("/orders", json={}))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
