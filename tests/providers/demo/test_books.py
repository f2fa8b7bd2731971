"""The books: whole or not at all, there after a restart, and never silently new."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
import errno
import json
from pathlib import Path
import sqlite3
import subprocess
import sys

import pytest

from custom_components.esim_topup import providers
from custom_components.esim_topup.providers.base import Answer, AnswerState, Purchase
from custom_components.esim_topup.providers.demo import (
    BooksUnusable,
    DemoProvider,
    Mood,
    charges,
)
from custom_components.esim_topup.providers.demo.books import Books
from custom_components.esim_topup.providers.demo.world import World
from custom_components.esim_topup.providers.errors import ProviderError

from .conftest import (
    PHONE,
    START,
    TRACKER,
    Clock,
    Operator,
    balance,
    funds,
    purchase,
    rub,
)


def change(path: Path, sql: str) -> None:
    """Do something to the file that the operator would not."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA ignore_check_constraints = ON")
    db.execute(sql)
    db.close()


def files(path: Path) -> list[str]:
    """Return what lies in the folder of the books."""
    return [each.name for each in path.parent.iterdir()]


def no_world() -> World:
    """Stand in for a world where the file is there already."""
    raise AssertionError("the file must not be made again")


async def test_a_restart_keeps_the_books(
    operator: Operator, path: Path, clock: Clock
) -> None:
    """A rehearsal goes on where it was: balance, funds, orders and history."""
    wish = purchase()
    answer = await operator().submit(wish)
    clock.forward(days=1)
    restarted = operator()
    assert await balance(restarted) == rub("350.00")
    assert await funds(restarted) == rub("4700")
    assert await restarted.find(wish) == answer
    assert len(await restarted.history(PHONE, START)) == 1


async def test_a_deleted_file_is_a_new_world(operator: Operator, path: Path) -> None:
    """That is how a user starts over."""
    provider = operator()
    await provider.submit(purchase())
    path.unlink()
    assert await balance(provider) == rub("62.50")
    assert charges(path) == []


async def test_only_the_owner_may_read_the_books(
    operator: Operator, path: Path
) -> None:
    """They are somebody's spending habits, if only rehearsed ones."""
    await operator().account()
    assert path.stat().st_mode & 0o777 == 0o600
    assert files(path) == ["books.db"]


async def test_two_providers_share_one_file(operator: Operator) -> None:
    """A reload may leave the old one running for a moment."""
    one, other = operator(), operator()
    await one.submit(purchase("100"))
    await other.submit(purchase("200"))
    assert await balance(one) == await balance(other) == rub("362.50")


async def test_two_that_come_first_at_once_find_the_same_world(
    operator: Operator, path: Path
) -> None:
    """Neither may take away the books in which the other has just written."""
    answers = await asyncio.gather(*(operator().account() for _ in range(8)))
    assert len({account.id for account in answers}) == 1
    assert files(path) == ["books.db"]


def test_whoever_is_second_finds_the_books_of_the_first(
    path: Path, clock: Clock
) -> None:
    """Books that appear while one's own are being written are the ones that count."""
    provider = DemoProvider(path, now=clock)

    def slow_clock() -> datetime:
        if not path.exists():
            DemoProvider(path, now=clock)._desk.account()
        return clock()

    late = DemoProvider(path, now=slow_clock)
    assert late._desk.account() == provider._desk.account()
    assert files(path) == ["books.db"]


def test_charges_are_counted_from_outside(path: Path, clock: Clock) -> None:
    """A script counts what was paid in the operator's books, not in ours."""
    desk = DemoProvider(path, now=clock)._desk
    desk.account()
    assert charges(path) == []
    desk.submit(purchase("100"))
    desk.submit(purchase("20", line=TRACKER))
    assert [charge.money for charge in charges(path)] == [rub("100"), rub("20")]
    assert [charge.line_id for charge in charges(path, "demo-tracker")] == [
        "demo-tracker"
    ]
    assert charges(path, "nobody") == []


def test_no_books_is_something_else_than_no_charge(path: Path) -> None:
    """A script with a wrong path must not report that all is well."""
    with pytest.raises(BooksUnusable, match="^books_missing$"):
        charges(path)


def damage(cut: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """Return a way to change the bytes of the file."""
    return lambda path: path.write_bytes(cut(path.read_bytes()))


def alter(sql: str) -> Callable[[Path], object]:
    """Return a way to change the file as a database."""
    return lambda path: change(path, sql)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        pytest.param(damage(lambda _: b""), "books_damaged", id="empty"),
        pytest.param(
            damage(lambda data: bytes(len(data))), "books_damaged", id="zeros"
        ),
        pytest.param(
            damage(lambda data: data[: len(data) // 2]),
            "books_damaged",
            id="cut in half",
        ),
        pytest.param(
            damage(lambda data: data[:4096] + b"\xff" * (len(data) - 4096)),
            "books_damaged",
            id="garbage",
        ),
        pytest.param(
            damage(lambda _: b'{"lines": []}'), "books_damaged", id="not a database"
        ),
        pytest.param(
            alter("PRAGMA application_id = 1"), "books_damaged", id="somebody else's"
        ),
        pytest.param(
            alter("UPDATE methods SET funds_minor = -1"),
            "books_damaged",
            id="impossible funds",
        ),
        pytest.param(alter("PRAGMA user_version = 2"), "books_newer", id="newer"),
    ],
)
async def test_books_that_cannot_be_trusted_are_an_error_and_stay_as_they_are(
    operator: Operator, path: Path, harm: Callable[[Path], object], code: str
) -> None:
    """A silent new start would forget every charge."""
    await operator().submit(purchase())
    harm(path)
    before = path.read_bytes()
    with pytest.raises(BooksUnusable, match=f"^{code}$") as caught:
        await operator().account()
    assert not caught.value.sent
    with pytest.raises(BooksUnusable, match=f"^{code}$"):
        charges(path)
    assert await operator().submit(purchase()) == Answer(
        state=AnswerState.NOT_SENT, reason=code
    )
    assert path.read_bytes() == before


async def test_a_place_where_nothing_can_be_written_is_an_error(tmp_path: Path) -> None:
    """The message names the trouble instead of "unknown error"."""
    (tmp_path / "file").write_text("not a folder")
    for place in (tmp_path / "file" / "books.db", tmp_path):
        with pytest.raises(BooksUnusable, match="^books_not_writable$"):
            await DemoProvider(place).account()


async def test_a_file_that_is_being_written_for_too_long_is_busy(
    operator: Operator, path: Path
) -> None:
    """Waiting has an end."""
    await operator().account()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with (
        pytest.raises(BooksUnusable, match="^books_busy$") as caught,
        Books(path, no_world, busy_timeout=0.01).transaction(),
    ):
        raise AssertionError("the lock is held by somebody else")
    assert not caught.value.sent
    holder.close()


async def test_a_disk_that_fills_up_in_the_middle_leaves_the_outcome_open(
    operator: Operator, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a failing disk has kept the charge is for a look-up to say; here it has not."""
    provider, wish = operator(), purchase()
    await provider.account()
    real = sqlite3.connect

    def full(*args: object, **kwargs: object) -> sqlite3.Connection:
        db: sqlite3.Connection = real(*args, **kwargs)  # type: ignore[call-overload]
        db.execute(
            "PRAGMA max_page_count = 1"
        )  # SQLite never goes below the present size: not one page more
        return db

    async def fill_up() -> Answer:
        for _ in range(200):
            answer = await provider.submit(purchase("10"))
            if answer.state is not AnswerState.SUCCEEDED:
                return answer
        raise AssertionError("the books never grew")

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", full)
        assert await fill_up() == Answer(
            state=AnswerState.UNKNOWN, reason="books_not_writable"
        )
    paid = len(charges(path))
    assert await funds(provider) == rub(str(5000 - 10 * paid))
    assert (await provider.submit(wish)).state is AnswerState.SUCCEEDED


async def test_whatever_the_file_does_leaves_as_our_error_with_its_cause(
    operator: Operator, path: Path
) -> None:
    """A flipped bit can make a column vanish; who looks into a log still finds what it was."""
    await operator().account()
    with (
        pytest.raises(BooksUnusable, match="books_damaged") as caught,
        Books(path, no_world).transaction() as ledger,
    ):
        ledger._db.execute("SELECT * FROM nowhere")
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)


async def test_a_value_that_nobody_here_can_have_written_is_damage(
    operator: Operator, path: Path
) -> None:
    """And no traceback: the account says what is wrong."""
    provider = operator()
    await provider.account()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE account SET currency = 'QQQ'")
    with pytest.raises(ProviderError):
        await provider.account()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EPERM])
async def test_books_that_cannot_be_finished_leave_nothing_behind(
    operator: Operator, path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Half a world under the right name would be found by the next start."""

    def fail(*_: object) -> None:
        raise OSError(number, "no")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "hardlink_to", fail)
        with pytest.raises(BooksUnusable, match="^books_not_writable$"):
            await operator().account()
    assert files(path) == []
    assert await balance(operator()) == rub("62.50")


async def test_the_schema_refuses_a_second_charge_for_a_reference(
    operator: Operator, path: Path
) -> None:
    """Whatever the code forgets, one reference is charged at most once (I1)."""
    wish = purchase()
    await operator().submit(wish)
    with (
        pytest.raises(BooksUnusable) as charge,
        Books(path, no_world).transaction() as ledger,
    ):
        ledger.add_charge(wish, START, wish.reference)
    with (
        pytest.raises(BooksUnusable) as order,
        Books(path, no_world).transaction() as ledger,
    ):
        ledger.add_order(wish, None, START)
    for caught in (charge, order):
        assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)


async def test_work_that_fails_half_way_leaves_nothing(
    operator: Operator, path: Path
) -> None:
    """Charge and credit are one: neither comes without the other."""

    def half(books: Books, wish: Purchase) -> None:
        with books.transaction() as ledger:
            ledger.add_order(wish, None, START)
            ledger.add_charge(wish, START, wish.reference)
            raise RuntimeError("lightning")

    await operator().account()
    with pytest.raises(RuntimeError, match="lightning"):
        half(Books(path, no_world), purchase())
    assert charges(path) == []


async def test_a_mood_of_a_newer_version_is_none_here(
    operator: Operator, path: Path
) -> None:
    """Going back to an older version must not lose the books over a joke."""
    await operator().set_mood(Mood.DECLINES)
    change(path, "UPDATE account SET mood = 'sulks'")
    provider = operator()
    await provider.account()
    assert provider.mood is Mood.WELL_BEHAVED


def test_a_kill_at_any_step_leaves_all_of_a_purchase_or_nothing(tmp_path: Path) -> None:
    """Power cut at the worst moment: money taken and not credited, or credited twice, cannot be found afterwards."""
    script = Path(__file__).with_name("kill_at_every_step.py")
    house = Path(providers.__file__).parent.parent
    run = subprocess.run(
        [sys.executable, script, house, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    runs = json.loads(run.stdout)
    nothing, everything = (
        [0, "5000.00 RUB", "62.50 RUB", "None", 1],
        [1, "4700.00 RUB", "362.50 RUB", "succeeded", 1],
    )
    assert len(runs) > 15
    assert runs[-1] == everything
    assert [each for each in runs if each not in (nothing, everything)] == []
    assert runs.count(nothing) > 15
