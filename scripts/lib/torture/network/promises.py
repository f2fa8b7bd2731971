"""What must be true after a cell, whatever happened in it. The operator's books are the truth about money."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

from ..rooms import without_home_assistant

without_home_assistant()

from custom_components.esim_topup.orders.order import COUNTED, NEXT, PAID, OrderState  # noqa: E402
from custom_components.esim_topup.orders.policy import Reason, Refused  # noqa: E402
from custom_components.esim_topup.providers.base import Dedupe  # noqa: E402

from .ends import is_open_point, late_end, wrong_at_first, wrong_end  # noqa: E402
from .moments import BEFORE, DAYS  # noqa: E402
from .told import Breach, Told, reason_of, state_of, word_of  # noqa: E402
from .toxic import Effect  # noqa: E402

S = OrderState

_KEY_SAFE: Final = timedelta(hours=12)
"""Half of the time for which the operator remembers a key."""

_BLOCKED: Final = frozenset({Reason.OUTCOME_UNKNOWN, Reason.IN_PROGRESS, Reason.HELD})


def broken_promises(told: Told) -> Iterator[Breach]:
    """Yield what did not hold."""
    for check in (
        _before,
        _charged_once,
        _in_the_book,
        _limits,
        _sent_once,
        _steps,
        _as_ordered,
        _blocked,
        wrong_at_first,
        wrong_end,
        late_end,
        _afterwards,
        _nowhere_else,
    ):
        yield from check(told)


def _before(told: Told) -> Iterator[Breach]:
    """A purchase that was not begun leaves nothing behind."""
    if told.refused_first is None:
        return
    if told.cell.moment not in BEFORE:
        yield Breach("P1", f"refused without a reason: {told.refused_first.reason}")
    if len(told.rows) != 1 or told.first_state is not S.SUCCEEDED:
        yield Breach("P1", f"a refused wish left {told.rows}, then {told.first}")


def _charged_once(told: Told) -> Iterator[Breach]:
    most = (
        2
        if told.cell.toxic.effect is Effect.TWICE and told.cell.dedupe is not Dedupe.KEY
        else 1
    )
    if len(told.of_order) > most:
        yield Breach("I1", f"{len(told.of_order)} charges for one order")
    for reference, count in Counter(
        charge.reference for charge in told.charges
    ).items():
        if reference not in {row.id for row in told.rows}:
            yield Breach("I1", f"{count} charges without an order of ours")


def _in_the_book(told: Told) -> Iterator[Breach]:
    if told.order is None:
        yield Breach("I2", "no order came of it")
    elif (
        told.of_order
        and told.order.state not in COUNTED | PAID
        and not is_open_point(told.cell)
    ):
        yield Breach("I2", f"charged, and the book says {told.order.state}")


def _limits(told: Told) -> Iterator[Breach]:
    if not told.sums_hold:
        yield Breach("I4", "the sums are not what the rows add up to")
    if told.cell.dedupe is Dedupe.NONE:
        return  # nobody tells what others charged
    charged = sum(charge.amount for charge in told.charges_in_the_end)
    if told.spent_in_the_end < charged:
        yield Breach(
            "I4", f"{charged} were charged and {told.spent_in_the_end} are counted"
        )


def _sent_once(told: Told) -> Iterator[Breach]:
    order = told.order
    if order is None:
        return
    sent = [seen for seen in told.report.seen if seen.operation == "order"]
    if any(seen.durable is False for seen in sent):
        yield Breach("I5", "a request left before its intent was on the disk")
    ours = [seen for seen in sent if seen.reference == order.id]
    if len(ours) > order.sends:
        yield Breach("I6", f"{len(ours)} requests were seen, {order.sends} were sent")
    if told.cell.dedupe is not Dedupe.KEY and len(ours) > 1:
        yield Breach("I6", f"{len(ours)} requests for one order")
    if told.cell.dedupe is Dedupe.KEY and ours:
        if {(seen.key, seen.body) for seen in ours} - {(order.id, ours[0].body)}:
            yield Breach("I6", "a request under another key, or with another body")
        if (
            order.last_sent_at is not None
            and order.last_sent_at - order.created_at > _KEY_SAFE
        ):
            yield Breach("I6", "sent again when the key may be forgotten")


def _steps(told: Told) -> Iterator[Breach]:
    for before, after in pairwise(told.steps):
        if (
            before.id == after.id
            and before.state is not after.state
            and after.state not in NEXT[before.state]
        ):
            yield Breach("I7", f"{before.state} -> {after.state}")


def _as_ordered(told: Told) -> Iterator[Breach]:
    order = told.order
    if order is None or order.state is not S.SUCCEEDED:
        return
    fits = [
        charge
        for charge in told.of_order
        if (charge.amount, charge.currency, charge.line)
        == (order.money.amount, order.money.currency, "line-1")
    ]
    if not fits:
        yield Breach("I9", "succeeded, and nothing was charged")


def _blocked(told: Told) -> Iterator[Breach]:
    for came in told.in_flight:
        if not isinstance(came, Refused) or came.reason is not Reason.IN_PROGRESS:
            yield Breach("B", f"while it was under way: {word_of(came)}")
    for came in told.blocked:
        if not isinstance(came, Refused) or came.reason not in _BLOCKED:
            yield Breach("B", f"while its outcome was not known: {word_of(came)}")


def _afterwards(told: Told) -> Iterator[Breach]:
    """A failure starts no cooldown, a success does, and a question blocks: also for `force`."""
    if told.order is None:
        return
    match told.order.state:
        case S.FAILED if told.cell.toxic.effect is not Effect.TOO_LATE:
            if state_of(told.again) is not S.SUCCEEDED:
                yield Breach("I3", f"after a failure: {word_of(told.again)}")
        case S.SUCCEEDED if (
            told.cell.toxic.effect not in (Effect.TWICE, Effect.TOO_LATE)
            and told.cell.moment not in DAYS  # over by then
        ):
            if reason_of(told.again) is not Reason.COOLING_DOWN:
                yield Breach("I3", f"after a success: {word_of(told.again)}")
        case S.HELD:
            if {reason_of(told.again), reason_of(told.again_forced)} != {Reason.HELD}:
                yield Breach("B", f"held, and then: {word_of(told.again)}")


def _nowhere_else(told: Told) -> Iterator[Breach]:
    if told.report.elsewhere:
        yield Breach("I12", f"told to somebody else: {told.report.elsewhere}")
