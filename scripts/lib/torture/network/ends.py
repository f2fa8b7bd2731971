"""Where an order must stand at first, where it must end, and when."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ..rooms import without_home_assistant

without_home_assistant()

from custom_components.esim_topup.orders.order import OrderState  # noqa: E402
from custom_components.esim_topup.providers.base import Dedupe  # noqa: E402

from .cells import Cell  # noqa: E402
from .moments import BEFORE, LOOKS, RESENDS, Moment  # noqa: E402
from .told import Breach, Told, word_of  # noqa: E402
from .toxic import Effect  # noqa: E402

type End = tuple[OrderState, int]
"""A state, and how often the operator charged the order."""

S = OrderState

_PAID: Final[End] = (S.SUCCEEDED, 1)
_NOT_PAID: Final[End] = (S.FAILED, 0)

_SETTLE: Final = timedelta(minutes=15)
_DAY: Final = timedelta(hours=24)
_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)
_HELD_BY: Final = timedelta(hours=72)
"""At the latest."""


def wrong_at_first(told: Told) -> Iterator[Breach]:
    """Yield a first word to the caller that says anything else than what is known."""
    if told.refused_first is not None:
        return
    right = _right_at_first(told.cell)
    if right is not None and told.first_state is not right:
        yield Breach(
            "O", f"at first {told.first_state}, not {right}: {word_of(told.first)}"
        )


def wrong_end(told: Told) -> Iterator[Breach]:
    """Yield an end that does not fit what the operator charged, or what can be known of that."""
    order = told.order
    if order is None:
        return
    ends, end = right_ends(told), (order.state, len(told.of_order))
    if end not in ends:
        yield Breach(
            "O",
            f"it ends {end[0]} ({order.reason}) with {end[1]} charges; right would be "
            + " or ".join(f"{state} with {count}" for state, count in sorted(ends)),
        )


def late_end(told: Told) -> Iterator[Breach]:
    """Yield an end that comes later than one poll after it could be known."""
    order, cell = told.order, told.cell
    if order is None or told.refused_first is not None:
        return
    if order.state not in (S.SUCCEEDED, S.FAILED, S.HELD):
        yield Breach("I10", f"it stays {order.state}")
    age, due = order.updated_at - order.created_at, _due(cell)
    if cell.dedupe is not Dedupe.NONE and order.state is S.HELD:
        due = _HELD_BY
    if age > due:
        yield Breach("I10", f"{order.state} after {age}; {due} would be right")


def _due(cell: Cell) -> timedelta:
    if cell.dedupe is Dedupe.NONE:
        return _SETTLE
    known_at = max(
        _SETTLE, cell.heals_at or timedelta(), cell.lets_go_at or timedelta()
    )
    return known_at + (_QUARTER if known_at < _DAY else _HOUR)


def _right_at_first(cell: Cell) -> OrderState | None:
    if cell.moment in BEFORE:
        return S.SUCCEEDED
    if cell.moment is not Moment.PURCHASE:
        return S.UNKNOWN
    match cell.toxic.effect:
        case Effect.NOT_SENT:
            return S.FAILED
        case Effect.WHOLE:
            return S.SUCCEEDED
        case Effect.LOST | Effect.DONE | Effect.LATE | Effect.TOO_LATE:
            return S.UNKNOWN
        case _:
            return None


def right_ends(told: Told) -> set[End]:
    """Return the right ends: several only where a race decides what the operator did."""
    cell = told.cell
    if cell.moment in BEFORE:
        return {_PAID}
    if cell.moment in LOOKS:
        return {_after_looks(cell)}
    if cell.moment in RESENDS:
        return {_after_resend(cell)}
    if cell.toxic.effect is Effect.TWICE:
        return {_after_two(told)}
    if told.first_state is not S.UNKNOWN:
        return {_NOT_PAID if told.first_state is S.FAILED else _PAID}
    if cell.dedupe is Dedupe.NONE:
        return {(S.HELD, count) for count in _charged(cell)}
    return set(_after_purchase(cell))


def _charged(cell: Cell) -> tuple[int, ...]:
    """Return how often the operator may charge a purchase that is not asked for again."""
    match cell.toxic.effect:
        case Effect.NOT_SENT | Effect.NEVER_READ | Effect.LOST:
            return (0,)
        case Effect.EITHER:
            return (0, 1)
        case _:
            return (1,)


def _after_purchase(cell: Cell) -> Iterator[End]:
    """Yield the ends of a purchase with an unknown outcome, where somebody can be asked."""
    for count in _charged(cell):
        if cell.toxic.lies:
            # "No such order" proves nothing after the operator seemed to know one; the key is not tried any more either.
            yield _PAID if count else (S.HELD, 0)
        elif cell.dedupe is Dedupe.KEY:
            yield _PAID
        elif cell.toxic.effect is Effect.TOO_LATE:
            yield (S.FAILED, 1)  # N24 is open for them: see `is_open_point`
        else:
            yield _PAID if count else _NOT_PAID


def _after_looks(cell: Cell) -> End:
    if cell.moment is Moment.LOOK_UP_DAYS:
        return (S.HELD, 1)
    return _NOT_PAID if cell.moment is Moment.LOOK_UP_LOST else _PAID


def _after_resend(cell: Cell) -> End:
    """After a contradiction nobody tries the key again, and here nothing can be looked up."""
    if not cell.toxic.lies:
        return _PAID
    charged = cell.moment is Moment.RESEND or cell.toxic.effect is Effect.DONE
    return (S.HELD, int(charged))


def _after_two(told: Told) -> End:
    """Two copies: one charge where the operator knows keys; else two, which a person is shown unless the answer was clear."""
    if told.cell.dedupe is Dedupe.KEY:
        return _PAID
    return (S.HELD if told.first_state is S.UNKNOWN else S.SUCCEEDED, 2)


def is_open_point(cell: Cell) -> bool:
    """N24: an operator that delivers after its own settle window. L and H cannot know; what is charged must be counted."""
    return cell.toxic.effect is Effect.TOO_LATE and cell.dedupe in (
        Dedupe.LOOKUP,
        Dedupe.HISTORY,
    )
