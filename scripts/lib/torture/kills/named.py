"""The stories of the named cases that are about a certain caller or stop; the other cases are points in `stories`."""

import asyncio
from collections.abc import Callable, Coroutine
import signal
from typing import Any, Final

from .house import Said
from .scenes import is_killed_in_flight
from .stage import Stage
from .stories import STORIES, Scene, Story, fault

type Caller = Callable[[Stage], Coroutine[Any, Any, object]]

_TIMES: Final = 10.0
"""Home Assistant lives ten times as fast: what takes the operator 8 s takes it 0.8 s."""

_CALLERS: Final = """\
websocket_api:
script:
  pay:
    sequence:
      - action: esim_topup.recharge
        data: {device_id: "{{ device_id }}", amount: "300.00"}
automation by hand:
  - alias: Top up on demand
    triggers: [{trigger: event, event_type: pay}]
    actions:
      - action: esim_topup.recharge
        data: {device_id: "{{ trigger.event.data.device_id }}", amount: "300.00"}
"""


async def by_websocket(stage: Stage) -> Said:
    """Press "Perform action": the handler is a background task, which is cancelled at once."""
    return await stage.house.tell(
        "call_service",
        domain="esim_topup",
        service="recharge",
        service_data=stage.house.template.wish,
    )


async def by_automation(stage: Stage) -> Said:
    """Fire an event over the WebSocket: the automation's actions run in a tracked task, which nobody waits for."""
    device = {"device_id": stage.house.template.device_id}
    return await stage.house.tell("fire_event", event_type="pay", event_data=device)


async def by_sequence(stage: Stage) -> Said:
    """Run a sequence over the WebSocket: a script inside of a background task."""
    step = {"action": "esim_topup.recharge", "data": stage.house.template.wish}
    return await stage.house.tell("execute_script", sequence=[step])


async def by_rest(stage: Stage) -> Said:
    """Call over REST: the http server waits for its handlers, but not for ever."""
    return await stage.house.recharge()


async def by_script(stage: Stage) -> Said:
    """Start a script and go away: it is cancelled when Home Assistant stops."""
    return await stage.service("script.turn_on", entity_id="script.pay", variables={"device_id": stage.house.template.device_id})  # fmt: skip


def stopped_a_second_later(caller: Caller) -> Scene:
    """Return a scene: SIGTERM one second after the operator has the request."""

    async def is_stopped(stage: Stage) -> None:
        calling = asyncio.create_task(caller(stage))
        await stage.until_asked("order")
        await asyncio.sleep(1 / _TIMES)
        await stage.stop()
        await asyncio.wait({calling}, timeout=2)
        calling.cancel()

    return is_stopped


async def is_stopped_and_shot(stage: Stage) -> None:
    """SIGTERM while the operator does not answer; ten seconds later whoever manages services loses patience."""
    stage.calling()
    await stage.until_asked("order")
    await stage.house.running()
    stage.house.child.signal(signal.SIGTERM)
    await asyncio.sleep(10 / _TIMES)


async def is_started_again_and_shot(stage: Stage) -> None:
    """The next start is killed as soon as it answers."""
    stage.calling()


async def only_ends(stage: Stage) -> None:
    """Nobody calls; Home Assistant is stopped."""
    await stage.stop()


async def is_called_at_once(stage: Stage) -> None:
    """Call while the order book is still being opened: the frontend answers, and the action exists."""
    await stage.until("the book was open at once", lambda: stage.shared.holding)
    await stage.call(1)
    await stage.until_settled()


def _stop(name: str, caller: Caller, kind: str = "delay_after") -> Story:
    seconds: dict[str, Any] = {"seconds": 8 / _TIMES} if kind == "delay_after" else {}
    return Story(
        name=name,
        scenes=(stopped_a_second_later(caller),),
        faults=(fault(kind, "order", **seconds),),
        yaml=_CALLERS,
        automatic_at=None,
        times=_TIMES,
    )


NAMED: Final = (
    Story(
        name="A5 request on its way",
        scenes=(is_killed_in_flight,),
        behaviour={"order_effect_delay_s": 0.5},
        automatic_at=None,
    ),
    Story(
        name="A12 three in a row",
        scenes=(
            is_killed_in_flight,
            is_started_again_and_shot,
            is_started_again_and_shot,
        ),
        faults=(fault("delay_after", "order", seconds=0.3),),
    ),
    Story(
        name="A14 stopped, then shot",
        scenes=(is_stopped_and_shot,),
        faults=(fault("hang_after", "order"),),
        times=_TIMES,
    ),
    _stop("S1 by WebSocket", by_websocket),
    _stop("S2 by automation", by_automation),
    _stop("S3 by sequence over WebSocket", by_sequence),
    _stop("S4 by REST", by_rest),
    _stop("S5 by script", by_script),
    _stop("S6 no answer within the drain", by_rest, "hang_after"),
    Story(name="S7 at the end", scenes=(only_ends,), automatic_at="shutdown"),
    Story(
        name="S8 while starting",
        scenes=(is_killed_in_flight, is_called_at_once),
        faults=(fault("delay_after", "order", seconds=0.3),),
        automatic_at=None,
        yaml="frontend:\n",
        hold=(
            1,
            "orders.book_file._inspect: connection.execute PRAGMA integrity_check(1)",
            0.5,
        ),
    ),
)

BY_NAME: Final = {story.name: story for story in (*STORIES, *NAMED)}
