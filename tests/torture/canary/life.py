"""A life in chapters: set up, polled, asked, paid, automated, changed, locked, removed; and everything goes wrong once."""

from dataclasses import dataclass
import os
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.house import DATA_ENGINE
from custom_components.esim_topup.orders.book_file import LockReason
from custom_components.esim_topup.providers.base import Dedupe
from tests.flows.test_rest import describe
from tests.flows.walk import Walk
from tests.operator.app import RunningOperator
from tests.operator.client import OperatorControl

from .aviary import Birds, description, everything_breaks
from .ear import Ear

EVERYTHING: Final = os.environ.get("TORTURE") == "all"
"""All faults; else every fourth, so that the tests of every day stay quick."""

_STEP: Final = 1 if EVERYTHING else 4

FAULTS: Final = (
    "401",
    "403",
    "404",
    "500",
    "503",
    "redirect",
    "html",
    "not_json",
    "garbage",
    "truncate",
    "duplicate_keys",
    "reset_before",
    "drop_after",
    "empty",
    "rate_limit",
    "nan",
)

PAYMENT_FAULTS: Final = (
    "reset_after",
    "error_after",
    "garbage",
    "redirect",
    "unknown_status",
    "wrong_line",
    "wrong_reference",
    "wrong_amount",
)


@dataclass(slots=True)
class House:
    """Everything that the story needs."""

    hass: HomeAssistant
    server: RunningOperator
    operator: OperatorControl
    birds: Birds
    ear: Ear
    dedupe: Dedupe

    @property
    def entry(self) -> ConfigEntry:
        """The account."""
        (entry,) = self.hass.config_entries.async_entries(DOMAIN)
        return entry

    def device(self, number: int = 0) -> str:
        """Return the device of a line."""
        line = [*self.entry.runtime_data.lines.values()][number]
        found = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, line.registry_key), self.entry.entry_id
        )
        assert found is not None
        return found.id

    async def poll(self) -> None:
        """Let the next poll be now."""
        await self.entry.runtime_data.coordinator.async_refresh()
        await self.ear.settle()

    async def reload(self) -> None:
        """Reload the account."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.ear.settle()

    async def recharge(self, **data: Any) -> Any:
        """Recharge the phone line, without a rest."""
        wish = {"device_id": self.device(), "amount": "100", "force": True} | data
        answer = await self.ear.act("recharge", **wish)
        await self.ear.settle()
        return answer


# The life, chapter by chapter


async def is_set_up_badly(house: House) -> None:
    """Wrong key, wrong scheme, wrong host, wrong path, and an operator that repeats what it was told."""
    birds, url = house.birds, house.server.base_url
    good = description(url, birds, house.dedupe)
    wrong = {
        "wrong key": {"auth_value": f"Bearer {birds.old_key.value}"},
        "TLS": {"base_url": url.replace("http:", "https:")},
        "DNS": {"base_url": f"https://nowhere.invalid/{birds.segment.value}"},
        "refused": {"base_url": f"http://127.0.0.1:9/{birds.segment.value}"},
        "path": {"base_url": f"{url}/{birds.segment.value}"},
    }
    for name, change in wrong.items():
        walk = await describe(house.hass, good | change)
        await walk.choose("rest_try")
        await walk.submit()
        assert walk.errors, name
        house.ear.did(f"set-up: {name}")
    walk = await describe(house.hass, good)
    await walk.choose("rest_try")
    for fault in ("401", "500", "redirect", "not_json", "reset_before"):
        await everything_breaks(house.operator, birds, fault)
        await walk.submit()
        assert walk.errors, fault
        await house.operator.clear_faults()
        house.ear.did(f"set-up: {fault}")
    walk = await Walk.account(house.hass)
    await walk.submit(provider="rest")
    await walk.submit(
        base_url=f"https://me:{birds.userinfo.value}@localhost", currency="RUB"
    )
    assert walk.errors
    house.ear.did("set-up: password in the URL")


async def is_set_up(house: House) -> None:
    """The right description: it is tried, accepted, and becomes an account with two lines."""
    walk = await describe(
        house.hass, description(house.server.base_url, house.birds, house.dedupe)
    )
    await walk.choose("rest_try")
    await walk.submit()
    await walk.choose("rest_accept")
    await walk.submit(method_id=house.birds.method.value, per_order="1000")
    await walk.submit()
    assert walk.ended is FlowResultType.CREATE_ENTRY
    await house.ear.settle()
    assert len(house.entry.runtime_data.lines) == 2
    house.ear.did("set-up")


async def is_polled(house: House) -> None:
    """A good answer, then everything that can be wrong with one."""
    await house.poll()
    for fault in FAULTS[::_STEP]:
        await everything_breaks(house.operator, house.birds, fault)
        await house.poll()
        await house.operator.clear_faults()
        house.ear.did(f"poll: {fault}")
    await house.poll()
    assert house.entry.runtime_data.coordinator.last_update_success


async def is_asked(house: House) -> None:
    """Every action, with everything that a caller can get wrong."""
    act, line = house.ear.act, house.device()
    for action in ("get_offers", "get_orders"):
        await act(action, device_id=line)
    await act("get_orders")
    for data in (
        {"amount": "100"},
        {"amount": "100000"},
        {"amount": "0"},
        {"amount": "many"},
        {"amount": "100", "currency": "USD"},
        {"amount": "100", "only_below": "1"},
        {"offer_id": "none"},
    ):
        await act("preview_recharge", device_id=line, **data)
        await act(
            "recharge",
            device_id=line,
            **data,
            **({"force": True} if data != {"amount": "100"} else {"only_below": "1"}),
        )
        house.ear.did(f"asked: {data}")
    await act("recharge", device_id="no device", amount="100")
    await act("recharge", amount="100")
    await everything_breaks(house.operator, house.birds, "500")
    await act("get_offers", device_id=house.device(1))
    await house.operator.clear_faults()
    # Nobody waits for it: Home Assistant logs what goes wrong, with all that was asked.
    await house.hass.services.async_call(
        DOMAIN, "recharge", {"device_id": line, "amount": "nothing"}, blocking=False
    )
    await house.ear.settle()
    house.ear.did("asked: nobody waits")


async def pays(house: House) -> None:
    """Paid, declined, lost, answered with a lie, and never answered."""
    await house.recharge()
    house.ear.did("paid")
    for code in ("card_declined", f"no {house.birds.phone.value}"):
        await house.operator.fault("decline", "order", code=code, status=402)
        await house.recharge()
        house.ear.did("paid: declined")
    await house.recharge(amount="100", request_id="again")
    await house.recharge(amount="101", request_id="again")
    for fault in PAYMENT_FAULTS[::_STEP]:
        args: dict[str, Any] = {}
        if fault == "unknown_status":
            args = {"word": f"lost {house.birds.phone.value}"}
        if fault == "redirect":
            args = {
                "location": f"https://elsewhere.invalid/?token={house.birds.query.value}"
            }
        await house.operator.fault(fault, "order", **args)
        await everything_breaks(house.operator, house.birds, "500")
        await house.recharge()
        await house.ear.act("preview_recharge", device_id=house.device(), amount="100")
        house.ear.did(f"unsettled: {fault}")
        await house.operator.clear_faults()
        await house.reload()  # it is looked up at once
        house.ear.did(f"paid: {fault}")
        await a_person_decides(house)
    await house.operator.behave(pending_s=3600)
    await house.recharge()
    await house.operator.behave(pending_s=0)
    await house.ear.act("get_orders", device_id=house.device())
    house.ear.did("paid: pending")


async def a_person_decides(house: House) -> None:
    """An order that nobody can look up is left to a person, who has to wait until it is certain."""
    for issue in [*ir.async_get(house.hass).issues.values()]:
        if issue.domain == DOMAIN and issue.is_fixable:
            walk = await Walk.repair(
                house.hass, issue.issue_id, str(issue.translation_key)
            )
            if walk.ended is None:
                option = (
                    [*walk.result["menu_options"]]
                    if "menu_options" in walk.result
                    else []
                )
                if option:
                    await walk.choose(option[0])
            await house.ear.settle()
            house.ear.did(f"repairs: {issue.translation_key}")


async def is_automated(house: House) -> None:
    """An automation that fails, goes on, and passes on what it was told."""
    automation = {
        "id": "low",
        "alias": "Low",
        "triggers": [{"trigger": "event", "event_type": "go"}],
        "actions": [
            {
                "action": f"{DOMAIN}.recharge",
                "data": {"device_id": house.device(), "amount": "nothing"},
                "continue_on_error": True,
            },
            {
                "action": f"{DOMAIN}.get_offers",
                "data": {"device_id": house.device()},
                "response_variable": "offers",
            },
            {
                "action": f"{DOMAIN}.get_orders",
                "data": {"device_id": house.device()},
                "response_variable": "orders",
            },
            {
                "action": "persistent_notification.create",
                "data": {"message": "{{ offers }} {{ orders }}"},
            },
        ],
    }
    assert await async_setup_component(
        house.hass, "automation", {"automation": [automation]}
    )
    house.hass.bus.async_fire("go")
    await house.ear.settle()
    house.ear.did("automated")


async def is_changed(house: House) -> None:
    """Limits, rules, description and key are changed; some of it badly."""
    hass, entry = house.hass, house.entry
    walk = await Walk.limits(hass, entry)
    await walk.submit(per_order="many")
    await walk.submit(per_order="900")
    await house.ear.settle()
    for subentry in [*entry.subentries]:
        walk = await Walk.line(hass, entry, subentry)
        await walk.submit(balance_below="many")
        assert walk.ended is None
    walk = await Walk.renewal(hass, entry)
    await walk.choose("rest_connection")
    house.ear.did("changed")
    new = await house.operator.rotate_key(house.birds.account.value)
    await house.poll()
    await house.operator.rotate_key(
        house.birds.account.value, key=house.birds.key.value
    )
    assert new != house.birds.key.value
    await house.ear.settle()
    for flow in hass.config_entries.flow.async_progress():
        hass.config_entries.flow.async_abort(flow["flow_id"])
    walk = await Walk.login_again(hass, entry)
    if walk.ended is None and walk.step == "reauth_confirm":
        await walk.submit(auth_value=f"Bearer {house.birds.old_key.value}")
        await walk.submit(auth_value=f"Bearer {house.birds.key.value}")
    await house.ear.settle()
    house.ear.did("reauth")
    await everything_breaks(house.operator, house.birds, "500")
    await house.reload()
    await house.operator.clear_faults()
    house.ear.did("set up again while the operator is down")
    await house.reload()


async def is_locked(house: House) -> None:
    """The order book is damaged, and a person begins a new one."""
    engine = house.hass.data[DATA_ENGINE]
    engine.lock(LockReason.DAMAGED)
    await house.recharge()
    house.ear.did("locked")
    walk = await Walk.repair(house.hass, "orders_locked", "orders_locked")
    await walk.choose("new_book")
    await walk.submit(understood=True)
    await house.ear.settle()
    house.ear.did("unlocked")


async def is_removed(house: House) -> None:
    """The account is unloaded and removed."""
    hass, entry = house.hass, house.entry
    entry_id = entry.entry_id
    assert await hass.config_entries.async_unload(entry_id)
    await house.ear.act("get_orders")
    await hass.config_entries.async_remove(entry_id)
    await house.ear.settle()
    house.ear.did("removed")
