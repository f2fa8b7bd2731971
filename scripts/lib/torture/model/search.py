"""Breadth first through every world that can be reached. So the first breach that turns up is one of the shortest."""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
import time

from .moves import beginning, moves
from .plan import Plan
from .promises import Step, broken, illegal, is_settled, is_waived, steps
from .tidy import Tidy
from .world import Move, World


@dataclass(slots=True, kw_only=True)
class Found:
    """What a search has found."""

    plan: Plan
    states: int = 0
    transitions: int = 0
    seconds: float = 0.0
    breach: str | None = None
    story: list[Move] = field(default_factory=list)
    """A shortest way to the breach."""
    steps: set[Step] = field(default_factory=set)
    """The steps that orders took."""
    faults: Counter[str] = field(default_factory=Counter)
    """How often each fault happened."""


def search(plan: Plan) -> Found:
    """Visit every world that the plan can lead to, or as many as it takes to break a promise."""
    return _Search(plan).run()


class _Search:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._tidy = Tidy(plan)
        first = beginning(plan)
        self._worlds = [first]
        self._numbers = {first: 0}
        self._parents = array("l", [-1])
        self._good = array("l"), array("l")
        """From where to where, of the moves that are no faults."""
        self._found = Found(plan=plan)

    def run(self) -> Found:
        began = time.perf_counter()
        self._visit_all()
        if self._found.breach is None:
            self._look_for_dead_ends()
        self._found.states = len(self._worlds)
        self._found.seconds = time.perf_counter() - began
        return self._found

    def _visit_all(self) -> None:
        for number, world in enumerate(self._worlds):  # grows meanwhile
            for move, after in self._moves(world):
                self._found.transitions += 1
                if move.fault:
                    self._found.faults[move.text] += 1
                breach = self._breach(world, move, after)
                breach = self._reach(number, after, fault=move.fault) or breach
                if breach is not None:
                    self._found.breach = breach
                    self._found.story = [*self._story(number), move]
                    return

    def _moves(self, world: World) -> Iterator[tuple[Move, World]]:
        for move in moves(world, self._plan):
            yield move, self._tidy.world(move.world)

    def _breach(self, before: World, move: Move, after: World) -> str | None:
        """Return the promise that the step itself breaks."""
        taken = set(steps(before, after)) - self._found.steps
        self._found.steps |= taken
        if move.breach is not None and not is_waived(move.breach, self._plan):
            return move.breach
        return illegal(taken)

    def _reach(self, number: int, after: World, *, fault: bool) -> str | None:
        """Note that one world leads to another; return the promise that does not hold there."""
        key, breach = self._tidy.key(after), None
        reached = self._numbers.get(key)
        if reached is None:
            reached = self._numbers[key] = len(self._worlds)
            self._worlds.append(after)
            self._parents.append(number)
            breach = broken(after, self._plan)
        if not fault:
            self._good[0].append(number)
            self._good[1].append(reached)
        return breach

    def _story(self, number: int) -> list[Move]:
        """Return the moves from the beginning to a world."""
        story: list[Move] = []
        while (parent := self._parents[number]) >= 0:
            here = self._worlds[number]
            possible = self._moves(self._worlds[parent])
            story.append(next(move for move, after in possible if after == here))
            number = parent
        return story[::-1]

    def _look_for_dead_ends(self) -> None:
        """I10: go back from every good end along moves that are no faults. Whoever is not met on the way can only wait."""
        before: list[list[int]] = [[] for _ in self._worlds]
        for start, end in zip(*self._good, strict=True):
            before[end].append(start)
        met = bytearray(map(is_settled, self._worlds))
        waiting = [number for number, good in enumerate(met) if good]
        while waiting:
            for number in before[waiting.pop()]:
                if not met[number]:
                    met[number] = True
                    waiting.append(number)
        if (stuck := met.find(0)) >= 0:
            self._found.breach = "I10: without a fault nothing settles this any more"
            self._found.story = self._story(stuck)
