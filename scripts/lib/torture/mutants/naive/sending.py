"""Naive designs of sending: what leaves, when, under which key, and what a lost answer is taken for (money-safety, 1.5)."""

from typing import Final

from ..mutant import ASSERTS, Edit, Room, by_simulation, by_tests, one

_FLIGHT: Final = "orders/flight.py"
_RECOVERY: Final = "orders/recovery.py"

SENDING: Final = Room(
    "Sending",
    (
        one(
            "charged first, written down after",
            "The book should hold what happened, and before the answer nothing has happened.",
            "I5",
            (
                Edit(
                    _FLIGHT,
                    "            self._drafted = self._draft(now)\n",
                    "            self._drafted = drafted\n",
                ),
                Edit(
                    _FLIGHT,
                    "        reserved = await engine.store.reserve(",
                    "        drafted = self._draft(now)\n"
                    "        self._answer = await send_once(account.provider, drafted, line)\n"
                    "        reserved = await engine.store.reserve(",
                ),
                Edit(
                    _FLIGHT,
                    "else await send_once(provider, order, line)",
                    "else self._answer",
                ),
            ),
            by_tests(
                "orders/test_flight.py::test_the_request_carries_the_order",
                says=r"assert self.broken == \[\]",
            ),
            by_tests(
                "orders/test_crash.py::test_a_crash_while_the_operator_is_asked_to_pay[1-True-L]",
                says=r"^E .*IndexError",
            ),
            by_simulation("I5"),
        ),
        one(
            "a time-out of a purchase is a failure",
            "The operator did not answer, so it did not work; the user may try again.",
            "N7",
            {
                _FLIGHT: (
                    'return Answer(state=AnswerState.UNKNOWN, reason="timeout")',
                    'return Answer(state=AnswerState.DECLINED, reason="timeout")',
                )
            },
            by_tests(
                "orders/test_flight.py::test_a_module_that_never_answers_is_given_up",
                says="FAILED: 'failed'",
            ),
        ),
        one(
            "an exception of a provider's module is a failure",
            "If our own code broke, nothing can have been bought.",
            "I2",
            {
                _FLIGHT: (
                    'return Answer(state=AnswerState.UNKNOWN, reason="provider_fault")',
                    'return Answer(state=AnswerState.DECLINED, reason="provider_fault")',
                )
            },
            by_tests(
                "orders/test_flight.py::test_an_order_is_what_was_proven",
                says=r"FAILED: 'failed'|iled'>, False\) ==",
            ),
        ),
        one(
            "an unknown order is sent again without a key",
            "The first request was probably lost, and the traveller waits for his data.",
            "I6",
            {
                _RECOVERY: (
                    "if proof is NOTHING_PROVEN and capabilities.dedupe is Dedupe.KEY:",
                    "if proof is NOTHING_PROVEN:",
                ),
                "orders/schedule.py": (
                    "if retention is None or not 1 <= sends <= len(RESEND_AFTER):\n"
                    "        return False",
                    "if not 1 <= sends <= len(RESEND_AFTER):\n"
                    "        return False\n"
                    "    retention = retention or timedelta(days=1)",
                ),
            },
            by_tests(
                "orders/test_recovery.py::test_nothing_is_sent_twice_where_there_is_no_key",
                says="sent anew",
            ),
            by_simulation("I6"),
        ),
        one(
            "the refusal of a re-send is believed",
            "A clear no is a clear no, whichever attempt it answers.",
            "I2",
            {_RECOVERY: ("            resent=True,", "            resent=False,")},
            by_tests(
                "orders/test_recovery.py::test_a_refused_repetition_proves_nothing",
                says="FAILED: 'failed'",
            ),
        ),
        one(
            "an order is sent again after its key is forgotten",
            "The key makes it safe to repeat, that is what it is for.",
            "I6",
            {
                "orders/schedule.py": (
                    "return RESEND_AFTER[sends - 1] <= age <= retention / 2",
                    "return RESEND_AFTER[sends - 1] <= age",
                ),
                _RECOVERY: (
                    "            or self._age(order) > retention / 2\n",
                    "",
                ),
            },
            by_tests(
                "orders/test_recovery.py::test_nothing_is_repeated_after_half_of_the_retention",
                says=r"assert [2-9] == 1",
            ),
        ),
        one(
            "the age of a key by our clock alone",
            "The machine knows what time it is.",
            "I6",
            {
                _RECOVERY: (
                    "            or not self._age_is_certain(order, account.provider)\n",
                    "",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_a_clock_that_stood_still_does_not_make_an_old_key_young",
                says=r"assert [2-9] == 1",
            ),
        ),
        one(
            "pending is as good as paid",
            "It has never happened that an accepted order was not carried out.",
            "I9",
            {
                "orders/verdict.py": (
                    "                states=(OrderState.PENDING,),",
                    "                states=(OrderState.SUCCEEDED,),",
                )
            },
            by_tests(
                "orders/test_flight.py::test_an_order_is_what_was_proven[accepted-succeeded-0-False]",
                "orders/test_flight.py::test_an_order_is_what_was_proven",
                says="SUCCEEDED: 'succeeded'",
            ),
            by_simulation("I9"),
        ),
        one(
            "the key is made while sending",
            "Each request gets its own fresh key, as the manual shows it.",
            "I6",
            {
                "orders/order.py": (
                    "            reference=self.id,",
                    '            reference=__import__("uuid").uuid4().hex,',
                )
            },
            by_tests(
                "orders/test_flight.py::test_the_request_carries_the_order",
                says=r"assert self.broken == \[\]",
            ),
            by_tests(
                "orders/test_recovery.py::test_class_k_sends_the_same_request_again",
                says=r"UNKNOWN: 'unknown'> is <OrderState.SUCCEEDED",
            ),
            by_simulation("I5"),
        ),
        one(
            "the key is taken from the caller",
            "The caller named the request, so we have a key already.",
            "I1",
            {
                _FLIGHT: (
                    "            id=self._engine.new_id(),",
                    "            id=wish.request_id or self._engine.new_id(),",
                )
            },
            by_tests(
                "orders/test_engine.py::test_a_name_belongs_to_its_line",
                says=ASSERTS,
            ),
        ),
        one(
            "a repetition is sent before it is written down",
            "The attempt is counted when we know that it was made.",
            "I5",
            {
                _RECOVERY: (
                    "            order, (order.state,), sends=order.sends + 1, last_sent_at=now\n        )",
                    "            order, (order.state,), last_sent_at=now\n        )",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_a_request_is_repeated_three_times_and_no_more",
                says=r"assert self.broken == \[\]",
            ),
            by_simulation("I5"),
        ),
    ),
)
