"""The four sorts of operator: what each can do, and how its API is described to the custom HTTP provider."""

from collections.abc import Mapping
from typing import Any, Final

from custom_components.esim_topup.providers.base import Dedupe
from tests.operator.behaviour import Switches
from tests.providers.rest.operator_config import operator_config

CLASSES: Final[Mapping[str, Dedupe]] = {
    "K": Dedupe.KEY,
    "L": Dedupe.LOOKUP,
    "H": Dedupe.HISTORY,
    "N": Dedupe.NONE,
}

_ALWAYS_LOW: Final[Switches] = {"credit_delay_s": 30 * 86_400}
"""The line does not get what was paid for within the run: whoever looks at the balance finds it low again and again."""

_BEHAVIOUR: Final[Mapping[str, Switches]] = {
    "K": {},
    "L": {"idempotency": "off"},
    "H": {"idempotency": "off", "lookup": False, "history_references": False},
    "N": {"idempotency": "off", "lookup": False, "history": False},
}


def behaviour(kind: str, more: Switches) -> Switches:
    """Return how the operator of a class behaves."""
    return {**_ALWAYS_LOW, **_BEHAVIOUR[kind], **more}


def description(kind: str, base_url: str) -> dict[str, Any]:
    """Return its API as a user would describe it."""
    return operator_config(base_url, CLASSES[kind])
