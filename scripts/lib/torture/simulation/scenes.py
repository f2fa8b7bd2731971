"""Scenes: several things in the order in which they have hurt others. The dice choose the moments; the storm goes on meanwhile."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .account import SimAccount
from .drive import Sabotage
from .person import decide
from .weather import House, Look, Mood, Road, Scene
from .world import ZONES

if TYPE_CHECKING:
    from .story import Story

_HOUR: Final = 3600.0
_FORWARD: Final = (1, 24, 24, 40 * 24)
_LOST: Final = (Road.LOST, Road.ANSWER_LOST, Road.RESET_AFTER)
_LATE: Final = (Road.LATE, Road.RESET_LATE)


def play(story: Story, scene: Scene) -> None:
    """Play a scene in the house, which is up."""
    story.world.happened(f"scene: {scene.value}")
    account = story.dice.choice(story.world.accounts)
    _SCENES[scene](story, account)


def _want(
    story: Story,
    account: SimAccount,
    *roads: Road,
    mood: Mood = Mood.PAYS,
    force: bool = True,
) -> int:
    """Let somebody want something for some line that will go this way; return the line."""
    dice, world = story.dice, story.world
    line = dice.randrange(len(account.lines))
    account.roads.clear()
    account.roads.extend(roads or (Road.GOOD,))
    account.operator.script.clear()
    account.operator.script.append(mood)
    account.looks.extend([Look.GOOD] * 4)
    world.wish(account, line, "open", dice.choice((110, 300)), force=force)
    return line


def _too_soon(story: Story, account: SimAccount) -> None:
    """The clock jumps forward while the request is on its way; then somebody looks."""
    dice, world = story.dice, story.world
    _want(story, account, dice.choice(_LATE))
    world.pass_time(dice.uniform(16, 60))
    world.set_clock(timedelta(hours=dice.choice(_FORWARD)))
    world.pass_time(dice.uniform(0, 60))
    story.reload(account, 0.0)
    world.pass_time(dice.choice((30.0, 1000.0)))


def _early_no(story: Story, account: SimAccount) -> None:
    """A person looks into the operator's app, and nothing is there yet; or does not wait to be asked."""
    dice, world = story.dice, story.world
    _want(story, account, dice.choice(_LATE))
    world.pass_time(dice.uniform(16, account.operator.settle))
    if dice.random() < 0.3:
        story.detach(account)
    for order_id in world.promises.open():
        if world.life is not None:
            world.life.do(decide(world, world.life, order_id))
    world.pass_time(dice.choice((1.0, 1000.0)))


def _edge(story: Story, account: SimAccount) -> None:
    """The question leaves right before the settle window ends, and its answer takes its time."""
    dice, world = story.dice, story.world
    _want(story, account, Road.RESET_LATE)
    world.pass_time(account.operator.settle - dice.uniform(0, 20))
    account.looks.clear()
    account.looks.extend([Look.SLOW] * 2)
    story.reload(account, 0.0)
    world.pass_time(60)


def _old_key(story: Story, account: SimAccount) -> None:
    """A machine without a battery wakes up long after, and believes that no time has passed."""
    dice, world = story.dice, story.world
    _want(story, account, *(dice.choice(_LOST) for _ in range(dice.choice((1, 1, 2)))))
    world.pass_time(dice.choice((20.0, 45.0, 400.0)))
    off_since = world.now
    world.crash(power=True)
    kept = account.operator.capabilities.key_retention or timedelta(hours=2)
    world.pass_time(min(kept.total_seconds(), 3e5) * dice.uniform(0.4, 1.5))
    story.wake_up(off_since)
    world.pass_time(dice.choice((60.0, 2000.0)))


def _short_rest(story: Story, account: SimAccount) -> None:
    """The clock jumps forward after a payment: the line seems rested."""
    dice, world = story.dice, story.world
    line = _want(story, account, force=False)
    world.pass_time(dice.choice((3.0, 60.0)))
    world.set_clock(timedelta(hours=dice.choice((*_FORWARD, -24))))
    if dice.random() < 0.3:
        world.crash(power=False)
        world.boot()
    world.pass_time(dice.uniform(1, 300))
    world.wish(account, line, "open", 110)
    world.pass_time(30)


def _spree(story: Story, account: SimAccount) -> None:
    """One order stays open; all lines go on until the limits stop them."""
    dice, world = story.dice, story.world
    mood = dice.choice((Mood.QUEUES, Mood.QUEUES, Mood.PAYS))
    _want(
        story,
        account,
        Road.GOOD if mood is Mood.QUEUES else Road.ANSWER_LOST,
        mood=mood,
    )
    world.pass_time(dice.choice((5.0, 20.0)))
    for _ in range(3):
        for line in range(len(account.lines)):
            world.wish(account, line, "open", dice.choice((110, 300)), force=True)
        world.pass_time(dice.choice((3.0, 20.0)))


def _twins(story: Story, account: SimAccount) -> None:
    """Somebody pays the same for the same line, before or after, once or twice, and it shows late."""
    dice, world = story.dice, story.world
    operator = account.operator
    line_id = account.lines[dice.randrange(len(account.lines))].id
    money = dice.choice((110, 300))
    if dice.random() < 0.5:
        operator.blind_until = world.now + operator.settle
    if dice.random() < 0.5:
        story.stranger_pays(account, line_id, money)
        world.pass_time(dice.choice((30.0, 400.0, 700.0, 700.0)))
    account.roads.clear()
    account.roads.append(dice.choice((*_LOST, Road.LOST, Road.LATE)))
    number = next(n for n, one in enumerate(account.lines) if one.id == line_id)
    world.wish(account, number, "open", money, force=True)
    world.pass_time(dice.uniform(16, 60))
    for _ in range(dice.choice((0, 0, 1, 2, 2))):
        story.stranger_pays(account, line_id, money)
    world.pass_time(operator.settle * dice.uniform(0.5, 2))


def _dearer(story: Story, account: SimAccount) -> None:
    """Who agreed to one price does not pay another."""
    dice, world = story.dice, story.world
    account.operator.change_price()
    world.pass_time(dice.choice((0.1, 60.0)))
    line = dice.randrange(len(account.lines))
    world.wish(account, line, "pack", dice.choice((500, 510)), force=True)
    world.pass_time(10)


def _crowd(story: Story, account: SimAccount) -> None:
    """All lines at once, and the disk fails in the middle of it."""
    dice, world = story.dice, story.world
    account.roads.clear()
    for line in range(len(account.lines)):
        mood = dice.choice((Mood.PAYS, Mood.DECLINES, Mood.QUEUES))
        account.operator.script.append(mood)
        world.wish(account, line, "open", dice.choice((110, 300)), force=True)
        world.pass_time(dice.choice((0.0, 0.1)))
    world.sicken(dice.randrange(4), dice.randint(1, 20), dice.choice((1, 1, 10**6)))
    world.pass_time(dice.choice((1.0, 30.0)))


def _impatient(story: Story, account: SimAccount) -> None:
    """A script in mode restart: cancelled and called again, at any moment."""
    dice, world = story.dice, story.world
    for _ in range(dice.randint(1, 3)):
        _want(story, account, force=dice.random() < 0.5)
        world.pass_time(dice.choice((0.0, 0.05, 0.5, 3.0)) * dice.random())
        for call in world.calls[-2:]:
            world.cancel(call)
    world.pass_time(30)


def _same_name(story: Story, account: SimAccount) -> None:
    """A monthly automation names all of its wishes alike, and comes again."""
    dice, world = story.dice, story.world
    for _ in range(2):
        for line in range(len(account.lines)):
            world.wish(account, line, "open", 110, request_id="monthly", force=True)
        world.pass_time(dice.choice((0.0, 20.0, 40_000.0)))


def _moved(story: Story, account: SimAccount) -> None:
    """A month that is full in one zone is another one elsewhere."""
    dice, world = story.dice, story.world
    for _ in range(4):
        _want(story, account)
        world.pass_time(20)
    world.move(dice.choice(ZONES))
    world.stop()
    world.pass_time(30)
    world.boot()
    world.pass_time(5)
    for _ in range(3):
        _want(story, account)
        world.pass_time(20)


def _hands(story: Story, account: SimAccount) -> None:
    """While an order is open somebody has his hands on the book; then a person unlocks."""
    dice, world = story.dice, story.world
    if House.SABOTAGE not in world.weather.house:
        return
    story.copy()
    _want(story, account, dice.choice(_LOST))
    world.pass_time(dice.choice((20.0, 60.0)))
    if dice.random() < 0.5:
        world.stop()
        world.pass_time(30)
    else:
        world.crash(power=True)
    if world.life is None:
        story.sabotage(dice.choice(tuple(Sabotage)))
    world.boot()
    world.pass_time(20)
    world.unlock()
    world.pass_time(60)


_SCENES: Final[Mapping[Scene, Callable[[Story, SimAccount], None]]] = {
    Scene.TOO_SOON: _too_soon,
    Scene.EARLY_NO: _early_no,
    Scene.EDGE: _edge,
    Scene.OLD_KEY: _old_key,
    Scene.SHORT_REST: _short_rest,
    Scene.SPREE: _spree,
    Scene.TWINS: _twins,
    Scene.DEARER: _dearer,
    Scene.CROWD: _crowd,
    Scene.IMPATIENT: _impatient,
    Scene.SAME_NAME: _same_name,
    Scene.MOVED: _moved,
    Scene.HANDS: _hands,
}
