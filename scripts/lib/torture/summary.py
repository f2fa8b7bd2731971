"""The table of all layers, and the line that ends it."""

from collections.abc import Iterable, Sequence
import json
import subprocess
from typing import Any, Final

from .rooms import ROOT
from .run import Finished

HEAD: Final = (
    f"{'layer':44}{'runs':>9}{'faults':>11}{'seeds':>9}{'violations':>12}{'seconds':>9}"
)


def row(finished: Finished) -> str:
    """Return a layer's row."""
    layer, told = finished.layer, finished.told
    name = f"{layer.key} {layer.about}"
    if told is None:
        return f"{name:44}no result, exit code {finished.code}: {finished.log}"
    faults = sum(told["faults"].values())
    ending = "" if finished.held else f"  exit code {finished.code}: {finished.log}"
    return (
        f"{name:44}{told['runs']:>9,}{faults:>11,}{told['seeds']:>9,}"
        f"{told['violations']:>12,}{told['seconds']:>9.1f}{ending}"
    )


def commit() -> str:
    """Return which code this was: a commit, or a commit with changes."""
    command = ("git", "describe", "--always", "--dirty", "--abbrev=12")
    asked = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"


def upper_bound(times: int) -> str:
    """Return how likely a violation can still be, at 95 %, when none was seen in so many (the rule of three)."""
    return f"{3 / times:.2g}" if times else "unknown"


def last_line(everything: Sequence[Finished], seconds: float) -> str:
    """Return all results as one line of JSON."""
    layers: list[dict[str, Any]] = [
        finished.told or {"layer": finished.layer.key, "result": None}
        for finished in everything
    ]
    return json.dumps(
        {
            "commit": commit(),
            "held": all(finished.held for finished in everything),
            "violations": sum(told.get("violations", 0) for told in layers),
            "seconds": round(seconds, 1),
            "layers": layers,
        }
    )


def table(everything: Iterable[Finished]) -> str:
    """Return the rows of all layers, by their names."""
    ordered = sorted(everything, key=lambda finished: finished.layer.key)
    return "\n".join((HEAD, *(row(finished) for finished in ordered)))
