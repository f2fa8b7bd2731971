"""What can go wrong, and how often in one world. Each seed draws its own: a few kinds of trouble, thick."""

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Final


class Road(StrEnum):
    """What becomes of a purchase request, and of its answer."""

    GOOD = "good"
    NEVER_LEFT = "connection never made"
    LOST = "request lost"
    LATE = "request late, within settle"
    RESET_LATE = "reset, and the request late"
    BEYOND = "request late, beyond settle"
    ANSWER_LOST = "answer lost"
    ANSWER_LATE = "answer late"
    RESET_BEFORE = "reset before the request arrives"
    RESET_AFTER = "reset after the request arrives"
    DUPLICATED = "request delivered twice"
    BREAKS = "module breaks after the request"
    CANCELLED = "something cancelled inside of the module"
    HANGS = "module never returns"


class Mood(StrEnum):
    """What the operator does with a purchase."""

    PAYS = "pays"
    DECLINES = "declines"
    QUEUES = "queues, then pays"
    QUEUES_IN_VAIN = "queues, then declines"
    PAYS_SLOWLY = "pays after a while"
    BROKEN_BEFORE = "5xx before the effect"
    BROKEN_AFTER = "5xx after the effect"
    BUSY = "429"
    TAKES_ANOTHER = "takes and names another amount"
    TAKES_SILENTLY = "takes another amount, names nothing"
    TAKES_ANOTHER_LINE = "pays for another line and names it"
    TAKES_ANOTHER_CURRENCY = "takes and names another currency"
    ANSWERS_FOR_ANOTHER = "does nothing, success of another order"
    NAMES_ANOTHER_AMOUNT = "success names another amount"
    NAMES_ANOTHER_LINE = "success names another line"
    NAMES_ANOTHER_CURRENCY = "success names another currency"
    NAMES_ANOTHER_REFERENCE = "success names another reference"
    LEAVES_OUT = "success without its fields"
    GOES_BACK = "succeeded, then says pending"
    VANISHES = "is there once, then is not found"
    TAKES_WORD_BACK = "wrong success, then says declined"
    REVERSES = "pays, then gives it back"


class Look(StrEnum):
    """What a question meets: readings, offers, history, look-ups."""

    GOOD = "good"
    LOST = "question lost"
    SLOW = "answer slow"
    MALFORMED = "malformed answer"
    UNAUTHORISED = "401"
    LIMITED = "rate limited"
    BREAKS = "module breaks at a question"
    CANCELLED = "cancelled inside at a question"
    HANGS = "question never answered"
    ANOTHER = "answer about another order"


class House(StrEnum):
    """What happens at home."""

    CRASH_LATER = "killed while it works"
    CRASH_INSIDE = "killed inside of a write"
    POWER_LATER = "power lost while it works"
    POWER_INSIDE = "power lost inside of a write"
    STOP = "stopped and started"
    DISK_FAILS = "disk fails"
    DISK_SLOW = "disk slow"
    RELOAD = "account reloaded"
    LIMITS = "limits changed"
    CLOCK = "clock set"
    SUSPEND = "machine suspended"
    CANCEL = "callers cancelled"
    LOCK = "person unlocks"
    SABOTAGE = "book replaced, cut or gone"
    STRANGER = "somebody else pays"
    TWIN = "somebody else pays the same"
    OUTAGE = "look-ups down for hours"
    BLIND = "index lags behind"
    FORCE = "force"
    PRICE = "price changed"
    ZONE = "time zone changed"
    NO_BATTERY = "clock stands still while off"


class Scene(StrEnum):
    """Several things in the order in which they hurt; by itself the storm would hit upon them once in thousands of worlds."""

    TOO_SOON = "late request, clock set forward"
    EARLY_NO = "late request, a person says no"
    EDGE = "late request, asked at the end of settle"
    OLD_KEY = "answer lost, power lost, clock stands still"
    SHORT_REST = "paid, clock set forward, wanted again"
    SPREE = "queued, all lines want more"
    TWINS = "answer lost, somebody else pays the same"
    DEARER = "price changed, the old one wanted"
    CROWD = "many lines at once on a sick disk"
    IMPATIENT = "callers cancelled on the way"
    SAME_NAME = "one name for wishes on several lines"
    MOVED = "month full, moved to another zone"
    HANDS = "unsettled order, hands on the book"


_BAD_ROADS: Final = tuple(road for road in Road if road is not Road.GOOD)
_BAD_MOODS: Final = tuple(mood for mood in Mood if mood is not Mood.PAYS)
_BAD_LOOKS: Final = tuple(look for look in Look if look is not Look.GOOD)


@dataclass(slots=True)
class Weather:
    """How likely trouble is here, and of which kinds. All of it ends at once when the storm does."""

    roads: tuple[Road, ...] = ()
    bad_road: float = 0.0
    moods: tuple[Mood, ...] = ()
    bad_mood: float = 0.0
    looks: tuple[Look, ...] = ()
    bad_look: float = 0.0
    house: frozenset[House] = field(default_factory=frozenset)
    slow_disk: float = 0.0
    scenes: tuple[Scene, ...] = ()
    scene_share: float = 0.25
    """Of the steps, where there are scenes at all."""

    @classmethod
    def drawn(cls, dice: Random) -> Weather:
        """Draw a storm."""
        roads = _some(dice, _BAD_ROADS)
        if Road.BEYOND in roads and dice.random() < 0.8:
            roads = tuple(road for road in roads if road is not Road.BEYOND)
        house = set(_some(dice, tuple(House)))
        if House.SABOTAGE in house and dice.random() < 0.6:
            house.remove(House.SABOTAGE)
        return cls(
            roads=roads,
            bad_road=dice.choice((0.0, 0.2, 0.5, 0.8)) if roads else 0.0,
            moods=(moods := _some(dice, _BAD_MOODS)),
            bad_mood=dice.choice((0.0, 0.2, 0.4, 0.7)) if moods else 0.0,
            looks=(looks := _some(dice, _BAD_LOOKS)),
            bad_look=dice.choice((0.0, 0.1, 0.3, 0.6)) if looks else 0.0,
            house=frozenset(house),
            slow_disk=dice.choice((0.0, 0.1, 0.6)) if House.DISK_SLOW in house else 0.0,
            scenes=dice.choice(((), tuple(dice.sample(list(Scene), 3)))),
        )


def _some[T](dice: Random, things: tuple[T, ...]) -> tuple[T, ...]:
    share = dice.choice((0.15, 0.4, 0.7))
    return tuple(thing for thing in things if dice.random() < share)
