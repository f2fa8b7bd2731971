"""Naive designs of opening the order book: which one is trusted, and what an earlier process left in it."""

from typing import Final

from ..mutant import ASSERTS, Room, by_tests, one

_BOOK_FILE: Final = "orders/book_file.py"
_ENGINE: Final = "orders/engine.py"

TRUSTING: Final = Room(
    "Trusting the order book",
    (
        one(
            "a missing book is a new one",
            "No file, so this is the first start.",
            "D15",
            {
                _BOOK_FILE: (
                    "        raise BookLocked(LockReason.MISSING)",
                    "        witness = None",
                )
            },
            by_tests(
                "orders/test_book_file.py::test_a_missing_book_that_was_there_once_locks",
                says=r"^E .*DID NOT RAISE.*BookLocked",
            ),
        ),
        one(
            "a rolled-back book is accepted",
            "It is our book, and it is whole: a backup, as one should have.",
            "D16",
            {
                _BOOK_FILE: (
                    "witness is not None and ledger.revision < witness.revision:",
                    "witness is not None and ledger.revision < 0:",
                )
            },
            by_tests(
                "orders/test_book_file.py::test_a_restored_older_book_locks",
                says=r"^E .*DID NOT RAISE.*BookLocked",
            ),
        ),
        one(
            "the book of another house is accepted",
            "The user has moved to a new machine and brought a book along.",
            "D19",
            {
                _BOOK_FILE: (
                    "witness is not None and witness.book_id != ledger.book_id:",
                    "witness is not None and not ledger.book_id:",
                )
            },
            by_tests(
                "orders/test_book_file.py::test_the_book_of_another_house_locks",
                says=r"^E .*DID NOT RAISE.*BookLocked",
            ),
        ),
        one(
            "a damaged book is recreated",
            "An integration should heal itself; nobody reads Repairs.",
            "D10",
            {
                _ENGINE: (
                    "        except BookLocked as err:\n"
                    "            self.lock(err.reason)\n"
                    "        if self._is_ending:  # before it began",
                    "        except BookLocked as err:\n"
                    "            if err.reason is LockReason.DAMAGED:\n"
                    "                await self._begin_anew(self._place)\n"
                    "                await self._recover()\n"
                    "            else:\n"
                    "                self.lock(err.reason)\n"
                    "        if self._is_ending:  # before it began",
                )
            },
            by_tests(
                "orders/test_end.py::test_a_book_that_cannot_be_trusted_locks_the_start",
                says=r"^E .*READ",
            ),
        ),
        one(
            "a newer release's book is opened",
            "New releases only add columns; ours are still there.",
            "D14",
            {
                _BOOK_FILE: (
                    "            raise BookLocked(LockReason.NEWER)",
                    "            version = VERSION",
                )
            },
            by_tests(
                "orders/test_book_file.py::test_a_book_of_a_newer_release_is_not_touched",
                says=r"^E .*DID NOT RAISE.*BookLocked",
            ),
        ),
        one(
            "a full disk is called a damaged book",
            "SQLite raises an error, so something is wrong with the file.",
            "D1",
            {
                _BOOK_FILE: (
                    "return LockReason.UNREADABLE if kind in _OUT_OF_REACH else LockReason.DAMAGED",
                    "return LockReason.DAMAGED",
                )
            },
            by_tests(
                "orders/test_book_file.py::test_a_bad_disk_and_a_bad_file_are_two_reasons",
                says="DAMAGED",
            ),
        ),
        one(
            "the sums are not checked at the start",
            "SQLite has checked the file itself.",
            "D10",
            {
                _BOOK_FILE: (
                    "        if not (is_unbroken(connection) and totals_hold(connection)):\n",
                    "        if not is_unbroken(connection):\n",
                )
            },
            by_tests(
                "orders/test_book_file.py::test_a_damaged_book_locks",
                says=r"^E .*DID NOT RAISE.*BookLocked",
            ),
        ),
        one(
            "unlocking forgets open orders",
            "The person begins a new book; what was in the old one is over.",
            "I2",
            {
                _ENGINE: (
                    "        await self._open(place, None, tuple(orders.values()), coming.book_id)",
                    "        await self._open(place, None, (), coming.book_id)",
                )
            },
            by_tests(
                "orders/test_unlock.py::test_an_order_in_the_air_is_taken_over_into_the_new_book",
                says="a charge has no order",
            ),
        ),
        one(
            "unlocking forgets what only the old book knows",
            "A book that is not trusted is not read.",
            "D10",
            {
                _ENGINE: (
                    "        salvaged = await asyncio.to_thread(salvage, place.path, now - HISTORY_SPAN)",
                    "        salvaged: list[Order] = []",
                )
            },
            by_tests(
                "orders/test_unlock.py::test_an_order_that_only_the_old_book_knows_is_taken_over",
                says="a charge has no order",
            ),
        ),
        one(
            "after a crash an order that was being sent stays so",
            "It says submitting, so somebody is submitting it.",
            "A5",
            {
                "orders/recovery.py": (
                    "            if order.state is OrderState.SUBMITTING:\n",
                    "            if order.state is OrderState.SUBMITTING and order.sends > 1:\n",
                )
            },
            by_tests(
                "orders/test_crash.py::test_an_order_that_was_being_sent_is_settled",
                says="SUBMITTING: 'submitting'",
            ),
        ),
        one(
            "after a crash an order that was being sent has failed",
            "Nobody got an answer, so it was not bought.",
            "A6",
            {
                "orders/recovery.py": (
                    '                    order, (OrderState.UNKNOWN,), reason="interrupted"',
                    '                    order, (OrderState.FAILED,), reason="interrupted"',
                )
            },
            by_tests(
                "orders/test_crash.py::test_an_order_that_was_being_sent_is_settled",
                says="FAILED: 'failed'",
            ),
        ),
        one(
            "the note outside of the book is not kept",
            "The book knows its own revision.",
            "D16",
            {
                "house.py": (
                    "            self._note.async_delay_save(self._current_note, _NOTE_DELAY)",
                    "            self._current_note()",
                )
            },
            by_tests(
                "story/test_start_and_end.py::test_the_note_is_written_soon_after_each_step",
                says=ASSERTS,
            ),
        ),
        one(
            "a note that is not understood is no note",
            "Storage that cannot be read is empty storage, as everywhere.",
            "D15",
            {
                "house.py": (
                    "            return Witness(known_book_id or _UNKNOWN_BOOK, 0)",
                    "            return None",
                )
            },
            by_tests(
                "story/test_start_and_end.py::test_a_note_that_does_not_fit_the_book_locks_spending_and_nothing_else",
                says=r"^E .*'ok' == 'stopped'",
            ),
        ),
    ),
)
