"""What must hold for readings: no zero and no other figure that the answer does not say."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from custom_components.esim_topup.providers.base import Account, Reading

from .answers import body_of
from .asking import Heard
from .conversation import Told
from .oracles import GUESSED, Breach
from .shapes import leaves, number


def figures(value: Any) -> Mapping[str, Any]:
    """Return all that was measured, by name; what is not known is left out."""
    if isinstance(value, Account):
        found = {"wallet": value.wallet} | {
            f"funds of {method.id}": method.funds for method in value.payment_methods
        }
    elif isinstance(value, Mapping):
        found = {
            name: getattr(reading, name)
            for reading in value.values()
            if isinstance(reading, Reading)
            for name in (
                "balance",
                "data_left_bytes",
                "voice_left",
                "sms_left",
                "valid_until",
            )
        }
    else:
        found = {}
    return {name: figure for name, figure in found.items() if figure is not None}


def of_zero(heard: Heard, told: Sequence[Told], *, derived: bool) -> Iterator[Breach]:
    """Yield zeros that no answer says."""
    zeros = [name for name, figure in figures(heard.value).items() if _is_zero(figure)]
    if zeros and not any(_says_zero(body_of(each.said), derived) for each in told):
        yield from (
            Breach(GUESSED, f"{name.split(' of ')[0]} is a zero that nobody said")
            for name in zeros
        )


def of_absent(before: Heard, after: Heard) -> Iterator[Breach]:
    """Yield what changed although one field of the truth was only taken away: a figure may become unknown, never another."""
    truth, now = figures(before.value), figures(after.value)
    for name, figure in now.items():
        if name in truth and figure != truth[name]:
            yield Breach(
                GUESSED, f"{name.split(' of ')[0]} is guessed where a field is missing"
            )


def _is_zero(figure: Any) -> bool:
    match figure:
        case int():
            return figure == 0
        case timedelta():
            return not figure
        case _:
            return getattr(figure, "amount", None) == 0


def _says_zero(tree: Any, derived: bool) -> bool:
    """Say whether a figure from zero up to, not including, one stands somewhere: parts of a unit are cut off."""
    found = [
        figure for _, value in leaves(tree) if (figure := number(value)) is not None
    ]
    if any(0 <= figure < 1 for figure in found):
        return True
    return derived and len(set(found)) < len(found)
