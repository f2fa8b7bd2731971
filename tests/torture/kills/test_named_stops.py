"""The named stops S1 to S8: SIGTERM a second after the operator has the request, whoever called; it needs eight."""

from .conftest import Harness, Run


def stopped(harness: Harness, story: str) -> Run:
    """Play a stop; it ends in good order, and no promise is broken by it."""
    run = harness.play(f"story/L/{story}")
    assert run.boot(0)["code"] == 0
    assert run.broken == []
    return run


def lands(run: Run) -> bool:
    """Say whether the order was carried to its end before Home Assistant ended, and paid once."""
    return (run.charges(0), run.states(0), run.end) == (
        1,
        ["succeeded"],
        (1, ["succeeded"]),
    )


def test_s1_an_order_of_the_websocket_lands_though_its_handler_is_cancelled(
    harness: Harness,
) -> None:
    """Pressing "Perform action" and restarting cancels the handler, not the order."""
    assert lands(stopped(harness, "S1 by WebSocket"))


def test_s2_an_order_of_an_automation_lands_though_nobody_waits_for_its_task(
    harness: Harness,
) -> None:
    """An automation's actions are a tracked task, which a stop sets aside."""
    assert lands(stopped(harness, "S2 by automation"))


def test_s3_an_order_of_a_background_task_lands_though_it_is_cancelled(
    harness: Harness,
) -> None:
    """A sequence that runs inside of a WebSocket's background task."""
    assert lands(stopped(harness, "S3 by sequence over WebSocket"))


def test_s4_an_order_over_rest_lands(harness: Harness) -> None:
    """The http server would give its handler ten seconds; the engine does not rely on that."""
    assert lands(stopped(harness, "S4 by REST"))


def test_s5_an_order_of_a_script_lands_though_scripts_are_cancelled(
    harness: Harness,
) -> None:
    """Scripts end with the stop event."""
    assert lands(stopped(harness, "S5 by script"))


def test_s6_an_order_without_an_answer_is_unknown_and_found_after_the_restart(
    harness: Harness,
) -> None:
    """The drain ends; what is not known is written down as that, and blocks the line until it is known."""
    run = stopped(harness, "S6 no answer within the drain")
    assert (run.charges(0), run.states(0)) == (1, ["unknown"])
    assert "200" not in run.answers(1)
    assert run.end == (1, ["succeeded"])


def test_s7_a_recharge_while_home_assistant_ends_is_refused(harness: Harness) -> None:
    """An automation on the event `shutdown` runs in the very stage in which the engine lets orders land."""
    run = stopped(harness, "S7 at the end")
    assert (run.charges(0), run.states(0)) == (0, [])
    assert any("stops" in line or "stopping" in line for line in run.boot(0)["errors"])


def test_s8_a_call_before_the_recovery_has_ended_waits_or_is_refused(
    harness: Harness,
) -> None:
    """The frontend answers long before the order book is open: who calls then meets the order of before the crash."""
    run = harness.play("story/L/S8 while starting")
    assert (run.charges(0), run.states(0)) == (1, ["submitting"])
    (answer,) = run.answers(1)
    assert answer != "200"
    assert run.told["sends"] == 1
    assert run.broken == []
    assert run.end == (1, ["succeeded"])
