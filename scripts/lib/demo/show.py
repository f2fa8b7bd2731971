"""The interactive demo: the demo operator's lines, an automation, a dashboard, and a traveller who uses the phone."""

import argparse
import asyncio
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
import socket
import sys
from typing import Any, Final

from custom_components.esim_topup.providers.demo import DemoProvider

from .folder import ROOT, prepare
from .house import PASSWORD, USER, House, HouseError, running, until
from .story import LineDevice, add_account, add_automation, became_low, line_devices

DASHBOARD: Final = "esim-topup"

_CALL_EVERY: Final = 30
"""Seconds between two calls of the traveller: some minutes from 62 RUB to below 50 are long enough to look around."""

_CALL: Final = Decimal("1.50")


async def furnish(house: House) -> str:
    """Add account, automation and dashboard; return the dashboard's path."""
    entry_id = await add_account(house, "demo", {})
    await until(lambda: _lines(house, entry_id), 30, "the lines' devices")
    await enable(house, entry_id, ("last_top_up", "spent_this_month"))
    lines = await until(lambda: _lines(house, entry_id), 30, "the lines' devices")
    phone = next(
        line
        for line in lines
        if "balance" in line.entities and "Travel phone" in line.name
    )
    automation = await add_automation(
        house, "demo_top_up", became_low(phone, "50.00", "300.00")
    )
    await house.ask(
        "lovelace/dashboards/create",
        url_path=DASHBOARD,
        title="Prepaid lines",
        icon="mdi:sim",
        mode="storage",
    )
    await house.ask(
        "lovelace/config/save", url_path=DASHBOARD, config=dashboard(lines, automation)
    )
    return f"/{DASHBOARD}"


async def enable(house: House, entry_id: str, keys: Collection[str]) -> None:
    """Switch entities on that a user would have to ask for, and load the account anew with them."""
    for entity in await house.entities():
        if entity["config_entry_id"] == entry_id and entity["translation_key"] in keys:
            await house.ask(
                "config/entity_registry/update",
                entity_id=entity["entity_id"],
                disabled_by=None,
            )
    await house.rest("POST", f"/api/config/config_entries/entry/{entry_id}/reload")


async def travel(books: Path) -> None:
    """Use the phone for a short call every now and then, for ever."""
    operator = DemoProvider(books)
    while True:
        await asyncio.sleep(_CALL_EVERY)
        await operator.burn("demo-phone", _CALL)


async def _lines(house: House, entry_id: str) -> list[LineDevice] | None:
    return await line_devices(house, entry_id) or None


def dashboard(lines: list[LineDevice], automation: str) -> dict[str, Any]:
    """Return a dashboard of Home Assistant's own cards: one section a line, and what the automation did."""
    sections = [_section(line.name, _cards(line.entities)) for line in lines]
    wide = {"grid_options": {"columns": "full"}}
    automation_cards: list[dict[str, Any]] = [
        {"type": "tile", "entity": automation, **wide}
    ]
    balances = [
        line.entities["balance"] for line in lines if "balance" in line.entities
    ]
    automation_cards += [
        {"type": "history-graph", "entities": balances, "hours_to_show": 1}
    ]
    sections.append(_section("Automation", automation_cards))
    view = {
        "title": "Prepaid lines",
        "type": "sections",
        "max_columns": 4,
        "sections": sections,
    }
    return {"views": [view]}


def _section(heading: str, cards: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "grid", "cards": [{"type": "heading", "heading": heading}, *cards]}


_SHOWN: Final = (
    "balance",
    "data_remaining",
    "valid_until",
    "top_up_status",
    "low_balance",
    "low_balance_threshold",
    "last_top_up",
    "spent_this_month",
    "top_up",
)


def _cards(entities: Mapping[str, str]) -> list[dict[str, Any]]:
    # The heading names the line; each tile needs no more than its own word.
    cards: list[dict[str, Any]] = [
        {"type": "tile", "entity": entities[key], "name": {"type": "entity"}}
        for key in _SHOWN
        if key in entities
    ]
    for card in cards:
        if card["entity"] in (entities.get("last_top_up"), entities.get("top_up")):
            card["visibility"] = [
                {"condition": "state", "entity": card["entity"], "state_not": "unknown"}
            ]
    if "balance" in entities:
        cards[0]["features"] = [{"type": "trend-graph", "hours_to_show": 1}]
    return cards


def _is_free(port: int) -> bool:
    """Say whether nobody on this machine listens there: what a running demo stands on is not cleared away."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def show(port: int) -> None:
    """Start Home Assistant, set it up, say where it is, and let time pass until Ctrl-C."""
    if not _is_free(port):
        raise HouseError(
            f"port {port} is taken, perhaps by another demo. Choose one: scripts/demo --port {port + 1}"
        )
    folder = ROOT / ".cache" / f"demo-{port}"
    prepare(folder, port)
    print("==> Starting Home Assistant (the first time takes a minute)", flush=True)
    async with running(folder, port) as house:
        await house.log_in()
        path = await furnish(house)
        print(
            f"==> Ready: {house.url}{path}  (user {USER}, password {PASSWORD}). Ctrl-C ends it."
        )
        print(
            "    The travel phone loses balance; the automation tops it up below 50 RUB. No real money is involved."
        )
        print(
            f"    Home Assistant's log: {(folder / 'console.log').relative_to(ROOT)}",
            flush=True,
        )
        traveller = asyncio.create_task(
            travel(folder / ".storage" / "esim_topup.demo.db")
        )
        await house.process.wait()
        traveller.cancel()


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="A rehearsal without real money; --check runs it alone.",
    )
    parser.add_argument(
        "--port", type=int, default=8123, help="where to listen, on this machine only"
    )
    arguments = parser.parse_args()
    try:
        asyncio.run(show(arguments.port))
    except HouseError as err:
        print(f"The demo stopped: {err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
