"""An ear at every wall of a house: logs, states, events, traces, files, whatever is shown or kept."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
import importlib
from importlib.util import find_spec
import logging
from pathlib import Path
from types import ModuleType
from typing import Any

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.util import session_scope
from homeassistant.components.trace.const import DATA_TRACE, DATA_TRACE_STORE
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.data_entry_flow import _BaseFlowManagerView
from homeassistant.helpers.json import json_bytes
import pytest
from sqlalchemy import inspect, text
from torture.canary.sweep import Sweep
import voluptuous as vol

from custom_components.esim_topup.const import DOMAIN
from tests.flows.walk import Walk

from .aviary import ANSWERS, BOOK, FORMS


@dataclass(slots=True)
class Ear:
    """Listens, and is asked in the end."""

    hass: HomeAssistant
    folder: Path
    caplog: pytest.LogCaptureFixture
    storage: dict[str, Any] = field(repr=False)
    """What Home Assistant would have written into `.storage`."""
    sweep: Sweep = field(default_factory=Sweep, repr=False)
    struck: list[str] = field(default_factory=list)
    """What was done to the house."""

    def begin(self, patch: pytest.MonkeyPatch) -> None:
        """Listen to every event, every form and every line of the log, however small."""
        self.caplog.set_level(logging.DEBUG)
        for name in (
            DOMAIN,
            "custom_components",
            "aiohttp",
            "asyncio",
            "homeassistant",
        ):
            self.caplog.set_level(logging.DEBUG, logger=name)
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        loop.slow_callback_duration = 0  # each step is told of, as on a slow machine

        def note(event: Event[Any]) -> None:
            self.sweep.listen("events", event.as_dict(), event.data)

        self.hass.bus.async_listen("*", note)
        show = Walk._show

        def shown(walk: Walk, result: Mapping[str, Any]) -> None:
            self.sweep.listen(FORMS, _as_sent(walk, result))
            show(walk, result)

        patch.setattr(Walk, "_show", shown)

    def did(self, what: str) -> None:
        """Note what was done, and look at Repairs: most issues are soon gone again."""
        self.struck.append(what)
        for issue in ir.async_get(self.hass).issues.values():
            self.sweep.listen(
                "repairs", repr(issue), issue.data, issue.translation_placeholders
            )

    async def act(self, action: str, **data: Any) -> Any:
        """Call an action; whatever comes of it is heard."""
        try:
            answer = await self.hass.services.async_call(
                DOMAIN, action, data, blocking=True, return_response=True
            )
        except (HomeAssistantError, vol.Invalid) as err:
            self.sweep.listen("errors of actions", err)
            return err
        self.sweep.listen(ANSWERS, answer)
        return answer

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def listen(
        self, client: Any, entry: ConfigEntry | None = None, *, last: bool = False
    ) -> None:
        """Go to every wall; `last`: Home Assistant writes what it keeps, and nothing works any more after that."""
        await self.settle()
        self._state_and_registries()
        await self._websocket(client, entry)
        await self._traces()
        await self._recorder()
        await self._diagnostics(entry)
        if last:
            self.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
            await self.settle()
        self._files()
        self._log()

    def _state_and_registries(self) -> None:
        hass, listen = self.hass, self.sweep.listen
        for state in hass.states.async_all():
            listen("states", state.as_dict(), state.context.as_dict(), repr(state))
        listen("device registry", json_bytes(dr.async_get(hass)._data_to_save()))
        listen("entity registry", json_bytes(er.async_get(hass)._data_to_save()))
        for task in asyncio.all_tasks():
            listen("names of tasks", task.get_name())

    async def _websocket(self, client: Any, entry: ConfigEntry | None) -> None:
        asked: dict[str, dict[str, Any]] = {
            name: {"type": name}
            for name in (
                "get_states",
                "config_entries/get",
                "config/device_registry/list",
                "config/entity_registry/list",
                "repairs/list_issues",
                "system_log/list",
                "persistent_notification/get",
                "config_entries/flow/progress",
            )
        }
        asked["trace/list"] = {"type": "trace/list", "domain": "automation"}
        asked["logbook"] = {
            "type": "logbook/get_events",
            "start_time": "2020-01-01T00:00:00+00:00",
        }
        if entry is not None:
            asked["list of subentries"] = {
                "type": "config_entries/subentries/list",
                "entry_id": entry.entry_id,
            }
        for name, question in asked.items():
            await client.send_json_auto_id(question)
            answer = await client.receive_json()
            assert answer["success"], (name, answer)
            self.sweep.listen(f"websocket: {name}", answer["result"])

    async def _traces(self) -> None:
        traces = self.hass.data.get(DATA_TRACE, {})
        for bucket in traces.values():
            for trace in bucket.all_traces():
                self.sweep.listen("automation traces", trace.as_extended_dict())
        await self.hass.data[DATA_TRACE_STORE].async_save(
            {
                key: [one.as_dict() for one in bucket.all_traces()]
                for key, bucket in traces.items()
            }
        )

    async def _recorder(self) -> None:
        instance = get_instance(self.hass)
        await instance.async_block_till_done()

        def dump() -> list[str]:
            with session_scope(hass=self.hass, read_only=True) as session:
                tables = inspect(session.connection()).get_table_names()
                return [
                    repr(tuple(row))
                    for table in tables
                    for row in session.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - the recorder's own tables
                ]

        self.sweep.listen("recorder", *await instance.async_add_executor_job(dump))

    async def _diagnostics(self, entry: ConfigEntry | None) -> None:
        """Diagnostics and system health join as soon as they exist."""
        if entry is None or (module := room_of("diagnostics")) is None:
            return
        config = getattr(module, "async_get_config_entry_diagnostics", None)
        if config is not None:
            self.sweep.listen("diagnostics", await config(self.hass, entry))
        if (
            device := getattr(module, "async_get_device_diagnostics", None)
        ) is not None:
            registry = dr.async_get(self.hass)
            for one in dr.async_entries_for_config_entry(registry, entry.entry_id):
                self.sweep.listen("diagnostics", await device(self.hass, entry, one))

    def _files(self) -> None:
        for name, content in self.storage.items():
            if (
                name != "core.config_entries"
            ):  # has them in clear text: Home Assistant has no vault
                note = (
                    "note of the order book" if name == DOMAIN else "files of .storage"
                )
                self.sweep.listen(note, name, content)
        files = [
            file for file in (self.folder / ".storage").rglob("*") if file.is_file()
        ]
        self.sweep.listen_to_files(
            BOOK, (one for one in files if ".orders.db" in one.name)
        )
        self.sweep.listen_to_files(
            "files of .storage", (one for one in files if ".orders.db" not in one.name)
        )

    def _log(self) -> None:
        self.sweep.listen("log", self.caplog.text)
        for record in self.caplog.records:
            self.sweep.listen("arguments of the log", repr(record.args))
            if record.exc_info is not None and record.exc_info[1] is not None:
                self.sweep.listen("errors in the log", record.exc_info[1])
        self.caplog.clear()


def room_of(name: str) -> ModuleType | None:
    """Return a module of the integration, if there is one of that name yet."""
    full = f"custom_components.{DOMAIN}.{name}"
    return None if find_spec(full) is None else importlib.import_module(full)


def _as_sent(walk: Walk, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a browser gets of a flow's step, as Home Assistant puts it."""
    kept = ("result", "data", "subentries", "options", "flow_id")
    sent = {key: value for key, value in result.items() if key not in kept}
    view = _BaseFlowManagerView[Any, Any](walk._manager)
    return view._prepare_result_json(sent)
