"""A home with an account at the demo operator. What was paid is read from the operator's books, never from a mock."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.coordinator import AccountRuntime
from custom_components.esim_topup.house import DATA_ENGINE
from custom_components.esim_topup.models import LineConfig
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.order import Order
from custom_components.esim_topup.providers.base import Line, LineKind
from custom_components.esim_topup.providers.demo import (
    DemoProvider,
    Mood,
    charges,
    create,
)
from tests.operator.app import start_operator
from tests.operator.client import OperatorControl
from tests.providers.rest.operator_config import operator_config

LINE = "line-1"
"""The line at the operator behind HTTP."""

PHONE, ESIM, TRACKER = "demo-phone", "demo-esim", "demo-tracker"

LIMITS = {
    "per_order": "1000",
    "line_month": "2000",
    "account_month": "3000",
    "cooldown_hours": 6,
}


@dataclass
class Home:
    """A Home Assistant with one account, and the operator behind it."""

    hass: HomeAssistant
    entry: MockConfigEntry
    books: Path

    @property
    def account(self) -> AccountRuntime:
        """The loaded account."""
        runtime: AccountRuntime = self.entry.runtime_data
        return runtime

    @property
    def provider(self) -> DemoProvider:
        """The operator, as the integration talks to it."""
        assert isinstance(self.account.provider, DemoProvider)
        return self.account.provider

    @property
    def engine(self) -> Engine:
        """The one engine."""
        return self.hass.data[DATA_ENGINE]

    async def orders(self) -> list[Order]:
        """Return the orders of the account, newest first."""
        return await self.engine.orders(account_key=self.account.account_key)

    def device(self, line_id: str = PHONE) -> str:
        """Return the device of a line."""
        return self._device(self._line(line_id).registry_key)

    @property
    def phone(self) -> LineConfig:
        """The phone line, as it is set up."""
        return self._line(PHONE)

    def account_device(self) -> str:
        """Return the device of the account."""
        return self._device(self.account.account_key)

    def charges(self) -> list[str]:
        """Return what the operator's books say was paid, in order."""
        return [str(charge.money) for charge in charges(self.books)]

    async def read(self, line_id: str = PHONE) -> None:
        """Look at a line now, as its refresh button does."""
        await self.account.coordinator.async_read_line(self._line(line_id).key)
        await self.hass.async_block_till_done()

    async def paid(self, times: int) -> None:
        """Wait until the operator's books show so many charges."""
        async with asyncio.timeout(5):
            while len(self.charges()) < times:
                await asyncio.sleep(0.01)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def behave(self, mood: Mood) -> None:
        """Let the operator misbehave."""
        await self.provider.set_mood(mood)

    async def call(
        self,
        action: str,
        *,
        line: str = PHONE,
        context: Context | None = None,
        **data: Any,
    ) -> dict[str, Any]:
        """Call an action about a line and return its answer."""
        answer = await self.hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": self.device(line)} | data,
            blocking=True,
            return_response=True,
            context=context,
        )
        assert answer is not None
        return answer

    async def recharge(self, **data: Any) -> dict[str, Any]:
        """Recharge a line."""
        return await self.call("recharge", **data)

    async def fails(
        self,
        key: str,
        *,
        kind: type[HomeAssistantError] = HomeAssistantError,
        action: str = "recharge",
        **data: Any,
    ) -> str:
        """Call an action that fails with this key, and return what its caller reads."""
        before = self.charges()
        with pytest.raises(kind) as caught:
            await self.call(action, **data)
        assert (type(caught.value), caught.value.translation_key) == (kind, key)
        text = str(caught.value)
        assert text not in ("", key) and "{" not in text
        assert self.charges() == before, "a call that fails pays nothing"
        return text

    def _line(self, line_id: str) -> LineConfig:
        lines = self.account.lines.values()
        return next(line for line in lines if line.line.id == line_id)

    def _device(self, key: str) -> str:
        device = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, key), self.entry.entry_id
        )
        assert device is not None
        return device.id


@dataclass
class Portal:
    """An account at the operator, and the operator's own books."""

    hass: HomeAssistant
    entry: MockConfigEntry
    operator: OperatorControl

    async def call(
        self, action: str, context: Context | None = None, **data: Any
    ) -> dict[str, Any]:
        """Call an action about the line."""
        (line,) = self.entry.runtime_data.lines.values()
        device = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, line.registry_key), self.entry.entry_id
        )
        assert device is not None
        answer = await self.hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": device.id} | data,
            blocking=True,
            return_response=True,
            context=context,
        )
        assert answer is not None
        return answer

    async def fails(self, **data: Any) -> str | None:
        """Return why a recharge fails."""
        with pytest.raises(HomeAssistantError) as caught:
            await self.call("recharge", **data)
        assert "{" not in str(caught.value)
        return caught.value.translation_key

    async def paid(self) -> list[str]:
        """Return what the books say."""
        return [f"{charge.amount:.2f}" for charge in await self.operator.charges(LINE)]

    @property
    def engine(self) -> Engine:
        """The one engine."""
        return self.hass.data[DATA_ENGINE]

    def forget_offers(self) -> None:
        """Know as little of what is sold as after a start."""
        coordinator = self.entry.runtime_data.coordinator
        coordinator.data = replace(coordinator.data, offers={})

    async def asked(self, operation: str = "offers") -> int:
        """Return how often the operator was asked that."""
        return len(await self.operator.requests(operation))

    async def sent(self) -> int:
        """Return how many purchases reached the operator."""
        return len(await self.operator.requests("order"))


def line_subentry(line: Line, **rule: Any) -> ConfigSubentryDataWithId:
    """Return a line as the flow stores it."""
    data = {
        "line_id": line.id,
        "kind": line.kind.value,
        "number": line.number,
        "name": line.name,
        "balance_below": None,
        "data_below_mb": None,
        "validity_below_days": None,
        "amount": None,
        "offer_id": None,
        "method_id": None,
        "line_month": None,
        "cooldown_hours": None,
    }
    return ConfigSubentryDataWithId(
        data=data | rule,
        subentry_id=f"subentry-{line.id}",
        subentry_type="line",
        title=f"{line.name} •{line.last_digits}",
        unique_id=line.id,
    )


@pytest.fixture
def rules() -> dict[str, dict[str, Any]]:
    """What the lines' own rules are: by line."""
    return {
        PHONE: {"balance_below": "50", "amount": "300", "method_id": "wallet"},
        ESIM: {"data_below_mb": 500, "offer_id": "data-3gb", "method_id": "card-1"},
    }


@pytest.fixture
def own_folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Give Home Assistant a configuration folder of its own: the order book lies there."""
    hass.config.config_dir = str(tmp_path)
    (tmp_path / ".storage").mkdir()
    return tmp_path


@pytest.fixture
async def home(
    hass: HomeAssistant, own_folder: Path, rules: dict[str, dict[str, Any]]
) -> AsyncIterator[Home]:
    """Set up an account with its three lines."""
    books = own_folder / "operator.db"
    operator = create({"books": str(books)}, None)  # type: ignore[arg-type]  # it talks to nobody
    account = await operator.account()
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Demo operator",
        unique_id=f"demo_{account.id}",
        data={
            "provider": "demo",
            "credentials": {"books": str(books)},
            "account_id": account.id,
            "currency": "RUB",
            "method_id": "wallet",
        },
        options=LIMITS,
        subentries_data=[
            line_subentry(line, **rules.get(line.id, {}))
            for line in await operator.lines()
        ],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    yield Home(hass, entry, books)
    await hass.data[DATA_ENGINE].stop()


@pytest.fixture
def method() -> str:
    """What pays."""
    return "wallet"


@pytest.fixture
async def portal(
    hass: HomeAssistant, own_folder: Path, method: str
) -> AsyncIterator[Portal]:
    """Set up the account."""
    async with (
        start_operator(own_folder / "operator.db") as running,
        OperatorControl(running.base_url) as operator,
    ):
        line = Line(
            id=LINE, kind=LineKind.MSISDN, number="+79161234567", name="Home number"
        )
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Operator",
            unique_id="rest_acct-1",
            data={
                "provider": "rest",
                "credentials": operator_config(running.base_url),
                "account_id": "acct-1",
                "currency": "RUB",
                "method_id": method,
            },
            options={"per_order": "5000", "cooldown_hours": 6},
            subentries_data=[line_subentry(line, balance_below="50", amount="300")],
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        yield Portal(hass, entry, operator)
        await hass.data[DATA_ENGINE].stop()
