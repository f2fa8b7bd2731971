"""What an administrator decides in Repairs: the real engine, its book on the disk, the operator's books."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
import sqlite3
from types import SimpleNamespace
from unittest.mock import AsyncMock

from homeassistant.components.http import KEY_HASS_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.http import current_request
from homeassistant.setup import async_setup_component
import pytest

from custom_components.esim_topup.const import DOMAIN, ORDER_BOOK_FILE
from custom_components.esim_topup.coordinator import (
    AccountRuntime,
    EsimTopupConfigEntry,
)
from custom_components.esim_topup.house import DATA_ENGINE
from custom_components.esim_topup.orders.book_file import BookLocked, LockReason
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Health, Wish
from custom_components.esim_topup.orders.recovery import Recovery
from custom_components.esim_topup.providers.demo import DemoProvider, Mood
from custom_components.esim_topup.providers.errors import Unreachable
from custom_components.esim_topup.providers.money import Money

from .walk import TEXTS, Walk

LOCK = "orders_locked"


@dataclass
class Home:
    """A Home Assistant with the demo operator, set up as a newcomer does."""

    hass: HomeAssistant
    entry: EsimTopupConfigEntry

    @property
    def engine(self) -> Engine:
        """The one engine."""
        return self.hass.data[DATA_ENGINE]

    @property
    def account(self) -> AccountRuntime:
        """The loaded account."""
        return self.entry.runtime_data

    def issues(self) -> set[str]:
        """Return what Repairs shows."""
        return {
            name for domain, name in ir.async_get(self.hass).issues if domain == DOMAIN
        }

    async def held_order(self) -> Order:
        """Return an order of which nobody knows what became of it."""
        assert isinstance(self.account.provider, DemoProvider)
        await self.account.provider.set_mood(Mood.TIMES_OUT_AFTER_CHARGING)
        line = next(
            line for line in self.account.lines.values() if line.line.id == "demo-phone"
        )
        wish = Wish(
            account_key=self.account.account_key,
            line_key=line.key,
            line=line.line,
            offer_id="open",
            money=Money.parse(300, "RUB"),
        )
        placed = await self.engine.recharge(wish)
        assert isinstance(placed, Placed)
        assert placed.order.state is OrderState.UNKNOWN
        return await self.engine.take(placed.order, (OrderState.HELD,))

    def decided_by(self, order_id: str) -> str:
        """Return who took the last step of an order, as the journal has it."""
        path = self.hass.config.path(".storage", ORDER_BOOK_FILE)
        with closing(sqlite3.connect(path)) as book:
            steps = "SELECT user_id FROM journal WHERE order_id = ? ORDER BY rowid"
            return str(book.execute(steps, (order_id,)).fetchall()[-1][0])

    async def order(self, order_id: str) -> Order:
        """Return an order as it stands in the book."""
        return await self.engine.store.get(order_id)


@pytest.fixture
async def home(
    hass: HomeAssistant, books: Path, monkeypatch: pytest.MonkeyPatch
) -> Home:
    """Set the demo operator up; its look-ups fail, or they would settle every order by themselves."""
    monkeypatch.setattr(DemoProvider, "find", AsyncMock(side_effect=Unreachable))
    assert await async_setup_component(hass, "repairs", {})
    walk = await Walk.account(hass)
    while walk.ended is None:
        await walk.submit()
    await hass.async_block_till_done()
    return Home(hass, walk.result["result"])


@pytest.fixture
def administrator() -> Iterator[str]:
    """Let the clicks come from somebody, as those of a browser do."""
    token = current_request.set({KEY_HASS_USER: SimpleNamespace(id="anna")})  # type: ignore[arg-type]
    yield "anna"
    current_request.reset(token)


@pytest.mark.parametrize(
    ("answer", "state"),
    [("charged", OrderState.SUCCEEDED), ("not_charged", OrderState.FAILED)],
)
async def test_a_person_says_what_happened(
    home: Home,
    administrator: str,
    answer: str,
    state: OrderState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line whose last payment is open stays blocked until somebody has looked at the bank statement."""
    held = await home.held_order()
    monkeypatch.setattr(Recovery, "is_settled", lambda _, __: True)
    issue_id = f"order_held_{held.id}"
    assert home.issues() == {issue_id}
    walk = await Walk.repair(home.hass, issue_id, "order_held")
    assert walk.step == "init"
    assert walk.placeholders["amount"] == "300.00 RUB"
    assert walk.placeholders["line"] == "Travel phone \u20220001"
    await walk.choose(answer)
    assert (await home.order(held.id)).state is OrderState.HELD
    await walk.submit()
    assert walk.ended is FlowResultType.CREATE_ENTRY
    assert (await home.order(held.id)).state is state
    assert home.decided_by(held.id) == administrator
    assert home.issues() == set()


async def test_a_no_that_comes_too_early_is_not_taken(home: Home) -> None:
    """Right after a lost answer nobody can know that the operator will not charge: the line stays blocked."""
    held = await home.held_order()
    walk = await Walk.repair(home.hass, f"order_held_{held.id}", "order_held")
    await walk.choose("not_charged")
    await walk.submit()
    assert (walk.ended, walk.result["reason"]) == (FlowResultType.ABORT, "too_early")
    assert (await home.order(held.id)).state is OrderState.HELD


async def test_who_does_not_know_yet_changes_nothing(home: Home) -> None:
    """A blocked line costs a reminder, a wrong answer costs a second payment."""
    held = await home.held_order()
    walk = await Walk.repair(home.hass, f"order_held_{held.id}", "order_held")
    await walk.choose("not_known")
    assert (walk.ended, walk.result["reason"]) == (FlowResultType.ABORT, "not_known")
    assert (await home.order(held.id)).state is OrderState.HELD
    assert home.issues() == {f"order_held_{held.id}"}


async def test_an_order_is_decided_once(home: Home) -> None:
    """Two administrators with two answers: the first one counts, and the second one is told."""
    held = await home.held_order()
    issue_id = f"order_held_{held.id}"
    late = await Walk.repair(home.hass, issue_id, "order_held")
    await late.choose("not_charged")
    await home.engine.resolve(held.id, charged=True, user_id=None)
    await late.submit()
    assert (late.ended, late.result["reason"]) == (
        FlowResultType.ABORT,
        "already_settled",
    )
    assert (await home.order(held.id)).state is OrderState.SUCCEEDED
    assert home.issues() == set()


async def test_a_locked_book_takes_no_answer(home: Home) -> None:
    """An answer that cannot be written down would be forgotten."""
    held = await home.held_order()
    walk = await Walk.repair(home.hass, f"order_held_{held.id}", "order_held")
    await walk.choose("charged")
    await home.engine.store.close()
    home.engine._store = None
    home.engine.lock(LockReason.UNREADABLE)
    await walk.submit()
    assert (walk.ended, walk.result["reason"]) == (
        FlowResultType.ABORT,
        "orders_locked",
    )
    assert home.issues() == {f"order_held_{held.id}", LOCK}


@pytest.mark.parametrize("reason", LockReason)
async def test_a_new_book_is_begun_only_by_somebody_who_means_it(
    home: Home, reason: LockReason
) -> None:
    """Whoever forgets last month's orders by a slip of the thumb may pay them again."""
    home.engine.lock(reason)
    assert home.issues() == {LOCK}
    walk = await Walk.repair(home.hass, LOCK, LOCK)
    assert walk.step == reason.value
    await walk.choose("new_book")
    await walk.submit()
    assert walk.errors == {"understood": "not_understood"}
    assert home.engine.health is Health.LOCKED
    await walk.submit(understood=True)
    assert walk.ended is FlowResultType.CREATE_ENTRY
    assert home.engine.health is Health.READY
    assert home.issues() == set()


async def test_a_book_that_works_again_needs_no_new_one(home: Home) -> None:
    """The flow looks again before it acts."""
    home.engine.lock(LockReason.UNREADABLE)
    walk = await Walk.repair(home.hass, LOCK, LOCK)
    other = await Walk.repair(home.hass, LOCK, LOCK)
    await home.engine.unlock()
    await walk.choose("new_book")
    await walk.submit(understood=True)
    assert walk.ended is FlowResultType.CREATE_ENTRY
    assert home.issues() == set()
    assert other.step == "unreadable"


async def test_an_issue_of_another_time_is_put_away(home: Home) -> None:
    """An issue without its cause must not offer to forget the book."""
    ir.async_create_issue(
        home.hass,
        DOMAIN,
        LOCK,
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=LOCK,
    )
    walk = await Walk.repair(home.hass, LOCK, LOCK)
    assert (walk.ended, walk.result["reason"]) == (FlowResultType.ABORT, "not_locked")
    assert home.issues() == set()


async def test_a_disk_that_says_no_again_leaves_it_locked(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new book on the same full disk would be lost like the old one."""
    home.engine.lock(LockReason.WRITE_FAILED)
    walk = await Walk.repair(home.hass, LOCK, LOCK)
    await walk.choose("new_book")
    full = AsyncMock(side_effect=BookLocked(LockReason.WRITE_FAILED))
    monkeypatch.setattr(home.engine, "unlock", full)
    await walk.submit(understood=True)
    assert (walk.ended, walk.result["reason"]) == (FlowResultType.ABORT, "still_locked")
    assert home.engine.health is Health.LOCKED
    assert home.issues() == {LOCK}


async def test_open_orders_are_shown_again_after_a_reload(home: Home) -> None:
    """What was shown before a reload, or a restart, has to be there after it."""
    held = await home.held_order()
    ir.async_delete_issue(home.hass, DOMAIN, f"order_held_{held.id}")
    assert await home.hass.config_entries.async_reload(home.entry.entry_id)
    assert home.issues() == {f"order_held_{held.id}"}


def test_every_lock_has_a_text_of_its_own() -> None:
    """A reason without a text would be a blank page at the worst time."""
    assert {reason.value for reason in LockReason} < set(
        TEXTS["issues"][LOCK]["fix_flow"]["step"]
    )


async def test_orders_of_others_are_left_to_others(home: Home) -> None:
    """A line that this account does not have, or no longer has, has no title to be shown by."""
    held = await home.held_order()
    for other in (
        replace(held, id="x", line_key="x"),
        replace(held, id="y", account_key="y"),
    ):
        await home.engine.publish(other)
    assert home.issues() == {f"order_held_{held.id}"}
