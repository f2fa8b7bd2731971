"""Accounts and Home Assistant come and go; what was ordered and what was spent does not."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, flush_store

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.house import DATA_ENGINE, DATA_HOUSE, House as Roof
from custom_components.esim_topup.orders.book_file import BookLocked, LockReason
from custom_components.esim_topup.orders.policy import Health
from custom_components.esim_topup.providers.base import Dedupe
from tests.operator.client import OperatorControl

from .conftest import AMOUNT, House


def issues(hass: HomeAssistant) -> set[str]:
    """Return what Repairs shows of us."""
    shown = ir.async_get(hass).issues.values()
    return {issue.translation_key or "" for issue in shown if issue.domain == DOMAIN}


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """A configuration folder of its own."""
    hass.config.config_dir = str(tmp_path)
    (tmp_path / ".storage").mkdir()
    return tmp_path


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigEntryState:
    """Set the account up as far as it goes."""
    if entry.entry_id not in {
        each.entry_id for each in hass.config_entries.async_entries()
    }:
        entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry.state


@pytest.mark.parametrize("dedupe", [Dedupe.NONE])
async def test_an_unsettled_order_shows_while_its_account_cannot_be_set_up(
    hass: HomeAssistant, house: House
) -> None:
    """I8: the answer was lost, and after the restart the operator is still away. Nobody may pay again by hand unwarned."""
    await house.operator.fault("drop_after", "order")
    with pytest.raises(HomeAssistantError):
        await house.recharge()
    await asyncio.sleep(5.5)  # the first look: class N is handed to a person
    assert issues(hass) == {"order_held"}
    for issue in tuple(ir.async_get(hass).issues.values()):
        ir.async_delete_issue(hass, DOMAIN, issue.issue_id)

    await house.operator.fault("drop_before", "*", times=None)
    await hass.config_entries.async_reload(house.entry.entry_id)
    await hass.async_block_till_done()

    assert house.entry.state is ConfigEntryState.SETUP_RETRY
    assert issues(hass) == {"order_held"}


@pytest.mark.parametrize("dedupe", [Dedupe.NONE])
async def test_a_removed_account_leaves_no_issue_behind(
    hass: HomeAssistant, house: House
) -> None:
    """An issue that nobody can act on is noise."""
    await house.operator.fault("drop_after", "order")
    with pytest.raises(HomeAssistantError):
        await house.recharge()
    await asyncio.sleep(5.5)
    assert issues(hass) == {"order_held"}

    await hass.config_entries.async_remove(house.entry.entry_id)
    await hass.async_block_till_done()

    assert issues(hass) == set()


# Where the operator has a history the import would find the charge anyway: the book alone has to know it, too.
@pytest.mark.parametrize("dedupe", [Dedupe.KEY, Dedupe.NONE])
async def test_a_new_account_of_the_same_number_finds_its_limits_used(
    hass: HomeAssistant, house: House, entry: MockConfigEntry
) -> None:
    """Threat 15: removing and adding must not give a second month's money."""
    await house.recharge()
    again = MockConfigEntry(
        domain=DOMAIN,
        title=entry.title,
        unique_id=entry.unique_id,
        data=dict(entry.data),
        options={**entry.options, "line_month": "500.00", "cooldown_hours": 0},
        subentries_data=[
            {
                "subentry_id": "new",
                "subentry_type": "line",
                "title": sub.title,
                "unique_id": sub.unique_id,
                "data": sub.data,
            }
            for sub in entry.subentries.values()
        ],
    )
    await hass.config_entries.async_remove(entry.entry_id)
    assert await set_up(hass, again) is ConfigEntryState.LOADED

    fresh = House(hass, again, house.operator)
    with pytest.raises(HomeAssistantError) as caught:
        await fresh.recharge()

    assert caught.value.translation_key == "refused_limit_line_month"
    assert await house.payments() == [AMOUNT]


async def test_a_start_that_failed_is_tried_again(
    hass: HomeAssistant,
    folder: Path,
    operator: OperatorControl,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A hiccup at the first start must not leave recharging "starting" for ever."""

    async def hiccup(_: Roof, known: str | None) -> None:
        raise RuntimeError("disk asleep")

    with monkeypatch.context() as patched:
        patched.setattr(Roof, "_witness", hiccup)
        assert await set_up(hass, entry) is ConfigEntryState.SETUP_ERROR
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert hass.data[DATA_ENGINE].health is Health.READY
    await hass.data[DATA_ENGINE].stop()


@pytest.mark.parametrize(
    "note",
    [
        pytest.param({"book_id": "another", "revision": 7}, id="of another book"),
        pytest.param({"revision": "many"}, id="not understood"),
    ],
)
async def test_a_note_that_does_not_fit_the_book_locks_spending_and_nothing_else(
    hass: HomeAssistant,
    folder: Path,
    operator: OperatorControl,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    note: dict[str, Any],
) -> None:
    """I11: a book that was lost or exchanged does not know what was spent. Balances go on."""
    hass_storage[DOMAIN] = {
        "version": 1,
        "minor_version": 1,
        "key": DOMAIN,
        "data": note,
    }

    assert await set_up(hass, entry) is ConfigEntryState.LOADED

    house = House(hass, entry, operator)
    assert house.shown() == "60.00"
    assert house.shown("top_up_status") == "stopped"
    assert issues(hass) == {"orders_locked"}
    with pytest.raises(HomeAssistantError) as caught:
        await house.recharge()
    assert caught.value.translation_key == "refused_locked"
    assert await house.payments() == []

    await house.engine.unlock()
    assert issues(hass) == set()
    await house.recharge()
    assert await house.payments() == [AMOUNT]
    await house.engine.stop()


async def test_the_note_follows_the_book(
    hass: HomeAssistant,
    house: House,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    """The proof that a book existed, and how far it was, is kept outside of it."""
    await house.recharge()
    await hass.data[DATA_HOUSE]._note.async_save(hass.data[DATA_HOUSE]._current_note())
    witness = house.engine.witness
    assert witness is not None
    assert hass_storage[DOMAIN]["data"] == {
        "book_id": witness.book_id,
        "revision": witness.revision,
    }
    assert house.entry.data["book_id"] == witness.book_id


async def test_a_new_book_is_noted_before_anything_is_paid_from_it(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """I3: a kill right after "begin a new order book" must not make the next start accuse the new one."""
    await house.recharge()
    house.engine.lock(LockReason.DAMAGED)
    before = house.engine.witness
    await house.engine.unlock()
    witness = house.engine.witness
    assert before is not None
    assert witness is not None
    assert witness.book_id != before.book_id
    assert hass_storage[DOMAIN]["data"]["book_id"] == witness.book_id


async def test_without_a_note_no_new_book_is_begun(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """D1: the disk is full, and Home Assistant only logs that. The old book stays, and a person may try again."""
    house.engine.lock(LockReason.DAMAGED)
    before = house.engine.witness
    with (
        patch.object(Store, "_async_write_data", side_effect=WriteError),
        pytest.raises(BookLocked),
    ):
        await house.engine.unlock()
    assert house.engine.health is Health.LOCKED
    assert house.engine.witness == before
    await house.engine.unlock()
    assert house.engine.health is Health.READY


async def test_the_note_is_written_soon_after_each_step(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """D15, D16: a note that nobody writes proves nothing when the book is lost or comes back from a backup."""
    await house.recharge()
    await flush_store(hass.data[DATA_HOUSE]._note)
    witness = house.engine.witness
    assert witness is not None
    assert hass_storage.get(DOMAIN, {}).get("data") == {
        "book_id": witness.book_id,
        "revision": witness.revision,
    }


async def test_credentials_that_cannot_be_used_say_what_to_do(
    hass: HomeAssistant, folder: Path, operator: OperatorControl, entry: MockConfigEntry
) -> None:
    """A description that an older release wrote must lead to Reconfigure, not to a traceback."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "credentials": {"base_url": "?"}}
    )

    assert await set_up(hass, entry) is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "credentials_unusable"
    await hass.data[DATA_ENGINE].stop()


async def test_home_assistant_waits_for_an_order_in_flight(
    hass: HomeAssistant, house: House
) -> None:
    """§3.2: a shutdown in the middle of a payment must write down what became of it."""
    await house.operator.fault("delay", "order", seconds=1)
    paying = asyncio.create_task(house.recharge())
    await asyncio.sleep(0.3)

    await hass.async_stop()

    book = Path(hass.config.path(".storage", "esim_topup.orders.db"))
    assert book.exists()
    assert await house.payments() == [AMOUNT]
    assert (await asyncio.wait_for(paying, timedelta(seconds=5).total_seconds()))[
        "state"
    ] == "succeeded"


async def test_an_account_that_was_never_set_up_can_be_removed(
    hass: HomeAssistant, folder: Path, entry: MockConfigEntry
) -> None:
    """Disabled since the start: there is no engine yet, and none is started for a farewell."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    assert DATA_HOUSE not in hass.data
