"""What the editor shows: descriptions, texts and icons fit the actions, triggers and conditions that there are."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import condition, service, trigger
from homeassistant.setup import async_setup_component
import pytest

from custom_components.esim_topup.condition import CONDITIONS
from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.devices import _MODELS
from custom_components.esim_topup.orders.policy import Reason
from custom_components.esim_topup.services import fields
from custom_components.esim_topup.trigger import TRIGGERS

ROOT = Path(fields.__file__).parents[1]
TEXTS = json.loads((ROOT / "translations/en.json").read_text())
ICONS = json.loads((ROOT / "icons.json").read_text())
SCHEMAS = {
    "recharge": fields.RECHARGE_SCHEMA,
    "preview_recharge": fields.PREVIEW_SCHEMA,
    "get_offers": fields.OFFERS_SCHEMA,
    "get_orders": fields.ORDERS_SCHEMA,
}


@pytest.fixture
async def actions(hass: HomeAssistant) -> dict[str, Any]:
    """Return the actions as the editor gets them."""
    assert await async_setup_component(hass, DOMAIN, {})
    found: dict[str, Any] = (await service.async_get_all_descriptions(hass))[DOMAIN]
    return found


def flat(described: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an action, those in sections too."""
    inner = [field["fields"] for field in described.values() if "fields" in field]
    outer = {name: field for name, field in described.items() if "fields" not in field}
    return outer | {name: field for section in inner for name, field in section.items()}


async def test_each_action_describes_the_fields_it_takes(
    actions: dict[str, Any],
) -> None:
    """A field that nobody describes cannot be filled in; one that nobody takes makes the call fail."""
    assert set(actions) == set(SCHEMAS)
    for name, schema in SCHEMAS.items():
        described = flat(actions[name]["fields"])
        assert set(described) == {str(key) for key in schema.schema}
        required = {name for name, field in described.items() if field.get("required")}
        assert required == {
            str(key) for key in schema.schema if type(key).__name__ == "Required"
        }


async def test_only_lines_are_offered(actions: dict[str, Any]) -> None:
    """Choosing the account instead of a line is a mistake that the editor can prevent."""
    for action in actions.values():
        filters = flat(action["fields"])["device_id"]["selector"]["device"]["filter"]
        assert {each["model"] for each in filters} == set(_MODELS.values())
        assert {each["integration"] for each in filters} == {DOMAIN}


@pytest.mark.parametrize("action", SCHEMAS)
def test_each_field_is_explained(action: str) -> None:
    """A name and a sentence for each."""
    texts = TEXTS["services"][action]
    assert texts["name"] and texts["description"]
    assert set(texts["fields"]) == {str(key) for key in SCHEMAS[action].schema}
    assert all(
        field["name"] and field["description"] for field in texts["fields"].values()
    )
    assert ICONS["services"][action]["service"].startswith("mdi:")
    assert set(ICONS["services"][action].get("sections", {})) == set(
        texts.get("sections", {})
    )


async def test_triggers_and_conditions_are_described(hass: HomeAssistant) -> None:
    """The editor offers them with a target and their fields."""
    for domain in ("automation", DOMAIN):
        assert await async_setup_component(hass, domain, {})
    await hass.async_block_till_done()
    triggers = await trigger.async_get_all_descriptions(hass)
    conditions = await condition.async_get_all_descriptions(hass)
    for kind, found, keys in (
        ("triggers", triggers, TRIGGERS),
        ("conditions", conditions, CONDITIONS),
    ):
        for key in keys:
            described = found[f"{DOMAIN}.{key}"]
            assert described is not None
            (entities,) = described["target"]["entity"]
            assert entities["integration"] == DOMAIN
            texts = TEXTS[kind][key]
            assert texts["name"] and texts["description"]
            assert set(texts["fields"]) == set(described["fields"])
            assert set(ICONS[kind][key]) == {kind.removesuffix("s")}


def raised() -> Iterator[str]:
    """Return the keys of errors that the source of the actions names."""
    named = re.compile(r"(?:invalid|failed)\(\s*\"(\w+)\"|\"((?:refused|offers)_\w+)\"")
    for path in (ROOT / "services").glob("*.py"):
        for match in named.finditer(path.read_text()):
            yield match[1] or match[2]


def test_each_error_has_a_text() -> None:
    """A key without a text is read as a word of the program."""
    keys = set(raised()) | {f"refused_{reason}" for reason in Reason}
    assert keys >= {
        "account_selected",
        "outcome_unknown",
        "refused_line_gone",
        "offers_not_supported",
    }
    assert keys <= set(TEXTS["exceptions"])


@pytest.mark.parametrize(
    "key", [key for key in TEXTS["exceptions"] if key.startswith("refused_")]
)
def test_no_text_outlives_its_reason(key: str) -> None:
    """A reason that is gone takes its text along."""
    assert key.removeprefix("refused_") in set(Reason)
