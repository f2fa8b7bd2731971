"""Counts in a child how often each point is passed, or kills the process at one of them.

It uses the interpreter's own monitoring (PEP 669): instruction events on the code objects that hold a point, nothing
anywhere else. `before` is the moment before the first instruction of the expression, `after` the one after its last: the
next instruction of the same frame, or the moment it is left by an exception.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
import gc
import os
import signal
import sys
import time
from types import CodeType, FrameType, FunctionType
from typing import Final

from .labels import Point, Span
from .shared import Shared

_TOOL: Final = sys.monitoring.PROFILER_ID
_EVENTS: Final = sys.monitoring.events

_NOWHERE: Final[frozenset[int]] = frozenset()


class Side(IntEnum):
    """On which side of a point."""

    BEFORE = 0
    AFTER = 1


@dataclass(frozen=True, slots=True)
class Trap:
    """Where to strike: at the n-th time that a point is passed on one side."""

    label: int
    side: Side
    times: int = 1
    hold_s: float = 0.0
    """Instead of killing, let the thread that is there wait so long."""


type Where = Mapping[int, frozenset[int]]
"""By offset of an instruction: the points that it is part of."""


@dataclass(frozen=True, slots=True)
class Codes:
    """The code objects that hold points. Found once, in the process that everybody is forked from."""

    where: Mapping[CodeType, Where]

    @classmethod
    def of(cls, points: list[Point]) -> Codes:
        """Find the code of each point among everything that is imported. Raises `LookupError` for one that has none."""
        by_file: dict[str, list[tuple[int, Point]]] = {}
        for index, point in enumerate(points):
            by_file.setdefault(point.file, []).append((index, point))
        where: dict[CodeType, Where] = {}
        for code in _codes(frozenset(by_file)):
            if offsets := _offsets(code, by_file[code.co_filename]):
                where[code] = offsets
        found = {label for places in where.values() for at in places.values() for label in at}  # fmt: skip
        if missing := [point.label for index, point in enumerate(points) if index not in found]:  # fmt: skip
            raise LookupError(f"no code was found for {missing}")
        return cls(where)

    def of_label(self, label: int) -> Iterable[CodeType]:
        """Return the code objects that hold a point."""
        return (
            code
            for code, places in self.where.items()
            if any(label in at for at in places.values())
        )


def _codes(files: frozenset[str]) -> Iterable[CodeType]:
    found: dict[int, CodeType] = {}
    todo = [
        item.__code__
        for item in gc.get_objects()
        if isinstance(item, FunctionType) and item.__code__.co_filename in files
    ]
    while todo:
        code = todo.pop()
        if id(code) not in found:
            found[id(code)] = code
            todo += [const for const in code.co_consts if isinstance(const, CodeType)]
    return found.values()


def _offsets(code: CodeType, points: list[tuple[int, Point]]) -> Where:
    found: dict[int, frozenset[int]] = {}
    for number, (line, last_line, column, last_column) in enumerate(
        code.co_positions()
    ):
        if line is None or last_line is None or column is None or last_column is None:
            continue
        here = (line, column, last_line, last_column)
        at = frozenset(
            label
            for label, point in points
            if point.qualname == code.co_qualname and _within(here, point.span)
        )
        if at:
            found[2 * number] = at
    return found


def _within(inner: Span, outer: Span) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


class Watcher:
    """The monitoring of one process. Begins with `begin` and ends with the process."""

    def __init__(self, codes: Codes, shared: Shared, trap: Trap | None) -> None:
        """Count everything, or wait at one point."""
        self._codes = codes
        self._shared = shared
        self._trap = trap
        self._inside: dict[int, tuple[FrameType, frozenset[int]]] = {}
        """By id of a frame: the points in whose middle it is. Holding the frame keeps its id from being given away."""

    def begin(self) -> None:
        """Watch from now on."""
        watched = (
            self._codes.where
            if self._trap is None
            else self._codes.of_label(self._trap.label)
        )
        sys.monitoring.use_tool_id(_TOOL, "torture")
        _register(_EVENTS.INSTRUCTION, self._at)
        _register(_EVENTS.PY_RETURN, self._left)
        _register(_EVENTS.PY_UNWIND, self._left)
        for code in watched:
            sys.monitoring.set_local_events(
                _TOOL, code, _EVENTS.INSTRUCTION | _EVENTS.PY_RETURN
            )
        sys.monitoring.set_events(_TOOL, _EVENTS.PY_UNWIND)

    def _at(self, code: CodeType, offset: int) -> None:
        here = self._codes.where[code].get(offset, _NOWHERE)
        frame = sys._getframe(1)  # noqa: SLF001 - the one that is watched
        was = self._inside.get(id(frame))
        there = _NOWHERE if was is None else was[1]
        if here == there:
            return
        if here:
            self._inside[id(frame)] = frame, here
        else:
            del self._inside[id(frame)]
        for label in there - here:
            self._pass(label, Side.AFTER)
        for label in here - there:
            self._pass(label, Side.BEFORE)

    def _left(self, code: CodeType, _offset: int, _what: object) -> None:
        """Note that a frame returns, or is left by an exception."""
        if code in self._codes.where:
            _, there = self._inside.pop(id(sys._getframe(1)), (None, _NOWHERE))  # noqa: SLF001 - as above
            for label in there:
                self._pass(label, Side.AFTER)

    def _pass(self, label: int, side: Side) -> None:
        times, trap = self._shared.count(label, side), self._trap
        if trap is None or (label, side, times) != (trap.label, trap.side, trap.times):
            return
        if trap.hold_s:
            self._shared.holding = True
            time.sleep(trap.hold_s)
            self._shared.holding = False
        else:
            self._shared.fire()
            os.kill(os.getpid(), signal.SIGKILL)


def _register(event: int, callback: Callable[..., object]) -> None:
    sys.monitoring.register_callback(_TOOL, event, callback)
