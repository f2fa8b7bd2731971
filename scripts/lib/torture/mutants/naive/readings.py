"""Naive designs of readings: zeros that nobody has measured."""

from typing import Final

from ..mutant import ASSERTS, Room, by_tests, one

_VALUES: Final = "providers/_values.py"

READINGS: Final = Room(
    "Readings",
    (
        one(
            "the sum of an empty list is zero",
            "So says arithmetic.",
            "promise 2",
            {
                "providers/rest/expressions.py": (
                    "        return sum(arg, Decimal(0)) if arg else None",
                    "        return sum(arg, Decimal(0))",
                )
            },
            by_tests(
                "providers/rest/test_expressions.py::test_nothing_is_never_zero",
                says=ASSERTS,
            ),
        ),
        one(
            "a balance that is missing is zero",
            "An empty field means no money.",
            "promise 2",
            {
                _VALUES: (
                    "    number = as_number(value)\n    if number is None:\n        return None\n    if unit is AmountUnit.MINOR:",
                    "    number = as_number(value) or Decimal(0)\n    if unit is AmountUnit.MINOR:",
                )
            },
            by_tests("providers/test_values.py::test_nothing_is_nothing", says=ASSERTS),
        ),
        one(
            "the reading of a failed poll is zero",
            "A dashboard needs a number.",
            "promise 2",
            {
                "account_data.py": (
                    '                failed[line.key] = answer or MalformedAnswer("line_missing")\n                continue',
                    "                answer = Reading(\n"
                    "                    at=now,\n"
                    "                    balance=None\n"
                    "                    if (old := readings.get(line.key)) is None or old.balance is None\n"
                    "                    else old.balance - old.balance,\n"
                    "                )",
                )
            },
            by_tests(
                "entities/test_outage.py::test_one_broken_line_leaves_the_others_alone",
                says="KeyError: 'stale_since'",
            ),
        ),
        one(
            "a failed poll forgets the last good reading",
            "Old figures mislead; unknown is honest.",
            "promise 2",
            {
                "account_data.py": (
                    "            self, failed={**self.failed, **{line.key: error for line in lines}}",
                    "            self,\n"
                    "            readings={},\n"
                    "            failed={**self.failed, **{line.key: error for line in lines}},",
                )
            },
            by_tests(
                "entities/test_outage.py::test_an_outage_changes_no_state_and_says_how_old_the_figures_are",
                says=ASSERTS,
            ),
        ),
        one(
            "a zero out of the blue is believed",
            "The operator must know.",
            "R9",
            {
                "orders/readings.py": (
                    "    return before > 0 and after <= before * _PLAUSIBLE_SHARE",
                    "    return before > 0 and after < 0",
                )
            },
            by_tests(
                "entities/test_outage.py::test_a_zero_out_of_the_blue_is_looked_at_twice",
                says=ASSERTS,
            ),
            by_tests(
                "story/test_against_yaml.py::test_we_pay_once_or_not_at_all[one false zero]",
                "story/test_against_yaml.py::test_we_pay_once_or_not_at_all",
                says="false zero",
            ),
        ),
        one(
            "an unknown balance is below the guard",
            "Better a top-up too many than a dead phone.",
            "promise 2",
            {
                "orders/policy.py": (
                    "    if balance is None:\n        return Refused(reason=Reason.BALANCE_UNKNOWN)",
                    "    if balance is None:\n        return None",
                )
            },
            by_tests(
                "orders/test_flight.py::test_only_below_is_judged_on_a_fresh_reading",
                says=ASSERTS,
            ),
            by_tests(
                "actions/test_recharge.py::test_only_below_without_a_balance_pays_nothing",
                says="DID NOT RAISE",
            ),
        ),
        one(
            "an unknown balance makes a line low",
            "What cannot be read should be looked at.",
            "promise 2",
            {
                "orders/rule.py": (
                    "    if threshold is None or balance is None or threshold.currency != balance.currency:\n        return None",
                    "    if threshold is None:\n        return None\n"
                    "    if balance is None or threshold.currency != balance.currency:\n        return True",
                )
            },
            by_tests(
                "orders/test_rule.py::test_what_nobody_knows_is_not_low", says=ASSERTS
            ),
        ),
    ),
)
