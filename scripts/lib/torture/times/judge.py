"""What must hold after a story of the matrix, seen from outside: with the operator's books, and in the time that really passed."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import COUNTED, OrderState
from custom_components.esim_topup.orders.policy import (
    CLOCK_TOLERANCE,
    Health,
    Reason,
    Refused,
)
from custom_components.esim_topup.providers.base import SETTLE_WINDOW_MIN
from tests.orders.fake_provider import RETENTION

from .case import CAP, COOLDOWN, Play, Sent, Step

_BELIEFS: Final = frozenset({"not_found", "not_in_history"})

_LONGEST: Final = timedelta(days=32)

_TICK: Final = timedelta(seconds=1)


def breaches(play: Play) -> list[str]:
    """Return the promises that did not hold, each with what happened."""
    return [breach for look in _LOOKS for breach in look(play)]


def _the_books_agree(play: Play) -> Iterator[str]:
    """Look at everything that holds after any story: I1, I2, I4, I5, I6, I9."""
    try:
        play.world.check()
    except AssertionError as err:
        yield f"I1-I9: {err}"


def _nothing_is_sent_after_the_key_is_forgotten(play: Play) -> Iterator[str]:
    first: dict[str, timedelta] = {}
    for sent in play.sent:
        age = sent.at - first.setdefault(sent.reference, sent.at)
        if age >= RETENTION:
            yield f"I6: sent again after {age}, when the key was forgotten"


def _no_absence_is_believed_early(play: Play) -> Iterator[str]:
    for step in play.steps:
        if (
            step.order.state is OrderState.FAILED
            and step.order.reason in _BELIEFS
            and (age := step.at - _last_sent(play, step)) < SETTLE_WINDOW_MIN
        ):
            yield f"I2: {step.order.reason} was believed after {age}"


def _last_sent(play: Play, step: Step) -> timedelta:
    return max(
        sent.at
        for sent in play.sent
        if sent.reference == step.order.id and sent.at <= step.at
    )


def _the_line_rests(play: Play) -> Iterator[str]:
    """I3: between two orders a cooldown passes, unless the first one failed."""
    firsts: dict[str, Sent] = {}
    for sent in play.sent:
        firsts.setdefault(sent.reference, sent)
    orders = sorted(firsts.values(), key=lambda sent: sent.at)
    for one, two in pairwise(orders):
        rest = two.at - one.at
        if rest < COOLDOWN and not _failed_before(play, one.reference, two.at):
            yield f"I3: a cooldown of {COOLDOWN} was over after {rest}"


def _failed_before(play: Play, reference: str, at: timedelta) -> bool:
    return any(
        step.order.id == reference
        and step.order.state is OrderState.FAILED
        and step.at <= at
        for step in play.steps
    )


def _the_limit_holds(play: Play) -> Iterator[str]:
    """I4 in true time: all of a story lies within 30 days."""
    paid = sum(money.minor for money in play.world.provider.paid())
    if paid > CAP.minor:
        yield f"I4: {paid / 100:.2f} were paid, {CAP} is the limit of 30 days"


def _it_ends_right(play: Play) -> Iterator[str]:
    charged = {entry.reference for entry in play.world.provider.entries}
    for order in play.world.orders:
        if order.state is OrderState.HELD and _a_person_is_needed(play):
            continue
        right = (
            order.state in COUNTED
            if order.id in charged
            else order.state is OrderState.FAILED
        )
        if not right or order.open:
            paid = "paid" if order.id in charged else "not paid"
            yield f"I10: {paid}, and after days the order is {order.state} ({order.reason})"


def _a_person_is_needed(play: Play) -> bool:
    """Where nobody can be asked, or whoever is asked cannot say: the operator has accepted it, or names no time."""
    case = play.case
    nobody_to_ask = case.kind in ("N", "K blind") or case.phase == "held"
    accepted = case.phase == "pending" and case.fate == "never arrived"
    return nobody_to_ask or accepted or (case.kind == "H" and not case.named)


def _nobody_hangs(play: Play) -> Iterator[str]:
    """I10: with the clock set right everything works again."""
    if play.world.engine.health is not Health.READY:
        yield f"I10: the engine is {play.world.engine.health}"
    if any(not caller.done() for caller in play.callers):
        yield "I10: a caller waits for ever"
    last = play.verdicts[-1].told
    distrusted = isinstance(last, Refused) and last.reason is Reason.CLOCK_UNTRUSTED
    if distrusted and not orders_of_the_future(play):
        yield "I10: the clock is right, and is not trusted"


def orders_of_the_future(play: Play) -> bool:
    """Say whether a clock that ran ahead has dated an order: until that time comes nothing is paid, by design."""
    newest = max(
        (order.created_at for order in play.world.orders), default=play.clock.true
    )
    return newest > play.clock.true + CLOCK_TOLERANCE


def _next_times_make_sense(play: Play) -> Iterator[str]:
    """By the wall as it is, wrong or right: after a rest from the later of now and the last order, or with a period."""
    dated = [order.created_at for order in play.world.orders]
    for verdict in play.verdicts:
        told = verdict.told
        if not isinstance(told, Refused) or told.until is None:
            continue
        match told.reason:
            case Reason.COOLING_DOWN:
                latest = max(verdict.wall, *dated) + COOLDOWN + _TICK
            case (
                Reason.CLOCK_UNTRUSTED
            ):  # until the newest order is no order of the future
                latest = max(verdict.wall, *dated) + _TICK
            case _:
                latest = verdict.wall + _LONGEST
        if not verdict.wall < told.until <= latest:
            yield f"I8: {told.reason}, and the next time is in {told.until - verdict.wall}"


def _something_was_played(play: Play) -> Iterator[str]:
    """A story in which nothing was ordered proves nothing; a clock that is known to be wrong may have forbidden it."""
    if not play.sent and all(isinstance(one.told, Placed) for one in play.verdicts):
        yield "nothing: no order was made"


_LOOKS: Final[tuple[Callable[[Play], Iterator[str]], ...]] = (
    _the_books_agree,
    _nothing_is_sent_after_the_key_is_forgotten,
    _no_absence_is_believed_early,
    _the_line_rests,
    _the_limit_holds,
    _it_ends_right,
    _nobody_hangs,
    _next_times_make_sense,
    _something_was_played,
)
