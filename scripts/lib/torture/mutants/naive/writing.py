"""Naive designs of writing the order book: what is on the disk, and when."""

from typing import Final

from ..mutant import ASSERTS, Edit, Room, by_simulation, by_tests, one

_BOOK_FILE: Final = "orders/book_file.py"
_ENGINE: Final = "orders/engine.py"
_STORE: Final = "orders/store.py"

WRITING: Final = Room(
    "Writing the order book",
    (
        one(
            "synchronous is off",
            "SQLite is much faster without waiting for the disk, and it is still a transaction.",
            "I5",
            {
                _BOOK_FILE: (
                    'connection.execute("PRAGMA synchronous = FULL")',
                    'connection.execute("PRAGMA synchronous = OFF")',
                )
            },
            by_tests(
                "orders/test_book_file.py::test_every_commit_is_on_the_disk",
                says=r"\['wal', 0, 1\]",
            ),
            by_simulation("I5"),
        ),
        one(
            "an intent that could not be written is sent all the same",
            "The disk is full, but the traveller needs his top-up now.",
            "I5",
            {
                "orders/flight.py": (
                    "        reserved = await engine.store.reserve(\n"
                    "            self._asked(),\n"
                    "            decide,\n"
                    "            account_key=account.key,\n"
                    "            currency=account.currency,\n"
                    "            now=now,\n"
                    "        )\n",
                    "        reserved: Order | Refused\n"
                    "        try:\n"
                    "            reserved = await engine.store.reserve(\n"
                    "                self._asked(),\n"
                    "                decide,\n"
                    "                account_key=account.key,\n"
                    "                currency=account.currency,\n"
                    "                now=now,\n"
                    "            )\n"
                    "        except BookLocked:\n"
                    "            reserved = self._draft(now)\n",
                )
            },
            by_tests(
                "orders/test_flight.py::test_a_book_that_cannot_be_written_before_sending_sends_nothing",
                says=r"assert self.broken == \[\]",
            ),
        ),
        one(
            "the commit is not awaited",
            "It is on its way to the disk; the operator takes longer than that.",
            "I5",
            {
                _STORE: (
                    '            connection.execute("COMMIT")\n',
                    '            self._executor.submit(connection.execute, "COMMIT")\n',
                )
            },
            by_tests(
                "orders/test_store.py::test_a_write_that_fails_locks_and_leaves_nothing[COMMIT-reserve]",
                says=r"^E .*DID NOT RAISE.*BookLocked",
            ),
        ),
        one(
            "after a failed write the next one is tried",
            "Perhaps the disk has room again.",
            "D2",
            {
                _STORE: (
                    "            self._locked = LockReason.WRITE_FAILED\n",
                    "",
                )
            },
            by_tests(
                "orders/test_store.py::test_a_write_that_fails_locks_and_leaves_nothing",
                says=r"^E .*DID NOT RAISE.*BookLocked",
            ),
        ),
        one(
            "an outcome that could not be written is told as it was",
            "We know that it was paid; a full disk does not change that.",
            "D6",
            {
                "orders/flight.py": (
                    'return replace(order, state=OrderState.UNKNOWN, reason="write_failed")',
                    "return replace(order, state=proof.states[-1])",
                )
            },
            by_tests(
                "orders/test_flight.py::test_an_outcome_that_cannot_be_written_is_told_as_unknown",
                says="write_failed",
            ),
        ),
        one(
            "steps are published before the commit",
            "The dashboard should not wait for the disk.",
            "P6",
            {
                _ENGINE: (
                    '        """P6 and P7: write steps of an order down, then tell. A write that fails locks spending."""\n',
                    '        """P6 and P7."""\n'
                    "        await self.publish(order.__replace__(state=states[-1]))\n",
                )
            },
            by_tests(
                "orders/test_flight.py::test_an_answer_is_written_down_before_anybody_hears_of_it",
                says=ASSERTS,
            ),
            by_simulation("I7"),
        ),
        one(
            "the store runs in Home Assistant's executor",
            "There are worker threads already; an own one costs memory.",
            "P6",
            {
                _STORE: (
                    "                self._executor, partial(",
                    "                None, partial(",
                )
            },
            by_tests(
                "orders/test_store.py::test_writes_happen_in_the_order_in_which_they_were_asked_for",
                "orders/test_store.py::test_twenty_reservations_at_once_for_one_line_are_one_order",
                says=r"^E .*(sqlite3\.|BookLocked)",
            ),
        ),
        one(
            "a cancelled caller cancels the write",
            "Whoever waits is gone; the write is not needed any more.",
            "C6",
            {
                _STORE: (
                    "    await asyncio.wait((running,))\n    return running.result()",
                    "    return await running",
                )
            },
            by_tests(
                "orders/test_store.py::test_a_write_that_waits_for_its_turn_is_not_lost_with_its_caller",
                says=ASSERTS,
            ),
        ),
        one(
            "an order of the book may change what it buys",
            "The trigger only gets in the way of a repair by hand.",
            "I9",
            (
                Edit(
                    "orders/schema.py",
                    "BEGIN SELECT RAISE(ABORT, 'I9: an order never changes what it buys'); END;",
                    "BEGIN SELECT 1; END;",
                ),
            ),
            by_tests(
                "orders/test_schema.py::test_what_was_ordered_never_changes",
                says="DID NOT RAISE",
            ),
        ),
    ),
)
