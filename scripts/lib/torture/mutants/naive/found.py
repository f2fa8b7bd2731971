"""Designs that were ours until the torture found what is wrong with them: nobody shall bring them back."""

from typing import Final

from ..mutant import ASSERTS, Edit, Room, by_layer, by_tests, one

_ENGINE: Final = "orders/engine.py"
_NEW_BOOK: Final = (
    "        await self._open(place, None, tuple(orders.values()), coming.book_id)"
)

FOUND: Final = Room(
    "Found by the torture",
    (
        one(
            "a new book first, its orders after",
            "Each order is taken over in a transaction of its own: simple, and safe.",
            "I2",
            {
                _ENGINE: (
                    _NEW_BOOK,
                    "        await self._open(place, None, (), coming.book_id)\n"
                    "        for order in orders.values():\n"
                    "            await self.store.adopt(order, now=self.clock.now())",
                )
            },
            by_layer(
                "disk",
                "--quick",
                "--life",
                "set aside and begun anew",
                says="^I[12] is broken",
            ),
        ),
        one(
            "digests are not looked at",
            "SQLite has checked the file itself, and the sums are right.",
            "D10",
            {
                "orders/book_file.py": (
                    "        if not (is_unbroken(connection) and totals_hold(connection)):\n",
                    "        if not totals_hold(connection):\n",
                )
            },
            by_tests(
                "orders/test_book_file.py::test_a_damaged_book_locks",
                says=r"^E .*DID NOT RAISE.*BookLocked",
            ),
        ),
        one(
            "a new book first, its note after",
            "The note may come late, a few orders in one write.",
            "I3",
            {
                _ENGINE: (
                    "            await place.announce(coming)\n",
                    "            pass\n",
                )
            },
            by_tests(
                "orders/test_unlock.py::test_a_new_book_is_announced_before_it_is_there",
                says=r"^E .*not enough values to unpack",
            ),
            by_tests(
                "story/test_start_and_end.py::test_a_new_book_is_noted_before_anything_is_paid_from_it",
                says=ASSERTS,
            ),
        ),
        one(
            "a new book begins with fresh limits",
            "What was paid is in the old one.",
            "I4",
            {
                "orders/old_books.py": (
                    "        if order.open or (order.state in _STARTED and order.created_at >= since)\n",
                    "        if order.open\n",
                )
            },
            by_tests(
                "orders/test_unlock.py::test_what_was_paid_counts_in_the_new_book_too",
                says=ASSERTS,
            ),
        ),
        one(
            "whoever waits at the end is told refused",
            "The process ends; nothing was sent.",
            "I2",
            {
                "orders/flight.py": (
                    "            if self._drafted is not None:\n",
                    "            if self._drafted is not None and self._engine.health is Health.READY:\n",
                )
            },
            by_tests(
                "orders/test_end.py::test_what_the_book_may_hold_already_is_not_told_as_refused",
                says=ASSERTS,
            ),
        ),
        one(
            "only the book that was set aside last is read",
            "The others are older.",
            "I2",
            {
                "orders/old_books.py": (
                    "    for book in _set_aside_before(path):",
                    "    for book in _set_aside_before(path)[-1:]:",
                )
            },
            by_tests(
                "orders/test_old_books.py::test_a_crash_while_a_book_is_set_aside_loses_no_order",
                "orders/test_old_books.py::test_a_later_book_that_cannot_be_read_says_nothing",
                says=ASSERTS,
            ),
        ),
        one(
            "a history that contradicts itself is believed",
            "One of the two rows will be right.",
            "I2",
            {
                "orders/history.py": (
                    '            raise MalformedAnswer("id_twice")',
                    "            continue",
                )
            },
            by_tests(
                "orders/test_history.py::test_two_charges_under_one_id_are_no_history",
                says="DID NOT RAISE.*MalformedAnswer",
            ),
        ),
        one(
            "a charge of another amount explains nothing",
            "Ours would cost what was ordered.",
            "I2",
            {
                "orders/verdict.py": (
                    "        case [] if settled and any(",
                    "        case [] if not order.id and any(",
                )
            },
            by_tests(
                "orders/test_verdict.py::test_the_history_proves_one_charge_or_none_or_asks_a_person",
                says="^E .*(FAILED|failed)",
            ),
        ),
        one(
            "a reload makes the operator's clock unknown",
            "The limits are those of the new account, and so is its clock.",
            "I11",
            {
                "orders/flight.py": (
                    "await self._reserve(account, line, reading, skew)",
                    "await self._reserve(\n"
                    "                account, line, reading, account.provider.clock_skew\n"
                    "            )",
                )
            },
            by_tests(
                "orders/test_flight.py::test_what_the_operator_said_of_our_clock_outlasts_a_reload",
                says="^E .*(Placed|assert)",
            ),
        ),
        one(
            "who is cancelled while writing is told refused",
            "A cancelled task has not done its work.",
            "I2",
            {
                "orders/flight.py": (
                    "        except asyncio.CancelledError:\n"
                    "            # The process ends while the answer is written down: whoever asked must not read",
                    "        except ZeroDivisionError:\n"
                    "            # The process ends while the answer is written down: whoever asked must not read",
                )
            },
            by_tests(
                "orders/test_end.py::test_who_is_told_refused_has_not_paid",
                says="^E .*(Refused|assert)",
            ),
        ),
        one(
            "accounts stand still while a book is unlocked",
            "Nobody adds an account at that moment.",
            "I10",
            {_ENGINE: ("in tuple(self.accounts):", "in self.accounts:")},
            by_tests(
                "orders/test_unlock.py::test_an_account_that_comes_during_the_recovery_does_not_end_it",
                says="^E .*dictionary (changed|keys)",
            ),
        ),
        one(
            "any year is a year",
            "A clock that is wrong is only a little wrong.",
            "T6",
            {
                "orders/policy.py": (
                    "_YEARS: Final = range(2026, 2200)",
                    "_YEARS: Final = range(1900, 9999)",
                )
            },
            by_tests(
                "orders/test_policy.py::test_a_year_that_cannot_be_pays_nothing",
                says="^E .*Allowed|^E .*assert",
            ),
        ),
        one(
            "after a restart any clock ends the rest",
            "The order says when it was made.",
            "I3",
            {
                _ENGINE: (
                    "measured = last is not None and (skew is None or last.id in self.sent_at)",
                    "measured = last is not None and last.id in self.sent_at",
                )
            },
            by_tests(
                "orders/test_flight.py::test_after_a_restart_only_a_clock_that_is_confirmed_ends_the_rest",
                says="^E .*(Placed|assert)",
            ),
        ),
        one(
            "a zone that this machine does not know is a damaged book",
            "What cannot be understood is broken.",
            "I4",
            {
                "orders/book_file.py": (
                    "The book may be as good as ever.\n"
                    "        raise BookLocked(LockReason.UNREADABLE)",
                    "The book may be as good as ever.\n"
                    "        raise BookLocked(LockReason.DAMAGED)",
                )
            },
            by_tests(
                "orders/test_book_file.py::test_a_zone_that_this_machine_does_not_know_is_no_damage",
                says="DAMAGED",
            ),
        ),
        one(
            "the month of an order is worked out anew",
            "The order has its time, and the book its zone.",
            "I4",
            (
                Edit(
                    "orders/ledger.py",
                    "    def _count_no_more(self, order: Order) -> None:\n"
                    "        totals.take(\n"
                    "            self.connection,\n"
                    "            order.account_key,\n"
                    "            order.line_key,\n"
                    "            order.money,\n"
                    "            day_of(order.created_at),\n"
                    "            order.month,\n",
                    "    def _count_no_more(self, order: Order) -> None:\n"
                    "        totals.take(\n"
                    "            self.connection,\n"
                    "            order.account_key,\n"
                    "            order.line_key,\n"
                    "            order.money,\n"
                    "            day_of(order.created_at),\n"
                    "            month_of(order.created_at, self.zone),\n",
                ),
            ),
            by_tests(
                "torture/times/test_zones.py::test_an_order_gives_its_money_back_to_the_month_it_was_taken_from",
                says="^E ",
            ),
        ),
    ),
)
