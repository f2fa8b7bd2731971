"""A whole life with a canary in every secret and every number."""

from collections.abc import Callable
from typing import Any, Final

from custom_components.esim_topup.house import DATA_ENGINE

from . import life
from .ear import room_of
from .life import House

SURFACES: Final = (
    "log",
    "arguments of the log",
    "errors in the log",
    "states",
    "events",
    "device registry",
    "entity registry",
    "repairs",
    "names of tasks",
    "automation traces",
    "recorder",
    "order book",
    "note of the order book",
    "files of .storage",
    "answers of actions",
    "errors of actions",
    "forms",
    "websocket: get_states",
    "websocket: config_entries/get",
    "websocket: config/device_registry/list",
    "websocket: config/entity_registry/list",
    "websocket: repairs/list_issues",
    "websocket: system_log/list",
    "websocket: persistent_notification/get",
    "websocket: config_entries/flow/progress",
    "websocket: trace/list",
    "websocket: logbook",
    "websocket: list of subentries",
)
"""Each has to have said something."""

ROOMS: Final = {"diagnostics": "diagnostics", "system_health": "system health"}
"""Modules that show something on a surface of their own: as soon as there is one, it has to be listened to."""


async def test_no_secret_and_no_number_is_heard_in_a_whole_life(
    house: House,
    hass_ws_client: Callable[..., Any],
    record_property: Callable[[str, Any], None],
) -> None:
    """Logs are posted in forums, backups lie in clouds, tablets hang in halls."""
    ear, birds = house.ear, house.birds
    await life.is_set_up_badly(house)
    await life.is_set_up(house)
    await life.is_polled(house)
    await life.is_asked(house)
    await life.pays(house)
    await life.is_automated(house)
    client = await hass_ws_client(house.hass)
    await ear.listen(client, house.entry)
    await life.is_changed(house)
    await life.is_locked(house)
    await ear.listen(client, house.entry)
    await life.is_removed(house)
    await house.hass.data[DATA_ENGINE].stop()
    await ear.listen(client, last=True)
    for surface, canaries in ear.sweep.counted(birds).items():
        for _ in range(canaries):
            record_property("fault", f"heard: {surface}")
    record_property("counted", ("deeds", len(ear.struck)))
    record_property(
        "counted", ("characters", sum(map(ear.sweep.size, ear.sweep.heard)))
    )
    rooms = [surface for room, surface in ROOMS.items() if room_of(room) is not None]
    walls = (*SURFACES, *rooms)
    assert [surface for surface in walls if ear.sweep.size(surface) < 3] == []
    assert any("•0123" in said for said in ear.sweep.heard["states"])
    assert [str(leak) for leak in ear.sweep.leaks(birds)] == []
