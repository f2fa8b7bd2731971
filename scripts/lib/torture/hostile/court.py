"""Who is convicted of what: each cause once, with the answer that showed it in a file that shows it again."""

from base64 import b64decode, b64encode
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
import json
from pathlib import Path
import shlex
from typing import Any, Final

from ..outcome import Outcome
from ..rooms import ROOT
from .asking import Call, Heard
from .conversation import Request
from .exchange import Said
from .oracles import Breach
from .shapes import spell

FOLDER: Final = ROOT / ".cache" / "torture" / "hostile"
COMMAND: Final = "PYTHONPATH=scripts/lib .venv/2026.11/bin/python -m torture.hostile"

_EXACT: Final = "\x00number"


@dataclass(frozen=True, slots=True)
class Blow:
    """One lie: to which request of which call."""

    call: Call
    request: Request | None
    """`None`: to each."""
    said: Said


@dataclass(slots=True)
class Court:
    """Counts blows, and keeps one example of each breach."""

    outcome: Outcome
    folder: Path = FOLDER
    times: Counter[tuple[str, Breach]] = field(default_factory=Counter)

    def convict(
        self, provider: str, exchange: str, blow: Blow, breach: Breach, heard: Heard
    ) -> None:
        """Note a breach; the first of its kind is told and kept."""
        cause = (provider, breach)
        self.times[cause] += 1
        if self.times[cause] > 1:
            return
        file = self._keep(provider, exchange, blow, breach)
        story = (
            f"{provider} ({exchange}): {breach.rule}\n"
            f"  {blow.call} was told {blow.said.status} {spell(blow.said.body)}\n"
            f"  it made of it: {heard.words[:400]}"
        )
        self.outcome.fail(breach.promise, story, replay_command(file))

    def accuse(self, promise: str, story: str, again: str) -> None:
        """Note what is no single blow."""
        self.outcome.fail(promise, story, again)

    def _keep(self, provider: str, exchange: str, blow: Blow, breach: Breach) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        digest = blake2b(f"{breach}".encode(), digest_size=4).hexdigest()
        file = self.folder / f"{provider}-{digest}.json"
        file.write_text(
            json.dumps(
                {"provider": provider, "exchange": exchange, "rule": breach.rule}
                | written(blow),
                indent=1,
            ),
            encoding="utf-8",
        )
        return file


def replay_command(file: Path) -> str:
    """Return the command that shows a kept blow again."""
    shown = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
    return f"{COMMAND} --replay {shlex.quote(str(shown))}"


def written(blow: Blow) -> dict[str, Any]:
    """Return a blow as JSON."""
    body, request = blow.said.body, blow.request
    return {
        "call": blow.call,
        "request": None
        if request is None
        else [request.method, request.path, request.nth],
        "status": blow.said.status,
        "headers": dict(blow.said.headers),
        "bytes": b64encode(body).decode() if isinstance(body, bytes) else None,
        "tree": None if isinstance(body, bytes) else _exactly(body),
    }


def read_blow(data: dict[str, Any]) -> Blow:
    """Return the blow that was written."""
    body = data["bytes"]
    tree = _plainly(data["tree"]) if body is None else b64decode(body)
    request = None if data["request"] is None else Request(*data["request"])
    said = Said(status=data["status"], headers=data["headers"], body=tree)
    return Blow(Call(data["call"]), request, said)


def _exactly(tree: Any) -> Any:
    match tree:
        case Decimal():
            return {_EXACT: str(tree)}
        case dict():
            return {key: _exactly(item) for key, item in tree.items()}
        case list():
            return [_exactly(item) for item in tree]
        case _:
            return tree


def _plainly(tree: Any) -> Any:
    match tree:
        case {"\x00number": str(text)}:
            return Decimal(text)
        case dict():
            return {key: _plainly(item) for key, item in tree.items()}
        case list():
            return [_plainly(item) for item in tree]
        case _:
            return tree
