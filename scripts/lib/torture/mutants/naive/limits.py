"""Naive designs of the limits: what counts, when it is looked at, and who may pass."""

from typing import Final

from ..mutant import ASSERTS, Room, by_simulation, by_tests, one

_POLICY: Final = "orders/policy.py"
_FLIGHT: Final = "orders/flight.py"
_ORDER: Final = "orders/order.py"

LIMITS: Final = Room(
    "Limits",
    (
        one(
            "the limit is checked before an await",
            "It was checked a moment ago, before the operator was asked; once is enough.",
            "I4",
            {
                _FLIGHT: (
                    "            if isinstance(verdict, Refused):\n                return verdict\n            self._drafted",
                    "            self._drafted",
                )
            },
            by_tests(
                "orders/test_engine.py::test_a_common_limit_holds_for_twenty_lines_at_once",
                says=r"^E .*Money",
            ),
            by_simulation("I4"),
        ),
        one(
            "the limits are those of the start of the flight",
            "Who changes the options means the next order.",
            "C8",
            {
                _FLIGHT: (
                    "            # Options may have changed meanwhile: what counts are the limits of this moment.\n"
                    "            account, line = self._destination()\n",
                    "",
                )
            },
            by_tests(
                "orders/test_flight.py::test_a_limit_that_is_lowered_on_the_way_holds",
                says="Placed",
            ),
        ),
        one(
            "pending counts nothing",
            "It is not paid yet.",
            "I4",
            {
                _ORDER: (
                    "COUNTED: Final = OPEN | {S.SUCCEEDED}",
                    "COUNTED: Final = (OPEN - {S.PENDING}) | {S.SUCCEEDED}",
                )
            },
            by_tests(
                "orders/test_schema.py::test_what_counts_is_said_once_in_the_schema",
                says=r"^E .*PENDING",
            ),
        ),
        one(
            "unknown counts nothing",
            "A limit is about money that was spent, and nobody knows whether it was.",
            "I4",
            {
                _ORDER: (
                    "COUNTED: Final = OPEN | {S.SUCCEEDED}",
                    "COUNTED: Final = (OPEN - {S.UNKNOWN}) | {S.SUCCEEDED}",
                )
            },
            by_tests(
                "orders/test_schema.py::test_what_counts_is_said_once_in_the_schema",
                says=r"^E .*UNKNOWN",
            ),
        ),
        one(
            "the reservation is released on unknown",
            "The flight has landed; what it reserved is given back.",
            "I4",
            {
                "orders/ledger.py": (
                    "        if before.state in COUNTED and after.state not in COUNTED:\n",
                    "        if before.state in COUNTED and (\n"
                    "            after.state not in COUNTED or after.state is OrderState.UNKNOWN\n"
                    "        ):\n",
                )
            },
            by_tests(
                "orders/test_ledger.py::test_totals_are_right_after_every_path",
                says=ASSERTS,
            ),
            by_simulation("I4", "I10"),
        ),
        one(
            "force passes the limits",
            "Who forces it means it.",
            "P8",
            {
                _POLICY: (
                    "    for ceiling in ceilings(situation.limits, situation.book.spent):\n"
                    "        if ceiling.spent + wish.money > ceiling.limit:",
                    "    for ceiling in ceilings(situation.limits, situation.book.spent):\n"
                    "        if not wish.force and ceiling.spent + wish.money > ceiling.limit:",
                )
            },
            by_tests(
                "orders/test_policy.py::test_force_passes_the_cooldown_and_nothing_else",
                says=r"^E .*(LIMIT|assert)",
            ),
            by_tests(
                "actions/test_recharge.py::test_force_passes_the_waiting_time_and_no_limit",
                says=r"^E .*DID NOT RAISE",
            ),
            by_simulation("I4"),
            by_tests(
                "torture/callers/test_caps.py::test_p8_force_passes_the_cooldown_and_no_cap",
                says=ASSERTS,
            ),
        ),
        one(
            "force passes an unknown order",
            "The user is sure that the first one did not work.",
            "P8",
            {
                _POLICY: (
                    "def _line_is_free(_: Wish, situation: Situation) -> Refused | None:\n"
                    "    order = situation.book.unfinished\n",
                    "def _line_is_free(_: Wish, situation: Situation) -> Refused | None:\n"
                    "    order = None if _.force else situation.book.unfinished\n",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_class_n_asks_a_person_at_once",
                says="LOCKED|locked",
            ),
        ),
        one(
            "the limit of one order holds for automations only",
            "A person who types an amount has seen it.",
            "P7",
            {
                _POLICY: (
                    "    if wish.money > most:",
                    "    if wish.money > most and wish.origin is not Origin.USER:",
                )
            },
            by_tests(
                "orders/test_policy.py::test_only_a_legal_amount_is_paid",
                says=r"^E .*ABOVE_ORDER_LIMIT",
            ),
            by_simulation("I4"),
        ),
        one(
            "a negative amount is below every limit",
            "The form only takes positive numbers.",
            "H4",
            {
                _POLICY: (
                    "    if wish.money.amount <= 0:",
                    "    if wish.money.amount == 0:",
                )
            },
            by_tests(
                "orders/test_policy.py::test_only_a_legal_amount_is_paid",
                says=r"^E .*NOT_POSITIVE",
            ),
        ),
        one(
            "the history is not imported",
            "What others pay is their affair.",
            "D19",
            {
                _FLIGHT: (
                    "                await self._import_history(account, line)\n",
                    "",
                )
            },
            by_tests(
                "orders/test_flight.py::test_what_others_pay_fills_the_limits",
                says="Placed",
            ),
            by_simulation("I4"),
        ),
        one(
            "foreign charges are kept and not counted",
            "The limit is ours, for our orders.",
            "D19",
            {
                "orders/ledger.py": (
                    "            if self._insert_charge(account_key, line_key, charge, None):\n",
                    "            known = self._insert_charge(account_key, line_key, charge, None)\n"
                    "            if known and charge.reference is not None:\n",
                )
            },
            by_tests(
                "orders/test_ledger.py::test_a_foreign_charge_counts_once",
                says=ASSERTS,
            ),
            by_simulation("I4"),
        ),
        one(
            "a charge of ours is counted beside its order",
            "Everything in the provider's history was paid.",
            "I4",
            {
                "orders/verdict.py": (
                    "        if order is None:\n            foreign.append(charge)\n",
                    "        if order is None or charge.reference is None:\n            foreign.append(charge)\n",
                )
            },
            by_tests(
                "orders/test_flight.py::test_what_we_paid_is_not_counted_twice",
                says=ASSERTS,
            ),
        ),
        one(
            "the price of now is paid",
            "The list is fresh, so its price is right.",
            "H10",
            {
                _FLIGHT: (
                    "            case Package(price=price) if price != self._wish.money:",
                    "            case Package(price=price) if price < self._wish.money:",
                )
            },
            by_tests(
                "orders/test_flight.py::test_the_price_that_was_agreed_is_the_price_that_is_paid",
                says="dearer",
            ),
        ),
    ),
)
