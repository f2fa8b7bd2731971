"""Naive designs of reading an answer: what is taken for our order, and what for a success."""

from typing import Final

from ..mutant import ASSERTS, Room, by_network, by_simulation, by_tests, one

_VERDICT: Final = "orders/verdict.py"
_PROVEN: Final = "orders/test_flight.py::test_an_order_is_what_was_proven"
_SUCCEEDED: Final = "SUCCEEDED: 'succeeded'"

ANSWERS: Final = Room(
    "Answers",
    (
        one(
            "a success with another amount is believed",
            "A success is a success; fees and taxes differ.",
            "I9",
            {
                _VERDICT: (
                    "(EchoedField.AMOUNT, Mismatch.AMOUNT, answer.amount, order.money.amount),",
                    "(EchoedField.AMOUNT, Mismatch.AMOUNT, answer.amount, answer.amount),",
                )
            },
            by_tests(_PROVEN, says=r"H9 a hundred times the amount"),
        ),
        one(
            "a success with another line is believed",
            "Operators write numbers in many ways.",
            "I9",
            {
                _VERDICT: (
                    "(EchoedField.LINE, Mismatch.LINE, answer.line_id, line.id),",
                    "(EchoedField.LINE, Mismatch.LINE, answer.line_id, answer.line_id),",
                )
            },
            by_tests(_PROVEN, says="H7 another line"),
        ),
        one(
            "a success in another currency is believed",
            "The amount is right.",
            "I9",
            {
                _VERDICT: (
                    "            answer.currency,\n            order.money.currency,",
                    "            answer.currency,\n            answer.currency,",
                )
            },
            by_tests(_PROVEN, says="H6 another currency"),
        ),
        one(
            "the redelivered answer of another order is accepted",
            "It came on our connection, so it answers our request.",
            "N21",
            {
                _VERDICT: (
                    "(EchoedField.REFERENCE, Mismatch.REFERENCE, answer.reference, order.id),",
                    "(EchoedField.REFERENCE, Mismatch.REFERENCE, answer.reference, answer.reference),",
                )
            },
            by_tests(_PROVEN, says="H8 another order"),
            by_network("other-orders-answer-after/purchase/L", "O"),
        ),
        one(
            "a success that leaves a field out is believed",
            "What is not said cannot be wrong.",
            "H23",
            {
                _VERDICT: (
                    "        return Mismatch.INCOMPLETE\n    return None",
                    "        return None\n    return None",
                )
            },
            by_tests(_PROVEN, says="H23 no reference"),
        ),
        one(
            "rounding hides a mismatch",
            "Amounts are compared in whole units: some operators leave the kopecks out.",
            "I9",
            {
                _VERDICT: (
                    "        if said is not None and said != ordered:",
                    "        if said is not None and (\n"
                    "            said != ordered if isinstance(said, str) else round(said) != round(ordered)\n"
                    "        ):",
                )
            },
            by_tests(
                "orders/test_verdict.py::test_a_hundredth_more_or_less_is_another_amount",
                says=_SUCCEEDED,
            ),
        ),
        one(
            "the answer of another order lends its id",
            "An id is an id; with it the order can be found.",
            "H8",
            {
                _VERDICT: (
                    "is_ours = wrong not in (Mismatch.REFERENCE, Mismatch.LINE)",
                    "is_ours = wrong is not Mismatch.LINE",
                )
            },
            by_tests(
                "orders/test_verdict.py::test_the_answer_of_another_order_does_not_lend_its_id",
                says=ASSERTS,
            ),
        ),
        one(
            "an answer that nobody foresaw is a failure",
            "Unknown words are errors.",
            "H20",
            {
                _VERDICT: (
                    '            return _unknown(answer.reason or "no_clear_answer", their_id)',
                    '            return Proof(states=(OrderState.FAILED,), reason="no_clear_answer")',
                )
            },
            by_tests(
                "orders/test_verdict.py::test_an_answer_state_that_nobody_foresaw_is_unknown",
                says="failed",
            ),
            by_simulation("I2"),
        ),
        one(
            "a status word that nobody described is a success",
            "The status is a 200.",
            "H20",
            {
                "providers/rest/answers.py": (
                    '        raise MalformedAnswer("unknown_status")',
                    "        state = AnswerState.SUCCEEDED",
                )
            },
            by_tests(
                "providers/rest/test_orders.py::test_a_success_that_makes_no_sense_is_none",
                "providers/rest/test_orders.py::test_a_status_word_means_what_was_described",
                says=r"^E .*SUCCEEDED",
            ),
        ),
        one(
            "the first of several found orders is ours",
            "The list is sorted by time.",
            "N21",
            {
                "providers/rest/answers.py": (
                    "    if len(ours) == 1:",
                    "    if ours:",
                )
            },
            by_tests(
                "providers/rest/test_orders.py::test_a_look_up_that_finds_something_else_proves_nothing",
                says=r"^E .*eeded'>, None\) ==",
            ),
        ),
        one(
            "any 404 means that there is no such order",
            "404 is not found, everywhere.",
            "N26",
            {
                "providers/rest/provider.py": (
                    "        if is_definite(last, call.not_found):",
                    "        if last.status == 404:",
                )
            },
            by_tests(
                "providers/rest/test_orders.py::test_not_found_is_only_what_is_described_as_that",
                says="DID NOT RAISE.*(Refused|Malformed)",
            ),
        ),
        one(
            "a doubtful charge is passed over",
            "One odd row must not make the whole list useless.",
            "I2",
            {
                "providers/rest/parse.py": (
                    '        if word not in call.counted:\n            raise MalformedAnswer("unknown_status")',
                    "        if word not in call.counted:\n            return None",
                )
            },
            by_tests(
                "providers/rest/test_orders.py::test_only_described_states_of_a_charge_are_passed_over",
                says="DID NOT RAISE",
            ),
        ),
    ),
)
