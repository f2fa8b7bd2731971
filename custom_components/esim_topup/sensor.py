"""What is left on a line, until when it is valid, what was paid, and why it is or is not topped up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfInformation, UnitOfTime
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_point_in_utc_time

from .coordinator import AccountRuntime, EsimTopupConfigEntry
from .entity import (
    AccountDescription,
    AccountEntity,
    LineDescription,
    LineEntity,
    account_candidates,
    async_add_as_filled,
    line_candidates,
)
from .figures import (
    age,
    last_orders,
    last_top_up,
    read,
    spending_limit,
    spent,
    voice_left_seconds,
    why,
)
from .orders.status import LineState
from .providers.base import Quantity
from .providers.money import Money, minor_digits
from .view import AccountView, LineView

# The coordinator asks; entities only show.
PARALLEL_UPDATES = 0

type Value = Money | datetime | int | str | None


@dataclass(frozen=True, kw_only=True)
class LineSensorDescription(LineDescription, SensorEntityDescription):
    """A sensor of a line."""

    value_fn: Callable[[LineView], Value]
    """Unknown is `None`, never 0."""
    attributes_fn: Callable[[LineView], Mapping[str, Any]] = lambda _: {}
    last_reset_fn: Callable[[LineView], datetime | None] = lambda _: None


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(AccountDescription, SensorEntityDescription):
    """An amount of an account."""

    value_fn: Callable[[AccountView], Money | None]
    last_reset_fn: Callable[[AccountView], datetime | None] = lambda _: None


SENSORS: Final = (
    LineSensorDescription(
        key="balance",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        needs_reading=True,
        has_fn=lambda view: view.has(Quantity.BALANCE),
        value_fn=read(lambda reading: reading.balance),
        attributes_fn=age,
    ),
    LineSensorDescription(
        key="data_remaining",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=2,
        state_class=SensorStateClass.MEASUREMENT,
        needs_reading=True,
        has_fn=lambda view: view.has(Quantity.DATA),
        # On a phone line with money on it, the data is a detail; on a data eSIM it is all there is.
        default_fn=lambda view: view.reading is None or view.reading.balance is None,
        value_fn=read(lambda reading: reading.data_left_bytes),
        attributes_fn=age,
    ),
    LineSensorDescription(
        key="voice_remaining",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        needs_reading=True,
        has_fn=lambda view: view.has(Quantity.VOICE),
        value_fn=read(voice_left_seconds),
        attributes_fn=age,
    ),
    LineSensorDescription(
        key="sms_remaining",
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        needs_reading=True,
        has_fn=lambda view: view.has(Quantity.SMS),
        value_fn=read(lambda reading: reading.sms_left),
        attributes_fn=age,
    ),
    LineSensorDescription(
        key="valid_until",
        device_class=SensorDeviceClass.TIMESTAMP,
        needs_reading=True,
        has_fn=lambda view: view.has(Quantity.VALIDITY),
        value_fn=read(lambda reading: reading.valid_until),
        attributes_fn=age,
    ),
    LineSensorDescription(
        key="last_top_up",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        value_fn=last_top_up,
        attributes_fn=last_orders,
    ),
    LineSensorDescription(
        key="spent_this_month",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        entity_registry_enabled_default=False,
        value_fn=spent,
        attributes_fn=spending_limit,
        last_reset_fn=lambda view: view.month_began,
    ),
)

ACCOUNT_SENSORS: Final = (
    AccountSensorDescription(
        key="wallet_balance",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        has_fn=lambda view: view.wallet is not None,
        value_fn=lambda view: view.wallet,
    ),
    AccountSensorDescription(
        key="spent_this_month",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        entity_registry_enabled_default=False,
        has_fn=lambda view: bool(view.runtime.lines),
        value_fn=lambda view: view.spent,
        last_reset_fn=lambda view: view.month_began,
    ),
)

# Apart from the others: it changes when a time has come, not only when something was read.
TOP_UP_STATUS: Final = LineSensorDescription(
    key="top_up_status",
    device_class=SensorDeviceClass.ENUM,
    options=list(LineState),
    value_fn=lambda view: view.status.state,
    attributes_fn=why,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EsimTopupConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of an account and its lines."""
    runtime = entry.runtime_data
    async_add_as_filled(
        entry,
        async_add_entities,
        [
            *line_candidates(runtime, SENSORS, LineSensor),
            *line_candidates(runtime, [TOP_UP_STATUS], TopUpStatusSensor),
            *account_candidates(runtime, ACCOUNT_SENSORS, AccountSensor),
        ],
    )


class LineSensor(LineEntity, SensorEntity):
    """One figure of a line."""

    entity_description: LineSensorDescription
    _unrecorded_attributes = frozenset(
        {"limit", "limit_left", "next_allowed", "stale_since"}
    )

    def __init__(
        self,
        runtime: AccountRuntime,
        subentry_id: str,
        description: LineSensorDescription,
    ) -> None:
        """Show money with the decimals of its currency."""
        super().__init__(runtime, subentry_id, description)
        if description.device_class is SensorDeviceClass.MONETARY:
            self._attr_suggested_display_precision = minor_digits(runtime.currency)
        self._show(self.view)

    @override
    async def async_added_to_hass(self) -> None:
        """Show what became known since this entity was made."""
        await super().async_added_to_hass()
        self._show(self.view)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Show what is new."""
        self._show(self.view)
        super()._handle_coordinator_update()

    def _show(self, view: LineView) -> None:
        """Take everything from one view: the verdict in it is worth computing once."""
        description = self.entity_description
        value = description.value_fn(view)
        self._attr_native_value = _exact(value)
        self._attr_last_reset = description.last_reset_fn(view)
        self._attr_extra_state_attributes = dict(description.attributes_fn(view))
        if description.device_class is SensorDeviceClass.MONETARY:
            self._attr_native_unit_of_measurement = _currency(value, self._runtime)


class TopUpStatusSensor(LineSensor):
    """Looks again when a waiting time is over: nothing else would tell."""

    _until: datetime | None = None
    _stop_waiting: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to wait."""
        await super().async_added_to_hass()
        self.async_on_remove(self._wait_no_more)
        self._wait()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Show what is new, and wait for what comes next."""
        super()._handle_coordinator_update()
        self._wait()

    @override
    def _show(self, view: LineView) -> None:
        """Remember when it may change by itself."""
        super()._show(view)
        self._until = view.status.until

    @callback
    def _wait(self) -> None:
        self._wait_no_more()
        if self._until is not None:
            self._stop_waiting = async_track_point_in_utc_time(
                self.hass, self._look_again, self._until
            )

    @callback
    def _wait_no_more(self) -> None:
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None

    async def _look_again(self, _: datetime) -> None:
        self._stop_waiting = None
        await self.coordinator.async_look_into_book()


class AccountSensor(AccountEntity, SensorEntity):
    """One amount of an account."""

    entity_description: AccountSensorDescription

    def __init__(
        self, runtime: AccountRuntime, description: AccountSensorDescription
    ) -> None:
        """Show money with the decimals of its currency."""
        super().__init__(runtime, description)
        self._attr_suggested_display_precision = minor_digits(runtime.currency)

    @property
    @override
    def native_value(self) -> datetime | Decimal | int | str | None:
        """The amount."""
        return _exact(self.entity_description.value_fn(self.view))

    @property
    @override
    def native_unit_of_measurement(self) -> str:
        """Its own currency, which need not be that of the limits."""
        return _currency(self.entity_description.value_fn(self.view), self._runtime)

    @property
    @override
    def last_reset(self) -> datetime | None:
        """When a sum began."""
        return self.entity_description.last_reset_fn(self.view)


def _exact(value: Value) -> datetime | Decimal | int | str | None:
    """Return money as the exact decimal that it is, with all its digits: `300.00`."""
    return Decimal(value.plain) if isinstance(value, Money) else value


def _currency(value: Value, runtime: AccountRuntime) -> str:
    return value.currency if isinstance(value, Money) else runtime.currency
