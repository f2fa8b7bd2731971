"""What happens in a run. Each scene is one Home Assistant, from its start to its end; whatever goes wrong has its scene.

Together they pass every point (see `plan.unreached`). A kill ends a story; what follows then is the same for all: restarts
with the balance still low, until everything is settled (`cycle`).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
import resource
from typing import Any, Final

from tests.operator.behaviour import Switches
from tests.operator.faults import FaultData

from .folder import BOOK, NOTE
from .stage import Stage, StoryStuck

type Scene = Callable[[Stage], Awaitable[None]]

ALL: Final = "KLHN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A beginning, and one scene after the other."""

    name: str
    scenes: tuple[Scene, ...]
    classes: str = ALL
    behaviour: Switches = field(default_factory=Switches)
    faults: tuple[FaultData, ...] = ()
    describe: Callable[[dict[str, Any]], dict[str, Any]] = lambda described: described
    yaml: str = ""
    fresh: bool = False
    """No order book has ever been there."""
    automatic_at: str | None = "start"
    """An automation tops up then, too."""
    times: float = 1.0
    """How fast Home Assistant lives."""
    hold: tuple[int, str, float] | None = None
    """In this scene, at this point, the thread that comes by waits for so many seconds."""
    before: Mapping[int, Callable[[Path], None]] = field(default_factory=dict)
    """What happens to the folder before a scene."""
    mended: Callable[[Path], None] = lambda folder: None
    """What somebody repairs in the folder before Home Assistant starts for the last time."""
    locks: bool = False
    """The order book may be locked, by something worse than a kill; a person unlocks it."""
    holds: bool = False
    """An order may be held although the operator could be asked; class N may hold always."""
    leaves: bool = False
    """The account is removed: nobody has to be paid for."""


def fault(
    kind: str, operation: str, times: int | None = 1, **args: object
) -> FaultData:
    """Return a fault of the operator."""
    return {"operation": operation, "kind": kind, "times": times, "args": args}


# Scenes


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


# Descriptions of the same API by somebody else


def in_one_list(described: dict[str, Any]) -> dict[str, Any]:
    """Read the lines from their list, which is also all that proves the key."""
    reading = {key: value for key, value in described["read"].items() if key != "path"}
    rest = {key: value for key, value in described.items() if key != "account"}
    return rest | {"read": {**reading, "from_list": True}}


def without_look_up(described: dict[str, Any]) -> dict[str, Any]:
    """Know no way to look an order up."""
    return {key: value for key, value in described.items() if key != "find"}


# The history is also read before paying; the first time that must work, or nothing is sent.
_FIRST_HISTORY: Final = fault("none", "history")

_LOOKS_FAIL: Final = (
    fault("error_before", "find", times=3),
    _FIRST_HISTORY,
    fault("error_before", "history", times=3),
)

STORIES: Final = (
    Story(name="recharge", scenes=(pays, is_refused)),
    Story(name="first start", scenes=(pays, settles), fresh=True),
    Story(name="asked around", scenes=(asks_around,), automatic_at=None),
    Story(
        name="declined",
        scenes=(is_declined_then_pays,),
        faults=(fault("decline", "order"),),
    ),
    Story(name="pending", scenes=(loses_and_finds,), behaviour={"pending_s": 60}),
    Story(
        name="pending over a stop",
        scenes=(leaves_unsettled, settles),
        behaviour={"pending_s": 60},
    ),
    Story(
        name="answer lost",
        scenes=(loses_and_finds,),
        faults=(fault("drop_after", "order"),),
    ),
    Story(
        name="answer lost, looks fail",
        scenes=(leaves_unsettled, settles),
        faults=(fault("reset_after", "order"), *_LOOKS_FAIL),
    ),
    Story(
        name="request lost",
        scenes=(loses_and_finds,),
        faults=(fault("drop_before", "order"),),
    ),
    Story(
        name="request lost, nothing to look at",
        scenes=(loses_and_finds,),
        classes="K",
        faults=(fault("drop_before", "order"),),
        describe=without_look_up,
    ),
    Story(
        name="held for a person",
        scenes=(is_held_and_resolved,),
        faults=(
            fault("drop_after", "order"),
            fault("error_before", "find", None),
            _FIRST_HISTORY,
            fault("error_before", "history", None),
        ),
        holds=True,
    ),
    Story(name="paid by others too", scenes=(sees_others,)),
    Story(
        name="reloaded",
        scenes=(is_reloaded,),
        faults=(fault("delay_after", "order", seconds=0.1),),
    ),
    Story(
        name="removed",
        scenes=(is_removed,),
        faults=(fault("delay_after", "order", seconds=0.1),),
        yaml="config:\n",
        leaves=True,
    ),
    Story(
        name="stopped in flight",
        scenes=(is_stopped_in_flight, settles),
        faults=(fault("delay_after", "order", seconds=0.2),),
    ),
    Story(
        name="stopped without an answer",
        scenes=(is_stopped_in_flight, settles),
        faults=(fault("hang_after", "order"),),
        times=40,
    ),
    Story(
        name="older book restored",
        scenes=(leaves_unsettled, is_unlocked, settles),
        faults=(fault("drop_after", "order"),),
        before={1: forget_newest_orders},
        locks=True,
    ),
    Story(
        name="book away",
        scenes=(leaves_unsettled, comes_back),
        faults=(fault("drop_after", "order"),),
        before={1: take_away},
        mended=bring_back,
        locks=True,
    ),
    Story(
        name="killed in flight",
        scenes=(is_killed_in_flight, settles),
        faults=(fault("delay_after", "order", seconds=0.3),),
    ),
    Story(
        name="disk full at the answer",
        scenes=(cannot_write_the_answer,),
        faults=(fault("delay_after", "order", seconds=0.2),),
        automatic_at=None,
        locks=True,
    ),
    Story(name="disk full", scenes=(runs_out_of_disk,), automatic_at=None, locks=True),
    Story(name="described as one list", scenes=(pays,), describe=in_one_list),
)
