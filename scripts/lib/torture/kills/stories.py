"""What happens in a run. Each scene is one Home Assistant, from its start to its end; whatever goes wrong has its scene.

Together they pass every point (see `plan.unreached`). A kill ends a story; what follows then is the same for all: restarts
with the balance still low, until everything is settled (`cycle`).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.operator.behaviour import Switches
from tests.operator.faults import FaultData

from .scenes import (
    asks_around,
    bring_back,
    cannot_write_the_answer,
    comes_back,
    forget_newest_orders,
    is_declined_then_pays,
    is_held_and_resolved,
    is_killed_in_flight,
    is_refused,
    is_reloaded,
    is_removed,
    is_stopped_in_flight,
    is_unlocked,
    leaves_unsettled,
    loses_and_finds,
    pays,
    runs_out_of_disk,
    sees_others,
    settles,
    take_away,
)
from .stage import Stage

type Scene = Callable[[Stage], Awaitable[None]]

ALL: Final = "KLHN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A beginning, and one scene after the other."""

    name: str
    scenes: tuple[Scene, ...]
    classes: str = ALL
    behaviour: Switches = field(default_factory=Switches)
    faults: tuple[FaultData, ...] = ()
    describe: Callable[[dict[str, Any]], dict[str, Any]] = lambda described: described
    yaml: str = ""
    fresh: bool = False
    """No order book has ever been there."""
    automatic_at: str | None = "start"
    """An automation tops up then, too."""
    times: float = 1.0
    """How fast Home Assistant lives."""
    hold: tuple[int, str, float] | None = None
    """In this scene, at this point, the thread that comes by waits for so many seconds."""
    before: Mapping[int, Callable[[Path], None]] = field(default_factory=dict)
    """What happens to the folder before a scene."""
    mended: Callable[[Path], None] = lambda folder: None
    """What somebody repairs in the folder before Home Assistant starts for the last time."""
    locks: bool = False
    """The order book may be locked, by something worse than a kill; a person unlocks it."""
    held_in: str = "N"
    """The classes in which an order may be left to a person; nobody can be asked in class N."""
    leaves: bool = False
    """The account is removed: nobody has to be paid for."""


def fault(
    kind: str, operation: str, times: int | None = 1, **args: object
) -> FaultData:
    """Return a fault of the operator."""
    return {"operation": operation, "kind": kind, "times": times, "args": args}


# Descriptions of the same API by somebody else


def in_one_list(described: dict[str, Any]) -> dict[str, Any]:
    """Read the lines from their list, which is also all that proves the key."""
    reading = {key: value for key, value in described["read"].items() if key != "path"}
    rest = {key: value for key, value in described.items() if key != "account"}
    return rest | {"read": {**reading, "from_list": True}}


def without_look_up(described: dict[str, Any]) -> dict[str, Any]:
    """Know no way to look an order up."""
    return {key: value for key, value in described.items() if key != "find"}


# The history is also read before paying; the first time that must work, or nothing is sent.
_FIRST_HISTORY: Final = fault("none", "history")

_LOOKS_FAIL: Final = (
    fault("error_before", "find", times=3),
    _FIRST_HISTORY,
    fault("error_before", "history", times=3),
)

STORIES: Final = (
    Story(name="recharge", scenes=(pays, is_refused)),
    Story(name="first start", scenes=(pays, settles), fresh=True),
    Story(name="asked around", scenes=(asks_around,), automatic_at=None),
    Story(
        name="declined",
        scenes=(is_declined_then_pays,),
        faults=(fault("decline", "order"),),
    ),
    Story(name="pending", scenes=(loses_and_finds,), behaviour={"pending_s": 60}),
    Story(
        name="pending over a stop",
        scenes=(leaves_unsettled, settles),
        behaviour={"pending_s": 60},
    ),
    Story(
        name="answer lost",
        scenes=(loses_and_finds,),
        faults=(fault("drop_after", "order"),),
    ),
    Story(
        name="answer lost, looks fail",
        scenes=(leaves_unsettled, settles),
        faults=(fault("reset_after", "order"), *_LOOKS_FAIL),
    ),
    Story(
        name="request lost",
        scenes=(loses_and_finds,),
        faults=(fault("drop_before", "order"),),
    ),
    Story(
        name="request lost, nothing to look at",
        scenes=(loses_and_finds,),
        classes="K",
        faults=(fault("drop_before", "order"),),
        describe=without_look_up,
    ),
    Story(
        name="held for a person",
        scenes=(is_held_and_resolved,),
        faults=(
            fault("drop_after", "order"),
            fault("error_before", "find", None),
            _FIRST_HISTORY,
            fault("error_before", "history", None),
        ),
        held_in=ALL,
    ),
    # Class H has no reference to go by: a charge of somebody else at the same time makes an order doubtful.
    Story(name="paid by others too", scenes=(sees_others,), held_in="HN"),
    Story(
        name="reloaded",
        scenes=(is_reloaded,),
        faults=(fault("delay_after", "order", seconds=0.1),),
    ),
    Story(
        name="removed",
        scenes=(is_removed,),
        faults=(fault("delay_after", "order", seconds=0.1),),
        yaml="config:\n",
        leaves=True,
    ),
    Story(
        name="stopped in flight",
        scenes=(is_stopped_in_flight, settles),
        faults=(fault("delay_after", "order", seconds=0.2),),
    ),
    Story(
        name="stopped without an answer",
        scenes=(is_stopped_in_flight, settles),
        faults=(fault("hang_after", "order"),),
        times=40,
    ),
    Story(
        name="older book restored",
        scenes=(leaves_unsettled, is_unlocked, settles),
        faults=(fault("drop_after", "order"),),
        before={1: forget_newest_orders},
        locks=True,
    ),
    Story(
        name="book away",
        scenes=(leaves_unsettled, comes_back),
        faults=(fault("drop_after", "order"),),
        before={1: take_away},
        mended=bring_back,
        locks=True,
    ),
    Story(
        name="killed in flight",
        scenes=(is_killed_in_flight, settles),
        faults=(fault("delay_after", "order", seconds=0.3),),
    ),
    Story(
        name="disk full at the answer",
        scenes=(cannot_write_the_answer,),
        faults=(fault("delay_after", "order", seconds=0.2),),
        automatic_at=None,
        locks=True,
    ),
    Story(name="disk full", scenes=(runs_out_of_disk,), automatic_at=None, locks=True),
    Story(name="described as one list", scenes=(pays,), describe=in_one_list),
)
