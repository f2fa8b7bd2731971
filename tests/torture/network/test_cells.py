"""T5: what has no number. Copies, late and old ones; the calls before and after a purchase; the table itself."""

import pytest
from torture.network.cells import all_cells
from torture.network.moments import CLASSES, Moment
from torture.network.toxic import Effect
from torture.network.toxics import ALL

from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Reason, Refused

from .playing import end_of, play_named

pytestmark = pytest.mark.timeout(120)


async def test_two_copies_under_one_key_are_one_charge() -> None:
    """A broken middlebox must not cost money where the operator knows keys."""
    for told in await play_named(
        "twice-first-answer/purchase/K",
        "twice-at-once/purchase/K",
        "twice-no-answer/purchase/K",
    ):
        assert end_of(told) == ("succeeded", 1)
        assert len(told.charges) == 1


async def test_two_copies_without_a_key_are_counted_or_handed_to_a_person() -> None:
    """The house sent one; that the operator charged two cannot be prevented, but it must not stay hidden."""
    answered, unanswered, by_history = await play_named(
        "twice-first-answer/purchase/L",
        "twice-no-answer/purchase/L",
        "twice-no-answer/purchase/H",
    )
    assert end_of(answered) == ("succeeded", 2)
    assert answered.spent_in_the_end >= 600
    for told in (unanswered, by_history):
        assert end_of(told) == ("held", 2)
        assert isinstance(told.again_forced, Refused)
        assert told.again_forced.reason is Reason.HELD


@pytest.mark.parametrize("toxic", ["cached", "cached-undated"])
async def test_an_answer_from_a_cache_is_no_look(toxic: str) -> None:
    """That it is not there was true before the purchase arrived. Here 20 minutes old, there of no known age."""
    for told in await play_named(
        *(f"{toxic}/look-up-late/{letter}" for letter in "KLH")
    ):
        assert end_of(told) == ("succeeded", 1)


@pytest.mark.parametrize(
    "toxic", ["refused", "200-page-after", "reset-mid-answer", "gzip-bomb"]
)
async def test_no_look_that_was_spoilt_proves_anything(toxic: str) -> None:
    """Look-ups that fail for 40 minutes must neither free the line nor settle the order."""
    charged, lost, lost_to_history = await play_named(
        f"{toxic}/look-up/L", f"{toxic}/look-up-lost/L", f"{toxic}/look-up-lost/H"
    )
    assert end_of(charged) == ("succeeded", 1)
    for told in (lost, lost_to_history):
        assert end_of(told) == ("failed", 0)
    for told in (charged, lost, lost_to_history):
        assert len(told.blocked) == 4  # at once, and after 40 minutes


@pytest.mark.parametrize("moment", ["reading/L", "import/H"])
async def test_what_goes_wrong_before_a_purchase_leaves_nothing_behind(
    moment: str,
) -> None:
    """Nothing is at stake yet: not now, and the next wish is as good as the first."""
    for told in await play_named(
        f"truncated-body/{moment}", f"502-page-after/{moment}"
    ):
        assert told.refused_first is not None
        assert told.refused_first.reason is Reason.PROVIDER_UNREACHABLE
        assert end_of(told) == ("succeeded", 1)


async def test_a_second_attempt_carries_the_same_key_whatever_happens_to_it() -> None:
    """I6: the key is the only thing between two attempts and two charges."""
    for told in await play_named(
        "reset-after-request/re-send/K", "404-page-before/re-send-lost/K"
    ):
        assert told.order is not None
        order = told.order.id
        keys = [seen.key for seen in told.report.seen if seen.reference == order]
        assert keys == [order] * 3
        assert end_of(told) == ("succeeded", 1)


@pytest.mark.parametrize(
    "toxic", ["latency", "narrow", "chunked", "gzip", "old-style", "continue-first"]
)
async def test_what_is_only_slow_or_old_fashioned_is_no_outage(toxic: str) -> None:
    """A mobile network is no reason to bother a person."""
    (told,) = await play_named(f"{toxic}/purchase/N")
    assert told.first_state is OrderState.SUCCEEDED
    assert end_of(told) == ("succeeded", 1)


def test_every_moment_has_every_toxic_that_makes_sense_there() -> None:
    """A hole in the table is a fault that nobody tried."""
    cells = list(all_cells())
    assert len({cell.name for cell in cells}) == len(cells) > 1400
    assert {(cell.moment, cell.dedupe) for cell in cells} == {
        (moment, dedupe) for moment in Moment for dedupe in CLASSES[moment]
    }
    bought = {
        (cell.toxic.name, cell.letter)
        for cell in cells
        if cell.moment is Moment.PURCHASE
    }
    assert bought == {
        (toxic.name, letter)
        for toxic in ALL
        if toxic.effect is not Effect.STALE
        for letter in "KLHN"
    }
