"""A session that remembers what a real server answered, for conversations that should be real."""

from types import TracebackType
from typing import Any

from aiohttp import ClientSession
from yarl import URL

from .conversation import Only
from .exchange import Said, Says
from .seams import FakeSession, as_read


class RecordingSession:
    """Passes requests on to a real session, and notes the answers."""

    def __init__(self, session: ClientSession) -> None:
        """Take the real one."""
        self._session = session
        self.says: list[Says] = []

    def request(self, method: str, url: str | URL, **parts: Any) -> _Recorded:
        """Ask the real server."""
        return _Recorded(self, method, URL(url), parts)

    async def ask(self, method: str, url: URL, parts: Any) -> Said:
        """Ask, and note the answer."""
        async with self._session.request(method, url, **parts) as response:
            body = await response.read()
            said = Said(status=response.status, body=as_read(body))
        self.says.append(Says(method, url.raw_path, said))
        return said


class _Recorded:
    def __init__(
        self, session: RecordingSession, method: str, url: URL, parts: Any
    ) -> None:
        self._session, self._method, self._url, self._parts = (
            session,
            method,
            url,
            parts,
        )

    async def __aenter__(self) -> Any:
        said = await self._session.ask(self._method, self._url, self._parts)
        return FakeSession(Only(said)).request(self._method, self._url)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass
