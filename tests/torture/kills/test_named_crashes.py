"""The named crashes A1 to A14 (A13 is a matter of the disk): a real Home Assistant, killed at exactly that point.

After each kill Home Assistant starts again with the balance still low, an automation and five callers ask for the same
recharge, and the run goes on until everything is settled. `broken` holds what any invariant had against any moment of it.
"""

import pytest

from .conftest import Harness, Run

FLY = "orders.flight.Flight.fly"
CARRY = "orders.flight.Flight._carry"
COMMIT = "orders.store.Store._transaction: connection.execute COMMIT"

NOT_PAID_AT_FIRST = (1, ["failed", "succeeded"])
"""The interrupted order failed with evidence; the wish was paid by the next one."""
PAID = (1, ["succeeded"])


def killed(harness: Harness, where: str, story: str = "recharge", scene: int = 0, kind: str = "L") -> Run:  # fmt: skip
    """Kill Home Assistant there; no promise may be broken by that."""
    run = harness.play(f"point/{kind}/{story}/{scene}/{where}")
    assert run.boot(scene)["killed"], "the point was not passed"
    assert run.broken == []
    return run


def is_blocked(run: Run, boot: int) -> bool:
    """Say whether nobody was given a new order by this Home Assistant."""
    return "200" not in run.answers(boot)


def test_a1_killed_before_the_reservation_leaves_no_order(harness: Harness) -> None:
    """Nothing was decided, so there is nothing to find out."""
    run = killed(harness, f"before/1/{FLY}: await self._reserve")
    assert (run.charges(0), run.states(0)) == (0, [])
    assert run.end == PAID


def test_a2_killed_before_the_commit_of_the_intent_leaves_no_order(
    harness: Harness,
) -> None:
    """The row is written and the commit has not begun: the next start must not know the order, and nothing was sent."""
    run = killed(harness, f"before/1/{COMMIT}")
    assert (run.charges(0), run.states(0)) == (0, [])
    assert run.end == PAID


def test_a3_killed_right_after_the_commit_of_the_intent_is_looked_up(
    harness: Harness,
) -> None:
    """The order is on the disk and nobody has heard of it yet."""
    run = killed(harness, f"after/1/{COMMIT}")
    assert (run.charges(0), run.states(0)) == (0, ["submitting"])
    assert run.end == NOT_PAID_AT_FIRST


def test_a4_killed_before_the_send_blocks_the_line_and_fails_after_the_settle_window(
    harness: Harness,
) -> None:
    """A traveller must not pay twice, and must not be left without a balance for ever either."""
    run = killed(harness, f"before/1/{CARRY}: await send_once")
    assert (run.charges(0), run.states(0)) == (0, ["submitting"])
    assert all("not known" in answer for answer in run.answers(1)[:5])
    assert run.end == NOT_PAID_AT_FIRST


@pytest.mark.parametrize("kind", ["L", "N"])
def test_a5_killed_while_the_request_is_on_its_way_ends_as_the_operator_says(
    harness: Harness, kind: str
) -> None:
    """The operator charges later, when nobody is there to hear of it."""
    run = harness.play(f"story/{kind}/A5 request on its way")
    assert (run.charges(0), run.states(0)) == (0, ["submitting"])
    assert run.broken == []
    assert run.end == PAID


@pytest.mark.parametrize("kind", ["K", "L", "H", "N"])
def test_a6_killed_after_the_charge_before_the_answer_is_one_charge(
    harness: Harness, kind: str
) -> None:
    """The power goes right after paying, the balance is still low at the next start: one charge."""
    run = harness.play(f"rehearsal/{kind}/killed in flight")
    assert (run.charges(0), run.states(0)) == (1, ["submitting"])
    assert is_blocked(run, 1)
    assert run.broken == []
    assert run.end == PAID


def test_a7_killed_between_the_answer_and_its_record_is_one_charge(
    harness: Harness,
) -> None:
    """The answer was here; only the memory knew it."""
    run = killed(harness, f"before/1/{CARRY}: await engine.take")
    assert (run.charges(0), run.states(0)) == (1, ["submitting"])
    assert is_blocked(run, 1)
    assert run.end == PAID


def test_a8_killed_while_the_result_is_written_is_one_charge(harness: Harness) -> None:
    """The second commit is the one of the result."""
    run = killed(harness, f"before/2/{COMMIT}")
    assert (run.charges(0), run.states(0)) == (1, ["submitting"])
    assert is_blocked(run, 1)
    assert run.end == PAID


def test_a9_killed_before_anybody_was_told_shows_the_top_up_at_the_next_start(
    harness: Harness,
) -> None:
    """What is durable is shown, whoever was told of it."""
    run = killed(harness, "after/1/orders.engine.Engine.take: await self.store.step")
    assert (run.charges(0), run.states(0)) == (1, ["succeeded"])
    assert run.boot(1)["shown"]["sensor.phone_top_up_status"] == "cooling_down"
    assert run.end == PAID


def test_a10_killed_while_looking_an_order_up_looks_it_up_again(
    harness: Harness,
) -> None:
    """The look-up itself changes nothing, so it may break at any moment."""
    for side in ("before", "after"):
        where = f"{side}/1/orders.recovery.Recovery._find: await account.provider.find"
        run = killed(harness, where, "killed in flight", 1)
        assert (run.charges(1), run.states(1)) == (1, ["unknown"])
        assert is_blocked(run, 2)
        assert run.end == PAID


def test_a11_killed_while_sending_again_under_the_same_key_is_one_charge(
    harness: Harness,
) -> None:
    """Class K: the repeated request is on the disk before it leaves, and the operator knows its key."""
    for side in ("before", "after"):
        where = f"{side}/1/orders.recovery.Recovery._resend: await send_once"
        run = killed(harness, where, "request lost, nothing to look at", kind="K")
        assert run.end == PAID
        assert run.told["sends"] in (2, 3)


@pytest.mark.parametrize("kind", ["K", "L", "H", "N"])
def test_a12_killed_three_times_in_a_row_is_one_charge(
    harness: Harness, kind: str
) -> None:
    """A machine that restarts over and over with the balance low."""
    run = harness.play(f"story/{kind}/A12 three in a row")
    assert [run.boot(n)["code"] for n in range(3)] == [-9, -9, -9]
    assert run.broken == []
    assert run.end == PAID


def test_a14_stopped_and_shot_ten_seconds_later_is_one_charge(
    harness: Harness,
) -> None:
    """Plain `docker stop`: ten seconds are less than the fifteen that an order may take to land."""
    run = harness.play("story/L/A14 stopped, then shot")
    assert run.boot(0)["code"] == -9
    assert (run.charges(0), run.states(0)) == (1, ["submitting"])
    assert is_blocked(run, 1)
    assert run.broken == []
    assert run.end == PAID
