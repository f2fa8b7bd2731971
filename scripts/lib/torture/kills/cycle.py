"""One run: a story with its kills, restarts with the balance still low, until everything is settled; then the checks."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
import shutil
import signal
import time
from typing import Final

from tests.operator.client import OperatorControl

from .checks import broken_at_any_time, broken_in_the_end
from .child import Child, Start, start_house
from .house import meet
from .runs import Boot, Kill, Plan, Result
from .stage import Stage, StoryStuck
from .stories import Scene
from .trap import Side, Trap
from .world import World

_BOOT_PATIENCE: Final = 45.0

_ENDS: Final = (0, -signal.SIGKILL)
"""How a Home Assistant ends: in good order, or by whoever ends its scene."""

_ROUNDS: Final = 6
"""Wishes that the end may take: one is looked up, one is refused, one is decided by a person, one is paid."""


class Cycle:
    """Carries one plan out in a world."""

    def __init__(
        self,
        world: World,
        plan: Plan,
        break_it: Callable[[], None] | None = None,
    ) -> None:
        """Nothing happens yet. `break_it` makes a defect in each Home Assistant of this run, to see whether it shows."""
        self._world = world
        self._plan = plan
        self._break_it = break_it
        self._result = Result(name=plan.name)
        self._lines = 0
        """Of the log, which all Home Assistants of a run write: those that were read already."""

    def run(self) -> Result:
        """Play it to its end. The folder stays where a promise was broken."""
        began, plan, result = time.monotonic(), self._plan, self._result
        self._world.begin(plan.story, plan.kind, f"{plan.kind} {plan.story.name}")
        if self._play_story():
            for kill in plan.kills[1:]:
                self._mend()
                self._boot("again", calls, kill)
        result.missed = result.kills < len(plan.kills)
        self._mend()
        self._boot("the end", self._finish, None)
        self._check_end()
        result.broken = list(dict.fromkeys(result.broken))
        result.seconds = time.monotonic() - began
        if result.broken:
            self._world.keep(plan.name)
        else:
            shutil.rmtree(self._world.folder)
        return result

    def _play_story(self) -> bool:
        """Play the scenes until one of them is killed; say whether that was so."""
        plan = self._plan
        for number, scene in enumerate(plan.story.scenes):
            if (change := plan.story.before.get(number)) is not None:
                change(self._world.folder)
            kill = plan.kills[0] if plan.kills and number == plan.scene else None
            if self._boot(scene.__name__, scene, kill).killed:
                return True
        return False

    def _mend(self) -> None:
        """From now on the operator and the disk work."""
        self._world.mend_operator()
        self._plan.story.mended(self._world.folder)
        self._world.shared.skipping = False

    # One Home Assistant

    def _boot(self, name: str, scene: Scene, kill: Kill | None) -> Boot:
        plan, world = self._plan, self._world
        start = Start(
            folder=world.folder,
            trap=self._hold() if kill is None else kill.trap,
            watch=plan.watch,
            times=1.0 if scene == self._finish else plan.story.times,
            break_it=self._break_it,
        )
        boot = Boot(scene=name)
        child = start_house(start, world.shared, world.kit.codes)
        try:
            asyncio.run(self._act(boot, child, scene, kill))
        finally:
            boot.code = child.end()
        if not boot.killed and boot.code not in _ENDS:
            self._blame("T4", f"{name}: Home Assistant ended with {boot.code}, which nobody had asked for")  # fmt: skip
        self._note(boot, kill)
        return boot

    def _hold(self) -> Trap | None:
        """Return where the present scene is held up."""
        hold, labels = self._plan.story.hold, self._world.kit.points
        if hold is None or hold[0] != len(self._result.boots):
            return None
        label = next(n for n, point in enumerate(labels) if point.label == hold[1])
        return Trap(label, Side.BEFORE, hold_s=hold[2])

    async def _act(
        self, boot: Boot, child: Child, scene: Scene, kill: Kill | None
    ) -> None:
        world = self._world

        def strike() -> None:
            boot.killed = True
            child.signal(signal.SIGKILL)

        async with (
            meet(world.port, world.kit.template, child) as house,
            OperatorControl(world.operator_url) as operator,
        ):
            stage = Stage(house, operator, world.shared, world.folder)
            acting = asyncio.create_task(_play(scene, stage))
            dying = asyncio.create_task(house.dead.wait())
            if kill is not None:
                _arm(kill, stage, acting, strike)
            both = {acting, dying}
            await asyncio.wait(
                both, timeout=_BOOT_PATIENCE, return_when=asyncio.FIRST_COMPLETED
            )
            boot.killed |= (
                world.shared.fired
            )  # a client may know sooner than the kernel tells us
            if house.dead.is_set() and not boot.killed:
                await asyncio.wait({acting}, timeout=2)
            for task in both:
                task.cancel()
            await asyncio.wait(both)
            boot.said, boot.shown = stage.said, stage.shown
            self._judge(boot, acting)

    def _judge(self, boot: Boot, acting: asyncio.Task[None]) -> None:
        """Blame a scene that did not come to its end, unless it was killed in its middle."""
        try:
            acting.result()
        except asyncio.CancelledError:
            if not boot.killed:
                self._blame("I10", f"{boot.scene}: Home Assistant ended by itself, or hung")  # fmt: skip
        except (StoryStuck, TimeoutError) as err:
            self._blame("I10", f"{boot.scene}: {err or 'something took too long'}")

    def _note(self, boot: Boot, kill: Kill | None) -> None:
        world, result = self._world, self._result
        money, book = world.money(), world.book()
        log = world.folder / "console.log"
        lines = log.read_text().splitlines() if log.exists() else []
        boot.errors = [line for line in lines[self._lines :] if " ERROR " in line]
        self._lines = len(lines)
        boot.charges, boot.states = len(money.ours), book.states()
        if self._plan.watch:
            count = world.shared.passes
            for label in range(len(world.kit.points)):
                if any(passes := (count(label, 0), count(label, 1))):
                    boot.passes[label] = passes
        result.boots.append(boot)
        result.broken += broken_at_any_time(money, book, self._plan.kind)
        result.charges, result.sends = len(money.ours), len(money.sends)
        result.orders = [asdict(order) for order in book.orders]

    # The end

    async def _finish(self, stage: Stage) -> None:
        """Call until it is paid, with a person who decides what only a person can."""
        story = self._plan.story
        await stage.look()
        if story.leaves and not (await stage.call(1))[0].status:
            return
        for _ in range(_ROUNDS):
            await stage.call()
            if story.locks:
                await stage.unlock()  # where it is locked; nothing settles before
            await stage.until_settled()
            states = stage.states()
            if held := [key for key, state in states.items() if state == "held"]:
                await self._decide(stage, held)
            elif "succeeded" in states.values():
                return

    async def _decide(self, stage: Stage, held: list[str]) -> None:
        if self._plan.kind not in self._plan.story.held_in:
            self._blame("I10", "an order was held although the operator could be asked")
        stage.pass_time(minutes=20)
        charged = {charge.reference for charge in await stage.operator.charges()}
        for order in held:
            await stage.decide(order, charged=order in charged)

    def _check_end(self) -> None:
        paid = not self._plan.story.leaves
        self._result.broken += broken_in_the_end(self._world.book(), paid=paid)

    def _blame(self, promise: str, text: str) -> None:
        self._result.broken.append((promise, text))


async def calls(stage: Stage) -> None:
    """Callers, while the process may be killed again at any moment."""
    await stage.call()
    await stage.until_settled()


def _arm(
    kill: Kill, stage: Stage, acting: asyncio.Task[None], strike: Callable[[], None]
) -> None:
    """Let a kill come in its time; a trap in the child is armed already."""
    loop = asyncio.get_running_loop()
    if kill.after_start is not None:
        loop.call_later(kill.after_start, strike)
    if (pause := kill.after_call) is not None:
        stage.on_call = lambda: loop.call_later(pause, strike)

    def strike_at_last(done: asyncio.Task[None]) -> None:
        if not done.cancelled():
            strike()

    if kill.anyway:
        acting.add_done_callback(strike_at_last)


async def _play(scene: Scene, stage: Stage) -> None:
    if await stage.house.up():
        await scene(stage)
