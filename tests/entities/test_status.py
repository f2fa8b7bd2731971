"""The one word for a line: every refusal, every failure, every combination that people meet."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Reason, Refused
from custom_components.esim_topup.orders.rule import Rule
from custom_components.esim_topup.orders.status import (
    LAST_ORDER_FAILED,
    NOT_READ,
    STALE_AFTER,
    LineState,
    Status,
    status,
)
from custom_components.esim_topup.providers.base import Quantity, Reading
from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    LineUnknown,
    MalformedAnswer,
    ProviderError,
    RateLimited,
    Unreachable,
)
from custom_components.esim_topup.providers.money import Money

from .builders import NOW, order, preview

RULE = Rule(balance_below=Money.parse(50, "RUB"), data_below_bytes=10)


def reading(balance: str, data: int | None = None) -> Reading:
    """Return a reading of now."""
    return Reading(at=NOW, balance=Money.parse(balance, "RUB"), data_left_bytes=data)


def of(
    engine_says: Refused | None = None,
    *,
    now_read: Reading | None = None,
    failed: ProviderError | None = None,
    age: timedelta | None = timedelta(),
    last: OrderState | None = None,
    rule: Rule = RULE,
    unread: bool = False,
    shows: frozenset[Quantity] = frozenset({Quantity.BALANCE, Quantity.DATA}),
) -> Status:
    """Return the status of a line with 480 on it, unless told otherwise."""
    return status(
        preview(engine_says, None if last is None else order(last)),
        rule=rule,
        reading=None if unread else now_read or reading("480"),
        shows=shows,
        failed=failed,
        read_at=None if age is None else NOW - age,
        now=NOW,
    )


EXPECTED = {
    Reason.STARTING: LineState.STARTING,
    Reason.HELD: LineState.HELD,
    Reason.OUTCOME_UNKNOWN: LineState.OUTCOME_UNKNOWN,
    Reason.IN_PROGRESS: LineState.IN_PROGRESS,
    Reason.AWAITING_APPROVAL: LineState.AWAITING_APPROVAL,
    Reason.LIMIT_ACCOUNT_ROLLING: LineState.LIMIT_REACHED,
    Reason.LIMIT_ACCOUNT_MONTH: LineState.LIMIT_REACHED,
    Reason.LIMIT_LINE_MONTH: LineState.LIMIT_REACHED,
    Reason.LIMIT_ACCOUNT_DAY: LineState.LIMIT_REACHED,
    Reason.COOLING_DOWN: LineState.COOLING_DOWN,
}


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_of_the_engine_has_its_word_and_keeps_its_reason(
    reason: Reason,
) -> None:
    """The one who refuses says why; what only a person can end is "stopped"."""
    found = of(Refused(reason=reason))
    assert found.state is EXPECTED.get(reason, LineState.STOPPED)
    assert found.reason == reason


def test_when_it_may_change_is_said() -> None:
    """A dashboard shows the next time instead of a riddle."""
    until = NOW + timedelta(hours=6)
    assert of(Refused(reason=Reason.COOLING_DOWN, until=until)).until == until


def test_a_line_with_enough_is_ok() -> None:
    """The usual case."""
    assert of() == Status(state=LineState.OK)


@pytest.mark.parametrize(
    ("now_read", "reason"),
    [
        pytest.param(reading("49.99"), "balance", id="money"),
        pytest.param(reading("480", 9), "data", id="data"),
        pytest.param(reading("10", 9), "balance", id="both: the first by name"),
    ],
)
def test_a_low_line_says_which_limit_is_crossed(now_read: Reading, reason: str) -> None:
    """Money and megabytes are bought in different shops."""
    assert of(now_read=now_read) == Status(state=LineState.LOW, reason=reason)


def test_a_low_line_whose_last_order_failed_says_so() -> None:
    """Who only sees "low" waits for a top-up that was refused."""
    found = of(now_read=reading("10"), last=OrderState.FAILED)
    assert found == Status(state=LineState.LOW, reason=LAST_ORDER_FAILED)
    assert of(now_read=reading("10"), last=OrderState.SUCCEEDED).reason == "balance"
    assert of(last=OrderState.FAILED).state is LineState.OK


NO_RULE = Rule(amount=Money.parse(300, "RUB"))
DATA_RULE = Rule(data_below_bytes=10)
DAYS_RULE = Rule(validity_below=timedelta(days=3))
DOLLARS_RULE = Rule(balance_below=Money.parse(5, "USD"))
OLD = Status(state=LineState.STALE_BALANCE, reason=NOT_READ)
NOT_WATCHED = Status(state=LineState.NOT_WATCHED)


@pytest.mark.parametrize(
    ("rule", "told", "expected"),
    [
        pytest.param(RULE, {"unread": True}, OLD, id="never read"),
        pytest.param(DATA_RULE, {}, OLD, id="read without what is watched"),
        pytest.param(DOLLARS_RULE, {}, OLD, id="read in another currency"),
        pytest.param(NO_RULE, {}, NOT_WATCHED, id="no threshold at all"),
        pytest.param(NO_RULE, {"unread": True}, NOT_WATCHED, id="no rule, never read"),
        pytest.param(DAYS_RULE, {}, NOT_WATCHED, id="a threshold for what it has not"),
        pytest.param(
            RULE, {"unread": True, "shows": frozenset()}, NOT_WATCHED, id="blind"
        ),
    ],
)
def test_what_nobody_knows_is_not_ok(
    rule: Rule, told: dict[str, Any], expected: Status
) -> None:
    """Who reads "OK" looks away, and a line runs empty that nobody watched."""
    assert of(rule=rule, **told) == expected


@pytest.mark.parametrize(
    "failed", [Unreachable(), MalformedAnswer(), RateLimited(timedelta(hours=1))]
)
def test_an_outage_is_told_only_when_it_lasts(failed: ProviderError) -> None:
    """A blink at night is no news; hours without a reading are."""
    assert of(failed=failed, age=STALE_AFTER).state is LineState.OK
    old = of(failed=failed, age=STALE_AFTER + timedelta(seconds=1))
    assert old == Status(
        state=LineState.STALE_BALANCE, reason=Reason.PROVIDER_UNREACHABLE
    )
    assert of(failed=failed, age=None).state is LineState.STALE_BALANCE


def test_an_old_measurement_that_was_read_well_is_not_stale() -> None:
    """Some operators measure once a day; that is their word, not our failure."""
    assert of(age=timedelta(days=3)).state is LineState.OK


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        pytest.param(
            AuthenticationFailed(), Reason.AUTHENTICATION_FAILED, id="credentials"
        ),
        pytest.param(LineUnknown(), Reason.LINE_GONE, id="line gone"),
    ],
)
def test_what_only_a_person_can_repair_stops_the_line(
    failed: ProviderError, reason: Reason
) -> None:
    """Waiting does not help; and an order that is under way is still the first thing to know."""
    assert of(failed=failed) == Status(state=LineState.STOPPED, reason=reason)
    cooling = Refused(reason=Reason.COOLING_DOWN)
    assert of(cooling, failed=failed).state is LineState.STOPPED
    moving = Refused(reason=Reason.OUTCOME_UNKNOWN)
    assert of(moving, failed=failed).state is LineState.OUTCOME_UNKNOWN
