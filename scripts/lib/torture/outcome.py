"""What every layer says in the end: a table of what it did, each violation with the way to see it again, one line of JSON."""

from collections import Counter
from dataclasses import dataclass, field
import json
import time
from typing import Any, Final

_SHOWN: Final = 20
"""Violations told in full: whoever has more has one cause."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that did not hold."""

    promise: str
    """`I1` to `I13`, or what else was expected."""
    story: str
    """What happened, readable by itself."""
    again: str
    """The command that shows it again."""
    fault: str = ""
    """What was dealt out when it happened, where one fault can be named."""


@dataclass(slots=True)
class Outcome:
    """What a layer did, counted while it does it."""

    layer: str
    """`T0` to `T9`."""
    runs: int = 0
    seeds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """How often each kind of fault was dealt out."""
    violations: list[Violation] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    """What only this layer counts."""
    _began: float = field(default_factory=time.perf_counter)

    def fail(self, promise: str, story: str, again: str, fault: str = "") -> None:
        """Note a violation."""
        self.violations.append(Violation(promise, story, again, fault))

    @property
    def as_json(self) -> dict[str, Any]:
        """The layer in one line."""
        return {
            "layer": self.layer,
            "runs": self.runs,
            "faults": dict(sorted(self.faults.items())),
            "violations": len(self.violations),
            "seeds": self.seeds,
            "seconds": round(time.perf_counter() - self._began, 1),
            **self.more,
        }

    def report(self) -> int:
        """Print the table, the violations and the last line; return the exit code."""
        broken = Counter(violation.fault for violation in self.violations)
        rows = {**dict.fromkeys(broken, 0), **self.faults}
        width = max((len(fault) for fault in rows), default=5)
        print(f"\n{f'{self.layer}: fault':<{width}}      times  violations")
        for fault, times in sorted(rows.items()):
            name = fault or "not of one fault"
            print(f"{name:<{width}}  {times:>9,}  {broken[fault]:>10,}")
        for violation in self.violations[:_SHOWN]:
            told = f"{violation.promise} is broken: {violation.story}"
            print(f"\n{told}\n  again: {violation.again}")
        print(json.dumps(self.as_json), flush=True)
        return int(bool(self.violations))
