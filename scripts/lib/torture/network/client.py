"""The client of a cell: the true one, sent through by a session that can lose its patience, or one with a bad habit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientSession, ClientTimeout, TraceConfig

from ..rooms import without_home_assistant

without_home_assistant()

from custom_components.esim_topup.providers.base import Provider  # noqa: E402

SHORT_PATIENCE: Final = ClientTimeout(total=0.4, sock_connect=0.2)
"""For a call that would otherwise be waited for in vain for 15 s; everything else keeps the true times."""

type Client = Callable[[ClientSession, str, str, dict[str, Any]], Any]
"""How a request is sent; a broken client sends it otherwise."""


def _plainly(
    session: ClientSession, method: str, url: str, parts: dict[str, Any]
) -> Any:
    return session.request(method, url, **parts)


@dataclass(frozen=True, slots=True)
class Habits:
    """What a mutant changes: the way of sending, or what the provider makes of it."""

    name: str = "the true client"
    send: Client = _plainly
    wrap: Callable[[Provider], Provider] = lambda provider: provider


class Session:
    """The client session as the provider sees it. Its patience is shorter while a call is struck that nobody answers."""

    def __init__(self, session: ClientSession, send: Client) -> None:
        """Take the session, and how requests are sent with it."""
        self._session, self._send = session, send
        self.patience: ClientTimeout | None = None

    def request(self, method: str, url: Any, **parts: Any) -> Any:
        """Send a request."""
        if self.patience is not None:
            parts["timeout"] = self.patience
        return self._send(self._session, method, url, parts)


def tracing(errors: list[str]) -> TraceConfig:
    """Return what notes the type of everything that a request raises."""
    trace = TraceConfig()

    async def note(_session: object, _context: object, params: Any) -> None:
        errors.append(type(params.exception).__name__)

    trace.on_request_exception.append(note)
    return trace
