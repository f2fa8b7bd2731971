"""D12 to D19 by name: what else can lie where the order book and its note lay, and what Home Assistant makes of it.

A line was topped up, Home Assistant was stopped, something happened to the files, and it starts again. It must never
believe that nothing was spent.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
import shutil
import sqlite3

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from torture.disk import Disk, Kind, installed

from custom_components.esim_topup.const import CONF_BOOK_ID, DOMAIN, ORDER_BOOK_FILE
from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.orders.schema import VERSION
from custom_components.esim_topup.providers.base import Dedupe
from tests.story.conftest import AMOUNT

from .conftest import Home

type Damage = Callable[[Path], object]
"""Is done to the folder that the book and its note lie in."""

BESIDE = ("", "-wal", "-shm")

OLDER = "older.db"
"""The book as it was before the top-up, kept by somebody."""


def book_says(text: str) -> Damage:
    """Return a damage: this stands where the book was."""
    return lambda storage: (storage / ORDER_BOOK_FILE).write_text(text)


def note_says(text: str) -> Damage:
    """Return a damage: this stands where the note was."""
    return lambda storage: (storage / DOMAIN).write_text(text)


def is_newer(storage: Path) -> None:
    """Let a later release have written the book."""
    with closing(sqlite3.connect(storage / ORDER_BOOK_FILE)) as book:
        book.execute(f"PRAGMA user_version = {VERSION + 1}")


def is_gone(storage: Path) -> None:
    """Delete the book, with what lies beside it."""
    for suffix in BESIDE:
        (storage / f"{ORDER_BOOK_FILE}{suffix}").unlink(missing_ok=True)


def is_the_older_one(storage: Path) -> None:
    """Restore the book of before the top-up."""
    is_gone(storage)
    shutil.copyfile(storage / OLDER, storage / ORDER_BOOK_FILE)


def is_a_folder(storage: Path) -> None:
    """Let a folder lie there: a share that is not mounted."""
    is_gone(storage)
    (storage / ORDER_BOOK_FILE).mkdir()


async def topped_up(home: Home) -> None:
    """Let a life of this home be over, in which the line was topped up; the book of before that is kept."""
    await home.start()
    await home.end()
    shutil.copyfile(home.book, home.storage / OLDER)
    await home.start()
    assert await home.told() == "succeeded"
    await home.end()
    assert home.note.exists()


async def remembers(home: Home) -> None:
    """Look at a start that knows of the top-up: it counts, and nobody pays again."""
    assert home.repairs == set()
    assert home.spent == AMOUNT
    assert await home.told() == "refused_cooling_down"
    assert (await home.payments(), await home.sends()) == ([AMOUNT], 1)


NULL_NOTE = '{"version": 1, "minor_version": 1, "key": "esim_topup", "data": null}'
LIST_NOTE = '{"version": 1, "minor_version": 1, "key": "esim_topup", "data": ["x", 7]}'
TEXT_NOTE = '{"version": 1, "minor_version": 1, "key": "esim_topup", "data": {"book_id": [], "revision": "many"}}'

DAMAGED, MISSING = LockReason.DAMAGED, LockReason.MISSING


@pytest.mark.parametrize(
    ("damage", "because"),
    [
        pytest.param(book_says(NULL_NOTE), DAMAGED, id="D12 a book of null"),
        pytest.param(book_says("null"), DAMAGED, id="D12 nothing but null"),
        pytest.param(book_says("[300, 300]"), DAMAGED, id="D13 a book that is a list"),
        pytest.param(book_says('"paid"'), DAMAGED, id="D13 a book that is a word"),
        pytest.param(is_newer, LockReason.NEWER, id="D14 a book of a later release"),
        pytest.param(is_gone, MISSING, id="D15 the book is gone"),
        pytest.param(
            is_the_older_one, LockReason.ROLLED_BACK, id="D16 the older book is back"
        ),
        pytest.param(
            is_a_folder, LockReason.UNREADABLE, id="D18 a folder in its place"
        ),
    ],
)
async def test_a_book_that_cannot_be_trusted_locks_spending_and_nothing_else(
    home: Home, damage: Damage, because: LockReason
) -> None:
    """I11: a book that forgot what was paid would pay it again, and have all limits anew."""
    await topped_up(home)
    damage(home.storage)

    await home.start()

    await home.is_locked(because)
    assert (await home.payments(), await home.sends()) == ([AMOUNT], 1)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(note_says(NULL_NOTE), id="D12 a note of null"),
        pytest.param(note_says("null"), id="D12 nothing but null in the note"),
        pytest.param(note_says(LIST_NOTE), id="D13 a note that is a list"),
        pytest.param(note_says(TEXT_NOTE), id="D13 a note of words for numbers"),
        pytest.param(note_says("[]"), id="D13 a list where the note was"),
    ],
)
async def test_a_note_that_says_nothing_is_no_leave_to_begin_a_new_book(
    home: Home, damage: Damage
) -> None:
    """The account knows its book by itself: a whole one goes on with all that was paid, and without it spending is locked.

    To lock a whole book would be worse: whoever unlocks it begins a new one, which knows nothing of the month.
    """
    await topped_up(home)
    damage(home.storage)
    await home.start()
    await remembers(home)
    await home.end()

    damage(home.storage)
    is_gone(home.storage)
    await home.start()

    await home.is_locked(MISSING)
    assert (await home.payments(), await home.sends()) == ([AMOUNT], 1)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(note_says(LIST_NOTE), id="D13 a note that is a list"),
        pytest.param(note_says(TEXT_NOTE), id="D13 a note of words for numbers"),
    ],
)
async def test_a_note_that_nobody_understands_proves_that_there_was_a_book(
    home: Home, damage: Damage
) -> None:
    """The entry is written a second after the book: if it does not know of it, the note must."""
    await topped_up(home)
    known = {
        key: home.entry.data[key] for key in home.entry.data if key != CONF_BOOK_ID
    }
    home.hass.config_entries.async_update_entry(home.entry, data=known)
    damage(home.storage)
    is_gone(home.storage)

    await home.start()

    await home.is_locked(MISSING)
    assert await home.sends() == 1


async def test_d17_what_a_crash_left_beside_the_files_changes_nothing(
    home: Home, tmp_path: Path
) -> None:
    """A killed process leaves a log with the last commits in it, and half a note under another name."""
    await home.start()
    assert await home.told() == "succeeded"
    image = tmp_path / "after the crash" / ".storage"
    shutil.copytree(home.storage, image, ignore=shutil.ignore_patterns("*-shm"))
    assert (image / f"{ORDER_BOOK_FILE}-wal").stat().st_size > 0
    await home.end()
    (image / "tmpk3x0v_9a").write_text(NULL_NOTE[:40])
    (image / f"{ORDER_BOOK_FILE}-journal").touch()
    (image / f"{ORDER_BOOK_FILE}.1.old").write_text("null")
    home.hass.config.config_dir = str(image.parent)

    await home.start()

    await remembers(home)


async def test_d17_a_log_without_its_book_is_not_played_into_a_new_one(
    home: Home,
) -> None:
    """Nobody knows what was in the book: half of its history is none."""
    await topped_up(home)
    shutil.copyfile(home.book, f"{home.book}-wal")
    home.book.unlink()

    await home.start()

    await home.is_locked(MISSING)


async def test_d18_a_book_that_nobody_may_read_locks_until_it_can_be_read(
    home: Home,
) -> None:
    """A restore as another user; once the rights are mended, the same book goes on."""
    await topped_up(home)
    with installed(), Disk(home.storage) as disk:
        disk.fail(Kind.OS_OPEN, ending=".db", times=10**9)
        await home.start()
        await home.is_locked(LockReason.UNREADABLE)
        assert disk.failed[Kind.OS_OPEN] >= 1
        disk.heal()
        await home.engine.unlock()
    await remembers(home)


@pytest.mark.parametrize("dedupe", [Dedupe.KEY, Dedupe.LOOKUP, Dedupe.HISTORY])
async def test_d19_two_homes_with_one_copied_book_keep_the_limits_together(
    home: Home, entry: MockConfigEntry, tmp_path: Path
) -> None:
    """Threat 15: a cloned machine. What one of them paid is foreign to the other one, and counts there, too."""
    options = {**entry.options, "account_month": "700.00", "cooldown_hours": 0}
    home.hass.config_entries.async_update_entry(entry, options=options)
    await home.start()
    await home.end()
    first, second = tmp_path, tmp_path / "second"
    shutil.copytree(home.storage, second / ".storage")

    async def in_the(folder: Path) -> str:
        """Switch one of the machines on, and ask for a top-up there."""
        home.hass.config.config_dir = str(folder)
        await home.start()
        said = await home.told()
        assert home.repairs == set()
        await home.end()
        return said

    assert await in_the(first) == "succeeded"
    assert await in_the(second) == "succeeded"
    for folder in (first, second):
        assert await in_the(folder) == "refused_limit_account_month"
    assert (await home.payments(), await home.sends()) == ([AMOUNT, AMOUNT], 2)
