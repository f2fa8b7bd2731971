"""Where a request may go: the base URL, what is put behind it, and the address it stands for.

A URL that a person typed can point into the house: to a router, to Home Assistant itself, to a cloud's metadata. So it
is resolved before each request, and local addresses are refused unless an admin allowed them. Somebody who changes the
name's address between that look and the connection meets TLS, which asks for the name's certificate; and without TLS
only local addresses are allowed in the first place.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
import re
import socket
from typing import Final
from urllib.parse import quote, unquote

from yarl import URL

from ..errors import Unreachable

type Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Return the IP addresses of a host name. Raises `OSError` where there are none."""

# A resolver that takes longer is down; the request has 15 s for everything.
_RESOLVE_SECONDS: Final = 5.0

_PRINTABLE: Final = re.compile(r"[!-~]*")


class InvalidBaseUrl(ValueError):
    """This base URL cannot be used; `code` says why: `invalid_url`, `not_https`, `userinfo` or `query`."""

    def __init__(self, code: str) -> None:
        """Take the reason. The URL is not kept: it may hold a password."""
        self.code = code
        super().__init__(code)


def parse_base_url(text: str, *, allow_http: bool = False) -> URL:
    """Return the base URL without a slash at its end. Raises `InvalidBaseUrl`."""
    try:
        url = URL(text.strip())
        host, port = url.host, url.port
    except ValueError:
        raise InvalidBaseUrl("invalid_url") from None
    if url.scheme not in ("https", "http") or not host or not port:
        raise InvalidBaseUrl("invalid_url")
    if url.user is not None or url.password is not None:
        raise InvalidBaseUrl("userinfo")
    if url.raw_query_string or url.raw_fragment:
        raise InvalidBaseUrl("query")
    if url.scheme == "http" and not allow_http:
        raise InvalidBaseUrl("not_https")
    return url.with_path(url.raw_path.rstrip("/"), encoded=True)


def quoted(value: str) -> str:
    """Return a value as one piece of a path or query: nothing in it can end the piece."""
    return quote(value, safe="")


def join(base: URL, path: str) -> URL:
    """Return `base` with `path` (percent-encoded, `/...`, with or without `?query`) put behind it, as it is.

    Raises `Unreachable`, nothing sent, for a path that would lead elsewhere.
    """
    if not is_path(path):
        raise Unreachable("invalid_url", sent=False)
    return URL(str(base).rstrip("/") + path, encoded=True)


def is_path(path: str) -> bool:
    """Say whether this is a path that stays below its base: no other host, no `..`, no fragment, all printable."""
    before_query = path.partition("?")[0]
    return (
        path.startswith("/")
        and not path.startswith("//")
        and not {"#", "\\"} & set(path)
        and _PRINTABLE.fullmatch(path) is not None
        and not _has_dots(before_query)
    )


def _has_dots(path: str) -> bool:
    return any(unquote(piece) in (".", "..") for piece in path.split("/"))


async def _system_resolve(host: str) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(
        host, None, type=socket.SOCK_STREAM
    )
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressGuard:
    """Refuses requests to addresses that the admin did not allow."""

    allow_local: bool = False
    """Loopback, private and link-local addresses, too; plain http only to them."""
    resolve: Resolve = _system_resolve

    async def check(self, url: URL) -> None:
        """Resolve the host and look at every address. Raises `Unreachable` with nothing sent."""
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                addresses = await self.resolve(url.raw_host or "")
        except OSError, TimeoutError, UnicodeError:
            raise Unreachable("dns", sent=False) from None
        if not addresses or not all(
            self._admits(url, address) for address in addresses
        ):
            raise Unreachable("address_not_allowed", sent=False)

    def _admits(self, url: URL, address: str) -> bool:
        if is_local(address):
            return self.allow_local
        return url.scheme == "https"


def is_local(address: str) -> bool:
    """Say whether an IP address is anything else than one host of the public internet."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return not ip.is_global or ip.is_multicast
