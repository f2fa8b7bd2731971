"""The house: what outlives config entries. One engine for all accounts, and the note that proves its book existed.

The engine starts with the first account and stops with Home Assistant. Reloading or removing an account does not touch it:
an order in flight goes on, and limits cannot be reset by adding an account anew.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final, TypedDict
from zoneinfo import ZoneInfo

from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN, ORDER_BOOK_FILE, SIGNAL_HEALTH, SIGNAL_ORDER
from .issues import OrderIssues
from .orders.book_file import BookLocked, LockReason, Witness
from .orders.engine import Engine
from .orders.order import Order

_LOGGER = logging.getLogger(__name__)

_NOTE_VERSION: Final = 1

_UNKNOWN_BOOK: Final = "?"
"""Fits no book: one existed, nobody knows which, so a person has to look."""

_NOTE_DELAY: Final = 5
"""Seconds. The note may be older than the book, never newer: it may come late, a few orders in one write."""


class Note(TypedDict):
    """What is kept outside of the order book, so that a lost or older book is noticed."""

    book_id: str
    revision: int


class House:
    """Starts the engine once, keeps its note, tells Home Assistant of its steps, stops it with Home Assistant."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; nothing is read yet."""
        self._hass = hass
        self._note = _note_file(hass)
        self._starting: asyncio.Task[None] | None = None
        self.engine = Engine()
        self.issues = OrderIssues(hass, self.engine)
        self.engine.subscribe(self._order_took_a_step)
        self.engine.subscribe_health(self._health_changed)
        # A shutdown job is the only thing that Home Assistant waits for with everything still running.
        hass.async_add_shutdown_job(
            HassJob(self._async_stop, "esim_topup: let orders land")
        )
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, self._async_stop)

    async def async_start(self, known_book_id: str | None) -> None:
        """Start the engine, once. `known_book_id`: the book that the config entry has seen, if it has seen one.

        A start that failed is tried again by the next one who asks; one that is cancelled goes on for the others.
        """
        if self._starting is None or _failed(self._starting):
            self._starting = self._hass.async_create_task(
                self._async_start(known_book_id), "esim_topup: open the order book"
            )
        await asyncio.shield(self._starting)

    async def _async_start(self, known_book_id: str | None) -> None:
        await self.engine.start(
            Path(self._hass.config.path(".storage", ORDER_BOOK_FILE)),
            zone=ZoneInfo(self._hass.config.time_zone),
            witness=await self._witness(known_book_id),
            announce=self._announce,
        )

    async def _async_stop(self, _: Event | None = None) -> None:
        await self.engine.stop()

    async def _witness(self, known_book_id: str | None) -> Witness | None:
        """Return what proves that a book existed. A note that cannot be understood proves that much too."""
        try:
            note = await self._note.async_load()
            if note is not None:
                return Witness(str(note["book_id"]), int(note["revision"]))
        except (HomeAssistantError, LookupError, TypeError, ValueError) as err:
            _LOGGER.error("The note of the order book is not readable: %s", type(err))
            return Witness(known_book_id or _UNKNOWN_BOOK, 0)
        return None if known_book_id is None else Witness(known_book_id, 0)

    async def _announce(self, witness: Witness) -> None:
        """Note the book that comes next, and look whether the note is there: a save that failed is only logged."""
        note = _note_of(witness)
        await self._note.async_save(note)
        try:
            kept = await _note_file(self._hass).async_load()
        except HomeAssistantError:
            kept = None
        if kept != note:
            raise BookLocked(LockReason.UNREADABLE)

    @callback
    def _order_took_a_step(self, order: Order) -> None:
        self._keep_note()
        async_dispatcher_send(self._hass, SIGNAL_ORDER.format(order.line_key), order)

    @callback
    def _health_changed(self) -> None:
        self._keep_note()
        async_dispatcher_send(self._hass, SIGNAL_HEALTH)

    def _keep_note(self) -> None:
        if self.engine.witness is not None:
            self._note.async_delay_save(self._current_note, _NOTE_DELAY)

    def _current_note(self) -> Note:
        return _note_of(self.engine.witness or Witness("", 0))


def _note_file(hass: HomeAssistant) -> Store[Note]:
    return Store(hass, _NOTE_VERSION, DOMAIN, private=True, atomic_writes=True)


def _note_of(witness: Witness) -> Note:
    return {"book_id": witness.book_id, "revision": witness.revision}


def _failed(task: asyncio.Task[None]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


DATA_HOUSE: Final[HassKey[House]] = HassKey(DOMAIN)
DATA_ENGINE: Final[HassKey[Engine]] = HassKey(f"{DOMAIN}.engine")


async def async_get_house(hass: HomeAssistant, known_book_id: str | None) -> House:
    """Return the house, started."""
    if DATA_HOUSE not in hass.data:
        hass.data[DATA_HOUSE] = House(hass)
        hass.data[DATA_ENGINE] = hass.data[DATA_HOUSE].engine
    house = hass.data[DATA_HOUSE]
    await house.async_start(known_book_id)
    return house
