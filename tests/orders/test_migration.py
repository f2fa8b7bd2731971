"""Books of earlier versions: `book_1.sql` is one as version 1 wrote it, with a lost answer, a stranger and a month's edge in it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
import sqlite3

import pytest

from custom_components.esim_topup.orders import book_file
from custom_components.esim_topup.orders.book_file import (
    BookLocked,
    LockReason,
    Witness,
    open_book,
)
from custom_components.esim_topup.orders.old_books import salvage, set_aside
from custom_components.esim_topup.orders.schema import VERSION
from custom_components.esim_topup.orders.totals import totals_hold

from .fake_clock import NOON
from .samples import MOSCOW
from .world import reading, rows

EARLIER = (Path(__file__).parent / "book_1.sql").read_text(encoding="utf-8")

WITNESS = Witness("2d84e09de7f149d98f5c999fb614c6ad", 11)

MONTHS = ["2026-10", "2026-11", "2026-11", "2026-11"]
"""The first order is of 30 October; the others are of 31 October in UTC, which is November in Moscow."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A book of version 1."""
    path = tmp_path / "orders.db"
    with reading(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(EARLIER)
    return path


def opened(path: Path, witness: Witness | None = WITNESS) -> None:
    """Open and close a book."""
    open_book(path, witness, MOSCOW, NOON).close()


def why_locked(path: Path) -> LockReason | None:
    """Return why a book cannot be opened, if it cannot."""
    try:
        opened(path)
    except BookLocked as err:
        return err.reason
    return None


def objects(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield everything that the schema of a book consists of."""
    with reading(path) as connection:
        for name, kind, sql in connection.execute(
            "SELECT name, type, sql FROM sqlite_master WHERE sql NOT NULL"
        ).fetchall():
            if kind == "table":
                for column in connection.execute(f"PRAGMA table_info({name})"):
                    yield (name, *(str(fact) for fact in column[1:4]))
            else:
                yield (name, kind, " ".join(sql.split()))


def test_what_was_spent_counts_in_the_months_it_was_spent_in(path: Path) -> None:
    """A limit must not be fresh again after an update of this integration."""
    opened(path)
    assert [order.month for order in rows(path)] == MONTHS
    with reading(path) as connection:
        assert totals_hold(connection)
        sums = dict(
            connection.execute(
                "SELECT period, minor FROM totals WHERE scope = 'account_month'"
            ).fetchall()
        )
        assert connection.execute("PRAGMA user_version").fetchone()[0] == VERSION
    assert sums == {"2026-10": 30000, "2026-11": 42000}


def test_a_book_of_an_earlier_version_becomes_one_of_this_version(
    path: Path, tmp_path: Path
) -> None:
    """Its tables keep the same promises as those of a new book."""
    opened(path)
    opened(tmp_path / "new.db", None)
    assert set(objects(path)) == set(objects(tmp_path / "new.db"))


def test_a13_killed_anywhere_in_the_migration_is_the_old_book_or_the_new_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut during an update: nothing that was spent is forgotten, and the next start is as good as the first."""
    connect, versions, steps = book_file._connect, set[int](), 0

    def interrupted(place: Path) -> sqlite3.Connection:
        connection = connect(place)
        left = iter(range(steps))
        connection.set_progress_handler(lambda: next(left, None) is None, 1)
        return connection

    while VERSION not in versions:
        steps += 7
        monkeypatch.setattr(book_file, "_connect", interrupted)
        assert why_locked(path) in (None, LockReason.UNREADABLE)
        monkeypatch.setattr(book_file, "_connect", connect)
        with reading(path) as connection:
            versions.add(connection.execute("PRAGMA user_version").fetchone()[0])
            names = [row[1] for row in connection.execute("PRAGMA table_info(orders)")]
            assert ("month" in names) is (VERSION in versions)
    assert versions == {1, VERSION}
    opened(path)
    assert [order.month for order in rows(path)] == MONTHS


@pytest.mark.parametrize("version", [0, -1])
def test_a_version_that_never_was_is_a_damaged_book(path: Path, version: int) -> None:
    """Whoever wrote that, it was not us."""
    with reading(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(BookLocked, match="damaged"):
        opened(path)


def test_an_older_book_is_not_carried_over_for_another(path: Path) -> None:
    """D16: a backup that was restored stays what it is, for a person to look at."""
    with pytest.raises(BookLocked, match="rolled_back"):
        opened(path, Witness(WITNESS.book_id, 12))
    with reading(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 1


def test_lost_answers_of_an_earlier_version_are_salvaged(path: Path) -> None:
    """Where such a book is damaged, what may have been paid is still looked after in the one that replaces it."""
    set_aside(path, NOON)
    (order,) = salvage(path, NOON)
    assert (order.state.value, order.month) == ("unknown", "2026-10")
    assert order.created_at == NOON.replace(month=10, day=31, hour=21) + timedelta(
        minutes=15
    )
