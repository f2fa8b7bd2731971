"""The table: each toxic against each class of operator."""

from collections import Counter
from collections.abc import Iterable, Iterator

from .cells import LETTER
from .story import Run
from .toxics import ALL


def table(runs: Iterable[Run]) -> Iterator[str]:
    """Yield a row for each toxic: strikes, and runs (violations) per class."""
    cells: Counter[tuple[str, str]] = Counter()
    broken: Counter[tuple[str, str]] = Counter()
    strikes: Counter[str] = Counter()
    for run in runs:
        place = (run.cell.toxic.name, run.cell.letter)
        cells[place] += 1
        broken[place] += len(run.complaints)
        strikes[run.cell.toxic.name] += run.strikes
    width = max(len(toxic.name) for toxic in ALL)
    heads = "".join(f"{letter:>10}" for letter in LETTER.values())
    yield f"{'toxic':<{width}}  cases     strikes{heads}      runs (violations)"
    for toxic in ALL:
        places = [(toxic.name, letter) for letter in LETTER.values()]
        if any(cells[place] for place in places):
            row = "".join(f"{_figure(cells[p], broken[p]):>10}" for p in places)
            cases = " ".join(toxic.cases)
            yield f"{toxic.name:<{width}}  {cases:<8}{strikes[toxic.name]:>9,}{row}"


def cases_of(runs: Iterable[Run]) -> list[str]:
    """Return the named faults that were dealt out, in their order."""
    cases = {case for run in runs if run.strikes for case in run.cell.cases}
    return sorted(cases, key=lambda case: int(case[1:]))


def _figure(runs: int, violations: int) -> str:
    if not runs:
        return "-"
    return f"{runs} ({violations})" if violations else str(runs)
