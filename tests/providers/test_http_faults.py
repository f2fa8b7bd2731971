"""What a broken request proves, and what a status means."""

from datetime import UTC, datetime, timedelta
import inspect

from aiohttp import client_exceptions
import pytest

from custom_components.esim_topup.providers.base import AnswerState
from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    Fault,
    LineUnknown,
    MalformedAnswer,
    NotPermitted,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
)
from custom_components.esim_topup.providers.http import Reply, classify_status
from custom_components.esim_topup.providers.http.faults import (
    FAULTS,
    TRANSPORT_ERRORS,
    error_of,
    fault_of,
    status_error,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)

# aiohttp 3.14.5. `False`: the connection was never there, so a POST cannot have been carried out.
EXPECTED = {
    "ClientConnectionError": ("connection_lost", True),
    "ClientConnectionResetError": ("connection_lost", True),
    "ClientConnectorCertificateError": ("tls", False),
    "ClientConnectorDNSError": ("dns", False),
    "ClientConnectorError": ("no_connection", False),
    "ClientConnectorSSLError": ("tls", False),
    "ClientError": ("client_error", True),
    "ClientHttpProxyError": ("malformed_answer", True),
    "ClientOSError": ("connection_lost", True),
    "ClientPayloadError": ("truncated", True),
    "ClientProxyConnectionError": ("no_connection", False),
    "ClientResponseError": ("malformed_answer", True),
    "ClientSSLError": ("tls", False),
    "ConnectionTimeoutError": ("connect_timeout", False),
    "ContentTypeError": ("malformed_answer", True),
    "InvalidURL": ("invalid_url", False),
    "InvalidUrlClientError": ("invalid_url", False),
    "InvalidUrlRedirectClientError": ("redirected", True),
    "NonHttpUrlClientError": ("invalid_url", False),
    "NonHttpUrlRedirectClientError": ("redirected", True),
    "RedirectClientError": ("redirected", True),
    "ServerConnectionError": ("connection_lost", True),
    "ServerDisconnectedError": ("connection_lost", True),
    "ServerFingerprintMismatch": ("connection_lost", True),
    "ServerTimeoutError": ("timeout", True),
    "SocketTimeoutError": ("timeout", True),
    "TooManyRedirects": ("malformed_answer", True),
    "UnixClientConnectorError": ("no_connection", False),
    "UploadAbortedError": ("client_error", True),
    "WSServerHandshakeError": ("malformed_answer", True),
}


def _aiohttp_errors() -> dict[str, type[Exception]]:
    return {
        name: kind
        for name, kind in inspect.getmembers(client_exceptions, inspect.isclass)
        if issubclass(kind, client_exceptions.ClientError)
    }


def test_every_error_of_aiohttp_has_been_thought_about() -> None:
    """A class that is new after an upgrade fails here, before somebody pays twice for it."""
    assert set(_aiohttp_errors()) == set(EXPECTED)


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_only_a_missing_connection_proves_that_nothing_was_sent(
    name: str, expected: tuple[str, bool]
) -> None:
    """Believing it wrongly is a second charge; doubting it wrongly is a look-up."""
    kind = _aiohttp_errors()[name]
    fault = fault_of(kind.__new__(kind))
    assert (fault.code, fault.sent) == expected


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TimeoutError(), "timeout"),
        (ConnectionResetError(), "connection_lost"),
        (OSError(5, "input/output error"), "connection_lost"),
    ],
)
def test_what_aiohttp_lets_through_may_have_been_sent(
    error: Exception, code: str
) -> None:
    """The total time-out is a bare TimeoutError: it can strike at any moment."""
    assert fault_of(error) == Fault(code, sent=True)


def test_no_row_of_the_table_is_hidden_by_one_before_it() -> None:
    """The order of the table is the point of it."""
    for at, (kind, _) in enumerate(FAULTS):
        assert not any(issubclass(kind, before) for before, _ in FAULTS[:at])
        assert issubclass(kind, TRANSPORT_ERRORS)


def test_a_read_tells_an_odd_answer_from_none() -> None:
    """An outage passes by itself; an answer that makes no sense needs somebody to look."""
    assert isinstance(error_of(Fault("malformed_answer", sent=True)), MalformedAnswer)
    error = error_of(Fault("dns", sent=False))
    assert isinstance(error, Unreachable)
    assert (error.code, error.sent) == ("dns", False)


def _reply(status: int, *, code: str | None = None, readable: bool = True) -> Reply:
    return Reply(status=status, code=code, readable=readable, received_at=NOW)


MAY_BE_DEFINITE = set(range(400, 500)) - {408, 409, 425, 429}


@pytest.mark.parametrize("status", range(100, 600))
def test_a_status_is_definite_only_where_the_manual_says_so(status: int) -> None:
    """Every status code: 5xx, redirects, limits and conflicts prove nothing, whatever is promised about them."""
    undeclared = classify_status(_reply(status), definite=frozenset())
    declared = classify_status(_reply(status), definite=frozenset(range(100, 600)))
    if 200 <= status < 300:
        assert undeclared is declared is None
    else:
        assert undeclared is AnswerState.UNKNOWN
        definite = status in MAY_BE_DEFINITE
        assert (declared is AnswerState.DECLINED) == definite
        assert (declared is AnswerState.UNKNOWN) == (not definite)


def test_a_code_can_be_definite_where_its_status_is_not() -> None:
    """402 may mean "declined" and "being reviewed" at the same API."""
    definite = frozenset({(402, "insufficient_funds")})
    assert (
        classify_status(_reply(402, code="insufficient_funds"), definite=definite)
        is AnswerState.DECLINED
    )
    for reply in (
        _reply(402, code="review"),
        _reply(402),
        _reply(403, code="insufficient_funds"),
    ):
        assert classify_status(reply, definite=definite) is AnswerState.UNKNOWN


def test_a_web_page_is_nobodys_refusal() -> None:
    """A proxy or a hotel's portal answers 403 as well, and knows nothing of the order."""
    reply = _reply(403, readable=False)
    assert classify_status(reply, definite=frozenset({403})) is AnswerState.UNKNOWN


def test_a_fault_proves_what_it_says() -> None:
    """N1-N4 may be tried again, everything else has to be looked up."""
    assert (
        classify_status(Fault("dns", sent=False), definite=frozenset())
        is AnswerState.NOT_SENT
    )
    assert (
        classify_status(Fault("timeout", sent=True), definite=frozenset())
        is AnswerState.UNKNOWN
    )


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (301, Unreachable, "http_301"),
        (400, Refused, "http_400"),
        (401, AuthenticationFailed, "authentication_failed"),
        (403, NotPermitted, "not_permitted"),
        (404, Refused, "http_404"),
        (408, Unreachable, "http_408"),
        (425, Unreachable, "http_425"),
        (429, RateLimited, "rate_limited"),
        (500, Unreachable, "http_500"),
        (503, Unreachable, "http_503"),
    ],
)
def test_a_read_is_told_what_kind_of_no_it_got(
    status: int, kind: type[ProviderError], code: str
) -> None:
    """Each kind leads somewhere else: log in again, wait, or tell the user."""
    error = status_error(_reply(status), {})
    assert type(error) is kind
    assert error.code == code


def test_a_read_has_no_error_for_success() -> None:
    """2xx, all of them."""
    assert status_error(_reply(200), {200: Refused}) is None


def test_the_providers_own_code_is_the_reason() -> None:
    """A person can look it up in the provider's manual."""
    error = status_error(_reply(422, code="sim_expired"), {})
    assert isinstance(error, Refused)
    assert error.code == "sim_expired"


def test_a_call_says_what_a_status_means_to_it() -> None:
    """404 on a line is a line that is gone; on anything else it is a mistake."""
    assert isinstance(status_error(_reply(404), {404: LineUnknown}), LineUnknown)
    page = status_error(_reply(404, readable=False), {404: LineUnknown})
    assert isinstance(page, Refused)


def test_a_limited_read_knows_when_to_come_back() -> None:
    """Asking earlier only prolongs the limit."""
    wait = timedelta(seconds=30)
    error = status_error(Reply(status=429, retry_after=wait, received_at=NOW), {})
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait
