"""Where a request may go."""

from collections.abc import Sequence
import socket

from hypothesis import given, strategies as st
import pytest
from yarl import URL

from custom_components.esim_topup.providers.errors import Unreachable
from custom_components.esim_topup.providers.http import (
    AddressGuard,
    InvalidBaseUrl,
    address,
    parse_base_url,
    quoted,
)
from custom_components.esim_topup.providers.http.address import is_local, join


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.example.com", "https://api.example.com"),
        (" https://api.example.com/ ", "https://api.example.com"),
        ("https://api.example.com/v1/", "https://api.example.com/v1"),
        ("https://api.example.com:8443/a%2Fb", "https://api.example.com:8443/a%2Fb"),
        ("https://[2001:db8::1]/v1", "https://[2001:db8::1]/v1"),
        ("https://api.example.com/a/%2e%2e/v1", "https://api.example.com/v1"),
    ],
)
def test_a_base_url_is_kept_as_it_was_typed(text: str, url: str) -> None:
    """But for a slash at its end."""
    assert str(parse_base_url(text)).rstrip("/") == url


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("http://api.example.com", "not_https"),
        ("ftp://api.example.com", "invalid_url"),
        ("file:///etc/passwd", "invalid_url"),
        ("api.example.com", "invalid_url"),
        ("//api.example.com", "invalid_url"),
        ("https://", "invalid_url"),
        ("https:///v1", "invalid_url"),
        ("", "invalid_url"),
        ("https://user@api.example.com", "userinfo"),
        ("https://user:secret@api.example.com", "userinfo"),
        ("https://:secret@api.example.com", "userinfo"),
        ("https://api.example.com/?key=secret", "query"),
        ("https://api.example.com/#top", "query"),
        ("https://api.example.com:0/", "invalid_url"),
        ("https://api.example.com:99999/", "invalid_url"),
        ("https://[::1/", "invalid_url"),
    ],
)
def test_a_base_url_that_says_more_than_where_is_refused(text: str, code: str) -> None:
    """A password in a URL ends up in logs; a query ends up in the middle of the path."""
    with pytest.raises(InvalidBaseUrl) as err:
        parse_base_url(text)
    assert err.value.code == code
    assert "secret" not in str(err.value)


def test_plain_http_needs_permission() -> None:
    """The key would travel in the clear."""
    assert parse_base_url("http://192.168.1.2:8080", allow_http=True).port == 8080


@pytest.mark.parametrize(
    ("base", "path", "url"),
    [
        ("https://a.example", "/lines", "https://a.example/lines"),
        ("https://a.example/v1/", "/lines?page=2", "https://a.example/v1/lines?page=2"),
        ("https://a.example/v1", "/a%2Fb", "https://a.example/v1/a%2Fb"),
        ("https://a.example/v1", "/", "https://a.example/v1/"),
        (
            "https://a.example",
            "/find?url=https://b.example/../x",
            "https://a.example/find?url=https://b.example/../x",
        ),
    ],
)
def test_a_path_is_put_behind_the_base_as_it_is(base: str, path: str, url: str) -> None:
    """Joining like a browser would drop `/v1`."""
    assert str(join(parse_base_url(base), path)) == url


@pytest.mark.parametrize(
    "path",
    [
        "",
        "lines",
        "//evil.example/lines",
        "https://evil.example/lines",
        "@evil.example",
        "/../admin",
        "/lines/..",
        "/lines/%2e%2e/admin",
        "/lines/%2E./admin",
        "/lines/.",
        "/lines#top",
        "/lines\\..\\admin",
        "/line s",
        "/lines\r\nHost: evil.example",
        "/линии",
    ],
)
def test_a_path_cannot_lead_elsewhere(path: str) -> None:
    """Ids of lines come from the provider, and become paths."""
    with pytest.raises(Unreachable) as err:
        join(parse_base_url("https://a.example/v1"), path)
    assert err.value.sent is False
    assert err.value.code == "invalid_url"


@given(st.text(min_size=1))
def test_a_quoted_value_stays_in_its_place(value: str) -> None:
    """Whatever a line is called, it is one piece of the path."""
    base = parse_base_url("https://a.example/v1")
    try:
        piece = quoted(value)
    except UnicodeEncodeError:  # half a character: no JSON of ours holds one
        return
    if value in (".", ".."):
        return
    url = join(base, f"/lines/{piece}/offers")
    assert url.origin() == base.origin()
    assert url.raw_parts[1:3] == ("v1", "lines")
    assert url.raw_parts[4:] == ("offers",)
    assert url.parts[3] == value
    assert not url.raw_query_string


@pytest.mark.parametrize(
    ("ip", "local"),
    [
        ("93.184.216.34", False),
        ("2606:2800:220:1::1", False),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", True),
        ("::", True),
        ("10.0.0.1", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("169.254.169.254", True),
        ("fe80::1", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True),
        ("100.64.0.1", True),
        ("::ffff:10.0.0.1", True),
        ("::ffff:93.184.216.34", False),
        ("2002:0a00:0001::1", True),
        ("224.0.0.1", True),
        ("ff02::1", True),
        ("255.255.255.255", True),
    ],
)
def test_everything_but_the_public_internet_is_local(ip: str, local: bool) -> None:
    """Routers, Home Assistant itself and a cloud's metadata all live there."""
    assert is_local(ip) is local


def _guard(
    *addresses: str, allow_local: bool = False, error: Exception | None = None
) -> AddressGuard:
    async def resolve(_host: str) -> Sequence[str]:
        if error is not None:
            raise error
        return addresses

    return AddressGuard(allow_local=allow_local, resolve=resolve)


@pytest.mark.parametrize(
    ("url", "addresses", "allow_local"),
    [
        ("https://a.example", ["93.184.216.34", "2606:2800:220:1::1"], False),
        ("https://a.example", ["10.0.0.1"], True),
        ("http://a.example", ["10.0.0.1", "::1"], True),
        ("https://a.example", ["93.184.216.34"], True),
    ],
)
async def test_an_allowed_address_passes(
    url: str, addresses: list[str], allow_local: bool
) -> None:
    """The public internet over TLS, and what an admin allowed."""
    await _guard(*addresses, allow_local=allow_local).check(URL(url))


@pytest.mark.parametrize(
    ("url", "addresses", "allow_local"),
    [
        pytest.param("https://a.example", ["10.0.0.1"], False, id="private"),
        pytest.param(
            "https://a.example", ["93.184.216.34", "127.0.0.1"], False, id="one of two"
        ),
        pytest.param(
            "http://a.example", ["93.184.216.34"], True, id="in the clear, far away"
        ),
        pytest.param("https://a.example", [], True, id="no address"),
    ],
)
async def test_a_refused_address_gets_no_byte(
    url: str, addresses: list[str], allow_local: bool
) -> None:
    """A name can be made to point into the house."""
    with pytest.raises(Unreachable) as err:
        await _guard(*addresses, allow_local=allow_local).check(URL(url))
    assert err.value.code == "address_not_allowed"
    assert err.value.sent is False


@pytest.mark.parametrize(
    "error", [socket.gaierror(), TimeoutError(), UnicodeError("label too long")]
)
async def test_a_name_without_address_is_an_outage(error: Exception) -> None:
    """N1: nothing was sent."""
    with pytest.raises(Unreachable) as err:
        await _guard(error=error).check(URL("https://a.example"))
    assert (err.value.code, err.value.sent) == ("dns", False)


async def test_a_resolver_that_hangs_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A poll must end."""
    import asyncio

    async def hang(_host: str) -> Sequence[str]:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(address, "_RESOLVE_SECONDS", 0.01)
    with pytest.raises(Unreachable):
        await AddressGuard(resolve=hang).check(URL("https://a.example"))


async def test_the_systems_resolver_is_asked() -> None:
    """Names in /etc/hosts are local, too."""
    with pytest.raises(Unreachable) as err:
        await AddressGuard().check(URL("https://localhost"))
    assert err.value.code == "address_not_allowed"
    await AddressGuard(allow_local=True).check(URL("https://[::1]"))
