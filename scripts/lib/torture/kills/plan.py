"""What there is to run: each point on both sides for each class, then random ones. Every run has a name that repeats it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from .draw import random_plan
from .labels import Point
from .named import BY_NAME
from .runs import Kill, Plan, Result
from .stories import ALL, STORIES
from .trap import Side, Trap

_TIMES: Final = 3
"""A point that is passed often is struck at its first three passes."""

_PARTS: Final = 6

ELSEWHERE: Final[Mapping[str, str]] = {
    "orders.engine.Engine.start: await self._close": "only if Home Assistant ends within the milliseconds of its own opening of the book",
    "orders.store._close_unwanted: opening.result()._ledger.connection.close": "the same",
    "orders.clock.SystemClock.sleep: await asyncio.sleep": "the harness has a sleep of its own there (`clocks`)",
    "orders.store.Store._transaction: connection.execute ROLLBACK": "only if a promise of our own breaks inside of a transaction; SQLite ends a failed one itself",
    "providers.http.client.HttpClient.post_json: await self._read": "the custom HTTP API only ever reads by GET",
    "providers.http.client.HttpClient._read: await self._ask #2": "the custom HTTP API has no tokens that expire",
    "providers.http.client.HttpClient._prepare: await self._tokens.get": "the same",
    "providers.http.tokens.TokenCache.get: async with self._lock": "the same",
    "providers.http.tokens.TokenCache.get: await self._fetch": "the same",
}
"""Points that no story reaches, and why."""

ONLY_MIGRATING: Final = "orders.migration."
"""Points of this module are passed when a book of an older release is opened; layer T3 strikes there (A13)."""


class UnknownRun(Exception):
    """There is no run of this name, or not any more."""


def rehearsals() -> list[str]:
    """Return a run for each story and class, without a kill, that counts which points are passed."""
    return [f"rehearsal/{kind}/{story.name}" for story in STORIES for kind in story.classes]  # fmt: skip


def plan_of(name: str, points: Sequence[Point]) -> Plan:
    """Return the run of a name. Raises `UnknownRun`."""
    labels = {point.label: number for number, point in enumerate(points)}
    try:
        match name.split("/", _PARTS):
            case ["rehearsal", kind, story]:
                return Plan(name=name, story=BY_NAME[story], kind=kind, watch=True)
            case ["story", kind, story]:
                return Plan(name=name, story=BY_NAME[story], kind=kind)
            case ["random", seed, number]:
                return random_plan(name, int(seed), int(number), points)
            case ["point", kind, story, scene, side, times, label]:
                trap = Trap(labels[label], Side[side.upper()], int(times))
                return Plan(
                    name=name,
                    story=BY_NAME[story],
                    kind=kind,
                    scene=int(scene),
                    kills=(Kill(trap=trap),),
                )
            case _:
                raise UnknownRun(name)
    except (KeyError, ValueError) as err:
        raise UnknownRun(name) from err


@dataclass(frozen=True, slots=True)
class Target:
    """A point on one side at its n-th pass, for one class; and the runs in which it can be struck, the first one first."""

    runs: tuple[str, ...]
    label: int
    times: int


@dataclass(slots=True)
class Passes:
    """What the rehearsals have shown."""

    points: Sequence[Point]
    seen: dict[tuple[str, int, Side], dict[tuple[str, int], int]] = field(default_factory=dict)  # fmt: skip
    """By class, point and side: in which story and scene how often."""

    def note(self, result: Result) -> None:
        """Take over what a rehearsal has passed."""
        _, kind, story = result.name.split("/")
        for scene, boot in enumerate(result.boots[: len(BY_NAME[story].scenes)]):
            for label, both in boot.passes.items():
                for side, times in zip(Side, both, strict=True):
                    if times:
                        where = self.seen.setdefault((kind, label, side), {})
                        where[story, scene] = times

    def unreached(self) -> list[str]:
        """Return the labels that no story has passed in any class, though they should."""
        reached = {label for _, label, _ in self.seen}
        return [
            point.label
            for number, point in enumerate(self.points)
            if number not in reached
            and point.label not in ELSEWHERE
            and not point.label.startswith(ONLY_MIGRATING)
        ]

    def targets(self, seed: int) -> list[Target]:
        """Return everything to strike. The seed says in which of its stories each point is struck; the first pass goes first."""
        found = [
            Target(tuple(self._runs(key, where, times, seed)), key[1], times)
            for times in range(1, _TIMES + 1)
            for key, where in sorted(self.seen.items())
            if any(most >= times for most in where.values())
        ]
        # Neighbours in the source are slow together and fast together.
        Random(seed).shuffle(found)
        return sorted(found, key=lambda target: target.times > 1)

    def _runs(
        self,
        key: tuple[str, int, Side],
        where: Mapping[tuple[str, int], int],
        times: int,
        seed: int,
    ) -> Iterator[str]:
        kind, label, side = key
        scenes = sorted(scene for scene, most in where.items() if most >= times)
        Random(f"{seed}/{key}/{times}").shuffle(scenes)
        # Three days of looking take seconds: only where nothing shorter passes the point.
        scenes.sort(key=lambda scene: BY_NAME[scene[0]].held_in == ALL)
        for story, scene in scenes:
            text = self.points[label].label
            yield f"point/{kind}/{story}/{scene}/{side.name.lower()}/{times}/{text}"


def random_runs(seed: int, first: int) -> Iterator[str]:
    """Return random runs without end."""
    number = first
    while True:
        yield f"random/{seed}/{number}"
        number += 1


def stale(points: Iterable[Point]) -> list[str]:
    """Return the exceptions that are about no point any more: a list of excuses must not outlive its reasons."""
    known = {point.label for point in points}
    return [label for label in ELSEWHERE if label not in known]
