"""What a run must have seen. A simulation in which nothing goes wrong, or nothing is ever paid, proves nothing."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Reason

from .classes import CLASSES
from .weather import House, Look, Mood, Road, Scene

ENOUGH: Final = 2_000
"""Seeds; in fewer of them something rare may not happen."""

A_FEW: Final = 50

_CHARGED_SHARE: Final = 0.3

_ELSEWHERE: Final = frozenset({Reason.AWAITING_APPROVAL})
"""Ask mode has its own issue."""

_STATES: Final = (
    OrderState.SUBMITTING,
    OrderState.PENDING,
    OrderState.UNKNOWN,
    OrderState.HELD,
    OrderState.SUCCEEDED,
    OrderState.FAILED,
    OrderState.REVERSED,
)


def expected() -> Iterator[str]:
    """Yield what must be seen at least once in enough seeds."""
    yield from (f"class: {letter}" for letter in CLASSES)
    yield from (f"network: {road.value}" for road in Road if road is not Road.GOOD)
    yield from (f"operator: {mood.value}" for mood in Mood if mood is not Mood.PAYS)
    yield from (f"question: {look.value}" for look in Look if look is not Look.GOOD)
    yield from (_PLACES.get(what, f"house: {what.value}") for what in House)
    yield from (f"scene: {scene.value}" for scene in Scene)
    yield from (f"state: {state.value}" for state in _STATES)
    yield from (
        f"refused: {reason.value}" for reason in Reason if reason not in _ELSEWHERE
    )
    yield from _MORE


_PLACES: Final = {
    House.DISK_FAILS: "disk: sync fails",
    House.DISK_SLOW: "disk: slow",
    House.STRANGER: f"operator: {House.STRANGER.value}",
    House.TWIN: f"operator: {House.TWIN.value}",
    House.OUTAGE: f"operator: {House.OUTAGE.value}",
    House.BLIND: f"operator: {House.BLIND.value}",
    House.PRICE: f"operator: {House.PRICE.value}",
}

_MORE: Final = (
    "disk: write fails",
    "disk: write fails (full)",
    "disk: open fails",
    "disk: os.open fails",
    "disk: rename fails",
    "operator: key repeated",
    "operator: look-ups down",
    "told: succeeded",
    "told: succeeded (joined)",
    "told: failed",
    "told: pending",
    "told: unknown",
    "locked: write_failed",
    "locked: missing",
    "locked: damaged",
    "locked: replaced",
    "locked: newer",
    "locked: rolled_back",
    "locked: unreadable",
    "person: decides",
    "person: TooEarly",
    "reached: re-sent",
    "reached: a new book was begun",
)


def missing(seen: Counter[str], seeds: int) -> list[str]:
    """Return what a run should have seen and has not."""
    found = [] if seeds < ENOUGH else [name for name in expected() if not seen[name]]
    if seeds >= A_FEW and seen["reached: seeds with a charge"] < _CHARGED_SHARE * seeds:
        found.append(f"a charge in {_CHARGED_SHARE:.0%} of the seeds")
    return found
