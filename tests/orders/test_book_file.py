"""Opening the order book: whatever happened to the file, it never looks like "nothing was ever spent" (D7-D18)."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
import os
from pathlib import Path
import shutil
import sqlite3
import stat
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.esim_topup.orders.book_file import (
    BookLocked,
    LockReason,
    Witness,
    open_book,
)
from custom_components.esim_topup.orders.ledger import Ledger
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.rows import INSERT_ORDER, to_row
from custom_components.esim_topup.orders.schema import SCHEMA, VERSION
from custom_components.esim_topup.providers.base import Charge

from .fake_clock import NOON
from .samples import LINE, MOSCOW, make_order, rub
from .world import reading, recount

S = OrderState

CHARGE = Charge(id="c1", at=NOON, money=rub(100), line_id=LINE.id)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the book is, or will be."""
    return tmp_path / "orders.db"


@pytest.fixture
def witness(path: Path) -> Witness:
    """A book with two orders, closed, and what was noted of it outside."""
    with closing(open_book(path, None, MOSCOW, NOON)) as connection:
        for state in (S.SUCCEEDED, S.UNKNOWN):
            connection.execute(INSERT_ORDER, to_row(make_order(state)))
        Ledger(connection).add_foreign("account", "line", [CHARGE])
        recount(connection)
        connection.execute("UPDATE meta SET value = '2' WHERE key = 'revision'")
        return Witness(fact(connection, "book_id"), 2)


def fact(connection: sqlite3.Connection, key: str) -> str:
    """Return a fact about the book."""
    return str(
        connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0]
    )


def reopen(path: Path, witness: Witness | None) -> int:
    """Open the book and return how many orders it has."""
    with closing(open_book(path, witness, MOSCOW, NOON)) as connection:
        return int(connection.execute("SELECT count(*) FROM orders").fetchone()[0])


def why_locked(path: Path, witness: Witness | None) -> LockReason:
    """Return why the book cannot be opened."""
    with pytest.raises(BookLocked) as caught:
        reopen(path, witness)
    return caught.value.reason


# The good ways


def test_the_first_start_begins_a_book(path: Path) -> None:
    """Somebody has to be the first."""
    assert reopen(path, None) == 0
    with reading(path) as connection:
        assert (fact(connection, "zone"), fact(connection, "revision")) == (
            "Europe/Moscow",
            "0",
        )


def test_a_book_is_found_again(path: Path, witness: Witness) -> None:
    """With and without a note of it: the note may be lost, too."""
    assert reopen(path, witness) == 2
    assert reopen(path, None) == 2


def test_the_note_may_be_older_than_the_book(path: Path, witness: Witness) -> None:
    """It is written later than the book, in one go with others; a crash in between is no roll-back."""
    assert reopen(path, Witness(witness.book_id, 1)) == 2


def test_only_the_owner_may_read_it(path: Path, witness: Witness) -> None:
    """What somebody buys, and when, is nobody else's business; the log beside it holds the same."""
    with closing(open_book(path, witness, MOSCOW, NOON)) as connection:
        connection.execute("UPDATE meta SET value = '3' WHERE key = 'revision'")
        modes = {
            file.name: stat.S_IMODE(file.stat().st_mode)
            for file in path.parent.iterdir()
        }
    assert modes == {"orders.db": 0o600, "orders.db-wal": 0o600, "orders.db-shm": 0o600}


def test_every_commit_is_on_the_disk(path: Path) -> None:
    """I5 rests on it: without these settings a power cut forgets orders that were sent."""
    with closing(open_book(path, None, MOSCOW, NOON)) as connection:
        settings = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    full = 2
    assert settings == ["wal", full, 1]


def test_the_zone_of_the_months_stays(path: Path, witness: Witness) -> None:
    """T3: a changed zone must gain no month."""
    with closing(
        open_book(path, witness, ZoneInfo("Pacific/Kiritimati"), NOON)
    ) as connection:
        assert fact(connection, "zone") == "Europe/Moscow"


def test_what_a_crash_leaves_beside_the_file_belongs_to_it(
    path: Path, tmp_path: Path
) -> None:
    """D17, A8: kill -9 leaves the log with the last commits in it; half a transaction in it is none."""
    with closing(open_book(path, None, MOSCOW, NOON)) as connection:
        connection.execute(INSERT_ORDER, to_row(make_order(S.FAILED)))
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(INSERT_ORDER, to_row(make_order(S.UNKNOWN)))
        image = tmp_path / "image.db"
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{path}{suffix}", f"{image}{suffix}")
        connection.execute("ROLLBACK")
    assert reopen(image, None) == 1


def test_a_crash_before_the_first_table_is_a_first_start(path: Path) -> None:
    """A1: the file is there, empty or with nothing but its mode; nothing can have been spent by it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert reopen(path, None) == 0


def test_a_crash_in_the_middle_of_creation_is_a_first_start(
    path: Path, tmp_path: Path
) -> None:
    """The book begins in one transaction: there is no half of it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(
            f"PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; {SCHEMA}"
        )
        image = tmp_path / "image.db"
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{path}{suffix}", f"{image}{suffix}")
        connection.execute("ROLLBACK")
    assert reopen(image, None) == 0


# The bad ways


def cut(path: Path) -> None:
    """Lose the end of the file."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def other_json(path: Path) -> None:
    """Leave something else under the name."""
    path.write_text('{"version": 1, "data": null}')


def statement(*sql: str) -> Callable[[Path], None]:
    """Return a damage that SQLite itself does not notice."""

    def damage(path: Path) -> None:
        with reading(path) as connection:
            connection.executescript(" ".join(sql))

    return damage


def flip(needle: bytes) -> Callable[[Path], None]:
    """Return a damage of one bit, in the first place where this stands."""

    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[data.index(needle)] ^= 1
        path.write_bytes(data)

    return damage


ANOTHER = "DROP TRIGGER orders_keep_their_purchase;"
UNCHECKED = "PRAGMA ignore_check_constraints = 1;"

DAMAGES = [
    pytest.param(lambda path: path.write_bytes(b""), id="D7 empty"),
    pytest.param(cut, id="D8 cut off"),
    pytest.param(
        lambda path: path.write_bytes(bytes(path.stat().st_size)), id="D9 zeros"
    ),
    pytest.param(other_json, id="D11-D13 something else"),
    pytest.param(flip(b"succeeded"), id="D10 a bit of a state"),
    pytest.param(
        statement(
            ANOTHER,
            "UPDATE orders SET amount_minor = amount_minor + 1 WHERE state = 'succeeded'",
        ),
        id="an amount",
    ),
    pytest.param(
        statement(ANOTHER, "UPDATE orders SET created_us = created_us - 4000000000000"),
        id="a month",
    ),
    pytest.param(
        statement(ANOTHER, "UPDATE orders SET created_us = 9223372036854775807"),
        id="a time that does not exist",
    ),
    pytest.param(statement(ANOTHER, "UPDATE orders SET line_key = 'x'"), id="a line"),
    pytest.param(statement("UPDATE totals SET minor = minor - 1"), id="a total"),
    pytest.param(statement("DELETE FROM totals"), id="all totals"),
    pytest.param(
        statement(UNCHECKED, "UPDATE orders SET origin = 'nobody'"), id="an origin"
    ),
    pytest.param(statement("DELETE FROM meta WHERE key = 'book_id'"), id="no id"),
    pytest.param(
        statement("UPDATE meta SET value = 'many' WHERE key = 'revision'"),
        id="no number",
    ),
    pytest.param(
        statement("UPDATE meta SET value = '../zone' WHERE key = 'zone'"),
        id="no zone",
    ),
    pytest.param(statement("PRAGMA user_version = 0"), id="no version"),
    pytest.param(statement("DROP TABLE meta"), id="a table is gone"),
    pytest.param(statement("DROP INDEX one_unfinished_order_per_line"), id="a rule"),
    pytest.param(statement("INSERT INTO steps VALUES ('failed', 'held')"), id="a step"),
    pytest.param(statement("DELETE FROM meta WHERE key = 'seal'"), id="no seal"),
    pytest.param(
        statement(
            "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = CAST(sql AS BLOB) WHERE name = 'counted'"
        ),
        id="bytes in the place of a rule",
    ),
    pytest.param(
        statement("UPDATE meta SET value = '1' WHERE key = 'created_us'"),
        id="the book's own age",
    ),
    pytest.param(
        statement("UPDATE charges SET charge_id = 'another'"), id="the id of a charge"
    ),
    *(
        pytest.param(
            statement(
                ANOTHER,
                f"UPDATE orders SET {fact} = {value} WHERE state = 'unknown'",  # noqa: S608 - our own words
            ),
            id=f"D10 {fact}",
        )
        for fact, value in {
            "offer_id": "'a bigger one'",
            "method_id": "'another card'",
            "request_id": "'another'",
            "user_id": "'somebody else'",
            "updated_us": "updated_us + 1",
            "last_sent_us": "1",
            "sends": "sends - 1",
            "provider_ref": "'of another order'",
            "reason": "'another'",
            "alarm": "1 - alarm",
        }.items()
    ),
]


def test_a_zone_that_this_machine_does_not_know_is_no_damage(
    path: Path, witness: Witness
) -> None:
    """Its rules may be installed tomorrow: a person must not be asked to throw a good book away."""
    statement("UPDATE meta SET value = 'Moon/Crater' WHERE key = 'zone'")(path)
    assert why_locked(path, witness) is LockReason.UNREADABLE


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_book_locks(
    path: Path, witness: Witness, damage: Callable[[Path], Any]
) -> None:
    """D7-D13: a book that forgets charges would forget the limits with them."""
    damage(path)
    assert why_locked(path, witness) is LockReason.DAMAGED


def test_a_book_of_a_newer_release_is_not_touched(path: Path, witness: Witness) -> None:
    """D14: after a downgrade the old release must not misread it."""
    statement(f"PRAGMA user_version = {VERSION + 1}")(path)
    assert why_locked(path, witness) is LockReason.NEWER
    with reading(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == VERSION + 1


def test_a_missing_book_that_was_there_once_locks(path: Path, witness: Witness) -> None:
    """D15: deleting a file must not be the way to new limits."""
    path.unlink()
    assert why_locked(path, witness) is LockReason.MISSING
    assert not path.exists()


def test_a_restored_older_book_locks(path: Path, witness: Witness) -> None:
    """D16: a backup of last week does not know what was paid since."""
    assert why_locked(path, Witness(witness.book_id, 3)) is LockReason.ROLLED_BACK


def test_the_book_of_another_house_locks(path: Path, witness: Witness) -> None:
    """D19: it does not know what was paid here."""
    assert why_locked(path, Witness("another", 1)) is LockReason.REPLACED


# The file that cannot be used right now


def test_a_folder_in_its_place_locks(path: Path) -> None:
    """D18: not a file at all."""
    path.mkdir()
    assert why_locked(path, None) is LockReason.UNREADABLE


def test_a_file_that_may_not_be_opened_locks(
    path: Path, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D4, D5, D18: no right to read or to write."""

    def refuse(*_: Any) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "open", refuse)
    assert why_locked(path, witness) is LockReason.UNREADABLE


def test_a_book_that_somebody_else_holds_is_not_called_damaged(
    path: Path, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who reads "damaged" sets it aside, and all limits begin anew: for a backup that ran at the wrong moment."""
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda *args, **kwargs: connect(*args, **kwargs | {"timeout": 0}),
    )
    with closing(connect(path, isolation_level=None)) as other:
        other.executescript("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;")
        assert why_locked(path, witness) is LockReason.UNREADABLE
        assert why_locked(path, None) is LockReason.UNREADABLE
        other.execute("ROLLBACK")
    assert reopen(path, witness) == 2


class FailingConnection(sqlite3.Connection):
    """A connection to a disk that fails at one statement, with SQLite's own code."""

    fails_at = ""
    code = sqlite3.SQLITE_FULL

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        """Fail, or do it."""
        self._maybe_fail(sql)
        return super().execute(sql, *args)

    def executescript(self, sql: str, /) -> sqlite3.Cursor:
        """Fail, or do it."""
        self._maybe_fail(sql)
        return super().executescript(sql)

    def executemany(self, sql: str, rows: Any, /) -> sqlite3.Cursor:
        """Fail, or do it."""
        self._maybe_fail(sql)
        return super().executemany(sql, rows)

    def _maybe_fail(self, sql: str) -> None:
        if self.fails_at and self.fails_at in sql:
            error = sqlite3.OperationalError("disk")
            error.sqlite_errorcode = self.code
            raise error


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> type[FailingConnection]:
    """A disk that fails where the test says."""
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda *args, **kwargs: connect(*args, **kwargs, factory=FailingConnection),
    )
    for name, value in (("fails_at", ""), ("code", sqlite3.SQLITE_FULL)):
        monkeypatch.setattr(FailingConnection, name, value)
    return FailingConnection


@pytest.mark.parametrize("step", ["CREATE TABLE", "INSERT INTO meta", "COMMIT"])
def test_a_disk_that_is_full_at_the_first_start_locks(
    path: Path, disk: type[FailingConnection], step: str
) -> None:
    """D1, D2: nothing is spent until there is a book; and the next start begins it after all."""
    disk.fails_at = step
    assert why_locked(path, None) is LockReason.UNREADABLE
    disk.fails_at = ""
    assert reopen(path, None) == 0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (sqlite3.SQLITE_FULL, LockReason.UNREADABLE),
        (sqlite3.SQLITE_READONLY, LockReason.UNREADABLE),
        (sqlite3.SQLITE_IOERR_READ, LockReason.UNREADABLE),
        (sqlite3.SQLITE_BUSY_RECOVERY, LockReason.UNREADABLE),
        (sqlite3.SQLITE_CORRUPT, LockReason.DAMAGED),
        (sqlite3.SQLITE_CORRUPT_INDEX, LockReason.DAMAGED),
        (sqlite3.SQLITE_NOTADB, LockReason.DAMAGED),
        (sqlite3.SQLITE_ERROR, LockReason.DAMAGED),
    ],
)
@pytest.mark.parametrize(
    "step", ["journal_mode", "integrity_check", "FROM meta", "FROM counted"]
)
def test_a_bad_disk_and_a_bad_file_are_two_reasons(
    path: Path,
    witness: Witness,
    disk: type[FailingConnection],
    code: int,
    reason: LockReason,
    step: str,
) -> None:
    """D3, D4: the next step of a person is another one for each."""
    disk.fails_at, disk.code = step, code
    assert why_locked(path, witness) is reason
    disk.fails_at = ""
    assert reopen(path, witness) == 2


def test_a_file_that_cannot_be_looked_into_is_not_begun_anew(
    path: Path, witness: Witness, disk: type[FailingConnection]
) -> None:
    """Without a note of it, too: an unreadable list of tables is not an empty one."""
    disk.fails_at = "count(*) FROM sqlite_master"
    assert reopen(path, None) == 2
    assert witness.revision == 2


def test_a_connection_that_cannot_be_made_locks(
    path: Path, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many open files, for instance."""

    def refuse(*_: Any, **__: Any) -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(sqlite3, "connect", refuse)
    assert why_locked(path, witness) is LockReason.UNREADABLE


def test_a_lock_says_only_its_reason() -> None:
    """It is read aloud: no path, no row."""
    assert str(BookLocked(LockReason.DAMAGED)) == "damaged"


def test_a_book_of_1970_is_a_book(path: Path) -> None:
    """T6: a machine without a clock begins there."""
    with closing(open_book(path, None, MOSCOW, datetime(1970, 1, 1, tzinfo=UTC))):
        pass
    assert reopen(path, None) == 0
