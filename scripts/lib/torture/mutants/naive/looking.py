"""Naive designs of finding out: look-ups, histories, waiting, and what a person may say."""

from typing import Final

from ..mutant import ASSERTS, Edit, Room, by_simulation, by_tests, one

_RECOVERY: Final = "orders/recovery.py"

LOOKING: Final = Room(
    "Finding out what became of it",
    (
        one(
            "not found is believed at once",
            "The operator says itself that there is no such order.",
            "N26",
            {
                _RECOVERY: (
                    "if not settled or not _absence_counts(order) or",
                    "if not _absence_counts(order) or",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_an_order_that_arrives_late_is_not_called_failed_before[L]",
                says="FAILED: 'failed'",
            ),
        ),
        one(
            "an old copy of not found is believed",
            "It came from the operator's address, over TLS.",
            "N23",
            {
                _RECOVERY: (
                    "    return _clocks_agree(provider) is False\n",
                    "    return False\n",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_an_absence_that_is_not_of_now_proves_nothing",
                says="FAILED: 'failed'",
            ),
        ),
        one(
            "an empty history is believed at once",
            "The list of charges is complete, and ours is not in it.",
            "N23",
            {
                _RECOVERY: (
                    "settled=settled and counts and _absence_counts(order),",
                    "settled=counts and _absence_counts(order),",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_an_order_that_arrives_late_is_not_called_failed_before[H]",
                says="FAILED: 'failed'",
            ),
        ),
        one(
            "the settle window is shorter than the delay",
            "A minute is an eternity for a computer.",
            "N23",
            {
                "providers/base.py": (
                    "SETTLE_WINDOW_MIN: Final = timedelta(minutes=15)",
                    "SETTLE_WINDOW_MIN: Final = timedelta(minutes=1)",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_a_jump_of_the_clock_makes_nothing_settled",
                says="'failed'",
            ),
        ),
        one(
            "of several charges that fit the first is taken",
            "One of them is ours, and they all cost the same.",
            "I9",
            {
                "orders/verdict.py": (
                    "        case [charge]:\n            return Proof(",
                    "        case [charge, *_]:\n            return Proof(",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_several_charges_that_fit_are_held",
                says="SUCCEEDED: 'succeeded'",
            ),
        ),
        one(
            "a charge from before the order may be its proof",
            "Clocks differ; what counts is line, product and amount.",
            "I9",
            {
                "orders/verdict.py": (
                    "\n        and charge.at >= order.created_at - CLOCK_SLACK",
                    "",
                )
            },
            by_tests(
                "orders/test_verdict.py::test_the_history_proves_one_charge_or_none_or_asks_a_person",
                "orders/test_verdict.py::test_a_charge_without_our_reference_is_ours_if_it_fits",
                says=ASSERTS,
            ),
        ),
        one(
            "a look-up is dated by its answer",
            "It is over when the answer is there, so that is its time.",
            "N23",
            (
                Edit(
                    _RECOVERY,
                    "        # As of the question: the operator may have looked long before its answer came.\n"
                    "        settled = self._settled(order, capabilities)\n",
                    "",
                ),
                Edit(
                    _RECOVERY,
                    "        if isinstance(answer, Answer):\n"
                    "            return self._heard(",
                    "        settled = self._settled(order, capabilities)\n"
                    "        if isinstance(answer, Answer):\n"
                    "            return self._heard(",
                ),
            ),
            by_tests(
                "orders/test_recovery.py::test_a_look_proves_what_was_true_when_it_was_asked[L]",
                says="FAILED: 'failed'",
            ),
        ),
        one(
            "a person's early no is believed",
            "Who looks into the operator's app knows better than any program.",
            "I2",
            {
                "orders/engine.py": (
                    "        if not charged and not self._recovery.is_settled(order):\n"
                    "            raise TooEarly\n",
                    "",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_a_person_cannot_know_too_early_that_nothing_was_charged",
                says="DID NOT RAISE.*TooEarly",
            ),
        ),
        one(
            "a person may decide what is still looked up",
            "Waiting is annoying, and the user has seen the charge in the app.",
            "I7",
            {
                "orders/engine.py": (
                    "if order.state is not OrderState.HELD:",
                    "if not order.open:",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_a_person_decides_nothing_that_is_still_looked_up",
                says="BrokenPromise|TooEarly",
            ),
        ),
        one(
            "an order that stays unknown is never handed over",
            "The operator will answer in the end; no need to bother anybody.",
            "N27",
            {
                _RECOVERY: (
                    "if pause is None and order.state in _FOLLOWED:",
                    "if pause is None and order.state not in _FOLLOWED:",
                ),
                "orders/schedule.py": (
                    "    return next((planned - age for planned in look_ages() if planned > age), None)",
                    "    return next(\n"
                    "        (planned - age for planned in look_ages() if planned > age),\n"
                    "        timedelta(hours=1),\n"
                    "    )",
                ),
            },
            by_tests(
                "orders/test_recovery.py::test_after_three_days_a_person_has_to_look",
                says="UNKNOWN: 'unknown'",
            ),
            by_simulation("I10"),
        ),
        one(
            "pending is final",
            "The operator has accepted it; from now on it is its business.",
            "I10",
            {
                _RECOVERY: (
                    "frozenset({OrderState.PENDING, OrderState.UNKNOWN})",
                    "frozenset({OrderState.UNKNOWN})",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_a_pending_order_is_followed_to_its_end",
                says="PENDING: 'pending'",
            ),
        ),
        one(
            "not found is believed after it was there once",
            "What the operator does not have any more was cancelled.",
            "I2",
            {
                _RECOVERY: (
                    "        or order.provider_ref is not None\n",
                    "",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_an_order_that_was_there_once_does_not_fail_by_not_being_found",
                says="FAILED: 'failed'",
            ),
        ),
        one(
            "after a wrong success a no is believed",
            "The operator corrects itself: it was not ours, and ours was refused.",
            "I2",
            {
                _RECOVERY: (
                    "case AnswerState.DECLINED if order.alarm or (\n"
                    "                order.sends > 1 and not settled\n"
                    "            ):",
                    "case AnswerState.DECLINED if order.sends > 1 and not settled:",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_after_a_wrong_success_no_no_is_believed",
                says="FAILED: 'failed'",
            ),
        ),
    ),
)
