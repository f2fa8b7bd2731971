"""Naive designs of time: clocks that are believed alone, and months that move."""

from typing import Final

from ..mutant import ASSERTS, Room, by_tests, one

_POLICY: Final = "orders/policy.py"
_FLIGHT: Final = "orders/flight.py"

TIMES: Final = Room(
    "Time",
    (
        one(
            "the cooldown by the wall clock alone",
            "A difference of two times is a difference of two times.",
            "T5",
            {
                _POLICY: (
                    "    if situation.since_started is not None:\n"
                    "        age = min(age, situation.since_started)\n",
                    "",
                )
            },
            by_tests(
                "orders/test_policy.py::test_a_clock_set_forward_does_not_end_the_rest",
                says=r"^E .*Allowed",
            ),
        ),
        one(
            "the cooldown by this process alone",
            "The monotonic clock never jumps.",
            "R8",
            {
                _POLICY: (
                    "    if started is None or wish.force:",
                    "    if started is None or wish.force or situation.since_started is None:",
                )
            },
            by_tests(
                "orders/test_engine.py::test_a_line_rests_through_a_restart",
                says=r"^E .*(Placed|assert)",
            ),
        ),
        one(
            "the month by the user's current zone",
            "A month is what the calendar on the user's wall says.",
            "T3",
            {
                "orders/store.py": (
                    "            return await _outcome(asyncio.wrap_future(opening))\n",
                    "            store = await _outcome(asyncio.wrap_future(opening))\n"
                    "            store._ledger.zone = zone\n"
                    "            return store\n",
                )
            },
            by_tests(
                "orders/test_store.py::test_the_zone_is_the_one_of_the_book",
                says=ASSERTS,
            ),
        ),
        one(
            "a clock that was set back a day is accepted",
            "Clocks are corrected all the time.",
            "T4",
            {
                _POLICY: (
                    "CLOCK_TOLERANCE: Final = timedelta(seconds=60)",
                    "CLOCK_TOLERANCE: Final = timedelta(days=2)",
                )
            },
            by_tests(
                "orders/test_flight.py::test_a_clock_that_was_set_back_pays_nothing",
                says=r"^E .*(Placed|COOLING)",
            ),
        ),
        one(
            "the operator's clock is not looked at",
            "NTP looks after our clock.",
            "T5",
            {
                _FLIGHT: (
                    "        skew = account.provider.clock_skew\n",
                    "        skew = None\n",
                )
            },
            by_tests(
                "orders/test_flight.py::test_a_clock_that_is_not_the_operators_pays_nothing",
                says="Placed",
            ),
        ),
        one(
            "settled by the wall clock alone",
            "The order says when it was sent, and the clock says what time it is.",
            "T5",
            {
                "orders/verdict.py": (
                    "    return min(now - order.last_sent_at, monotonic_age)",
                    "    return now - order.last_sent_at",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_a_jump_of_the_clock_makes_nothing_settled",
                says="failed",
            ),
        ),
    ),
)
