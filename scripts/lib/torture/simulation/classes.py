"""What operators of each class can do, drawn or chosen."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Final

from custom_components.esim_topup.providers.base import (
    Capabilities,
    Dedupe,
    EchoedField,
    Quantity,
)

SLOWEST: Final = timedelta(minutes=15)
"""What operators take for a purchase at most who do not say otherwise: a fact about them, whatever the integration believes."""

CLASSES: Final = ("K", "K", "K blind", "K+", "L", "L", "L+", "H", "H", "N", "N+")
"""Drawn from: the letter, with "+" if it has a history besides; "K blind" cannot look orders up."""


def capabilities_of(dice: Random, letter: str) -> Capabilities:
    """Draw what an operator of a class can do."""
    settle = dice.choice((SLOWEST, SLOWEST, 2 * SLOWEST, 8 * SLOWEST))
    echoes = dice.choice(
        (
            frozenset(EchoedField),
            frozenset(EchoedField),
            frozenset({EchoedField.REFERENCE}),
            frozenset({EchoedField.AMOUNT, EchoedField.CURRENCY}),
        )
    )
    dedupe = Dedupe(letter[0])
    if dedupe is Dedupe.HISTORY:
        echoes -= {EchoedField.REFERENCE}
    retention = None
    if dedupe is Dedupe.KEY:
        shortest = 2 * settle + timedelta(minutes=5)
        retention = dice.choice(
            (shortest, shortest, timedelta(hours=24), timedelta(days=31))
        )
    capabilities = Capabilities(
        dedupe=dedupe,
        key_retention=retention,
        finds=letter in ("K", "K+", "L", "L+"),
        history=letter in ("H", "L+", "K+", "N+"),
        echoes=echoes,
        reads=frozenset() if dice.random() < 0.2 else frozenset({Quantity.BALANCE}),
    )
    if settle == SLOWEST:
        return (
            capabilities  # who does not say it is given the integration's own minimum
        )
    return replace(capabilities, settle=settle)
