"""The mutants, one file for each room of the house."""

from collections.abc import Sequence
from typing import Final

from ..mutant import Mutant
from .amounts import AMOUNTS
from .answers import ANSWERS
from .callers import CALLERS
from .found import FOUND
from .limits import LIMITS
from .looking import LOOKING
from .privacy import PRIVACY
from .readings import READINGS
from .replies import REPLIES
from .sending import SENDING
from .times import TIMES
from .trusting import TRUSTING
from .wire import WIRE
from .writing import WRITING

ROOMS: Final = (
    SENDING,
    LOOKING,
    WRITING,
    TRUSTING,
    CALLERS,
    LIMITS,
    TIMES,
    ANSWERS,
    WIRE,
    REPLIES,
    AMOUNTS,
    READINGS,
    PRIVACY,
    FOUND,
)

MUTANTS: Final = tuple(mutant for room in ROOMS for mutant in room.mutants)


def mutants_named(part: str | None) -> Sequence[Mutant]:
    """Return the mutants with this in their name; all of them for `None`."""
    return [mutant for mutant in MUTANTS if part is None or part in mutant.name]
