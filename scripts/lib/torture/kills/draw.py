"""A random run, drawn from its seed: who, which faults, how many kills, when. The same seed draws the same run."""

from collections.abc import Sequence
from random import Random
from typing import Final

from tests.operator.behaviour import Switches
from tests.operator.faults import FaultData

from .labels import Point
from .runs import Kill, Plan
from .stage import Stage
from .stories import ALL, Story, fault
from .trap import Side, Trap

_STARTS_FOR: Final = 0.25
"""Seconds in which most starts are over; a kill later than that meets the calls."""

_CALLS_FOR: Final = 0.12

_LATEST: Final = 30.0
"""Seconds of the operator's time after which a request that was lost on its way has arrived: well within every window."""


async def calls_and_settles(stage: Stage) -> None:
    """Call, and find out what became of it as time passes."""
    await stage.call()
    await stage.until_settled()


async def calls_only(stage: Stage) -> None:
    """Call, and leave what is unsettled to the next start."""
    await stage.call()


def random_plan(name: str, seed: int, number: int, points: Sequence[Point]) -> Plan:
    """Return run `number` of a seed. The classes take turns."""
    dice = Random(f"{seed}:{number}")
    story = Story(
        name="random",
        scenes=(dice.choice((calls_and_settles, calls_and_settles, calls_only)),),
        behaviour=_behaviour(dice),
        faults=tuple(_faults(dice)),
        fresh=dice.random() < 0.1,
        automatic_at="start" if dice.random() < 0.8 else None,
    )
    kills = tuple(_kill(dice, points) for _ in range(dice.choice((1, 1, 2, 2, 3, 3))))
    return Plan(name=name, story=story, kind=ALL[number % len(ALL)], kills=kills)


def _kill(dice: Random, points: Sequence[Point]) -> Kill:
    match dice.choices(("start", "call", "soon", "point"), (3, 3, 3, 2))[0]:
        case "start":
            return Kill(after_start=dice.uniform(0, _STARTS_FOR), anyway=True)
        case "call":
            return Kill(after_call=dice.uniform(0, _CALLS_FOR), anyway=True)
        case "soon":
            return Kill(after_call=dice.uniform(0, _CALLS_FOR / 4), anyway=True)
        case _:
            label, side = dice.randrange(len(points)), dice.choice(tuple(Side))
            return Kill(trap=Trap(label, side, dice.randint(1, 3)), anyway=True)


def _behaviour(dice: Random) -> Switches:
    switches: Switches = {}
    if dice.random() < 0.2:
        switches["pending_s"] = dice.uniform(1, 600)
    if dice.random() < 0.2:
        switches["order_effect_delay_s"] = dice.uniform(0.01, 0.1)
    if dice.random() < 0.2:
        switches["lookup_delay_s"] = dice.uniform(1, 300)
    if dice.random() < 0.2:
        switches["history_delay_s"] = dice.uniform(1, 300)
    if dice.random() < 0.05:
        switches["order_outcome"] = "failed"
    return switches


def _faults(dice: Random) -> list[FaultData]:
    found = [_order_fault(dice)] if dice.random() < 0.7 else []
    if dice.random() < 0.3:
        found.append(fault("error_before", "find", dice.randint(1, 4)))
    if dice.random() < 0.3:
        found += [
            fault("none", "history"),
            fault("error_before", "history", dice.randint(1, 4)),
        ]
    if dice.random() < 0.1:
        found.append(fault("drop_before", dice.choice(("line", "offers", "account"))))
    return found


def _order_fault(dice: Random) -> FaultData:
    match dice.choice(_ORDER_FAULTS):
        case "delay_after" as kind:
            return fault(kind, "order", seconds=dice.uniform(0.01, 0.15))
        case "late_effect":
            return fault("late_effect", "order", seconds=dice.uniform(0.05, _LATEST))
        case "html" | "empty" | "garbage" as kind:
            return fault(kind, "order", effect=dice.random() < 0.5)
        case kind:
            return fault(kind, "order")


_ORDER_FAULTS: Final = (
    "drop_after",
    "reset_after",
    "drop_before",
    "reset_before",
    "error_after",
    "error_before",
    "decline",
    "truncate",
    "delay_after",
    "late_effect",
    "html",
    "empty",
    "garbage",
)
