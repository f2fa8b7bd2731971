"""One call of this layer: rehearsals, every point, then random runs, until enough is done or somebody ends it."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
import shlex
import signal
import sys
import time
from typing import Final

from ..outcome import Outcome
from .crew import Lane, finished
from .named import BY_NAME
from .plan import Passes, Target, plan_of, random_runs, rehearsals, stale
from .runs import Plan, Result
from .world import Kit

_TELL_EVERY: Final = 10.0

_TRIES: Final = 3
"""Stories in which a point is waited for; the order of tasks is not the same each time."""

_COMMAND: Final = "PYTHONPATH=scripts/lib python -m torture.kills --cycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for."""

    kills: int
    seed: int
    first: int = 0
    points: bool = True
    random: bool = True
    minutes: float | None = None


@dataclass(slots=True)
class Campaign:
    """Gives the lanes their runs and counts what comes of them."""

    kit: Kit
    wanted: Wanted
    outcome: Outcome
    kills: int = 0
    boots: int = 0
    most_in_a_row: int = 0
    struck: set[tuple[str, str, str]] = field(default_factory=set)
    """Class, side and label of each deterministic kill."""
    missed: list[str] = field(default_factory=list)
    randoms: int = 0
    cut_short: bool = False
    _again: deque[Target] = field(default_factory=deque)
    _waiting: dict[str, Target] = field(default_factory=dict)
    """By name of a run: what it is for."""
    _began: float = field(default_factory=time.monotonic)
    _told: float = 0.0

    def run(self, lanes: list[Lane]) -> None:
        """Do what is wanted; ends early, in good order, at the deadline or by Ctrl-C."""
        try:
            deeper = self._strike_points(lanes) if self.wanted.points else []
            if self._goes_on:
                names = (
                    self._until_enough(self._targets(deeper))
                    if self.wanted.random
                    else self._targets(deeper)
                )
                self._play(lanes, names)
        except KeyboardInterrupt:
            self.cut_short = True
            # What is under way ends within seconds; a second Ctrl-C would only leave it half told.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            print("ending ...", file=sys.stderr, flush=True)
        self._drain(lanes)
        self._sum_up()

    def _strike_points(self, lanes: list[Lane]) -> list[Target]:
        """Strike every point at its first pass; return what there is to strike at later ones."""
        passes = Passes(self.kit.points)
        self._play(lanes, iter(rehearsals()), passes)
        if not self._goes_on:
            return []
        for label in (*passes.unreached(), *stale(self.kit.points)):
            self.outcome.fail("T4", f"no story passes the point {label}", "PYTHONPATH=scripts/lib python -m torture.kills --points-only")  # fmt: skip
        targets = passes.targets(self.wanted.seed)
        self._play(lanes, self._targets([one for one in targets if one.times == 1]))
        return [one for one in targets if one.times > 1]

    def _targets(self, targets: list[Target]) -> Iterator[str | None]:
        todo = deque(targets)
        while todo or self._again or self._waiting:
            if not (self._again or todo):
                yield None  # a run that is under way may have to be tried elsewhere
                continue
            target = (self._again or todo).popleft()
            self._waiting[target.runs[0]] = target
            yield target.runs[0]

    def _until_enough(self, deeper: Iterator[str | None]) -> Iterator[str | None]:
        """Yield a random run and one at a later pass of a point by turns."""
        for name in random_runs(self.wanted.seed, self.wanted.first):
            if self.kills >= self.wanted.kills:
                return
            self.randoms += 1
            yield name
            if (deep := next(deeper, None)) is not None:
                yield deep

    @property
    def _goes_on(self) -> bool:
        minutes = self.wanted.minutes
        if minutes is not None and time.monotonic() - self._began > minutes * 60:
            self.cut_short = True
        return not self.cut_short

    def _play(
        self,
        lanes: list[Lane],
        names: Iterator[str | None],
        passes: Passes | None = None,
    ) -> None:
        """Keep all lanes busy until there is nothing left to give."""
        left = True
        while left or any(lane.busy for lane in lanes):
            for lane in lanes:
                if left and lane.busy is None and self._goes_on:
                    name = next(names, "")
                    left = name != ""
                    if name:
                        lane.give(name)
            left = left and self._goes_on
            for result in finished(lanes, 1.0):
                self._take(result, passes)
            self._tell()

    def _drain(self, lanes: list[Lane]) -> None:
        while any(lane.busy for lane in lanes):
            for result in finished(lanes, 1.0):
                self._take(result, None)

    def _take(self, result: Result, passes: Passes | None) -> None:
        outcome, plan = self.outcome, plan_of(result.name, self.kit.points)
        outcome.runs += 1
        self.kills += result.kills
        self.boots += len(result.boots)
        self.most_in_a_row = max(self.most_in_a_row, result.kills)
        outcome.faults.update(dealt(plan, result))
        for promise, text in result.broken:
            again = f"{_COMMAND} {shlex.quote(result.name)}"
            outcome.fail(promise, f"{result.name}: {text}", again)
            print(f"T4: {promise}: {result.name}: {text}", file=sys.stderr, flush=True)
        if passes is not None:
            passes.note(result)
        if (target := self._waiting.pop(result.name, None)) is not None:
            self._settle(target, result)

    def _settle(self, target: Target, result: Result) -> None:
        _, kind, _, _, side, _, label = result.name.split("/", 6)
        if not result.missed:
            self.struck.add((kind, side, label))
            return
        tried = len(target.runs)
        if tried > 1 and result.name not in self.missed:
            self._again.append(Target(target.runs[1:], target.label, target.times))
        elif target.times == 1:
            self.missed.append(result.name)

    def _tell(self) -> None:
        if (now := time.monotonic()) - self._told > _TELL_EVERY:
            self._told = now
            print(
                f"T4: {self.kills} kills in {now - self._began:.0f} s, {len(self.outcome.violations)} violations",
                file=sys.stderr,
                flush=True,
            )

    def _sum_up(self) -> None:
        seconds = time.monotonic() - self._began
        for name in self.missed:
            kind, side, label = (name.split("/", 6)[n] for n in (1, 4, 6))
            if (kind, side, label) not in self.struck:
                self.outcome.fail("T4", f"{side} {label} was passed by class {kind} once, and then not again", f"{_COMMAND} {shlex.quote(name)}")  # fmt: skip
        if not self.kills and not self.outcome.violations:
            self.outcome.fail("T4", "nobody was killed", "")
        self.outcome.seeds = self.randoms
        self.outcome.more = {
            "kills": self.kills,
            "kills_per_second": round(self.kills / seconds, 2),
            "points": len({label for _, _, label in self.struck}),
            "points_x_classes": len({(kind, label) for kind, _, label in self.struck}),
            "points_x_classes_x_sides": len(self.struck),
            "cycles": self.outcome.runs,
            "starts": self.boots,
            "max_kills_in_a_row": self.most_in_a_row,
            "cut_short": self.cut_short,
        }


def dealt(plan: Plan, result: Result) -> Counter[str]:
    """Return what was done to Home Assistant and what its operator did wrong in a run."""
    found: Counter[str] = Counter()
    for kill, boot in zip(plan.kills, (b for b in result.boots if b.killed), strict=False):  # fmt: skip
        del boot
        if kill.trap is not None:
            found[f"kill {kill.trap.side.name.lower()} a point"] += 1
        else:
            found["kill at a random moment"] += 1
    if result.kills > 1:
        found[f"{result.kills} kills in a row"] += 1
    for fault in plan.story.faults:
        if fault["kind"] != "none":
            found[f"operator: {fault['operation']} {fault['kind']}"] += 1
    if plan.story in BY_NAME.values():
        found[f"story: {plan.story.name}"] += 1
    return found
