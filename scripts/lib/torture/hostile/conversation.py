"""Who is told what. One request of a call can be given a spoilt answer, all others get the right one."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from .exchange import Exchange, Said

_NOWHERE: Final = Said(status=404, body={"error": {"code": "no_such_path"}})


@dataclass(frozen=True, slots=True)
class Request:
    """Which request of a call: the n-th (from 0) of this kind."""

    method: str
    path: str
    nth: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A request, and what it was told."""

    request: Request
    said: Said


class Conversation:
    """Answers the requests of one call after the other."""

    def __init__(self, exchange: Exchange) -> None:
        """Take the right answers."""
        self._right: dict[tuple[str, str], list[Said]] = {}
        for says in exchange.says:
            self._right.setdefault((says.method, says.path), []).append(says.said)
        self._seen: Counter[tuple[str, str]] = Counter()
        self._spoilt: Request | None = None
        self._lie = Said()
        self.told: list[Told] = []
        """Since the call began."""

    def begin(self, spoilt: Request | None = None, lie: Said = _NOWHERE) -> None:
        """Let the next call begin, with this answer to that request."""
        self._seen.clear()
        self.told = []
        self._spoilt, self._lie = spoilt, lie

    def answer(self, method: str, path: str) -> Said:
        """Return what this request is told."""
        request = Request(method, path, self._seen[method, path])
        self._seen[method, path] += 1
        said = self._lie if request == self._spoilt else self._truth(request)
        self.told.append(Told(request, said))
        return said

    def _truth(self, request: Request) -> Said:
        right = self._right.get((request.method, request.path))
        if right is None:
            return _NOWHERE
        return right[min(request.nth, len(right) - 1)]


class Liar(Conversation):
    """Answers everything alike: for a provider that showed no conversation."""

    def answer(self, method: str, path: str) -> Said:
        """Return the lie."""
        self.told.append(Told(Request(method, path), self._lie))
        return self._lie


class Only(Conversation):
    """Has one answer."""

    def __init__(self, said: Said) -> None:
        """Take it."""
        self._said = said

    def answer(self, method: str, path: str) -> Said:
        """Return it."""
        return self._said
