"""The simulated disk under SQLite: it must forget what a real one may forget, and nothing else."""

from collections.abc import Iterator
import errno
import os
from pathlib import Path
from random import Random
import sqlite3

import pytest
from torture.disk import FULL, Disk, Kind, Torn, Whole, installed
from torture.disk.operations import Sync, Write


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A watched folder."""
    with installed(), Disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def book(disk: Disk) -> Iterator[sqlite3.Connection]:
    """A database of numbers as the order book's is: a log beside it, each commit synced."""
    connection = sqlite3.connect(disk.folder / "x.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE numbers (number)")
    yield connection
    connection.close()


def add(book: sqlite3.Connection, number: int) -> None:
    """Commit a number."""
    book.execute("INSERT INTO numbers VALUES (?)", (number,))


def numbers(folder: Path) -> list[int]:
    """Return what a new process finds."""
    connection = sqlite3.connect(folder / "x.db")
    try:
        return [row[0] for row in connection.execute("SELECT number FROM numbers")]
    finally:
        connection.close()


def names(folder: Path) -> list[str]:
    """Return the names in a folder."""
    return [file.name for file in folder.iterdir()]


def test_a_commit_is_one_sequence_of_writes_and_a_sync(
    disk: Disk, book: sqlite3.Connection
) -> None:
    """What is recorded is what SQLite did."""
    before = len(disk.log)
    add(book, 1)
    *writes, sync = disk.log[before:]
    assert [type(one) for one in writes] == [Write, Write]
    assert isinstance(sync, Sync)
    assert disk.platter().pending == {}


def test_what_was_committed_survives_the_loss_of_all_that_was_not_synced(
    disk: Disk, book: sqlite3.Connection, tmp_path: Path
) -> None:
    """I5 rests on it."""
    add(book, 1)
    book.execute("BEGIN")
    add(book, 2)
    for dice in range(20):
        disk.after_power_loss(Random(dice), tmp_path / "later")
        assert numbers(tmp_path / "later") == [1]
    book.execute("ROLLBACK")
    (tmp_path / "later" / "x.db-wal").unlink(missing_ok=True)
    assert set(disk.synced) == {"x.db", "x.db-wal"}


def test_without_syncs_a_commit_is_lost(
    disk: Disk, book: sqlite3.Connection, tmp_path: Path
) -> None:
    """A test that cannot fail proves nothing."""
    book.execute("PRAGMA synchronous = OFF")
    add(book, 1)
    lost = dict.fromkeys(disk.platter().pending, Whole.LOST)
    disk.after_power_loss(lost, tmp_path / "later")
    assert numbers(tmp_path / "later") == []
    disk.after_power_loss({}, tmp_path / "later")
    assert numbers(tmp_path / "later") == [1]


def test_a_torn_commit_is_none(
    disk: Disk, book: sqlite3.Connection, tmp_path: Path
) -> None:
    """The log's checksum sees it."""
    book.execute("PRAGMA synchronous = OFF")
    add(book, 1)
    last, write = [*disk.platter().pending.items()][-1]
    assert isinstance(write, Write)
    torn = Torn(((0, write.cuts[0]),))
    disk.after_power_loss({last: torn}, tmp_path / "later")
    assert numbers(tmp_path / "later") == []


def test_the_same_dice_leave_the_same_files(
    disk: Disk, book: sqlite3.Connection, tmp_path: Path
) -> None:
    """I13: a seed can be played again."""
    book.execute("PRAGMA synchronous = OFF")
    for number in range(5):
        add(book, number)
    images = []
    for place in ("one", "two"):
        disk.after_power_loss(Random(7), tmp_path / place)
        images.append((tmp_path / place / "x.db-wal").read_bytes())
    assert images[0] == images[1]


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        (Kind.WRITE, FULL, sqlite3.SQLITE_FULL),
        (Kind.WRITE, None, sqlite3.SQLITE_IOERR_WRITE),
        (Kind.SYNC, None, sqlite3.SQLITE_IOERR_FSYNC),
    ],
)
def test_a_fault_reaches_the_program_with_its_own_code(
    disk: Disk, book: sqlite3.Connection, kind: Kind, error: int | None, said: int
) -> None:
    """Once: the disk works again after it."""
    disk.fail(kind, error=error)
    with pytest.raises(sqlite3.OperationalError) as caught:
        add(book, 1)
    assert caught.value.sqlite_errorcode == said
    add(book, 2)
    assert numbers(disk.folder) == [2]
    assert disk.failed == {kind: 1}


def test_what_a_failed_sync_was_for_stays_in_doubt(disk: Disk, tmp_path: Path) -> None:
    """A real kernel forgets it, and says yes to the next sync."""
    connection = sqlite3.connect(disk.folder / "x.db", isolation_level=None)
    connection.execute("CREATE TABLE numbers (number)")
    disk.fail(Kind.SYNC, ending=".db")
    with pytest.raises(sqlite3.OperationalError):
        add(connection, 1)
    doubtful = disk.platter().pending
    assert doubtful
    add(connection, 2)
    assert set(disk.platter().pending) >= {
        number for number, change in doubtful.items() if isinstance(change, Write)
    }
    connection.close()


def test_names_are_durable_when_their_folder_is(disk: Disk, tmp_path: Path) -> None:
    """A file that was never synced into its folder may be gone, and one that was renamed may have its old name."""
    os.close(os.open(disk.folder / "a", os.O_CREAT | os.O_WRONLY))
    (disk.folder / "a").replace(disk.folder / "b")
    assert disk.synced == {}
    created, renamed = disk.platter().pending
    disk.after_power_loss({renamed: Whole.LOST}, tmp_path / "later")
    assert names(tmp_path / "later") == ["a"]
    disk.after_power_loss({created: Whole.LOST}, tmp_path / "later")
    assert names(tmp_path / "later") == []


def test_what_the_program_does_by_itself_can_fail(disk: Disk) -> None:
    """Who runs as root cannot be refused otherwise."""
    disk.fail(Kind.OS_OPEN, error=errno.EROFS)
    with pytest.raises(OSError, match="Read-only") as caught:
        os.open(disk.folder / "a", os.O_CREAT | os.O_WRONLY)
    assert caught.value.errno == errno.EROFS
    (disk.folder / "a").touch()
    disk.fail(Kind.RENAME)
    with pytest.raises(OSError, match="Input/output"):
        (disk.folder / "a").replace(disk.folder / "b")
    assert (disk.folder / "a").exists()


def test_other_folders_are_left_alone(disk: Disk, tmp_path: Path) -> None:
    """Home Assistant's recorder runs in the same process."""
    connection = sqlite3.connect(tmp_path / "y.db")
    connection.execute("CREATE TABLE numbers (number)")
    connection.close()
    assert disk.log == []
