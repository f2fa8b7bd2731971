"""What a user does with a fresh Home Assistant: add an account, an automation, a dashboard. All through its own interfaces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .house import House, HouseError, until

type Answers = Mapping[str, Mapping[str, Any]]
"""What to enter, by step of the flow; every field left out keeps what the form proposes. A menu's are its `next_steps`."""

_FLOW: Final = "/api/config/config_entries/flow"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDevice:
    """A line as Home Assistant shows it."""

    device_id: str
    name: str
    entities: Mapping[str, str]
    """Entity ids by translation key; they are never guessed from names."""


async def add_account(house: House, provider: str, answers: Answers) -> str:
    """Walk through "Add integration" and return the entry's id. Raises `HouseError` with the form's errors."""
    step = await house.rest("POST", _FLOW, {"handler": "esim_topup"})
    entered: dict[str, Mapping[str, Any]] = {"user": {"provider": provider}, **answers}
    turns = {
        name: list(form["next_steps"])
        for name, form in entered.items()
        if "next_steps" in form
    }
    while step["type"] in ("form", "menu"):
        if step.get("errors"):
            raise HouseError(f"step {step['step_id']}: {step['errors']}")
        if step["type"] == "menu":
            values = {"next_step_id": turns[step["step_id"]].pop(0)}
        else:
            values = {
                **_proposed(step["data_schema"]),
                **entered.get(step["step_id"], {}),
            }
        step = await house.rest("POST", f"{_FLOW}/{step['flow_id']}", values)
    if step["type"] != "create_entry":
        raise HouseError(f"the account was not added: {step.get('reason')}")
    entry_id: str = step["result"]["entry_id"]
    return entry_id


def _proposed(schema: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a form would send if one only pressed Submit."""
    values: dict[str, Any] = {}
    for field in schema:
        if field.get("type") == "expandable":
            values[field["name"]] = _proposed(field["schema"])
        elif "default" in field:
            values[field["name"]] = field["default"]
        elif (
            suggested := (field.get("description") or {}).get("suggested_value")
        ) is not None:
            values[field["name"]] = suggested
    return values


async def line_devices(house: House, entry_id: str) -> list[LineDevice]:
    """Return the lines of an account with their entities, once they are there."""
    devices = {
        device["id"]: device
        for device in await house.ask("config/device_registry/list")
    }
    entities: dict[str, dict[str, str]] = {}
    for entity in await house.entities():
        device_id, key = entity["device_id"], entity["translation_key"]
        if (
            entity["config_entry_id"] == entry_id
            and entity["config_subentry_id"]
            and not entity["disabled_by"]
        ):
            entities.setdefault(device_id, {})[key] = entity["entity_id"]
    return [
        LineDevice(
            device_id=key,
            name=devices[key]["name_by_user"] or devices[key]["name"],
            entities=found,
        )
        for key, found in entities.items()
    ]


async def balance(house: House, line: LineDevice) -> str | None:
    """Return the balance that Home Assistant shows; `None` while it shows none."""
    state: str = (await house.state(line.entities["balance"]))["state"]
    return None if state in ("unknown", "unavailable") else state


async def update(house: House, line: LineDevice) -> None:
    """Have the line read now, instead of at the next poll."""
    entity = {"entity_id": line.entities["balance"]}
    await house.rest("POST", "/api/services/homeassistant/update_entity", entity)


async def add_automation(house: House, key: str, automation: Mapping[str, Any]) -> str:
    """Save an automation as its editor would, wait until it is on, and return its entity id."""
    await house.rest("POST", f"/api/config/automation/config/{key}", automation)

    async def found() -> str | None:
        for entity in await house.ask("config/entity_registry/list"):
            if entity["platform"] == "automation" and entity["unique_id"] == key:
                return str(entity["entity_id"])
        return None

    return await until(found, 20, f"the automation {automation['alias']}")


def below_threshold(line: LineDevice, threshold: str, amount: str) -> dict[str, Any]:
    """Return the plainest automation there is: a number fell below another, so recharge."""
    return {
        "alias": f"Top up {line.name} (number below)",
        "mode": "single",
        "triggers": [
            {
                "trigger": "numeric_state",
                "entity_id": line.entities["balance"],
                "below": float(threshold),
            }
        ],
        "actions": [_recharge(line, threshold, amount)],
    }


def became_low(line: LineDevice, threshold: str, amount: str) -> dict[str, Any]:
    """Return the same with the integration's own trigger, which knows the line's threshold and no outage.

    The look at each hour is for a line that became low while nobody watched, or whose first attempt was refused; between
    two payments stands the cooldown.
    """
    target = {"device_id": line.device_id}
    return {
        "alias": f"Top up {line.name} when it runs low",
        "mode": "single",
        "triggers": [
            {"trigger": "esim_topup.balance_became_low", "target": target},
            {"trigger": "time_pattern", "hours": "/1"},
        ],
        "conditions": [{"condition": "esim_topup.is_low", "target": target}],
        "actions": [_recharge(line, threshold, amount)],
    }


def _recharge(line: LineDevice, threshold: str, amount: str) -> dict[str, Any]:
    return {
        "action": "esim_topup.recharge",
        "data": {
            "device_id": line.device_id,
            "amount": amount,
            "only_below": threshold,
        },
    }
