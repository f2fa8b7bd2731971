"""The table of mutants, for people."""

from collections.abc import Iterable, Iterator
from typing import Final

from .court import Finding, Verdict
from .mutant import Room

HEAD: Final = f"{'mutant':52} {'promise':12} {'seconds':>7}  convicted by"


def row(verdict: Verdict) -> str:
    """Return the line of one mutant."""
    mutant, about = verdict.mutant, verdict.about
    if verdict.finding is not Finding.CONVICTED:
        about = f"{verdict.finding.value.upper()}: {about}"
    return f"{mutant.name:52} {mutant.promise:12} {verdict.seconds:>7.1f}  {about}"


def catalogue(rooms: Iterable[Room]) -> Iterator[str]:
    """Yield what there is, with the thought behind each mistake."""
    for room in rooms:
        yield f"\n{room.name}"
        for mutant in room.mutants:
            files = ", ".join(sorted({edit.file for edit in mutant.edits}))
            yield f"  {mutant.name} ({mutant.promise})"
            yield f'      "{mutant.thought}"'
            yield f"      {files}; {'; '.join(p.text for p in mutant.proofs)}"
