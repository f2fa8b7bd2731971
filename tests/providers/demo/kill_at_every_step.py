"""Kill a submit before each of its SQL statements, one after the other, and print what the next start finds.

Arguments: the folder of `providers`, an empty folder. A process of its own with one thread, so that it may fork.
Prints JSON: for each kill charges, funds, balance, state; then the charges after the same order was sent again.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from importlib import import_module
import json
import os
from pathlib import Path
import signal
import sqlite3
import sys
import types
from typing import Any

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)

house = types.ModuleType(
    "house"
)  # stands in for the integration, whose own import would bring Home Assistant
house.__path__ = [sys.argv[1]]
sys.modules["house"] = house
base = import_module("house.providers.base")
money = import_module("house.providers.money")
demo = import_module("house.providers.demo")
desks = import_module("house.providers.demo.desk")

LINE = base.Line(id="demo-phone")
WISH = base.Purchase(
    reference="wish",
    line=LINE,
    offer_id="open",
    money=money.Money.parse(300, "RUB"),
    created_at=NOW,
)


def desk(path: Path) -> Any:
    """Open the books as a start does."""
    return desks.Desk(path, currency="RUB", speed=Fraction(1), now=lambda: NOW)


def dies_at(step: int) -> Callable[..., sqlite3.Connection]:
    """Return a `sqlite3.connect` whose process is gone before its statement number `step`."""
    connect, steps = sqlite3.connect, iter(range(10**6))

    def count(_: str) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def traced(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = connect(*args, **kwargs)
        db.set_trace_callback(count)
        return db

    return traced


def survives(path: Path, step: int) -> bool:
    """Submit in a child that is killed at `step`; say whether it came to its end before that."""
    child = os.fork()
    if child == 0:
        sqlite3.connect = dies_at(step)  # type: ignore[assignment]
        desk(path).submit(WISH)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def look(path: Path) -> list[Any]:
    """Return what the next start finds."""
    opened = desk(path)
    found = opened.find(WISH)
    return [
        len(demo.charges(path)),
        str(opened.account().wallet),
        str(opened.read([LINE])["demo-phone"].balance),
        str(getattr(found, "state", None)),
    ]


def main() -> None:
    """Kill at step 0, 1, 2 … until a submit comes to its end."""
    runs: list[list[Any]] = []
    done = False
    while not done:
        path = Path(sys.argv[2]) / f"{len(runs)}.db"
        desk(path).account()
        done = survives(path, len(runs))
        seen = look(path)
        desk(path).submit(WISH)
        runs.append([*seen, len(demo.charges(path))])
    print(json.dumps(runs))  # noqa: T201 - read by the test


main()
