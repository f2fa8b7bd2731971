"""The layer can fail: whoever plants a leak is caught, on the surface where it was planted."""

import asyncio
from collections.abc import Callable, Sequence
import logging
from types import SimpleNamespace
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import Event, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.update_coordinator import UpdateFailed
import pytest

from custom_components.esim_topup import coordinator, issues, sensor
from custom_components.esim_topup.coordinator import AccountCoordinator
from custom_components.esim_topup.models import LineConfig
from custom_components.esim_topup.orders.flight import Flight
from custom_components.esim_topup.providers.errors import ProviderError
from custom_components.esim_topup.services import queries, recharge

from . import ear, life
from .aviary import ICCID, PHONE, everything_breaks
from .life import House

type Plant = Callable[[pytest.MonkeyPatch, House], None]


def _while_looking(
    say: Callable[[AccountCoordinator, LineConfig], None],
) -> Plant:
    """Return a plant that says something of each line whenever the account is polled."""

    def plant(patch: pytest.MonkeyPatch, house: House) -> None:
        look = AccountCoordinator._look

        async def leaky(self: AccountCoordinator, lines: Sequence[LineConfig]) -> None:
            for line in lines:
                say(self, line)
            await look(self, lines)

        patch.setattr(AccountCoordinator, "_look", leaky)

    return plant


@_while_looking
def _a_line_of_the_log(coordinator: AccountCoordinator, line: LineConfig) -> None:
    log = logging.getLogger("custom_components.esim_topup")
    log.debug("Asking for %s", [line.line.number])


@_while_looking
def _an_event(coordinator: AccountCoordinator, line: LineConfig) -> None:
    coordinator.hass.bus.async_fire("looked", {"line": {"id": line.line.id}})


@_while_looking
def _a_notification(coordinator: AccountCoordinator, line: LineConfig) -> None:
    message = f"Looking at {line.line.number}"
    persistent_notification.async_create(coordinator.hass, message, "Looking")


@_while_looking
def _the_name_of_a_task(coordinator: AccountCoordinator, line: LineConfig) -> None:
    hass, over = coordinator.hass, asyncio.Event()

    @callback
    def end(_: Event[Any]) -> None:
        over.set()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_FINAL_WRITE, end)
    hass.loop.create_task(over.wait(), name=f"look after {line.line.number}")


@_while_looking
def _the_name_of_a_device(coordinator: AccountCoordinator, line: LineConfig) -> None:
    registry = dr.async_get(coordinator.hass)
    entry_id = coordinator.config_entry.entry_id
    for device in dr.async_entries_for_config_entry(registry, entry_id):
        registry.async_update_device(device.id, name=f"SIM {line.line.id}")


def _diagnostics(patch: pytest.MonkeyPatch, house: House) -> None:
    async def everything(_: Any, entry: Any) -> Any:
        return {"account": dict(entry.data)}

    leaky = SimpleNamespace(async_get_config_entry_diagnostics=everything)
    patch.setattr(ear, "room_of", lambda name: leaky)


def _an_attribute(patch: pytest.MonkeyPatch, house: House) -> None:
    def number(self: Any) -> dict[str, Any]:
        return {"number": self.view.line.line.number}

    patch.setattr(sensor.LineSensor, "extra_state_attributes", property(number))


def _an_error_in_the_log(patch: pytest.MonkeyPatch, house: House) -> None:
    def leaky(error: ProviderError) -> UpdateFailed:
        cause = ConnectionError(f"GET /lines?token={house.birds.query.value}")
        logging.getLogger("custom_components.esim_topup").error("Down", exc_info=cause)
        return UpdateFailed("the operator is down")

    patch.setattr(coordinator, "read_failed", leaky)


def _a_placeholder_of_an_error(patch: pytest.MonkeyPatch, house: House) -> None:
    def leaky(*_: Any) -> HomeAssistantError:
        return HomeAssistantError(
            translation_domain="esim_topup",
            translation_key="recharge_failed",
            translation_placeholders={"amount": "1", "reason": house.birds.line.value},
        )

    patch.setattr(recharge, "unfinished", leaky)


def _a_name_in_repairs(patch: pytest.MonkeyPatch, house: House) -> None:
    patch.setattr(issues, "_create", _issue_with_number(issues._create))


def _issue_with_number(create: Callable[..., None]) -> Callable[..., None]:
    def leaky(hass: Any, kind: Any, order: Any, line_title: str) -> None:
        create(hass, kind, order, f"{line_title} {PHONE[:2]} {PHONE[2:5]} {PHONE[5:]}")

    return leaky


def _a_number_in_the_book(patch: pytest.MonkeyPatch, house: House) -> None:
    draft = Flight._draft

    def leaky(self: Flight, *args: Any) -> Any:
        order = draft(self, *args)
        object.__setattr__(order, "request_id", f"top-up of {self._wish.line.number}")
        return order

    patch.setattr(Flight, "_draft", leaky)


def _an_answer(patch: pytest.MonkeyPatch, house: House) -> None:
    def leaky(offer: Any) -> Any:
        return {"name": offer.name, "key": house.birds.key.value}

    patch.setattr(queries, "offer_answer", leaky)


@pytest.mark.parametrize(
    ("plant", "canary", "surface"),
    [
        pytest.param(_a_line_of_the_log, "phone number", "log", id="a line of the log"),
        pytest.param(
            _a_line_of_the_log, "ICCID", "arguments of the log", id="its arguments"
        ),
        pytest.param(_an_attribute, "phone number", "states", id="an attribute"),
        pytest.param(
            _an_attribute, "ICCID", "recorder", id="an attribute that is recorded"
        ),
        pytest.param(
            _an_error_in_the_log,
            "token in the query of a path",
            "errors in the log",
            id="an error in the log",
        ),
        pytest.param(
            _a_placeholder_of_an_error,
            "line id",
            "errors of actions",
            id="a placeholder of an error",
        ),
        pytest.param(_a_name_in_repairs, "phone number", "repairs", id="an issue"),
        pytest.param(
            _a_number_in_the_book, "phone number", "order book", id="the order book"
        ),
        pytest.param(_an_answer, "API key", "answers of actions", id="an answer"),
        pytest.param(_an_answer, "API key", "automation traces", id="a trace"),
        pytest.param(
            _an_answer, "API key", "files of .storage", id="a trace that is kept"
        ),
        pytest.param(_an_event, "line id", "events", id="an event"),
        pytest.param(
            _a_notification,
            "phone number",
            "websocket: persistent_notification/get",
            id="a notification",
        ),
        pytest.param(
            _the_name_of_a_task,
            "phone number",
            "names of tasks",
            id="the name of a task",
        ),
        pytest.param(
            _the_name_of_a_device,
            "ICCID",
            "device registry",
            id="the name of a device",
        ),
        pytest.param(_diagnostics, "API key", "diagnostics", id="diagnostics"),
    ],
)
async def test_a_planted_leak_is_heard(
    house: House,
    hass_ws_client: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    plant: Plant,
    canary: str,
    surface: str,
) -> None:
    """An ear that hears nothing says nothing about silence."""
    await life.is_set_up(house)
    plant(monkeypatch, house)
    await house.reload()
    await everything_breaks(house.operator, house.birds, "500")
    await house.poll()
    await house.operator.clear_faults()
    await house.poll()
    await house.operator.fault("wrong_reference", "order")
    await house.operator.fault("error_before", "find", status=503, times=9)
    await house.recharge()
    house.ear.did("recharged")
    await house.ear.act("get_offers", device_id=house.device())
    await life.is_automated(house)
    await house.ear.listen(await hass_ws_client(house.hass), house.entry, last=True)
    leaks = house.ear.sweep.leaks(house.birds)
    assert (surface, canary) in {(leak.surface, leak.canary) for leak in leaks}
    told = "\n".join(map(str, leaks))
    assert not any(one in told for one in (PHONE[1:], ICCID, house.birds.key.value))
