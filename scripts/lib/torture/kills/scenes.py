"""What happens while one Home Assistant runs, and what happens to its folder before the next one starts."""

import json
from pathlib import Path
import resource
from typing import Any

from .folder import BOOK, NOTE
from .stage import Stage, StoryStuck


async def pays(stage: Stage) -> None:
    """Five callers and an automation at once; then a stop in good order."""
    await stage.call()
    await stage.until_settled()
    await stage.stop()


async def is_refused(stage: Stage) -> None:
    """Again, while it cools down."""
    await stage.call()


async def asks_around(stage: Stage) -> None:
    """Named wishes, one twice; one that is not below; the list of orders; a wish of another size."""
    await stage.call(2, request_id="monthly")
    await stage.call(1, request_id="monthly")
    await stage.call(1, only_below="10.00", force=True)
    await stage.call(1, amount="399.00")
    await stage.service("esim_topup.get_orders?return_response", **_device(stage))
    await stage.until_settled()


async def is_declined_then_pays(stage: Stage) -> None:
    """The first attempt is refused by the card, and says so."""
    await stage.call()
    await stage.until_state("failed", "succeeded")
    await stage.call()
    await stage.until_settled()


async def loses_and_finds(stage: Stage) -> None:
    """What became of an order is not known at first; where it was not charged, it is paid anew."""
    await stage.call()
    await stage.until_settled()
    await stage.call()
    await stage.until_settled()
    await stage.stop()


async def leaves_unsettled(stage: Stage) -> None:
    """It is not known what became of the order, and Home Assistant is stopped."""
    await stage.call()
    await stage.stop()


async def settles(stage: Stage) -> None:
    """The next start finds out."""
    await stage.call()
    await stage.until_settled()


async def is_held_and_resolved(stage: Stage) -> None:
    """Nobody can be asked for three days: a person decides, too early at first."""
    await stage.call()
    await stage.until_settled()
    await stage.until_state("held", "succeeded", "failed")
    await stage.operator.clear_faults()
    held = [key for key, state in stage.states().items() if state == "held"]
    charged = {charge.reference for charge in await stage.operator.charges()}
    for order in held:
        await stage.decide(order, charged=order in charged)
        stage.pass_time(minutes=20)
        await stage.decide(order, charged=order in charged)
    await stage.call()
    await stage.until_settled()


async def sees_others(stage: Stage) -> None:
    """Somebody else tops up the line, too: it counts, and so does what was paid before."""
    await stage.operator.foreign_charge("line-1", "20.00")
    await stage.call()
    await stage.until_settled()
    stage.pass_time(hours=7)
    await stage.operator.foreign_charge("line-1", "10.00")
    await stage.call()
    await stage.until_settled()


async def is_reloaded(stage: Stage) -> None:
    """The account is reloaded while an order is on its way."""
    calling = stage.calling()
    await stage.until_asked("order")
    entry = {"entry_id": stage.house.template.entry_id}
    await stage.service("homeassistant.reload_config_entry", **entry)
    await calling
    await stage.until_settled()


async def is_stopped_in_flight(stage: Stage) -> None:
    """A stop in good order, while the operator takes its time."""
    calling = stage.calling()
    await stage.until_asked("order")
    await stage.stop()
    await calling


async def is_killed_in_flight(stage: Stage) -> None:
    """The request has reached the operator, and no answer comes any more: the scene ends with kill -9."""
    stage.calling()
    await stage.until_asked("order")


async def is_removed(stage: Stage) -> None:
    """The account is removed while an order is on its way."""
    calling = stage.calling()
    await stage.until_asked("order")
    entry = stage.house.template.entry_id
    path = f"/api/config/config_entries/entry/{entry}"
    said = await stage.house.ask(path, method="DELETE")
    if said.status not in (0, 200):
        raise StoryStuck(f"the account was not removed: {said.text}")
    await calling
    await stage.stop()


async def is_unlocked(stage: Stage) -> None:
    """The order book is not the one that was there before; a person has looked, and begins a new one."""
    await stage.call(2)
    await stage.unlock()
    await stage.call()
    await stage.until_settled()
    await stage.stop()


async def comes_back(stage: Stage) -> None:
    """The order book could not be reached, and can again."""
    await stage.call(2)
    bring_back(stage.folder)
    await stage.unlock()
    await stage.call()
    await stage.until_settled()


async def runs_out_of_disk(stage: Stage) -> None:
    """No byte can be written any more; later there is room again, and a person unlocks."""
    pid = stage.house.child.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))
    await stage.call()
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
    await stage.unlock()
    await stage.call()
    await stage.until_settled()


async def cannot_write_the_answer(stage: Stage) -> None:
    """The disk is full when the answer comes; later there is room again, and a person unlocks."""
    pid = stage.house.child.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    calling = stage.calling()
    await stage.until_asked("order")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))
    await calling
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
    await stage.unlock()
    await stage.call()
    await stage.until_settled()


def _device(stage: Stage) -> dict[str, Any]:
    return {"device_id": stage.house.template.device_id}


# What happens to a folder between two scenes


def forget_newest_orders(folder: Path) -> None:
    """Make the note know of more than the book holds: as if an older book had been restored."""
    note = json.loads((folder / NOTE).read_text())
    note["data"]["revision"] = 1_000_000
    (folder / NOTE).write_text(json.dumps(note))


def take_away(folder: Path) -> None:
    """Let something else lie where the book was: a share that is not mounted."""
    for suffix in ("", "-wal", "-shm"):
        path = Path(f"{folder / BOOK}{suffix}")
        if path.exists():
            path.rename(f"{path}.away")
    (folder / BOOK).mkdir()


def bring_back(folder: Path) -> None:
    """Mount the share again."""
    if (folder / BOOK).is_dir():
        (folder / BOOK).rmdir()
    for path in (folder / BOOK).parent.glob(f"{BOOK.name}*.away"):
        path.rename(str(path).removesuffix(".away"))
