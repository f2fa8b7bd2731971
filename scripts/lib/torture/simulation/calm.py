"""The calm after a storm: all faults end, and everything has to settle."""

from datetime import timedelta
from typing import Final

from custom_components.esim_topup.orders.policy import Health

from .weather import Weather
from .world import World

HOUR: Final = 3600.0

_SLOWEST_DISK: Final = 300.0
"""Seconds; until then what a slow disk was given in the storm is done."""

_ONE_POLL: Final = 1.2 * HOUR
"""After a day orders are looked after each hour."""


def settle_down(world: World) -> None:
    """Let all faults end, and see that everything settles."""
    world.note("calm")
    _fair_weather(world)
    world.pass_time(_SLOWEST_DISK)
    if world.life is None:
        world.boot()
        world.pass_time(30)
    assert world.life is not None
    if world.life.engine.health is Health.LOCKED:
        world.unlock()
        world.pass_time(60)
    world.life.do(world.life.attach_all())
    settle = max(account.operator.settle for account in world.accounts)
    world.pass_time(settle + _ONE_POLL)
    world.promises.after_settling()
    world.pass_time(80 * HOUR)
    world.decide()
    world.pass_time(60)
    world.promises.at_end()
    if not world.promises.broken:
        _proof_of_life(world)


def _fair_weather(world: World) -> None:
    world.storm = False
    world.weather = Weather()
    world.drive.heal()
    world.drive.put_out()
    for account in world.accounts:
        account.operator.down_until = account.operator.blind_until = 0.0
        account.operator.change_price(500)
        for planned in (account.roads, account.looks, account.operator.script):
            planned.clear()
        if world.dice.random() < 0.7:
            account.operator.repent()
    if world.wall_error:
        world.set_clock(timedelta())


def _proof_of_life(world: World) -> None:
    """After all that, a wish that nothing speaks against is paid."""
    assert world.life is not None
    if (health := world.life.engine.health) is not Health.READY:
        world.promises.truth.broke("I10", f"after the calm the engine is {health}")
        return
    for account in world.accounts[: world.dice.choice((0, 0, 2))]:
        call = world.wish(account, 0, "open", 110, force=True)
        world.pass_time(60)
        assert call is not None
        world.promises.lives(call)
