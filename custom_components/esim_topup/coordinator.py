"""Polls one account: readings in, entities out. It never spends.

The engine does not go through here: before it pays, it reads for itself.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import logging
from random import uniform
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .account_data import AccountData, common_failure
from .const import DOMAIN, SIGNAL_HEALTH
from .devices import async_register_account
from .faults import read_failed
from .house import DATA_ENGINE
from .models import LineConfig, line_config
from .orders.order import Order, OrderState
from .orders.readings import CONFIRM_AFTER
from .price_lists import PriceLists
from .providers.base import Account, Offer, Provider, ReadResult
from .providers.errors import AuthenticationFailed, ProviderError, RateLimited

_LOGGER = logging.getLogger(__name__)

POLL_FLOOR: Final = timedelta(minutes=1)
"""No balance is worth looking at more often, whatever a provider allows."""

POLL_JITTER: Final = 1.1
"""Up to a tenth later, so that not every house asks an operator at the full hour."""

ACCOUNT_MAX_AGE: Final = timedelta(hours=1)
"""Wallet and cards change when somebody pays, and after our own payments we look at once."""

SECOND_LOOK: Final = CONFIRM_AFTER + timedelta(seconds=1)
"""For an odd reading, and for a top-up that is credited a moment after the operator said yes."""

_MOVES_MONEY: Final = frozenset({OrderState.SUCCEEDED, OrderState.REVERSED})

type EsimTopupConfigEntry = ConfigEntry[AccountRuntime]


@dataclass(slots=True, kw_only=True)
class AccountRuntime:
    """What lives as long as an account is loaded."""

    provider: Provider
    account_key: str
    currency: str
    coordinator: AccountCoordinator
    lines: dict[str, LineConfig]
    """By subentry id; the coordinator holds the same object."""

    @callback
    def update_line(self, subentry: ConfigSubentry) -> None:
        """Take over a changed rule of a line in place, and show it: a new threshold needs no reload."""
        self.lines[subentry.subentry_id] = line_config(
            self.coordinator.config_entry, subentry
        )
        self.coordinator.async_update_listeners()


class AccountCoordinator(DataUpdateCoordinator[AccountData]):
    """Keeps `AccountData` fresh, at the pace that the provider finds polite.

    Entities are told after every poll, changed or not, and after failed ones too: an age grows and a validity nears its
    end without anything new being read.
    """

    config_entry: EsimTopupConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: EsimTopupConfigEntry,
        provider: Provider,
        account_key: str,
        lines: dict[str, LineConfig],
        *,
        choose: Callable[[float, float], float] = uniform,
    ) -> None:
        """Take the account; `choose` picks the jitter."""
        super().__init__(
            hass, _LOGGER, config_entry=entry, name=f"{DOMAIN} {provider.info.key}"
        )
        self.provider = provider
        self.account_key = account_key
        self.lines = lines
        self.account_device_id = ""
        self.data = AccountData()
        self.book_read_at = dt_util.utcnow()
        """Whose month the sums that are shown belong to."""
        self._choose = choose
        self._asking = asyncio.Lock()
        self._account_due: datetime | None = None
        self._price_lists = PriceLists(provider)
        self._planned: dict[str, CALLBACK_TYPE] = {}
        self.update_interval = self._pause()

    @override
    async def _async_setup(self) -> None:
        """Prepare once, before the first look."""
        self.account_device_id = async_register_account(
            self.hass, self.config_entry, self.account_key, self.provider.info
        )
        keep = self.config_entry.async_on_unload
        keep(self.hass.data[DATA_ENGINE].subscribe(self._order_stepped))
        keep(
            async_dispatcher_connect(
                self.hass, SIGNAL_HEALTH, self.async_update_listeners
            )
        )

    @override
    async def async_shutdown(self) -> None:
        """Plan nothing any more."""
        await super().async_shutdown()
        for cancel in self._planned.values():
            cancel()
        self._planned.clear()
        self._price_lists.async_stop()

    # Reading

    @override
    async def _async_update_data(self) -> AccountData:
        """Look at all lines with one call."""
        lines = tuple(self.lines.values())
        async with self._asking:
            try:
                await self._look(lines)
            except ProviderError as err:
                self.data = self.data.with_failure(lines, err)
                # The month may have ended meanwhile, and with it a limit.
                await self._look_into_book()
                raise read_failed(err) from err
        await self._look_into_book()
        self.update_interval = self._pause(self.data.failed.values())
        return self.data

    async def async_read_line(self, line_key: str) -> None:
        """Read one line now: a person asked, or an order was made. Raises a translated `HomeAssistantError`."""
        line = self._line(line_key)
        async with self._asking:
            try:
                await self._look((line,))
            except ProviderError as err:
                self.data = self.data.with_failure((line,), err)
            failure = self.data.failed.get(line_key)
        self.async_update_listeners()
        if failure is not None:
            if isinstance(failure, AuthenticationFailed):
                self.config_entry.async_start_reauth(self.hass)
            raise read_failed(failure) from failure

    async def _look(self, lines: tuple[LineConfig, ...]) -> None:
        """Ask for these lines, and for what else is due. Raises `ProviderError` for what concerns them all."""
        answers = await self._read(lines)
        account = await self._account(must_answer=not answers)
        offers = await self._price_lists.async_fetch(lines)
        doubted = self.data.doubts
        if answers:
            self.data = self.data.with_answers(lines, answers, dt_util.utcnow())
        self.data = replace(self.data.with_offers(offers), account=account)
        for key, doubt in self.data.doubts.items():
            if doubt is not doubted.get(key):
                self._plan_read(key)

    async def _read(self, lines: tuple[LineConfig, ...]) -> ReadResult:
        if not lines or not self.provider.info.capabilities.reads:
            return {}
        answers = await self.provider.read([line.line for line in lines])
        if failure := common_failure(answers):
            raise failure
        return answers

    async def _account(self, *, must_answer: bool) -> Account | None:
        """Return the account, looked at anew where it is time. Where nothing else is read, it has to answer."""
        now = dt_util.utcnow()
        if self._account_due is not None and now < self._account_due:
            return self.data.account
        try:
            account = await self.provider.account()
        except ProviderError as err:
            if must_answer or isinstance(err, AuthenticationFailed):
                raise
            return self.data.account
        self._account_due = now + ACCOUNT_MAX_AGE
        return account

    @callback
    def async_want_offers(self, line_key: str) -> CALLBACK_TYPE:
        """Keep the offers of a line fresh until the returned function is called: somebody looks at them."""
        stop = self._price_lists.async_want(line_key)
        self._start(self._bring_offers(line_key), "offers")
        return stop

    async def async_offers(
        self, line: LineConfig, max_age: timedelta | None
    ) -> tuple[Offer, ...]:
        """Return what is sold for a line: what is known, if it is younger than that (`None`: at any age), else asked.

        Raises `ProviderError`.
        """
        known = self.data.offers.get(line.key)
        if known is not None and (
            max_age is None or self._price_lists.is_younger(line.key, max_age)
        ):
            return known
        offers = await self._price_lists.async_ask(line)
        if self.data.offers.get(line.key) is not offers:
            self.data = self.data.with_offers({line.key: offers})
            self.async_update_listeners()
        return offers

    async def _bring_offers(self, line_key: str) -> None:
        async with self._asking:
            offers = await self._price_lists.async_fetch([self._line(line_key)])
            self.data = self.data.with_offers(offers)
        if offers:
            self.async_update_listeners()

    # Pace

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        """Tell the entities about a second failure in a row too: what they show has become older."""
        if not self.last_update_success:
            self.async_update_listeners()

    def _pause(self, errors: Iterable[ProviderError] = ()) -> timedelta:
        """Return the time until the next poll: polite, a little different each time, and as long as was asked for."""
        usual = max(
            self.provider.info.capabilities.poll_min, POLL_FLOOR
        ) * self._choose(1, POLL_JITTER)
        asked = (
            error.retry_after for error in errors if isinstance(error, RateLimited)
        )
        return max([usual, *(wait for wait in asked if wait is not None)])

    # Orders

    async def async_look_into_book(self) -> None:
        """See what the order book says now, for all lines: they share the account's limits. Then tell the entities."""
        await self._look_into_book()
        self.async_update_listeners()

    async def _look_into_book(self) -> None:
        looking_at = dt_util.utcnow()
        await self.hass.data[DATA_ENGINE].refresh(self.account_key)
        self.book_read_at = looking_at

    @callback
    def _order_stepped(self, order: Order) -> None:
        """Show a step of an order, and look at what it brought."""
        if order.account_key != self.account_key:
            return
        self._start(self.async_look_into_book(), "look into the book")
        if order.state in _MOVES_MONEY and any(
            line.key == order.line_key for line in self.lines.values()
        ):
            self._account_due = None
            self._start(self._read_quietly(order.line_key), "read after an order")
            self._plan_read(order.line_key)

    @callback
    def _plan_read(self, line_key: str) -> None:
        """Read a line once more in about a minute, also where the polls are seldom."""
        if line_key in self._planned or self._shutdown_requested:
            return

        @callback
        def read(_: datetime) -> None:
            del self._planned[line_key]
            self._start(self._read_quietly(line_key), "second look")

        self._planned[line_key] = async_call_later(
            self.hass, SECOND_LOOK, HassJob(read, cancel_on_shutdown=True)
        )

    async def _read_quietly(self, line_key: str) -> None:
        with suppress(UpdateFailed, ConfigEntryAuthFailed):  # the entities show it
            await self.async_read_line(line_key)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self.config_entry.async_create_background_task(
            self.hass, work, f"{self.name} {name}"
        )

    def _line(self, line_key: str) -> LineConfig:
        return next(line for line in self.lines.values() if line.key == line_key)
