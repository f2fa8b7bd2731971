"""When to look after an order whose outcome is not known. Pure, so that days of it can be simulated."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, repeat
from typing import Final

HELD_AFTER: Final = timedelta(hours=72)
"""A weekend and the Monday after it: then a person has to look (design, section 5)."""

_FIRST: Final = tuple(
    timedelta(seconds=s) for s in (5, 5, 10, 15, 25, 40, 65, 105, 170, 275)
)
"""Most answers come within seconds, so the first questions stand close together and then grow like Fibonacci's numbers."""

_QUARTERLY_UNTIL: Final = timedelta(hours=24)

RESEND_AFTER: Final = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1))
"""Class K: the same request again, under the same key, at these ages of the order."""


def look_ages() -> Iterator[timedelta]:
    """Yield the ages of an order at which it is looked up."""
    age, pauses = timedelta(), chain(_FIRST, repeat(timedelta(minutes=15)))
    while (age := age + next(pauses)) <= _QUARTERLY_UNTIL:
        yield age
    while age <= HELD_AFTER:
        yield age
        age += timedelta(hours=1)


def next_pause(age: timedelta) -> timedelta | None:
    """Return how long to wait until the next look at an order of this age; `None` when a person has to look."""
    return next((planned - age for planned in look_ages() if planned > age), None)


def may_resend(age: timedelta, sends: int, retention: timedelta | None) -> bool:
    """Say whether the same request may go out again now.

    Never after half of the time for which the provider remembers the key: after that it would be a new purchase (I6).
    """
    if retention is None or not 1 <= sends <= len(RESEND_AFTER):
        return False
    return RESEND_AFTER[sends - 1] <= age <= retention / 2
