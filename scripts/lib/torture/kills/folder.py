"""The configuration folder: set up once by a real start, kept in memory, written out anew for each run."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
import shutil
from typing import Any, Final

from custom_components.esim_topup.const import DOMAIN, ORDER_BOOK_FILE
from scripts.lib.demo.folder import prepare

AMOUNT: Final = "300.00"

BOOK: Final = Path(".storage") / ORDER_BOOK_FILE

NOTE: Final = Path(".storage") / DOMAIN
"""Where Home Assistant keeps what proves that the book existed."""

ENTRIES: Final = Path(".storage/core.config_entries")

_CONFIGURATION: Final = """\
homeassistant:
  currency: RUB
  country: RU
  time_zone: Europe/Moscow
api:
repairs:
automation: !include automations.yaml
logger:
  default: warning
  logs:
    homeassistant.bootstrap: error
    homeassistant.loader: error
"""

# What `prepare` makes, or what belongs to the one start that it was left by.
_NOT_KEPT: Final = frozenset({"configuration.yaml", "console.log", "home-assistant.log", "home-assistant.log.1", "http", "prepared.json"})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A folder that Home Assistant has started on once: with a user, an account, a line and an empty order book."""

    files: Mapping[Path, bytes]
    token: str
    user_id: str
    device_id: str
    entry_id: str

    def write(
        self,
        folder: Path,
        port: int,
        description: Mapping[str, Any],
        *,
        yaml: str = "",
        fresh: bool = False,
        automatic_at: str | None = "start",
    ) -> None:
        """Write the folder out. `fresh`: no order book has ever been there; `automatic_at`: when an automation tops up."""
        begin(folder, port, yaml)
        for path, content in self.files.items():
            if not (fresh and path in (NOTE, BOOK)):
                (folder / path).write_bytes(content)
        if automatic_at is not None:
            automations = json.dumps([self._top_up(automatic_at)])
            (folder / "automations.yaml").write_text(automations)
        stored = json.loads(self.files[ENTRIES])
        data = stored["data"]["entries"][0]["data"]
        data["credentials"] = dict(description)
        if fresh:
            del data["book_id"]
        (folder / ENTRIES).write_text(json.dumps(stored))

    def _top_up(self, event: str) -> dict[str, Any]:
        """Return the automation of somebody whose line is still low when Home Assistant starts again, or ends."""
        return {
            "id": "low",
            "alias": "Top up while low",
            "mode": "parallel",
            "triggers": [{"trigger": "homeassistant", "event": event}],
            "actions": [{"action": f"{DOMAIN}.recharge", "data": self.wish}],
        }

    @property
    def wish(self) -> dict[str, Any]:
        """What a caller asks for."""
        return {"device_id": self.device_id, "amount": AMOUNT}


def begin(folder: Path, port: int, yaml: str = "") -> None:
    """Make a folder for a server at `port`, with nothing set up."""
    prepare(folder, port)
    (folder / "configuration.yaml").write_text(_CONFIGURATION + yaml)


def read_template(folder: Path) -> Template:
    """Keep a folder that was set up and stopped."""
    facts = json.loads((folder / "prepared.json").read_text())
    files = {
        path.relative_to(folder): path.read_bytes()
        for path in (*folder.iterdir(), *(folder / ".storage").iterdir())
        if path.is_file() and path.name not in _NOT_KEPT
    }
    shutil.rmtree(folder)
    return Template(files=files, **facts)
