"""How the demo operator misbehaves on command. Pure functions.

What it records in its books and what is heard of it are two things: a mood decides about both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from ..base import Answer, AnswerState
from ..errors import MalformedAnswer, Unreachable
from .lines import real_time


class Mood(StrEnum):
    """How the operator behaves; the values are the options that a user picks from."""

    WELL_BEHAVED = "well_behaved"
    DECLINES = "declines"  # every card and the wallet
    TIMES_OUT_BEFORE_CHARGING = "times_out_before_charging"  # nothing is in the books
    TIMES_OUT_AFTER_CHARGING = (
        "times_out_after_charging"  # charged; only a look-up tells
    )
    CREDITS_LATE = "credits_late"  # charged at once, the balance rises later
    STAYS_PENDING = "stays_pending"  # charged, says "in progress" for a while
    CHARGES_TWICE = "charges_twice"  # the operator's own mistake: a second charge without our reference
    ANSWERS_GARBAGE = "answers_garbage"  # charges, and says nothing that anybody could read; ends by itself
    GOES_OFFLINE = "goes_offline"  # nothing gets through; ends by itself
    READS_ZERO_ONCE = (
        "reads_zero_once"  # one reading shows nothing left; then it behaves
    )


# An account that cannot be read cannot be set up after a restart, and with it goes the switch that would end the mood:
# these end by themselves. On our clocks, whatever the speed, so that a person has time to watch.
MOOD_LASTS: Final = timedelta(hours=1)
_ENDS_BY_ITSELF: Final = frozenset({Mood.ANSWERS_GARBAGE, Mood.GOES_OFFLINE})

# In the operator's time. Long enough to be seen as "in progress", short enough to wait for; a late credit comes after
# the answer has long been final.
_PENDING_LASTS: Final = timedelta(minutes=3)
_LATE_CREDIT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodNote:
    """The mood as the books keep it; `until` is None for one that stays until somebody changes it."""

    mood: Mood = Mood.WELL_BEHAVED
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a purchase is final, and when the line has what was bought."""

    settles_at: datetime
    lands_at: datetime


def note(mood: Mood, now: datetime) -> MoodNote:
    """Return what to write down when somebody chooses a mood."""
    return MoodNote(
        mood=mood, until=now + MOOD_LASTS if mood in _ENDS_BY_ITSELF else None
    )


def current(noted: MoodNote, now: datetime) -> Mood:
    """Return the mood that holds now."""
    over = noted.until is not None and now >= noted.until
    return Mood.WELL_BEHAVED if over else noted.mood


def schedule(mood: Mood, now: datetime, speed: Fraction) -> Schedule:
    """Return when a purchase made now is settled and credited."""
    if mood is Mood.STAYS_PENDING:
        end = now + real_time(_PENDING_LASTS, speed)
        return Schedule(settles_at=end, lands_at=end)
    if mood is Mood.CREDITS_LATE:
        return Schedule(settles_at=now, lands_at=now + real_time(_LATE_CREDIT, speed))
    return Schedule(settles_at=now, lands_at=now)


def refuse_to_talk(mood: Mood) -> None:
    """Raise what a question meets in this mood; nothing where it is answered."""
    if mood is Mood.GOES_OFFLINE:
        raise Unreachable("offline", sent=False)
    if mood is Mood.ANSWERS_GARBAGE:
        raise MalformedAnswer


def lost_on_the_way(mood: Mood) -> Answer | None:
    """Return what is heard of a purchase that never reaches the operator; None for one that does."""
    if mood is Mood.GOES_OFFLINE:
        return Answer(state=AnswerState.NOT_SENT, reason="offline")
    if mood is Mood.TIMES_OUT_BEFORE_CHARGING:
        return Answer(state=AnswerState.UNKNOWN, reason="timeout")
    return None


def as_heard(mood: Mood, answer: Answer) -> Answer:
    """Return what is heard of the operator's answer to a purchase."""
    if mood is Mood.TIMES_OUT_AFTER_CHARGING:
        return Answer(state=AnswerState.UNKNOWN, reason="timeout")
    if mood is Mood.ANSWERS_GARBAGE:
        return Answer(state=AnswerState.UNKNOWN, reason=MalformedAnswer.code)
    return answer
