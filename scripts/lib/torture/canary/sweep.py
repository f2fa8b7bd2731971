"""Listening to everything: what was said where, and whether a canary was heard."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
import json
from pathlib import Path
import traceback
from typing import Final

from .canaries import Canary, Said

_BEFORE: Final = 60
_AFTER: Final = 20
"""Characters of context: enough to see which line of code it was."""

_NEAR: Final = 200
"""Where other canaries are cut out too, before less of it is shown."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A canary that was heard."""

    surface: str
    canary: str
    context: str
    """What stood around it; the canary itself is cut out."""

    def __str__(self) -> str:
        """Be readable."""
        return f"{self.canary} in {self.surface}: {self.context}"


@dataclass(slots=True)
class Sweep:
    """Everything that was said."""

    heard: dict[str, list[str]] = field(default_factory=dict)
    """By surface."""

    def listen(self, surface: str, *said: object) -> None:
        """Note what a surface says: texts and bytes as they are, errors with all that is told of them, anything else as JSON and `repr`."""
        texts = self.heard.setdefault(surface, [])
        for one in said:
            texts.extend(_texts(one))

    def listen_to_files(self, surface: str, files: Iterable[Path]) -> None:
        """Note the bytes of files, and their names."""
        for file in files:
            self.listen(surface, file.name, file.read_bytes())

    def size(self, surface: str) -> int:
        """Return how much a surface said: one that said nothing was not listened to."""
        return sum(map(len, self.heard.get(surface, ())))

    def leaks(self, canaries: Iterable[Canary]) -> list[Leak]:
        """Return every canary that was heard where it may not be, once for each surface."""
        birds = tuple(canaries)
        found: dict[tuple[str, str], Leak] = {}
        for surface, texts in self.heard.items():
            mute = {bird.name for bird in birds if surface in bird.allowed}
            for said in map(Said.of, dict.fromkeys(texts)):
                for bird in birds:
                    if bird.name not in mute and (around := bird.heard_in(said)):
                        leak = _leak(surface, bird, birds, *around)
                        found.setdefault((surface, bird.name), leak)
        return list(found.values())

    def counted(self, canaries: Iterable[Canary]) -> Counter[str]:
        """Return for how many canaries each surface was listened to."""
        return Counter(
            surface
            for canary in canaries
            for surface in self.heard
            if surface not in canary.allowed
        )


def _leak(
    surface: str, canary: Canary, birds: Iterable[Canary], before: str, after: str
) -> Leak:
    before, after = before[-_NEAR:], after[:_NEAR]
    for bird in birds:
        before, after = bird.cut_out(before), bird.cut_out(after)
    context = f"{before[-_BEFORE:]}…{after[:_AFTER]}"
    return Leak(surface, canary.name, context.replace("\n", " "))


def _texts(said: object) -> Iterator[str]:
    match said:
        case str():
            yield said
        case bytes():
            yield said.decode("latin-1")
            yield said.decode("utf-16-le", "replace")
        case BaseException():
            yield from _told(said)
        case _:
            yield repr(said)
            yield json.dumps(said, default=str, ensure_ascii=False)


def _told(error: BaseException) -> Iterator[str]:
    """Yield everything that a log, a trace or a person gets to see of an error, and of what caused it."""
    yield "".join(traceback.format_exception(error))
    while True:
        yield str(error)
        yield repr(error)
        yield repr(error.args)
        yield repr(getattr(error, "__notes__", ()))
        yield repr(getattr(error, "translation_placeholders", None))
        hidden = error.__suppress_context__
        cause = error.__cause__ or (None if hidden else error.__context__)
        if cause is None:
            return
        error = cause
