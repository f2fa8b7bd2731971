"""A home with an account at the demo operator, whose answers a test may replace, and a clock that a test moves."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, override
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant, State
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.coordinator import AccountRuntime
from custom_components.esim_topup.house import DATA_ENGINE
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.order import Order
from custom_components.esim_topup.orders.policy import Wish
from custom_components.esim_topup.providers.base import (
    Account,
    Line,
    LineId,
    Offer,
    Reading,
    ReadResult,
)
from custom_components.esim_topup.providers.demo import DemoProvider
from custom_components.esim_topup.providers.errors import ProviderError
from custom_components.esim_topup.providers.money import Money

PHONE: Final = "demo-phone"
ESIM: Final = "demo-esim"
TRACKER: Final = "demo-tracker"

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def rubles(amount: str) -> Money:
    """Return an amount."""
    return Money.parse(amount, "RUB")


def balance(amount: str, **more: Any) -> Reading:
    """Return a reading of now."""
    return Reading(at=dt_util.utcnow(), balance=rubles(amount), **more)


class Wilful(DemoProvider):
    """The demo operator, with a test at its ear; counts what it is asked."""

    def __init__(self, books: Path) -> None:
        """Open the books."""
        super().__init__(books)
        self.asked: Counter[str] = Counter()
        self.asked_lines: list[list[LineId]] = []
        self.trouble: dict[str, ProviderError] = {}
        """By question: what comes instead of an answer."""
        self.says: dict[LineId, Reading | ProviderError | None] = {}
        """By line: what is read instead of the truth; `None`: not a word about it."""
        self.slow: asyncio.Event | None = None
        """What the next answer waits for on its way, after the operator has looked."""
        self.looked = asyncio.Event()

    def _heed(self, question: str) -> None:
        self.asked[question] += 1
        if question in self.trouble:
            raise self.trouble[question]

    @override
    async def account(self) -> Account:
        self._heed("account")
        return await super().account()

    @override
    async def read(self, lines: Sequence[Line]) -> ReadResult:
        self._heed("read")
        self.asked_lines.append([line.id for line in lines])
        found = {**await super().read(lines)}
        for line in lines:
            if line.id in self.says:
                del found[line.id]
                if (answer := self.says[line.id]) is not None:
                    found[line.id] = answer
        slow, self.slow = self.slow, None
        self.looked.set()
        if slow is not None:
            await slow.wait()
        return found

    @override
    async def offers(self, line: Line) -> list[Offer]:
        self._heed("offers")
        return await super().offers(line)


@dataclass
class Home:
    """A Home Assistant with one account, the operator behind it, and the clock on the wall."""

    hass: HomeAssistant
    entry: MockConfigEntry
    provider: Wilful
    clock: FrozenDateTimeFactory

    @property
    def account(self) -> AccountRuntime:
        """The loaded account."""
        runtime: AccountRuntime = self.entry.runtime_data
        return runtime

    @property
    def engine(self) -> Engine:
        """The one engine."""
        return self.hass.data[DATA_ENGINE]

    def subentry_of(self, line: LineId) -> str:
        """Return the subentry of a line."""
        return next(k for k, v in self.account.lines.items() if v.line.id == line)

    def key_of(self, line: LineId) -> str:
        """Return the key of a line."""
        return self.account.lines[self.subentry_of(line)].key

    def owner(self, line: LineId | None) -> str:
        """Return what the unique ids of a line, or of the account, begin with."""
        if line is None:
            return self.account.account_key
        return self.account.lines[self.subentry_of(line)].registry_key

    def entity_id(self, key: str, line: LineId | None = PHONE) -> str | None:
        """Return the entity of a line, or of the account, if there is one."""
        owner = self.owner(line)
        entities = er.async_entries_for_config_entry(
            er.async_get(self.hass), self.entry.entry_id
        )
        return next(
            (e.entity_id for e in entities if e.unique_id == f"{owner}_{key}"), None
        )

    def find(self, key: str, line: LineId | None = PHONE) -> State | None:
        """Return what is shown, if anything is."""
        entity_id = self.entity_id(key, line)
        return None if entity_id is None else self.hass.states.get(entity_id)

    def state(self, key: str, line: LineId | None = PHONE) -> State:
        """Return what is shown."""
        state = self.find(key, line)
        assert state is not None, f"nothing is shown of {key}"
        return state

    def shown(self, key: str, line: LineId | None = PHONE) -> str:
        """Return the state that is shown."""
        return self.state(key, line).state

    def changes(self, key: str, line: LineId | None = PHONE) -> list[str]:
        """Return a list that grows with each new state of an entity."""
        seen: list[str] = []
        entity_id = self.entity_id(key, line)

        def note(event: Any) -> None:
            old, new = event.data["old_state"], event.data["new_state"]
            if event.data["entity_id"] == entity_id and old.state != new.state:
                seen.append(new.state)

        self.hass.bus.async_listen("state_changed", note)
        return seen

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def poll(self) -> None:
        """Let the next poll be now."""
        await self.account.coordinator.async_refresh()
        await self.settle()

    async def stop_polling(self) -> None:
        """Let no poll be planned any more, as a user can."""
        coordinator = self.account.coordinator
        coordinator.update_interval = None
        coordinator.async_set_updated_data(coordinator.data)
        await self.pass_time(2 * MINUTE)  # what was planned before is over by then

    async def pass_time(self, span: timedelta) -> None:
        """Let time pass at once, with all that was waiting for it."""
        self.clock.tick(span)
        async_fire_time_changed(self.hass, dt_util.utcnow())
        await self.settle()

    async def call(self, domain: str, action: str, key: str, **data: Any) -> None:
        """Call an action of an entity of the phone line."""
        target = {"entity_id": self.entity_id(key)}
        await self.hass.services.async_call(
            domain, action, target | data, blocking=True
        )
        await self.settle()

    async def recharge(self, amount: str = "300", line: LineId = PHONE) -> Order:
        """Recharge a line as its rule or an action would."""
        config = self.account.lines[self.subentry_of(line)]
        placed = await self.engine.recharge(
            Wish(
                account_key=self.account.account_key,
                line_key=config.key,
                line=config.line,
                offer_id="open",
                money=rubles(amount),
                method_id=config.method_id,
            )
        )
        assert isinstance(placed, Placed), placed
        await self.settle()
        return placed.order

    async def burn(self, amount: str, line: LineId = PHONE) -> None:
        """Use some of a line up."""
        await self.provider.burn(line, Decimal(amount))


def line_subentry(line: Line, **rule: Any) -> ConfigSubentryDataWithId:
    """Return a line as the flow stores it."""
    fields = (
        "balance_below",
        "data_below_mb",
        "validity_below_days",
        "amount",
        "offer_id",
        "method_id",
        "line_month",
        "cooldown_hours",
    )
    own = {"line_id": line.id, "kind": line.kind.value, "number": line.number}
    return ConfigSubentryDataWithId(
        data={**own, "name": line.name, **dict.fromkeys(fields), **rule},
        subentry_id=f"subentry-{line.id}",
        subentry_type="line",
        title=f"{line.name} •{line.last_digits}",
        unique_id=line.id,
    )


@pytest.fixture
def rules() -> dict[str, dict[str, Any]]:
    """What the lines' own rules are."""
    return {
        PHONE: {"balance_below": "50", "amount": "300", "method_id": "wallet"},
        ESIM: {"data_below_mb": 500, "offer_id": "data-3gb", "method_id": "card-1"},
    }


@pytest.fixture
def limits() -> dict[str, Any]:
    """What may be spent."""
    return {
        "per_order": "1000",
        "line_month": "2000",
        "account_month": "3000",
        "cooldown_hours": 6,
    }


@pytest.fixture
def provider(tmp_path: Path) -> Wilful:
    """The operator, before anybody has asked it anything."""
    return Wilful(tmp_path / "operator.db")


@pytest.fixture
def all_enabled() -> Iterator[None]:
    """Enable every entity, also those that a user has to ask for."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        property(lambda _: True),
    ):
        yield


@pytest.fixture
def log_ins(hass: HomeAssistant) -> Iterator[list[str]]:
    """The accounts that a user was asked to log in to again; the flow itself is not begun."""
    asked: list[str] = []

    async def note(_: str, *, context: dict[str, Any], **__: Any) -> dict[str, Any]:
        assert context["source"] == SOURCE_REAUTH
        asked.append(context["entry_id"])
        return {"type": FlowResultType.ABORT}

    with patch.object(hass.config_entries.flow, "async_init", note):
        yield asked


@pytest.fixture
async def entry(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    provider: Wilful,
    tmp_path: Path,
    rules: dict[str, dict[str, Any]],
    limits: dict[str, Any],
) -> MockConfigEntry:
    """The account as the flow stores it, not yet loaded."""
    freezer.move_to("2026-11-23 12:00:00+00:00")
    hass.config.config_dir = str(tmp_path)
    (tmp_path / ".storage").mkdir()
    account = await DemoProvider.account(provider)
    lines = await provider.lines()
    return MockConfigEntry(
        domain=DOMAIN,
        title="Demo operator",
        unique_id=f"demo_{account.id}",
        data={
            "provider": "demo",
            "credentials": {"books": str(tmp_path / "operator.db")},
            "account_id": account.id,
            "currency": "RUB",
            "method_id": "wallet",
        },
        options=limits,
        subentries_data=[
            line_subentry(line, **rules.get(line.id, {})) for line in lines
        ],
    )


type StartHome = Callable[[], Any]


@pytest.fixture
async def start(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    provider: Wilful,
    entry: MockConfigEntry,
) -> AsyncIterator[StartHome]:
    """Return what sets the account up; a test may first arrange what the operator says."""

    async def begin() -> Home:
        entry.add_to_hass(hass)
        with patch(
            "custom_components.esim_topup.create_provider", return_value=provider
        ):
            await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done(wait_background_tasks=True)
        return Home(hass, entry, provider, freezer)

    yield begin
    if DATA_ENGINE in hass.data:
        await hass.data[DATA_ENGINE].stop()


@pytest.fixture
async def home(start: StartHome) -> Home:
    """The account, set up."""
    home: Home = await start()
    return home
