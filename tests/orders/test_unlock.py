"""A person unlocks. A book that is whole goes on; otherwise a new one begins, and nothing that may be paid is forgotten."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
import sqlite3
from typing import Any

import pytest

from custom_components.esim_topup.orders import engine as engine_module, old_books
from custom_components.esim_topup.orders.book_file import (
    BookLocked,
    LockReason,
    Witness,
)
from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Health, Reason
from custom_components.esim_topup.orders.store import Store
from custom_components.esim_topup.providers.base import SETTLE_WINDOW_MIN
from custom_components.esim_topup.providers.errors import Unreachable

from .books import Disk
from .fake_provider import (
    clings_on,
    fails,
    hangs,
    is_lost,
    pays_without_a_word,
    queues,
    says_it_paid,
    waits_for,
)
from .samples import ACCOUNT, rub
from .world import World, reading, rows

S = OrderState
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Disk]]:
    """The disk under the book, which fails when a test says so."""
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda *args, **kwargs: connect(*args, **{"factory": Disk} | kwargs),
    )
    yield Disk
    Disk.heal()


def set_aside(world: World) -> list[Path]:
    """Return the books that were set aside."""
    return sorted(world.folder.glob("*.old"))


def ready(world: World) -> bool:
    """Say whether recharging is possible again."""
    return (world.engine.health, world.engine.locked_because) == (Health.READY, None)


# A new book


@pytest.mark.parametrize("damage", ["missing", "damaged"])
async def test_a_lost_book_is_replaced_by_a_new_one(world: World, damage: str) -> None:
    """A person decided so; the old file is kept, the entities know again, money can be spent."""
    world.forgiven.add("I2")
    await world.order()
    witness = world.engine.witness
    await world.engine.stop()
    if damage == "missing":
        world.path.unlink()
    else:
        world.path.write_bytes(b"no book")
    await world.boot(witness)
    assert world.engine.health is Health.LOCKED
    await world.engine.unlock()
    assert ready(world)
    assert [file.read_bytes() for file in set_aside(world)] == (
        [] if damage == "missing" else [b"no book"]
    )
    assert world.engine.witness != witness
    assert world.spent().account_month == rub(0)
    assert (await world.order()).state is S.SUCCEEDED
    assert world.health == [Health.READY, Health.LOCKED, Health.READY]


@pytest.mark.parametrize(
    "change",
    [{"book_id": "another"}, {"revision": 99}],
    ids=["replaced", "rolled back"],
)
async def test_a_book_that_is_not_the_one_we_know_is_kept_and_replaced(
    world: World, change: dict[str, Any]
) -> None:
    """D16, D19: a person may want to look into it later."""
    world.forgiven.add("I2")
    order = await world.order()
    witness = world.engine.witness
    assert witness is not None
    await world.engine.stop()
    await world.boot(Witness(**{"book_id": witness.book_id, "revision": 2} | change))
    await world.engine.unlock()
    assert [row.id for row in rows(set_aside(world)[0])] == [order.id]
    assert ready(world)


async def test_an_engine_that_is_not_locked_keeps_its_book(world: World) -> None:
    """A stale form must not throw a good book away."""
    await world.order()
    await world.engine.unlock()
    assert (len(world.orders), set_aside(world)) == (1, [])


async def test_an_engine_that_never_started_has_nothing_to_unlock(
    tmp_path: Path,
) -> None:
    """A form from before the restart."""
    world = World(tmp_path)
    await world.engine.unlock()
    world.engine.lock(LockReason.DAMAGED)
    await world.engine.unlock()
    assert world.engine.health is Health.LOCKED
    await world.engine.stop()


async def test_an_account_that_comes_during_the_recovery_does_not_end_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I10: right while the accounts are gone through. Otherwise every wish reads "starting" until the next restart."""
    world.engine.attach(replace(world.engine.accounts[ACCOUNT], key="another"))
    world.engine.lock(LockReason.WRITE_FAILED)
    look = world.engine.refresh

    async def looks_while_one_comes(account_key: str) -> None:
        world.engine.accounts.setdefault("third", world.engine.accounts[ACCOUNT])
        await look(account_key)

    monkeypatch.setattr(world.engine, "refresh", looks_while_one_comes)
    await world.engine.unlock()
    assert ready(world)


async def test_two_clicks_set_one_book_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one would set the new book aside while it is being written."""
    order = await world.order()
    asides: list[Path] = []

    def note(path: Path, now: datetime) -> None:
        asides.append(path)
        old_books.set_aside(path, now)

    monkeypatch.setattr(engine_module, "set_aside", note)
    world.engine.lock(LockReason.DAMAGED)
    await asyncio.gather(*(world.engine.unlock() for _ in range(3)))
    assert (ready(world), asides, world.orders) == (True, [world.path], [order])
    assert (await world.order(force=True)).state is S.SUCCEEDED
    await world.engine.stop()
    assert len(world.orders) == 2


async def test_a_new_book_is_announced_before_it_is_there(tmp_path: Path) -> None:
    """I3: a power cut right after it must not leave a good book beside a note that accuses it of being another one."""
    world, found = World(tmp_path), []

    async def note(witness: Witness) -> None:
        found.append((witness, world.path.read_bytes()))

    world.path.write_bytes(b"no book")
    await world.boot(Witness("old", 7), announce=note)
    await world.engine.unlock()
    ((coming, there),) = found
    assert (there, ready(world)) == (b"no book", True)
    await world.attach()
    await world.order()
    await world.crash()
    await world.boot(coming)
    assert ready(world)
    await world.engine.stop()


async def test_a_new_book_that_cannot_be_announced_is_not_begun(
    tmp_path: Path,
) -> None:
    """The disk is full: the old book stays where it is, and a person may try again."""
    world, fails = World(tmp_path), [BookLocked(LockReason.UNREADABLE)]

    async def note(_: Witness) -> None:
        if fails:
            raise fails.pop()

    world.path.write_bytes(b"no book")
    await world.boot(Witness("old", 7), announce=note)
    with pytest.raises(BookLocked):
        await world.engine.unlock()
    assert (world.path.read_bytes(), set_aside(world)) == (b"no book", [])
    await world.engine.unlock()
    assert ready(world)
    await world.engine.stop()


async def test_a_form_that_is_closed_in_the_middle_does_not_leave_half_of_it(
    world: World,
) -> None:
    """C6: the old book set aside, and no new one: locked again at the next start, for another reason."""
    await world.order()
    world.engine.lock(LockReason.DAMAGED)
    click = asyncio.ensure_future(world.engine.unlock())
    await asyncio.sleep(0)
    click.cancel()
    with pytest.raises(asyncio.CancelledError):
        await click
    async with asyncio.timeout(5):
        while not ready(world):
            await asyncio.sleep(0.001)
    assert len(set_aside(world)) == 1


async def test_a_book_that_cannot_be_set_aside_stays_locked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that may not be written: told, and tried again later."""
    world.engine.lock(LockReason.DAMAGED)

    def refuse(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(engine_module, "set_aside", refuse)
    with pytest.raises(BookLocked) as caught:
        await world.engine.unlock()
    assert caught.value.reason is LockReason.UNREADABLE
    assert (world.engine.health, world.engine.locked_because) == (
        Health.LOCKED,
        LockReason.UNREADABLE,
    )
    assert world.health == [Health.READY, Health.LOCKED, Health.LOCKED]
    monkeypatch.undo()
    await world.engine.unlock()
    assert ready(world)


async def test_a_new_book_that_cannot_be_written_stays_locked(
    world: World, disk: type[Disk]
) -> None:
    """The disk is still full."""
    world.engine.lock(LockReason.DAMAGED)
    disk.fail("COMMIT")
    with pytest.raises(BookLocked):
        await world.engine.unlock()
    assert world.engine.health is Health.LOCKED
    assert (await world.refusal()).reason is Reason.LOCKED
    disk.heal()
    await world.engine.unlock()
    assert ready(world)


# The same book


async def test_a_disk_that_was_full_for_a_moment_costs_no_limit(
    world: World, disk: type[Disk]
) -> None:
    """D1, D6: the book is whole. Setting it aside would forget what was spent this month, and an order that was just paid."""
    order = await world.order()
    disk.fail("COMMIT")
    assert (await world.refusal(force=True)).reason is Reason.LOCKED
    assert world.engine.locked_because is LockReason.WRITE_FAILED
    disk.heal()
    await world.engine.unlock()
    assert (ready(world), set_aside(world)) == (True, [])
    assert world.orders == [order]
    assert world.spent().account_month == rub(300)
    assert (await world.refusal()).reason is Reason.COOLING_DOWN


@pytest.mark.parametrize("kind", ["K", "L", "H"])
async def test_an_order_whose_outcome_could_not_be_written_is_found_again(
    world: World, disk: type[Disk]
) -> None:
    """D6: paid, and the disk said no. After the unlocking it is looked up like after a crash."""
    world.provider.script.append(waits_for(gate := asyncio.Event()))
    caller = world.begin()
    await world.settle()
    disk.fail("COMMIT")
    gate.set()
    result = await caller
    assert isinstance(result, Placed)
    assert result.order.state is S.UNKNOWN
    disk.heal()
    await world.engine.unlock()
    assert (await world.refusal()).reason in {
        Reason.OUTCOME_UNKNOWN,
        Reason.COOLING_DOWN,
    }
    await world.advance(MINUTE)
    assert (world.state, world.provider.paid()) == (S.SUCCEEDED, [rub(300)])


async def test_a_book_that_could_not_be_read_for_a_moment_goes_on(
    tmp_path: Path, disk: type[Disk]
) -> None:
    """D18: a network folder that came late at the start."""
    world = World(tmp_path)
    await world.boot()
    await world.order()
    witness = world.engine.witness
    await world.engine.stop()
    disk.fail("integrity_check")
    await world.boot(witness)
    assert world.engine.locked_because is LockReason.UNREADABLE
    disk.heal()
    await world.engine.unlock()
    assert (ready(world), len(world.orders), set_aside(world)) == (True, 1, [])
    await world.engine.stop()
    world.check()


async def test_a_book_that_stays_unreadable_is_replaced(world: World) -> None:
    """A person decided; the file may come back some day and is kept."""
    world.forgiven.add("I2")
    await world.order()
    await world.engine.stop()
    world.path.unlink()
    world.path.mkdir()
    await world.boot()
    assert world.engine.locked_because is LockReason.UNREADABLE
    await world.engine.unlock()
    assert ready(world)
    assert [path.is_dir() for path in set_aside(world)] == [True]


async def test_a_disk_that_is_still_full_keeps_the_book(
    world: World, disk: type[Disk]
) -> None:
    """It opens, and the first write of the recovery fails again: locked, and nothing is thrown away."""
    world.provider.script.append(waits_for(gate := asyncio.Event()))
    caller = world.begin()
    await world.settle()
    disk.fail("COMMIT")
    gate.set()
    await caller
    with pytest.raises(BookLocked) as caught:
        await world.engine.unlock()
    assert caught.value.reason is LockReason.WRITE_FAILED
    assert (world.engine.health, set_aside(world)) == (Health.LOCKED, [])
    disk.heal()
    await world.engine.unlock()
    await world.advance(MINUTE)
    assert (ready(world), world.state) == (True, S.SUCCEEDED)


async def test_a_book_that_opens_and_cannot_be_read_is_not_called_ready(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that shows right after the opening."""
    world.engine.lock(LockReason.WRITE_FAILED)

    async def fail(*_: Any) -> Any:
        raise BookLocked(LockReason.UNREADABLE)

    monkeypatch.setattr(Store, "summaries", fail)
    with pytest.raises(BookLocked) as caught:
        await world.engine.unlock()
    assert (caught.value.reason, world.engine.health) == (
        LockReason.UNREADABLE,
        Health.LOCKED,
    )
    monkeypatch.undo()
    await world.engine.unlock()
    assert ready(world)


# What is in the air


@pytest.mark.parametrize("kind", ["K", "L", "H"])
async def test_an_order_in_the_air_is_taken_over_into_the_new_book(
    world: World, disk: type[Disk]
) -> None:
    """The old book is set aside while an order is being paid. A new book that does not know it would let it be paid twice."""
    world.provider.script.append(waits_for(gate := asyncio.Event()))
    caller = world.begin()
    await world.settle()
    disk.fail("COMMIT")
    gate.set()
    await caller
    disk.heal()
    world.engine.locked_because = LockReason.DAMAGED
    await world.engine.unlock()
    assert (ready(world), len(set_aside(world)), len(world.orders)) == (True, 1, 1)
    assert (await world.refusal()).reason in {
        Reason.OUTCOME_UNKNOWN,
        Reason.COOLING_DOWN,
    }
    assert world.spent().account_month == rub(300)
    await world.advance(MINUTE)
    assert (world.state, world.provider.paid()) == (S.SUCCEEDED, [rub(300)])


@pytest.mark.parametrize("deed", [is_lost, pays_without_a_word, queues])
async def test_an_order_that_is_looked_after_is_taken_over_too(
    world: World, deed: Any
) -> None:
    """Its follower must not look for it in a book that does not have it, and die."""
    world.provider.script.append(deed)
    order = await world.order()
    world.engine.lock(LockReason.DAMAGED)
    await world.engine.unlock()
    assert [row.id for row in world.orders] == [order.id]
    world.provider.pending.clear()
    await world.advance(timedelta(hours=1))
    assert world.state in ({S.PENDING} if deed is queues else {S.SUCCEEDED, S.FAILED})


@pytest.mark.parametrize("kind", ["N"])
async def test_a_held_order_is_taken_over_and_decided_in_the_new_book(
    world: World,
) -> None:
    """The Repairs issue about it still finds it."""
    world.provider.script.append(is_lost)
    order = await world.order()
    await world.advance(SETTLE_WINDOW_MIN)
    world.engine.lock(LockReason.DAMAGED)
    await world.engine.unlock()
    assert world.state is S.HELD
    assert (
        await world.engine.resolve(order.id, charged=False, user_id=None)
    ).state is S.FAILED


async def test_an_order_is_taken_over_at_the_second_attempt_if_the_first_one_fails(
    world: World, disk: type[Disk]
) -> None:
    """The disk is full again right after the new book was begun: the order must not be lost between the two."""
    world.provider.script.append(is_lost)
    order = await world.order()
    world.engine.lock(LockReason.DAMAGED)
    disk.fail("INSERT OR IGNORE")
    with pytest.raises(BookLocked):
        await world.engine.unlock()
    disk.heal()
    await world.engine.unlock()
    assert (ready(world), world.orders) == (True, [order])
    assert (await world.refusal(force=True)).reason is Reason.OUTCOME_UNKNOWN


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE totals SET minor = 0",
        "UPDATE meta SET value = '0' WHERE key = 'revision'",
    ],
    ids=["damaged", "rolled back"],
)
async def test_an_order_that_only_the_old_book_knows_is_taken_over(
    world: World, damage: str
) -> None:
    """D10, D16: a backup was restored while an order was on its way. The old book names it; that it may have been paid stays true."""
    world.provider.script.append(pays_without_a_word)
    order = await world.order()
    witness = world.engine.witness
    await world.engine.stop()
    with reading(world.path) as connection:
        connection.execute(damage)
    world.engine.detach(ACCOUNT)
    await world.boot(witness)
    assert world.engine.health is Health.LOCKED
    await world.engine.unlock()
    assert (ready(world), len(set_aside(world))) == (True, 1)
    assert [row.id for row in world.orders] == [order.id]
    assert world.spent().account_month == rub(300)
    await world.advance(MINUTE)
    assert (world.state, world.provider.paid()) == (S.SUCCEEDED, [rub(300)])


async def test_what_was_paid_counts_in_the_new_book_too(world: World) -> None:
    """I3, I4: a person who trusts a new book does not mean to pay for the same day, and the whole month, again."""
    order = await world.order()
    world.engine.lock(LockReason.DAMAGED)
    await world.engine.unlock()
    assert world.orders == [order]
    assert world.spent().account_month == rub(300)
    assert (await world.refusal()).reason is Reason.COOLING_DOWN


async def test_a_flight_is_waited_for_before_the_book_is_closed(world: World) -> None:
    """Its outcome still goes into the old book, and from there nothing is lost."""
    world.provider.script.append(waits_for(gate := asyncio.Event()))
    caller = world.begin()
    await world.settle()
    world.engine.lock(LockReason.WRITE_FAILED)
    asyncio.get_running_loop().call_later(0.01, gate.set)
    await world.engine.unlock()
    result = await caller
    assert isinstance(result, Placed)
    assert (result.order.state, world.state, ready(world)) == (
        S.SUCCEEDED,
        S.SUCCEEDED,
        True,
    )


async def test_a_flight_that_never_lands_does_not_keep_the_book_locked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is ended, and its order is looked up."""
    monkeypatch.setattr(engine_module, "DRAIN", timedelta(milliseconds=10))
    world.provider.script.append(hangs)
    caller = world.begin()
    await world.settle()
    world.engine.lock(LockReason.WRITE_FAILED)
    await world.engine.unlock()
    result = await caller
    assert isinstance(result, Placed)
    assert result.order.state is S.UNKNOWN
    await world.advance(MINUTE)
    assert (ready(world), world.state) == (True, S.SUCCEEDED)


async def test_a_flight_that_swallows_its_end_finds_its_order_in_the_book(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back after the unlocking: its answer is the truth, and there is a row for it."""
    monkeypatch.setattr(engine_module, "DRAIN", timedelta(milliseconds=5))
    monkeypatch.setattr(engine_module, "_LAST_WORDS", timedelta(milliseconds=5))
    world.provider.script.append(clings_on(gate := asyncio.Event(), says_it_paid))
    world.provider.find_script.extend([fails(Unreachable())] * 3)
    caller = world.begin()
    await world.settle()
    world.engine.lock(LockReason.DAMAGED)
    await world.engine.unlock()
    assert world.state is S.UNKNOWN
    gate.set()
    result = await caller
    assert isinstance(result, Placed)
    assert (result.order.state, world.state, ready(world)) == (
        S.SUCCEEDED,
        S.SUCCEEDED,
        True,
    )


async def test_an_end_during_the_unlocking_wins(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant stops while a person unlocks: nothing is opened after the end."""
    world.provider.script.append(waits_for(gate := asyncio.Event()))
    caller = world.begin()
    await world.settle()
    world.engine.lock(LockReason.WRITE_FAILED)
    click = asyncio.ensure_future(world.engine.unlock())
    await world.settle()
    end = asyncio.ensure_future(world.engine.stop(timedelta(seconds=5)))
    await asyncio.sleep(0)
    gate.set()
    await end
    await asyncio.wait((click, caller))
    assert (world.engine.health, world.engine._store, world.engine._tasks) == (
        Health.STOPPING,
        None,
        set(),
    )
    await world.boot()
    assert world.state in {S.SUCCEEDED, S.UNKNOWN}


async def test_an_end_while_the_book_is_opened_again_closes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the person at the form is told."""
    world.engine.lock(LockReason.WRITE_FAILED)
    opening, gate = Store.open, asyncio.Event()

    async def slow(*args: Any, **kwargs: Any) -> Store:
        await gate.wait()
        return await opening(*args, **kwargs)

    monkeypatch.setattr(Store, "open", slow)
    click = asyncio.ensure_future(world.engine.unlock())
    while world.engine.health is Health.LOCKED:
        await asyncio.sleep(0)
    await world.engine.stop(timedelta())
    with pytest.raises(BookLocked):
        await click
    assert (world.engine.health, world.engine._store) == (Health.STOPPING, None)


async def test_an_end_that_wakes_after_the_unlocking_wins_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both wait for the same flight; whichever is first, the process does not come back to life."""
    world.engine.lock(LockReason.WRITE_FAILED)

    async def land(*_: Any) -> None:
        world.engine.health = Health.STOPPING

    monkeypatch.setattr(engine_module, "_let_land", land)
    await world.engine.unlock()
    assert (world.engine.health, world.engine._store) == (Health.STOPPING, None)
    monkeypatch.undo()
