"""Who there is in a house, and the doors that each of them tries: what they see is what Home Assistant answers them."""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp.test_utils import TestClient
from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.esim_topup.const import DOMAIN
from tests.story.conftest import House

from .ways import Doors

ADMIN, USER, READER, NOBODY, VOICE = (
    "an admin",
    "a user",
    "a reader",
    "nobody",
    "a voice",
)
"""A reader may only look. Nobody is an automation; a voice is a satellite, which does not know who speaks."""

_GROUPS: Final = {
    ADMIN: GROUP_ID_ADMIN,
    USER: GROUP_ID_USER,
    READER: GROUP_ID_READ_ONLY,
}

_CLIENT: Final = "https://home.example/app"
WISH: Final = "somebody_wishes"
TAPPED: Final = "mobile_app_notification_action"


@dataclass
class Person:
    """Somebody at the door: what they want, and how they are known."""

    who: str
    house: House
    doors: Doors
    amount: str
    user: MockUser | None = None

    @property
    def hass(self) -> HomeAssistant:
        """Home Assistant."""
        return self.house.hass

    @property
    def data(self) -> dict[str, Any]:
        """What they ask the action for."""
        return {"device_id": self.house.device_id, "amount": self.amount}

    @property
    def context(self) -> Context:
        """As whom a call of theirs is known."""
        return Context(user_id=self.user.id if self.user else None)

    async def arrive(self) -> None:
        """Become somebody that Home Assistant knows; the doors are there already."""
        for component in ("homeassistant", "api", "config", "repairs"):
            assert await async_setup_component(self.hass, component, {})
        if (group_id := _GROUPS.get(self.who)) is not None:
            group = await self.hass.auth.async_get_group(group_id)
            self.user = MockUser(groups=[group]).add_to_hass(self.hass)
            assert self.user.is_admin is (self.who == ADMIN)

    async def token(self) -> str:
        """Return a token of theirs."""
        assert self.user is not None
        refresh = await self.hass.auth.async_create_refresh_token(self.user, _CLIENT)
        return str(self.hass.auth.async_create_access_token(refresh))

    async def request(self, method: str, path: str, **data: Any) -> int:
        """Ask over HTTP and return the status."""
        client: TestClient[Any, Any] = await self.doors.client(await self.token())
        reply = await client.request(method, path, json=data)
        await self.hass.async_block_till_done()
        return reply.status

    async def act(self, action: str, **data: Any) -> int:
        """Call an action over HTTP."""
        return await self.request(
            "POST", f"/api/services/{action.replace('.', '/')}", **data
        )

    async def say(self, **message: Any) -> str:
        """Say something over the WebSocket; return what is answered."""
        connect: WebSocketGenerator = self.doors.ws_client
        socket = await connect(self.hass, await self.token())
        await socket.send_json_auto_id(message)
        answer = await socket.receive_json()
        await socket.close()
        await self.hass.async_block_till_done()
        return "ok" if answer["success"] else str(answer["error"]["code"])

    async def automate(self, event: str = WISH) -> None:
        """Let the house have an automation that pays whatever the variables say."""
        data = self.data | {"amount": "{{ amount | default(300) }}"}
        pay = {"action": f"{DOMAIN}.recharge", "data": data}
        trigger = {"trigger": "event", "event_type": event}
        await self.house.automate("pay", [trigger], [pay], mode="queued")

    async def register_phone(self) -> str:
        """Register a phone of theirs; return the path of its webhook, which asks nobody for a token."""
        assert await async_setup_component(self.hass, "mobile_app", {})
        client = await self.doors.client(await self.token())
        phone = {
            "app_id": "io.example",
            "app_name": "App",
            "app_version": "1",
            "device_id": "phone",
            "device_name": "Phone",
            "manufacturer": "Maker",
            "model": "Model",
            "os_name": "OS",
            "os_version": "1",
            "supports_encryption": False,
        }
        reply = await client.post("/api/mobile_app/registrations", json=phone)
        assert reply.status == 201
        await self.hass.async_block_till_done()
        # A webhook that nobody knows answers 200 as well.
        (phone_entry,) = self.hass.config_entries.async_entries("mobile_app")
        assert phone_entry.state is ConfigEntryState.LOADED
        return f"/api/webhook/{(await reply.json())['webhook_id']}"

    async def through_phone(
        self, kind: str, data: dict[str, Any], times: int
    ) -> set[int]:
        """Send the same message from the phone, as often as that; return the statuses."""
        path = await self.register_phone()
        client = await self.doors.client(None)
        statuses = set()
        for _ in range(times):
            reply = await client.post(path, json={"type": kind, "data": data})
            await self.hass.async_block_till_done()
            statuses.add(reply.status)
        return statuses
