"""The ways to a recharge: each as the person, script or automation at its end uses it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from aiohttp.test_utils import TestClient
from homeassistant.components.websocket_api.const import DATA_CONNECTIONS
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.esim_topup.const import DOMAIN

from .moments import PATIENCE

_SCRIPT: Final = "script.pay"
_AUTOMATION: Final = "automation.pay"
_PURSE: Final = "sensor.purse"


@dataclass
class Doors:
    """What leads into Home Assistant."""

    hass: HomeAssistant
    client: ClientSessionGenerator
    ws_client: WebSocketGenerator


@dataclass
class Way:
    """A caller that can call, call again and go away."""

    doors: Doors
    data: dict[str, Any]
    """The action's fields."""
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    repeats: ClassVar[int] = 3
    """How many of three more calls reach the action while the first one waits."""

    @property
    def hass(self) -> HomeAssistant:
        """Home Assistant."""
        return self.doors.hass

    async def prepare(self) -> None:
        """Make ready, before anything is called."""

    async def call(self) -> None:
        """Call; what is answered is not waited for."""
        raise NotImplementedError

    async def again(self) -> None:
        """Give up and call again, as whoever is impatient does."""
        await self.give_up()
        await self.call()

    async def give_up(self) -> None:
        """Cancel the call."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def rest(self) -> None:
        """Let go of whatever still waits for an answer."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*self.tasks, return_exceptions=True)

    def spawn(self, work: Awaitable[Any]) -> None:
        """Do this beside the test."""
        self.tasks.append(asyncio.ensure_future(work))

    def action(self) -> dict[str, Any]:
        """Return the step of a script or automation."""
        return {"action": f"{DOMAIN}.recharge", "data": self.data}


class Task(Way):
    """Another integration's coroutine."""

    async def call(self) -> None:
        """Call the action."""
        self.spawn(
            self.hass.services.async_call(
                DOMAIN, "recharge", self.data, blocking=True, return_response=True
            )
        )


class Rest(Way):
    """A script outside, over HTTP."""

    _client: TestClient[Any, Any]

    async def prepare(self) -> None:
        """Open the door."""
        assert await async_setup_component(self.hass, "api", {})
        self._client = await self.doors.client()
        _forgive_unheard_errors(asyncio.get_running_loop())

    async def call(self) -> None:
        """Post it; giving up closes the connection."""
        self.spawn(
            self._client.post(
                f"/api/services/{DOMAIN}/recharge?return_response", json=self.data
            )
        )


def _forgive_unheard_errors(loop: asyncio.AbstractEventLoop) -> None:
    """Let a client go away before its error comes: Home Assistant shields the call from that, and nobody is left to hear."""
    report = loop.get_exception_handler()
    assert report is not None

    def unless_unheard(
        loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        call = context.get("future")
        if not (
            isinstance(call, asyncio.Task)
            and call.get_name().startswith("api service call ")
            and isinstance(context.get("exception"), HomeAssistantError)
        ):
            report(loop, context)

    loop.set_exception_handler(unless_unheard)


class WebSocket(Way):
    """A dashboard."""

    _socket: Any

    async def prepare(self) -> None:
        """Open the page."""
        self._socket = await self.doors.ws_client(self.hass)

    async def call(self) -> None:
        """Press the button."""
        await self._socket.send_json_auto_id(
            {
                "type": "call_service",
                "domain": DOMAIN,
                "service": "recharge",
                "service_data": self.data,
                "return_response": True,
            }
        )

    async def give_up(self) -> None:
        """Close the page."""
        await self._socket.close()

    async def rest(self) -> None:
        """Close the page at last: its heartbeat is a timer."""
        await self.give_up()
        async with asyncio.timeout(PATIENCE):
            while self.hass.data.get(DATA_CONNECTIONS):
                await asyncio.sleep(0.001)

    async def again(self) -> None:
        """Reload the page and press the button once more."""
        await self.give_up()
        await self.prepare()
        await self.call()


class _Script(Way):
    mode: str

    async def prepare(self) -> None:
        """Write the script."""
        script = {"mode": self.mode, "sequence": [self.action()]}
        assert await async_setup_component(
            self.hass, "script", {"script": {"pay": script}}
        )

    async def call(self) -> None:
        """Start it and go on."""
        await self.hass.services.async_call("script", "pay", blocking=False)

    async def again(self) -> None:
        """Start it once more; its mode says what that means."""
        await self.call()

    async def give_up(self) -> None:
        """Turn it off."""
        await self.hass.services.async_call(
            "script", "turn_off", {"entity_id": _SCRIPT}, blocking=True
        )
        state = self.hass.states.get(_SCRIPT)
        assert state is not None and state.state == "off"


class ScriptSingle(_Script):
    """A script that waits for its end."""

    mode, repeats = "single", 0


class ScriptRestart(_Script):
    """A script that cancels itself and begins anew."""

    mode = "restart"


class ScriptParallel(_Script):
    """A script that runs as often as it is started."""

    mode = "parallel"


class _Automation(Way):
    mode: str

    async def prepare(self) -> None:
        """Write the automation."""
        self.hass.states.async_set(_PURSE, "full")
        automation = {
            "alias": "pay",
            "id": "pay",
            "mode": self.mode,
            "triggers": {"trigger": "state", "entity_id": _PURSE, "to": "empty"},
            "actions": self.action(),
        }
        assert await async_setup_component(
            self.hass, "automation", {"automation": automation}
        )

    async def again(self) -> None:
        """Trigger it once more; its mode says what that means."""
        await self.call()

    async def give_up(self) -> None:
        """Turn it off, and with it what it is doing."""
        await self.hass.services.async_call(
            "automation", "turn_off", {"entity_id": _AUTOMATION}, blocking=True
        )


class AutomationByState(_Automation):
    """An automation in mode `restart` that watches a state."""

    mode = "restart"

    async def call(self) -> None:
        """Let the state change."""
        self.hass.states.async_set(_PURSE, "full")
        self.hass.states.async_set(_PURSE, "empty")


class AutomationTriggered(_Automation):
    """`automation.trigger` of an automation that does one thing after the other."""

    mode, repeats = "queued", 0

    async def call(self) -> None:
        """Trigger it by its action."""
        await self.hass.services.async_call(
            "automation", "trigger", {"entity_id": _AUTOMATION}, blocking=False
        )


WAYS: Final[dict[str, Callable[[Doors, dict[str, Any]], Way]]] = {
    "REST": Rest,
    "WebSocket": WebSocket,
    "script in mode single": ScriptSingle,
    "script in mode restart": ScriptRestart,
    "script in mode parallel": ScriptParallel,
    "automation by a state": AutomationByState,
    "automation.trigger": AutomationTriggered,
    "task": Task,
}
