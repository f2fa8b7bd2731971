"""The configuration folder of the demo's Home Assistant: made anew each time, so that the story always starts at its start."""

from datetime import UTC, datetime
import json
from pathlib import Path
import shutil
from typing import Any, Final

from homeassistant.components.http import config as http

ROOT: Final = Path(__file__).resolve().parents[3]

CONFIGURATION: Final = """\
homeassistant:
  name: eSIM Top-up demo
  currency: RUB
  country: RU
  language: en
  time_zone: Europe/Moscow
automation: !include automations.yaml
blueprint:
config:
frontend:
history:
logbook:
logger:
  default: warning
  logs:
    custom_components.esim_topup: info
    # Every custom integration is warned about; this one is the point.
    homeassistant.loader: error
mobile_app:
person:
recorder:
script:
"""


def prepare(folder: Path, port: int) -> None:
    """Make the folder: only this machine can reach the server."""
    shutil.rmtree(folder, ignore_errors=True)
    storage = folder / ".storage"
    storage.mkdir(parents=True)
    (folder / "custom_components").mkdir()
    (folder / "custom_components" / "esim_topup").symlink_to(
        ROOT / "custom_components" / "esim_topup"
    )
    (folder / "configuration.yaml").write_text(CONFIGURATION)
    (folder / "automations.yaml").write_text("[]\n")
    # What is done already: only the first user is still to be made.
    _store(
        storage,
        "onboarding",
        4,
        1,
        {"done": ["core_config", "analytics", "integration"]},
    )
    # Home Assistant takes a server's settings from YAML only on trial, for five minutes; these are settled.
    settled = {"stable": _server(port), "pending": None, "yaml_migration_done": True}
    _store(storage, "http", http.STORAGE_VERSION, http.STORAGE_MINOR_VERSION, settled)


def _server(port: int) -> dict[str, Any]:
    settings = http.HTTP_STORAGE_SCHEMA(
        {"server_host": ["127.0.0.1"], "server_port": port}
    )
    return {
        **settings,
        "created_at": datetime.now(UTC).isoformat(),
        "error": None,
        "error_message": None,
    }


def _store(
    storage: Path, key: str, version: int, minor: int, data: dict[str, Any]
) -> None:
    content = {"version": version, "minor_version": minor, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content))
