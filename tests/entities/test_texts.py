"""Every word that an entity can show has a text and an icon: a missing one shows as a raw key, silently."""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.esim_topup import (
    binary_sensor,
    button,
    event,
    faults,
    number,
    select,
    sensor,
)
from custom_components.esim_topup.orders.news import News
from custom_components.esim_topup.orders.order import OrderState, Origin
from custom_components.esim_topup.orders.payment import PaymentProblem
from custom_components.esim_topup.orders.policy import Reason
from custom_components.esim_topup.orders.rule import LowReason, RuleProblem
from custom_components.esim_topup.orders.status import (
    LAST_ORDER_FAILED,
    NOT_READ,
    LineState,
)

HOUSE = Path(sensor.__file__).parent
TEXTS = json.loads((HOUSE / "translations" / "en.json").read_text())
ICONS = json.loads((HOUSE / "icons.json").read_text())

KEYS = {
    "binary_sensor": {each.key for each in binary_sensor.BINARY_SENSORS},
    "button": {button.REFRESH.key},
    "event": {event.TOP_UP.key},
    "number": {each.key for each in number.NUMBERS},
    "select": {each.key for each in (*select.SELECTS, select.BEHAVIOUR)},
    "sensor": {
        sensor.TOP_UP_STATUS.key,
        *(each.key for each in sensor.SENSORS),
        *(each.key for each in sensor.ACCOUNT_SENSORS),
    },
}

# These refuse a call and cannot stand in the way of the line's own rule.
_OF_CALLS_ONLY = {
    Reason.REQUEST_ID_REUSED,
    Reason.PRICE_CHANGED,
    Reason.NOT_OFFERED,
    Reason.BALANCE_UNKNOWN,
    Reason.NOT_BELOW,
}

_OF_STATUS = {LAST_ORDER_FAILED, NOT_READ}


def texts(*path: str) -> Mapping[str, Any]:
    """Return the texts below a path."""
    found: Any = TEXTS
    for step in path:
        found = found[step]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("platform", KEYS)
def test_every_entity_has_a_name_and_an_icon_and_none_is_left_over(
    platform: str,
) -> None:
    """Names are what users read first."""
    assert set(texts("entity", platform)) == KEYS[platform]
    assert all("name" in each for each in texts("entity", platform).values())
    assert set(ICONS["entity"][platform]) == KEYS[platform]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (("sensor", "top_up_status", "state"), set(LineState)),
        (
            ("sensor", "top_up_status", "state_attributes", "reason", "state"),
            set(Reason) - _OF_CALLS_ONLY | set(LowReason) | _OF_STATUS,
        ),
        (
            ("sensor", "last_top_up", "state_attributes", "result", "state"),
            set(OrderState),
        ),
        (("sensor", "last_top_up", "state_attributes", "origin", "state"), set(Origin)),
        (
            ("binary_sensor", "low_balance", "state_attributes", "reasons", "state"),
            set(LowReason),
        ),
        (
            (
                "binary_sensor",
                "payment_problem",
                "state_attributes",
                "reasons",
                "state",
            ),
            set(PaymentProblem),
        ),
        (("event", "top_up", "state_attributes", "event_type", "state"), set(News)),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_every_word_that_can_be_shown_has_a_text(
    path: tuple[str, ...], values: set[str]
) -> None:
    """And no text is left over from a word that was dropped."""
    assert set(texts("entity", *path)) == {str(value) for value in values}


@pytest.mark.parametrize(
    "key",
    [
        *(f"rule_{problem}" for problem in RuleProblem),
        "rule_not_an_amount",
        *faults._KEYS.values(),
        "provider_error",
    ],
)
def test_every_refusal_has_a_text(key: str) -> None:
    """With the next step in it."""
    assert texts("exceptions", key)["message"].endswith(".")
