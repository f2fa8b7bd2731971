"""What can happen to a clock, each by name."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from .clocks import TornClock

type Jump = Callable[[TornClock], None]

_SECOND: Final = timedelta(seconds=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def _by(span: timedelta) -> Jump:
    return lambda clock: clock.jump(span)


def _to(at: datetime) -> Jump:
    def jump(clock: TornClock) -> None:
        clock.wall = at

    return jump


JUMPS: Final[dict[str, Jump]] = {
    "back 59 s": _by(-59 * _SECOND),
    "back 61 s": _by(-61 * _SECOND),
    "back an hour": _by(-_HOUR),
    "back a day": _by(-_DAY),
    "back a year": _by(-365 * _DAY),
    "to 1970": _to(datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC)),
    "on 59 s": _by(59 * _SECOND),
    "on 4 min": _by(240 * _SECOND),
    "on 16 min": _by(960 * _SECOND),
    "on 6 h": _by(6 * _HOUR),
    "on 13 h": _by(13 * _HOUR),
    "on 25 h": _by(25 * _HOUR),
    "on 40 days": _by(40 * _DAY),
    "on 3 years": _by(1096 * _DAY),
    "to 2038": _to(datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)),
    "suspended 10 min": lambda clock: clock.suspend(600 * _SECOND),
    "suspended 8 h": lambda clock: clock.suspend(8 * _HOUR),
    "suspended 30 h": lambda clock: clock.suspend(30 * _HOUR),
    "suspended 5 days": lambda clock: clock.suspend(5 * _DAY),
    "wall stands still 20 min": lambda clock: clock.stand_still(1200 * _SECOND),
    "wall stands still 8 h": lambda clock: clock.stand_still(8 * _HOUR),
}

FORWARD: Final = frozenset(name for name in JUMPS if name.startswith("on ")) | {
    "to 2038"
}
"""The wall shows a future that is not there."""

BACK: Final = frozenset(
    name for name in JUMPS if name.startswith(("back ", "wall "))
) | {"to 1970"}

HONEST: Final = frozenset(name for name in JUMPS if name.startswith("suspended"))
"""The wall is right."""
