"""N1 to N27 by name: the operator's books, the order's end, and a line that is blocked until then.

`play` looks at every promise of the layer; what stands here is said a second time, in other words, so that both must be wrong.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

import pytest
from torture.network.cells import Cell
from torture.network.moments import Moment
from torture.network.told import Told
from torture.network.toxic import Effect
from torture.network.toxics import ALL

from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Reason, Refused
from custom_components.esim_topup.providers.base import Dedupe

from .playing import end_of, play, play_named

pytestmark = pytest.mark.timeout(120)

type Ends = Mapping[str, tuple[str, int]]
"""By class: the state at the end, and the charges in the operator's books."""

_CHARGED: Final[Ends] = {
    "K": ("succeeded", 1),
    "L": ("succeeded", 1),
    "H": ("succeeded", 1),
    "N": ("held", 1),
}
_NOT_CHARGED: Final[Ends] = {
    "K": ("succeeded", 1),  # by the second attempt under its key
    "L": ("failed", 0),
    "H": ("failed", 0),
    "N": ("held", 0),
}
_NEVER_SENT: Final[Ends] = dict.fromkeys("KLHN", ("failed", 0))

# After an answer that named another order nothing is believed that is not there: not even the key is tried again.
_CONTRADICTED: Final[Ends] = dict.fromkeys("KLHN", ("held", 0))

ENDS: Final[Mapping[Effect, Ends]] = {
    Effect.NOT_SENT: _NEVER_SENT,
    Effect.LOST: _NOT_CHARGED,
    Effect.DONE: _CHARGED,
    Effect.LATE: _CHARGED,
}
"""What a race decides is not among them: that is for the layer."""

_MOST: Final = 6
"""A redirect has five statuses, and each of them may come before or after the purchase. The layer runs all."""


def cells_of(case: str) -> Iterator[Cell]:
    """Yield the first toxic of a case for all classes, a few more of them for one that looks up."""
    toxics = [toxic for toxic in ALL if case in toxic.cases and toxic.effect in ENDS]
    for number, toxic in enumerate(toxics[:_MOST]):
        for dedupe in Dedupe if number == 0 else (Dedupe.LOOKUP,):
            yield Cell(toxic, Moment.PURCHASE, dedupe)


def right_end(cell: Cell) -> tuple[str, int]:
    """Return the state in which the order of a cell must end, with its charges."""
    contradicted = cell.toxic.lies and cell.toxic.effect is Effect.LOST
    ends = _CONTRADICTED if contradicted else ENDS[cell.toxic.effect]
    return ends[cell.letter]


def is_blocked(told: Told) -> bool:
    """Say whether nobody got anything for the line while the outcome was open: neither again nor with force."""
    return len(told.blocked) >= 2 and all(
        isinstance(came, Refused)
        and came.reason in (Reason.OUTCOME_UNKNOWN, Reason.HELD)
        for came in told.blocked
    )


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        pytest.param("N1", "dns", id="N1 the name is not found"),
        pytest.param("N2", "no_connection", id="N2 the connection is refused"),
        pytest.param("N3", "tls", id="N3 the certificate is bad"),
        pytest.param("N4", "connect_timeout", id="N4 nobody accepts the connection"),
    ],
)
async def test_what_was_not_sent_failed_and_may_be_tried_at_once(
    case: str, reason: str
) -> None:
    """A house that was offline for a moment should not wait for six hours."""
    for told in await play(cells_of(case)):
        assert end_of(told) == ("failed", 0)
        assert told.charges == []
        assert told.order is not None
        assert told.order.reason == reason
        assert told.first_state is OrderState.FAILED
        assert isinstance(told.again, Placed)
        assert told.again.order.state is OrderState.SUCCEEDED


@pytest.mark.parametrize(
    "case",
    [
        pytest.param("N5", id="N5 reset before, in and after the request"),
        pytest.param("N6", id="N6 closed before the answer"),
        pytest.param("N7", id="N7 time-out after the request was sent"),
        pytest.param("N8", id="N8 reset in the answer"),
        pytest.param("N9", id="N9 truncated chunked body"),
        pytest.param("N10", id="N10 wrong Content-Length"),
        pytest.param("N11", id="N11 one byte a second"),
        pytest.param("N13", id="N13 server error, not carried out"),
        pytest.param("N14", id="N14 server error, carried out"),
        pytest.param("N15", id="N15 a proxy's page under 502"),
        pytest.param("N16", id="N16 429, and come back in 30,000 years"),
        pytest.param("N17", id="N17 409 in progress"),
        pytest.param("N18", id="N18 redirects"),
        pytest.param("N19", id="N19 an empty answer"),
        pytest.param("N20", id="N20 an answer that is no JSON, or not ours"),
        pytest.param("N21", id="N21 the answer of another order"),
        pytest.param("N23", id="N23 delivered after the client's patience"),
    ],
)
async def test_what_may_have_arrived_is_found_out_and_the_line_waits(case: str) -> None:
    """Who treats a lost answer as a failure pays twice."""
    for told in await play(cells_of(case)):
        assert told.first_state is OrderState.UNKNOWN
        assert is_blocked(told)
        assert end_of(told) == right_end(told.cell), told.cell.name


async def test_n24_delivered_after_the_settle_window_is_right_with_a_key_or_a_person() -> (
    None
):
    """K has asked again under its key by then; N has asked a person, and the line waits for the answer."""
    key, by_hand = await play_named(
        "late-beyond-settle/purchase/K", "late-beyond-settle/purchase/N"
    )
    assert end_of(key) == ("succeeded", 1)
    assert end_of(by_hand) == ("held", 1)
    for told in (key, by_hand):
        assert is_blocked(told)
    assert isinstance(by_hand.again_forced, Refused)
    assert by_hand.again_forced.reason is Reason.HELD


async def test_n24_delivered_after_the_settle_window_is_counted_at_the_next_look() -> (
    None
):
    """For L and H it is open: the order is called failed. Then at least the limits know of the charge."""
    for told in await play_named(
        "late-beyond-settle/purchase/L", "late-beyond-settle/purchase/H"
    ):
        assert is_blocked(told)
        assert end_of(told) == ("failed", 1)
        assert told.spent_in_the_end >= 300


async def test_n25_a_connection_that_dies_as_the_request_goes_out_sees_it_once() -> (
    None
):
    """Aiohttp repeats what it takes for repeatable; a purchase is not."""
    for told in await play(cells_of("N25")):
        assert told.order is not None
        sent = [seen for seen in told.report.seen if seen.reference == told.order.id]
        assert sent[0].reused
        assert {seen.method for seen in sent} == {"POST"}
        assert len(sent) == told.order.sends
        assert told.order.sends == (2 if told.cell.dedupe is Dedupe.KEY else 1)
        assert is_blocked(told)
        assert end_of(told) == right_end(told.cell)


async def test_n25_a_connection_that_was_closed_while_idle_is_not_written_to_twice() -> (
    None
):
    """Whether the client saw the end in time is a race; the operator sees the purchase once at most, whoever won."""
    for told in await play_named(
        *(f"idle-closed/purchase/{letter}" for letter in "LHN")
    ):
        assert told.order is not None
        sent = [seen for seen in told.report.seen if seen.reference == told.order.id]
        assert len(sent) == len(told.of_order) <= 1


async def test_n26_not_found_at_first_and_found_later_is_one_charge() -> None:
    """It was under way for ten minutes: what is not there yet is not lost."""
    asked = {"L": "find", "H": "history"}
    for told in await play_named(
        *(f"late-within-settle/purchase/{letter}" for letter in asked)
    ):
        looks = [
            seen
            for seen in told.report.seen
            if seen.operation == asked[told.cell.letter]
        ]
        assert len(looks) > 5
        assert told.order is not None
        age = told.order.updated_at - told.order.created_at
        assert timedelta(minutes=10) <= age <= timedelta(minutes=30)
        assert is_blocked(told)
        assert end_of(told) == ("succeeded", 1)


@pytest.mark.parametrize("toxic", ["refused", "503-after"])
async def test_n27_look_ups_down_for_a_day_end_in_the_truth(toxic: str) -> None:
    """A day of maintenance: nobody guesses meanwhile, and nobody gets anything for the line."""
    for told in await play_named(
        *(f"{toxic}/look-up-day/{letter}" for letter in "KLH")
    ):
        assert told.order is not None
        age = told.order.updated_at - told.order.created_at
        assert timedelta(hours=24) <= age <= timedelta(hours=25)
        assert len(told.blocked) == 4  # at once, and after a day
        assert is_blocked(told)
        assert end_of(told) == ("succeeded", 1)


@pytest.mark.parametrize("toxic", ["dns-fails", "429-for-ages-after"])
async def test_n27_look_ups_down_for_80_hours_are_held_at_72(toxic: str) -> None:
    """After a weekend and the Monday a person has to look, and the line still waits."""
    for told in await play_named(
        *(f"{toxic}/look-up-days/{letter}" for letter in "KLH")
    ):
        assert told.order is not None
        age = told.order.updated_at - told.order.created_at
        assert timedelta(hours=71) <= age <= timedelta(hours=72)
        assert is_blocked(told)
        assert end_of(told) == ("held", 1)
        assert isinstance(told.again_forced, Refused)
        assert told.again_forced.reason is Reason.HELD
