"""Walks through a flow as a person at the frontend does, and looks at every text on the way.

Home Assistant's own check of translations is not in its published helpers. This one asks the same: has every title, field,
section, choice and error a text, and does each placeholder get its value?
"""

from collections.abc import Mapping
import json
from pathlib import Path
from string import Formatter
from typing import Any, Final, Self

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowContext,
    SubentryFlowContext,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowManager, FlowResultType, section
import voluptuous as vol

from custom_components.esim_topup.const import DOMAIN, SUBENTRY_LINE

_EN: Final = Path("custom_components/esim_topup/translations/en.json")
TEXTS: Final = json.loads(_EN.read_text(encoding="utf-8"))

# Home Assistant has its own texts for these.
_SHARED: Final = frozenset({"reauth_successful", "reconfigure_successful"})


class Walk:
    """One flow, from its first form to its end."""

    def __init__(
        self,
        manager: FlowManager[Any, Any, Any],
        texts: Mapping[str, Any],
        result: Mapping[str, Any],
    ) -> None:
        """Take the flow's manager, its texts, and the first thing that it shows."""
        self._manager = manager
        self._texts = texts
        self.steps: list[str] = []
        self._show(result)

    @classmethod
    async def account(cls, hass: HomeAssistant) -> Self:
        """Press "Add integration"."""
        manager = hass.config_entries.flow
        result = await manager.async_init(
            DOMAIN, context=ConfigFlowContext(source=SOURCE_USER)
        )
        return cls(manager, TEXTS["config"], result)

    @classmethod
    async def renewal(cls, hass: HomeAssistant, entry: ConfigEntry) -> Self:
        """Choose "Reconfigure" at an account."""
        manager = hass.config_entries.flow
        context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=entry.entry_id)
        return cls(
            manager, TEXTS["config"], await manager.async_init(DOMAIN, context=context)
        )

    @classmethod
    async def login_again(cls, hass: HomeAssistant, entry: ConfigEntry) -> Self:
        """Follow the wish of an account to be logged in again."""
        entry.async_start_reauth(hass)
        await hass.async_block_till_done()
        manager = hass.config_entries.flow
        flow = manager.async_progress()[0]
        return cls(
            manager, TEXTS["config"], await manager.async_configure(flow["flow_id"])
        )

    @classmethod
    async def limits(cls, hass: HomeAssistant, entry: ConfigEntry) -> Self:
        """Open the options of an account."""
        manager = hass.config_entries.options
        return cls(manager, TEXTS["options"], await manager.async_init(entry.entry_id))

    @classmethod
    async def line(
        cls, hass: HomeAssistant, entry: ConfigEntry, subentry_id: str | None = None
    ) -> Self:
        """Press "Add line", or choose "Reconfigure" at a line."""
        manager = hass.config_entries.subentries
        context = SubentryFlowContext(source=SOURCE_USER)
        if subentry_id is not None:
            context = SubentryFlowContext(
                source=SOURCE_RECONFIGURE, subentry_id=subentry_id
            )
        result = await manager.async_init(
            (entry.entry_id, SUBENTRY_LINE), context=context
        )
        return cls(manager, TEXTS["config_subentries"][SUBENTRY_LINE], result)

    @classmethod
    async def repair(cls, hass: HomeAssistant, issue_id: str, texts: str) -> Self:
        """Open an issue in Repairs."""
        manager = hass.data["repairs"]["flow_manager"]
        result = await manager.async_init(DOMAIN, context={"issue_id": issue_id})
        return cls(manager, TEXTS["issues"][texts]["fix_flow"], result)

    @property
    def step(self) -> str:
        """The form or menu that is shown."""
        return str(self.result["step_id"])

    @property
    def errors(self) -> dict[str, str]:
        """The errors of the form."""
        return dict(self.result["errors"] or {})

    @property
    def placeholders(self) -> Mapping[str, str]:
        """The values in the texts."""
        return self.result.get("description_placeholders") or {}

    @property
    def ended(self) -> FlowResultType | None:
        """How the flow ended, if it did."""
        kind: FlowResultType = self.result["type"]
        return None if kind in (FlowResultType.FORM, FlowResultType.MENU) else kind

    def proposed(self, **typed: Any) -> dict[str, Any]:
        """Return what the frontend sends when only these fields are touched; a field of `None` was cleared."""
        values = _filled(self.result["data_schema"], typed)
        assert not typed, f"{self.step} has no field {', '.join(typed)}"
        return values

    async def submit(self, **typed: Any) -> Self:
        """Change these fields and press "Submit"."""
        self._show(
            await self._manager.async_configure(
                self.result["flow_id"], self.proposed(**typed)
            )
        )
        return self

    async def choose(self, option: str) -> Self:
        """Choose from a menu."""
        assert option in self.result["menu_options"]
        self._show(
            await self._manager.async_configure(
                self.result["flow_id"], {"next_step_id": option}
            )
        )
        return self

    def options(self, field: str) -> list[str]:
        """Return the labels of a field's choices."""
        selector = next(
            kind
            for marker, kind in self.result["data_schema"].schema.items()
            if marker == field
        )
        return [option["label"] for option in selector.config["options"]]

    def suggested(self) -> dict[str, Any]:
        """Return what the form shows before anything is typed."""
        return _filled(self.result["data_schema"], {})

    def _show(self, result: Mapping[str, Any]) -> None:
        self.result = result
        match result["type"]:
            case FlowResultType.FORM | FlowResultType.MENU:
                self.steps.append(result["step_id"])
                self._check_step(self._texts["step"][result["step_id"]])
            case FlowResultType.ABORT if result["reason"] not in _SHARED:
                self._check_text(self._texts["abort"][result["reason"]])

    def _check_step(self, texts: Mapping[str, Any]) -> None:
        for part in ("title", "description"):
            self._check_text(texts.get(part, ""))
        if self.result["type"] is FlowResultType.MENU:
            for option in self.result["menu_options"]:
                self._check_text(texts["menu_options"][option])
        elif self.result["data_schema"] is not None:
            self._check_fields(self.result["data_schema"], texts)
        for error in (self.result.get("errors") or {}).values():
            self._check_text(self._texts["error"][error])

    def _check_fields(self, schema: vol.Schema, texts: Mapping[str, Any]) -> None:
        for marker, kind in schema.schema.items():
            if isinstance(kind, section):
                self._check_text(texts["sections"][marker.schema]["name"])
                self._check_fields(kind.schema, texts["sections"][marker.schema])
                continue
            self._check_text(texts["data"][marker.schema])
            self._check_text(texts["data_description"][marker.schema])
            if key := kind.config.get("translation_key"):
                _check_options(
                    kind.config["options"], TEXTS["selector"][key]["options"]
                )

    def _check_text(self, text: str) -> None:
        names = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert names <= set(self.placeholders), (
            f"{names - set(self.placeholders)} stay empty in: {text}"
        )


def _check_options(options: list[Any], texts: Mapping[str, str]) -> None:
    for option in options:
        label = option["label"] if isinstance(option, dict) else option
        value = option["value"] if isinstance(option, dict) else option
        assert value in texts or label != value, f"{value} has no text"


def _filled(schema: vol.Schema, typed: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for marker, kind in schema.schema.items():
        key = marker.schema
        if isinstance(kind, section):
            values[key] = _filled(kind.schema, typed)
        elif key in typed:
            values[key] = typed.pop(key)
        elif marker.description and "suggested_value" in marker.description:
            values[key] = marker.description["suggested_value"]
        elif not isinstance(marker.default, vol.Undefined):
            values[key] = marker.default()
    return {key: value for key, value in values.items() if value is not None}
