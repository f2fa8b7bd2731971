"""What is planned for a run, and what it came to."""

from dataclasses import dataclass, field
from typing import Any

from .house import Said
from .stories import Story
from .trap import Trap


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One kill -9: at a point of the source, or so many seconds after the start, or after the callers' call."""

    trap: Trap | None = None
    after_start: float | None = None
    after_call: float | None = None
    anyway: bool = False
    """If its moment does not come, strike when there is nothing left to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run is."""

    name: str
    """What repeats exactly this run."""
    story: Story
    kind: str
    """K, L, H or N."""
    scene: int = 0
    """The scene of the first kill."""
    kills: tuple[Kill, ...] = ()
    """The first one in that scene, each further one in the restart after it."""
    watch: bool = False
    """Count the points that are passed."""


@dataclass(slots=True, kw_only=True)
class Boot:
    """What one Home Assistant came to."""

    scene: str
    killed: bool = False
    code: int = 0
    said: list[Said] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    charges: int = 0
    shown: dict[str, str] = field(default_factory=dict)
    """What the entities of the line showed at the end of the story, before anybody called again."""
    errors: list[str] = field(default_factory=list)
    """What Home Assistant logged as an error."""
    passes: dict[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Result:
    """What a run came to."""

    name: str
    boots: list[Boot] = field(default_factory=list)
    missed: bool = False
    """The moment of a planned kill never came."""
    charges: int = 0
    sends: int = 0
    orders: list[dict[str, Any]] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def kills(self) -> int:
        """How often Home Assistant was killed; each time it was started again."""
        return sum(boot.killed for boot in self.boots)
