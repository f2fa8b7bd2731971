"""Worlds without dice, for those who decide themselves what happens: Hypothesis, and stories with a name."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from custom_components.esim_topup.orders.limits import Limits
from custom_components.esim_topup.providers.base import (
    Capabilities,
    Dedupe,
    EchoedField,
    Quantity,
)
from custom_components.esim_topup.providers.money import Money

from .account import SimAccount
from .operator import Operator
from .world import World, sim_line

_READS: Final = frozenset({Quantity.BALANCE})
_DAY: Final = timedelta(days=1)

CAPABILITIES: Final[Mapping[str, Capabilities]] = {
    "K": Capabilities(dedupe=Dedupe.KEY, key_retention=_DAY, finds=True, reads=_READS),
    "K blind": Capabilities(dedupe=Dedupe.KEY, key_retention=_DAY, reads=_READS),
    "L": Capabilities(dedupe=Dedupe.LOOKUP, finds=True, reads=_READS),
    "L+": Capabilities(dedupe=Dedupe.LOOKUP, finds=True, history=True, reads=_READS),
    "H": Capabilities(
        dedupe=Dedupe.HISTORY,
        history=True,
        echoes=frozenset(EchoedField) - {EchoedField.REFERENCE},
        reads=_READS,
    ),
    "N": Capabilities(dedupe=Dedupe.NONE, reads=_READS),
}
"""The classes of the design, section 4; "K blind" cannot look orders up, "L+" has a history too."""


def rub(amount: int) -> Money:
    """Return roubles."""
    return Money.parse(amount, "RUB")


def quiet_world(
    room: Path,
    images: Mapping[str, bytes],
    letter: str,
    *,
    lines: int = 2,
    names_time: bool = True,
    refuses_repeats: bool = False,
    **limits: Any,
) -> World:
    """Return a world with one account, in which nothing goes wrong by itself. The house is not started."""
    world = World(room, Random(0), images)
    operator = Operator(
        sky=world,
        dice=world.dice,
        key="A",
        capabilities=CAPABILITIES[letter],
        currency="RUB",
        names_references=letter != "H",
        refuses_repeats=refuses_repeats,
        forgets_declines=False,
    )
    account = SimAccount(
        operator,
        tuple(sim_line(number, "RUB") for number in range(lines)),
        Limits(per_order=rub(700), **limits),
        names_time,
    )
    world.accounts.append(account)
    return world
