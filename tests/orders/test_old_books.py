"""Books that are not trusted any more: set aside whole, and searched for what may still be paid."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from custom_components.esim_topup.orders import old_books
from custom_components.esim_topup.orders.book_file import (
    BookLocked,
    LockReason,
    Witness,
    open_book,
)
from custom_components.esim_topup.orders.old_books import salvage, set_aside
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.rows import INSERT_ORDER, UPDATE_ORDER, to_row

from .fake_clock import NOON
from .samples import MOSCOW, make_order
from .test_book_file import ANOTHER, cut, other_json, reopen, statement, why_locked
from .world import reading, recount, rows

S = OrderState
ORDER = make_order(S.UNKNOWN, line_key="a")
PAID = make_order(S.SUCCEEDED, line_key="b")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the book is."""
    return tmp_path / "orders.db"


@pytest.fixture
def witness(path: Path) -> Witness:
    """A book with a paid order and one that nobody knows the outcome of."""
    with closing(open_book(path, None, MOSCOW, NOON)) as connection:
        for order in (PAID, ORDER):
            connection.execute(INSERT_ORDER, to_row(order))
        recount(connection)
        connection.execute("UPDATE meta SET value = '2' WHERE key = 'revision'")
        book_id = connection.execute("SELECT value FROM meta").fetchone()[0]
        return Witness(str(book_id), 2)


# Saving what may still be paid


def test_what_may_still_be_paid_is_saved_from_a_book_that_is_not_trusted(
    path: Path, witness: Witness
) -> None:
    """A new book that does not know an order on its way would let it be paid twice."""
    statement("DELETE FROM totals")(path)
    assert why_locked(path, witness) is LockReason.DAMAGED
    set_aside(path, NOON)
    assert salvage(path, NOON + timedelta(hours=1)) == [ORDER]


@pytest.mark.parametrize(
    "state", [S.SUCCEEDED, S.REVERSED], ids=["paid", "paid and given back"]
)
def test_what_was_paid_lately_is_saved_too(path: Path, state: S) -> None:
    """Otherwise a person who trusts a new book has fresh limits and no cooldown, and the next automation pays again."""
    lately = make_order(state, line_key="b")
    long_ago = make_order(state, created_at=NOON - timedelta(days=40))
    with closing(open_book(path, None, MOSCOW, NOON)) as book:
        for order in (lately, long_ago):
            book.execute(INSERT_ORDER, to_row(order))
    set_aside(path, NOON)
    saved = salvage(path, NOON - timedelta(days=33))
    assert saved == [lately]
    with closing(open_book(path, None, MOSCOW, NOON, adopt=saved)) as book:
        counted = book.execute("SELECT count(*) FROM totals").fetchone()[0]
    assert bool(counted) is (state is S.SUCCEEDED)


def test_a_doubtful_order_is_saved_if_money_may_still_move_and_never_sent_again(
    path: Path, witness: Witness
) -> None:
    """D10: any of its facts may be another; a time in the far future of a settled one would block its line for ever."""
    statement("UPDATE orders SET sends = 7")(path)
    assert why_locked(path, witness) is LockReason.DAMAGED
    set_aside(path, NOON)
    assert salvage(path, NOON) == [replace(ORDER, sends=7, alarm=True)]


def test_a_row_that_makes_no_sense_does_not_hide_the_others(
    path: Path, witness: Witness
) -> None:
    """As much as can be read."""
    statement(ANOTHER, "UPDATE orders SET currency = 'QQQ' WHERE state = 'succeeded'")(
        path
    )
    set_aside(path, NOON)
    assert [order.state for order in salvage(path, NOON)] == [S.UNKNOWN]


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        other_json,
        lambda path: path.write_bytes(b""),
        cut,
        lambda path: path.unlink() or path.mkdir(),
    ],
    ids=["missing", "something else", "empty", "cut off", "a folder"],
)
def test_from_a_lost_book_nothing_can_be_saved(
    path: Path, witness: Witness, damage: Callable[[Path], Any]
) -> None:
    """And trying is no error: the person waits for a new book."""
    damage(path)
    set_aside(path, NOON)
    assert salvage(path, NOON) == []


# Setting a book aside


def test_a_book_that_is_set_aside_is_kept_whole(path: Path, witness: Witness) -> None:
    """A person may want to know later what was in it; its log belongs to it, and not to its successor."""
    connection = open_book(path, witness, MOSCOW, NOON)
    connection.execute("UPDATE meta SET value = '3' WHERE key = 'revision'")
    names = {file.name for file in path.parent.iterdir()}
    set_aside(path, NOON)
    kept = {file.name for file in path.parent.iterdir()}
    connection.close()
    assert len(kept) == len(names) == 3
    assert not any(name in kept for name in names)
    assert reopen(path, None) == 0


def test_setting_aside_what_is_not_there_is_no_error(path: Path) -> None:
    """A book that is missing is replaced by the same button."""
    set_aside(path, NOON)


def test_two_books_that_are_set_aside_are_both_kept(
    path: Path, witness: Witness
) -> None:
    """The second one must not overwrite the first."""
    for minutes in (0, 1):
        set_aside(path, NOON + timedelta(minutes=minutes))
        assert reopen(path, None) == 0
    assert len(list(path.parent.glob("*.old"))) == 2


def test_a_later_book_has_the_last_word(path: Path, witness: Witness) -> None:
    """An order that was settled since must not block its line again with each new book."""
    set_aside(path, NOON)
    with closing(
        open_book(path, None, MOSCOW, NOON, adopt=salvage(path, NOON))
    ) as book:
        settled = make_order(S.FAILED, id=ORDER.id, line_key="a", reason="not_found")
        book.execute(UPDATE_ORDER, to_row(settled))
    set_aside(path, NOON)
    assert salvage(path, NOON) == [PAID]


def test_a_later_book_that_cannot_be_read_says_nothing(
    path: Path, witness: Witness
) -> None:
    """The earlier one still knows that something may have been paid. Asking again costs a request."""
    set_aside(path, NOON)
    path.write_bytes(b"no book")
    set_aside(path, NOON)
    assert salvage(path, NOON) == [PAID, ORDER]


def test_a_clock_that_was_set_back_does_not_turn_the_books_round(
    path: Path, witness: Witness
) -> None:
    """T4: the last word is the last that was set aside, not the one with the greatest date."""
    set_aside(path, NOON)
    with closing(open_book(path, None, MOSCOW, NOON)) as book:
        settled = make_order(S.FAILED, id=ORDER.id, line_key="a")
        book.execute(INSERT_ORDER, to_row(settled))
    set_aside(path, NOON - timedelta(days=400))
    assert salvage(path, NOON) == [PAID]


@pytest.mark.parametrize("renamed", range(4))
def test_a_crash_while_a_book_is_set_aside_loses_no_order(
    path: Path, witness: Witness, monkeypatch: pytest.MonkeyPatch, renamed: int
) -> None:
    """The last commits stand in the log beside the book: it must find its way to it, and never to the new book."""
    left = iter(range(renamed))
    rename = old_books._rename

    def power_fails(source: Path, target: Path) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        rename(source, target)

    connection = open_book(path, witness, MOSCOW, NOON)
    late = make_order(S.PENDING, line_key="c")
    connection.execute(INSERT_ORDER, to_row(late))
    monkeypatch.setattr(old_books, "_rename", power_fails)
    with pytest.raises(KeyboardInterrupt):
        set_aside(path, NOON)
    monkeypatch.undo()
    if renamed:
        assert why_locked(path, witness) is LockReason.MISSING
        if Path(f"{path}-wal").exists():
            assert why_locked(path, None) is LockReason.MISSING
    set_aside(path, NOON + timedelta(minutes=1))
    connection.close()
    saved = {order.id for order in salvage(path, NOON)}
    assert saved == {PAID.id, ORDER.id, late.id}
    assert reopen(path, None) == 0


def test_a_new_book_is_never_there_without_what_it_takes_over(
    path: Path, witness: Witness
) -> None:
    """One transaction: after it the order is in the book, counted; before it there is no book."""
    set_aside(path, NOON)
    open_book(path, None, MOSCOW, NOON, adopt=salvage(path, NOON)).close()
    assert rows(path) == [PAID, ORDER]
    with reading(path) as connection:
        sums = connection.execute("SELECT scope, key, minor FROM totals").fetchall()
    assert {tuple(row) for row in sums} == {
        ("line_month", PAID.line_key, 30000),
        ("line_month", ORDER.line_key, 30000),
        ("account_month", ORDER.account_key, 60000),
        ("account_day", ORDER.account_key, 60000),
    }


def test_what_is_to_be_taken_over_does_not_vanish_in_a_book_that_is_there(
    path: Path, witness: Witness
) -> None:
    """Somebody put a file back between two steps: then it is not the new book."""
    with pytest.raises(BookLocked, match="unreadable"):
        open_book(path, None, MOSCOW, NOON, adopt=[ORDER])
