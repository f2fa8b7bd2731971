"""What a broken request proves, and what a status means: two tables.

A purchase that broke may have been carried out all the same. Only the few faults that come before the first byte prove
the contrary, and that is true for POST without redirects only: aiohttp sends other methods a second time by itself.
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import (
    ClientConnectionError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientResponseError,
    ClientSSLError,
    ConnectionTimeoutError,
    InvalidURL,
    NonHttpUrlClientError,
    RedirectClientError,
)

from ..base import AnswerState
from ..errors import (
    AuthenticationFailed,
    Fault,
    MalformedAnswer,
    NotPermitted,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
)
from .reply import Reply

type Definite = frozenset[int | tuple[int, str]]
"""Refusals that prove that nothing was bought, as the provider documents them: a status, or a status with a code."""

# The first row that fits counts. Order: what cannot happen to a POST that follows no redirects, then what is raised
# before anything is sent, then the rest. ClientConnectorError is a ClientOSError, ConnectionTimeoutError a TimeoutError.
FAULTS: Final[tuple[tuple[type[Exception], Fault], ...]] = (
    (RedirectClientError, Fault("redirected", sent=True)),
    (InvalidURL, Fault("invalid_url", sent=False)),
    (NonHttpUrlClientError, Fault("invalid_url", sent=False)),
    (ClientConnectorDNSError, Fault("dns", sent=False)),
    (ClientSSLError, Fault("tls", sent=False)),
    (ClientConnectorError, Fault("no_connection", sent=False)),
    (ConnectionTimeoutError, Fault("connect_timeout", sent=False)),
    (TimeoutError, Fault("timeout", sent=True)),
    (ClientPayloadError, Fault("truncated", sent=True)),
    (ClientResponseError, Fault("malformed_answer", sent=True)),
    (ClientConnectionError, Fault("connection_lost", sent=True)),
    (ClientError, Fault("client_error", sent=True)),
    (OSError, Fault("connection_lost", sent=True)),
)

# Everything the table knows, for `except`.
TRANSPORT_ERRORS: Final = (ClientError, TimeoutError, OSError)

# These say "ask again" or "in progress", whatever a manual promises: a limiter or a second copy of the request may
# answer them while the first copy is being carried out.
_NEVER_DEFINITE: Final = frozenset({408, 409, 425, 429})


def fault_of(error: Exception) -> Fault:
    """Return what a transport error proves. One of `TRANSPORT_ERRORS` always finds its row."""
    return next(fault for kind, fault in FAULTS if isinstance(error, kind))


def error_of(fault: Fault) -> ProviderError:
    """Return the error of a read that met this fault."""
    if fault.code == MalformedAnswer.code:
        return MalformedAnswer()
    return Unreachable(fault.code, sent=fault.sent)


def may_be_definite(status: int) -> bool:
    """Say whether a manual is to be believed that this status proves that nothing was bought."""
    return 400 <= status < 500 and status not in _NEVER_DEFINITE


def is_definite(reply: Reply, definite: Definite) -> bool:
    """Say whether this is one of the documented refusals, and comes from the API and not from something before it."""
    return (
        reply.readable
        and may_be_definite(reply.status)
        and (
            reply.status in definite
            or (reply.code is not None and (reply.status, reply.code) in definite)
        )
    )


def classify_status(
    outcome: Reply | Fault, *, definite: Definite
) -> AnswerState | None:
    """Say what the outcome of the FIRST attempt proves before its body is looked at; `None`: a 2xx, look at the body.

    A refusal of a repeated attempt proves nothing, since the attempt before may be the one that is carried out; the
    caller knows which it is.
    """
    match outcome:
        case Fault(sent=False):
            return AnswerState.NOT_SENT
        case Reply(ok=True):
            return None
        case Reply() if is_definite(outcome, definite):
            return AnswerState.DECLINED
        case _:
            return AnswerState.UNKNOWN


def status_error(
    reply: Reply, errors: Mapping[int, type[ProviderError]]
) -> ProviderError | None:
    """Return the error that the status of a read means, `None` for 2xx.

    `errors` is what this call means by a status (404 can be an unknown line, but a web page under 404 is none of the
    provider's).
    """
    status = reply.status
    if reply.ok:
        return None
    if reply.readable and (meant := errors.get(status)) is not None:
        return meant()
    match status:
        case 401:
            return AuthenticationFailed()
        case 403:
            return NotPermitted()
        case 429:
            return RateLimited(reply.retry_after)
        case _ if may_be_definite(status):
            return Refused(reply.code or f"http_{status}")
        case _:
            return Unreachable(f"http_{status}")
