"""Spoilt answers by the hundred thousand, the same for the same seed."""

from dataclasses import replace
import time
from typing import Final

from .answers import body_of
from .attack import Attack
from .exchange import Said
from .mutate import Choice, Dice, grown, mutated
from .seams import as_wire

STATUSES: Final = (
    200,
    200,
    200,
    200,
    201,
    202,
    204,
    299,
    301,
    400,
    401,
    402,
    403,
    404,
    408,
    409,
    410,
    422,
    425,
    429,
    500,
    503,
    100,
    599,
)


def lie(right: Said, choice: Choice) -> Said:
    """Return a spoilt answer: a changed tree, now and then a foreign one, as bytes, cut, or under another status."""
    kind = choice.below(32)
    tree = grown(choice) if kind == 0 else mutated(body_of(right), choice)
    body = as_wire(tree) if kind in (1, 2, 3) else tree
    if kind == 3 and body:
        body = body[: choice.below(len(body))] + bytes([choice.below(256)])
    status = STATUSES[choice.below(len(STATUSES))] if kind in (4, 5) else right.status
    return replace(right, status=status, body=body)


async def spoil(attack: Attack, examples: int, seed: int) -> float:
    """Strike so often; return the seconds of computing it took."""
    dice = Dice(f"{seed}: {attack.subject.name}")
    targets, began = attack.targets, time.process_time()
    for _ in range(examples if targets else 0):
        call, request, right = targets[dice.below(len(targets))]
        await attack.strike(call, request, lie(right, dice))
        attack.court.outcome.faults["spoilt at random"] += 1
    return time.process_time() - began
