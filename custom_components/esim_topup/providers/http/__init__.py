"""The one HTTP client for all providers.

A provider module makes one `HttpClient` on the session it was given, and asks it for three things: `get_json` and
`post_json` to read (they raise a `ProviderError`), and `purchase` to spend (it returns a `Reply` or a `Fault`, and does
not raise for anything the network or the provider does).

* `client`: the requests, and the rules that hold for each of them
* `body`: from bytes to exact JSON and back
* `faults`: what a broken request proves, and what a status means
* `address`: where a request may go
* `tokens`: access tokens, fetched once per expiry
"""

from .address import AddressGuard, InvalidBaseUrl, parse_base_url, quoted
from .body import BODY_BYTES_MAX, Json
from .client import HttpClient
from .faults import Definite, classify_status
from .reply import RETRY_AFTER_MAX, Reply
from .tokens import Token, TokenCache

__all__ = [
    "BODY_BYTES_MAX",
    "RETRY_AFTER_MAX",
    "AddressGuard",
    "Definite",
    "HttpClient",
    "InvalidBaseUrl",
    "Json",
    "Reply",
    "Token",
    "TokenCache",
    "classify_status",
    "parse_base_url",
    "quoted",
]
