"""Which toxic strikes when, and for whom: the cells of the table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ..rooms import without_home_assistant

without_home_assistant()

from custom_components.esim_topup.providers.base import Dedupe  # noqa: E402

from .moments import BASE, CLASSES, DAYS, HEALS, LOOKS, RESENDS, Moment  # noqa: E402
from .plan import Order  # noqa: E402
from .toxic import IDLE, Effect, Toxic  # noqa: E402
from .toxics import ALL, TOXICS  # noqa: E402

LETTER: Final = {
    Dedupe.KEY: "K",
    Dedupe.LOOKUP: "L",
    Dedupe.HISTORY: "H",
    Dedupe.NONE: "N",
}
_CLASS: Final = {letter: dedupe for dedupe, letter in LETTER.items()}

_LET_GO_AT: Final = {
    Effect.LATE: timedelta(minutes=10),
    Effect.TOO_LATE: timedelta(minutes=40),
}
"""The settle window is 15 minutes; at 27 minutes the first look after it has decided."""

_FOR_DAYS: Final = frozenset(
    {
        "dns-fails",
        "refused",
        "drop-after-request",
        "truncated-body",
        "503-after",
        "429-for-ages-after",
        "404-page-after",
        "200-page-after",
    }
)
"""An outage of days is one of these: a machine that is gone, or one that says so, with or without the right words."""

_TWO: Final = frozenset({Effect.LATE, Effect.TOO_LATE, Effect.TWICE})


@dataclass(frozen=True, slots=True)
class Cell:
    """One run."""

    toxic: Toxic
    moment: Moment
    dedupe: Dedupe

    @property
    def letter(self) -> str:
        """K, L, H or N."""
        return LETTER[self.dedupe]

    @property
    def name(self) -> str:
        """What to call it on the command line."""
        return f"{self.toxic.name}/{self.moment}/{self.letter}"

    @property
    def cases(self) -> frozenset[str]:
        """Its names in the list of faults."""
        if self.moment in DAYS:
            return frozenset({"N27"})
        of_purchase = self.moment is Moment.PURCHASE
        return frozenset(self.toxic.cases if of_purchase else ())

    @property
    def heals_at(self) -> timedelta | None:
        """The age of the order at which the network is well again; `None`: as soon as the call is over."""
        return HEALS.get(self.moment)

    @property
    def orders(self) -> tuple[Order, ...]:
        """What the gate is to do."""
        base = BASE.get(self.moment)
        first = () if base is None else (Order(toxic=base, operation="order"),)
        return (*first, *self._orders())

    @property
    def purchase(self) -> Toxic | None:
        """What strikes the purchase."""
        if self.moment is Moment.PURCHASE:
            return self.toxic
        base = BASE.get(self.moment)
        return None if base is None else TOXICS[base]

    @property
    def lets_go_at(self) -> timedelta | None:
        """The age of the order at which a held purchase is delivered."""
        return None if self.purchase is None else _LET_GO_AT.get(self.purchase.effect)

    def _orders(self) -> Iterator[Order]:
        name, times = self.toxic.name, None if self.moment in LOOKS else 1
        operation, skip, after = self._call()
        if self.toxic.connects:
            yield Order(toxic=name, operation=operation, after=after)
            return
        yield Order(toxic=name, operation=operation, skip=skip, times=times)
        if self.toxic.effect is Effect.STALE and operation != "history":
            # A cache keeps all there is; that of L is asked only where nothing was found.
            yield Order(toxic=name, operation="history", skip=1, times=times)

    def _call(self) -> tuple[str, int, tuple[str, int] | None]:
        """Return the operation that is struck, how many of it pass, and the call before it."""
        match self.moment:
            case Moment.READING:
                return "line", 0, None
            case Moment.IMPORT:
                return "history", 0, ("offers", 1)
            case Moment.PURCHASE:
                last = "offers" if self.dedupe is Dedupe.NONE else "history"
                return "order", 0, (last, 1)
            case moment if moment in RESENDS:
                return "order", 1, ("order", 1)
            case _ if self.dedupe is Dedupe.HISTORY:
                return "history", 1, ("order", 1)
            case _:
                return "find", 0, ("order", 1)


def all_cells() -> Iterator[Cell]:
    """Yield every cell of the table."""
    for toxic in ALL:
        for moment in Moment:
            if _makes_sense(toxic, moment):
                for dedupe in CLASSES[moment]:
                    cell = Cell(toxic, moment, dedupe)
                    if _has_copies(cell):
                        yield cell


def cell_of(name: str) -> Cell:
    """Return the cell of this name. Raises `ValueError`."""
    toxic, moment, letter = name.split("/")
    if toxic not in TOXICS or letter not in _CLASS:
        raise ValueError(name)
    return Cell(TOXICS[toxic], Moment(moment), _CLASS[letter])


def _makes_sense(toxic: Toxic, moment: Moment) -> bool:
    if toxic.effect is Effect.STALE:
        return moment in LOOKS - DAYS
    if moment is Moment.LOOK_UP_LATE:
        return False  # only an answer of before can hide what arrived meanwhile
    if moment in DAYS:
        return toxic.name in _FOR_DAYS
    if toxic.purchases_only and moment not in RESENDS | {Moment.PURCHASE}:
        return False
    if moment in RESENDS and toxic.effect in _TWO:
        return False  # two copies of a second copy: the purchase has them already
    # No connection is idle before the first call, nor after one that was cut.
    return toxic.door not in IDLE or moment in (Moment.IMPORT, Moment.PURCHASE)


def _has_copies(cell: Cell) -> bool:
    """A look-up that finds what it looks for at once is never repeated; only H asked the same before the purchase."""
    return (
        cell.toxic.effect is not Effect.STALE
        or cell.moment is not Moment.LOOK_UP
        or cell.dedupe is Dedupe.HISTORY
    )
