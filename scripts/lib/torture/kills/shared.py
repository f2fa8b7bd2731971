"""Memory that a lane, its operator and each of its Home Assistants see at once. What a killed process wrote stays."""

from datetime import timedelta
from enum import IntEnum
import mmap
from typing import Final

_WORD: Final = 8


class _Slot(IntEnum):
    OFFSET_US = 0
    SKIP = 1
    FIRED = 2
    HOLDING = 3
    COUNTERS = 8


class Shared:
    """Some whole numbers in anonymous shared memory; it is inherited by fork, and nobody else can reach it."""

    def __init__(self, labels: int) -> None:
        """Make room for two counters for each label."""
        self._labels = labels
        size = (_Slot.COUNTERS + 2 * labels) * _WORD
        self._words = memoryview(mmap.mmap(-1, size)).cast("q")

    def begin(self) -> None:
        """Start a run: the time is the real one again, and nothing was passed."""
        for slot in range(len(self._words)):
            self._words[slot] = 0

    # Time

    @property
    def offset(self) -> timedelta:
        """How far the common time of engine and operator is ahead of the real one."""
        return timedelta(microseconds=self._words[_Slot.OFFSET_US])

    @property
    def offset_us(self) -> int:
        """The same in microseconds."""
        return self._words[_Slot.OFFSET_US]

    def pass_time(self, span: timedelta) -> None:
        """Let some time be over."""
        self._words[_Slot.OFFSET_US] += span // timedelta(microseconds=1)

    @property
    def skipping(self) -> bool:
        """Whether whoever waits for a later time makes it come at once."""
        return bool(self._words[_Slot.SKIP])

    @skipping.setter
    def skipping(self, skip: bool) -> None:
        self._words[_Slot.SKIP] = int(skip)

    @property
    def holding(self) -> bool:
        """Whether a thread is held up at a point right now."""
        return bool(self._words[_Slot.HOLDING])

    @holding.setter
    def holding(self, hold: bool) -> None:
        self._words[_Slot.HOLDING] = int(hold)

    # What was passed

    def forget_passes(self) -> None:
        """Count from zero: another Home Assistant starts."""
        for slot in range(_Slot.COUNTERS, len(self._words)):
            self._words[slot] = 0
        self._words[_Slot.FIRED] = 0

    def count(self, label: int, side: int) -> int:
        """Note that a label was passed on one side (0 before, 1 after), and return how often that was."""
        slot = _Slot.COUNTERS + 2 * label + side
        self._words[slot] += 1
        return self._words[slot]

    def passes(self, label: int, side: int) -> int:
        """Return how often a label was passed on one side."""
        return self._words[_Slot.COUNTERS + 2 * label + side]

    @property
    def fired(self) -> bool:
        """Whether the trap has struck."""
        return bool(self._words[_Slot.FIRED])

    def fire(self) -> None:
        """Note that the trap strikes now."""
        self._words[_Slot.FIRED] = 1
