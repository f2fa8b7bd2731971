"""One seed is one world: a storm drawn by the dice, then calm in which everything has to settle."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from custom_components.esim_topup.orders.policy import Health
from custom_components.esim_topup.providers.money import Money

from .account import SimAccount, limits_of
from .calm import HOUR, settle_down
from .classes import CLASSES, capabilities_of
from .drive import Sabotage
from .operator import Operator
from .scenes import play
from .weather import House, Weather
from .world import ANOTHER, ZONES, World, sim_line


class Story:
    """Plays one seed."""

    def __init__(
        self, seed: int, room: Path, images: Mapping[str, bytes], **weather: Any
    ) -> None:
        """Draw the world. `weather`: what is not left to the dice."""
        self.dice = dice = Random(seed)
        self._images = images
        self._copy: dict[str, bytes] | None = None
        """What somebody copied of the book's folder."""
        self.world = World(room, dice, {} if dice.random() < 0.03 else images)
        for number in range(dice.choice((1, 1, 1, 2))):
            self.world.accounts.append(self._account(number))
        self.world.weather = replace(Weather.drawn(dice), **weather)
        self._troubles = tuple(
            what for what in _DEEDS if what in self.world.weather.house
        )

    def _account(self, number: int) -> SimAccount:
        dice, world = self.dice, self.world
        letter = dice.choice(CLASSES)
        world.seen[f"class: {letter}"] += 1
        currency = "RUB" if number == 0 else dice.choice(("RUB", "USD"))
        operator = Operator(
            sky=world,
            dice=dice,
            key="AB"[number],
            capabilities=capabilities_of(dice, letter),
            currency=currency,
            names_references=letter != "H" and dice.random() < 0.7,
            refuses_repeats=dice.random() < 0.4,
            forgets_declines=dice.random() < 0.3,
            draw_mood=world.draw_mood,
        )
        lines = tuple(
            sim_line(n, currency) for n in range(dice.choice((1, 1, 2, 3, 5)))
        )
        world.note(
            f"operator {operator.key}: class {letter}, settle {operator.capabilities.settle}, "
            f"keys {operator.capabilities.key_retention}, {len(lines)} lines in {currency}"
        )
        limits = limits_of(dice, currency)
        world.note(f"limits: {limits}")
        return SimAccount(operator, lines, limits, names_time=dice.random() < 0.7)

    def play(self) -> None:
        """Storm, calm, and a last look."""
        world, dice = self.world, self.dice
        world.boot()
        world.pass_time(dice.choice((0.0, 1.0)))
        for _ in range(dice.randint(5, 12)):
            self.step()
            world.pass_time(
                dice.choice((0.0, 0.03, 0.5, 3.0, 20.0, 100.0, 600.0, 5000.0, 40_000.0))
                * dice.random()
            )
            if world.promises.broken:
                return
        settle_down(self.world)

    # The storm

    def step(self) -> None:
        """Let one thing happen."""
        world, dice = self.world, self.dice
        if world.life is None:
            self._off()
            return
        if world.weather.scenes and dice.random() < world.weather.scene_share:
            play(self, dice.choice(world.weather.scenes))
        elif not self._troubles or dice.random() < 0.5:
            self._wishes()
        else:
            self._trouble(dice.choice(self._troubles))

    def _off(self) -> None:
        world, dice = self.world, self.dice
        off_since = world.now
        if House.SABOTAGE in world.weather.house and dice.random() < 0.5:
            self.sabotage(dice.choice(list(Sabotage)))
        if dice.random() < 0.15 and House.CLOCK in world.weather.house:
            self._clock()
        if House.ZONE in world.weather.house:
            world.move(dice.choice(ZONES))
        world.pass_time(dice.choice((0.0, 5.0, 600.0, 100_000.0)) * dice.random())
        if House.DISK_FAILS in world.weather.house and dice.random() < 0.2:
            world.sicken(dice.randrange(7), 1, dice.choice((1, 10**6)))
        if House.NO_BATTERY in world.weather.house:
            self.wake_up(off_since)
        else:
            world.boot()

    def wake_up(self, off_since: float) -> None:
        """Start a machine without a battery: its clock shows the time at which it went out, until somebody tells it better."""
        world, dice = self.world, self.dice
        world.happened(f"house: {House.NO_BATTERY.value}")
        world.set_clock(timedelta(seconds=off_since - world.now))
        world.boot()

        def learn() -> None:
            if world.wall_error:
                world.set_clock(timedelta())

        world.at(world.now + dice.choice((0.5, 20.0, 900.0, 20_000.0)), learn)

    def _wishes(self) -> None:
        world, dice = self.world, self.dice
        many = dice.choice(_CALLERS)
        same = dice.random() < 0.5
        account = dice.choice(world.accounts)
        first = dice.randrange(len(account.lines))
        offer_id, amount = dice.choice(_FOOLISH if dice.random() < 0.03 else _WANTED)
        currency = "CHF" if dice.random() < 0.01 else account.operator.currency
        name = dice.choice((None, None, "monthly", "weekly"))
        for _ in range(many):
            if not same:
                account = dice.choice(world.accounts)
                first = dice.randrange(len(account.lines))
            world.wish(
                account,
                first,
                offer_id,
                amount,
                currency=currency if same else None,
                request_id=name,
                force=House.FORCE in world.weather.house and dice.random() < 0.4,
                only_below=50 if dice.random() < 0.15 else None,
            )

    def _trouble(self, what: House) -> None:
        world, dice = self.world, self.dice
        match what:
            case House.CRASH_LATER | House.POWER_LATER:
                self._crash_later(power=what is House.POWER_LATER)
            case House.CRASH_INSIDE | House.POWER_INSIDE:
                world.note("a fuse burns")
                world.drive.light_fuse(
                    dice.randint(1, 60), power=what is House.POWER_INSIDE
                )
            case House.STOP:
                world.stop()
            case House.DISK_FAILS:
                times = dice.choice((1, 1, 3, 10**6))
                world.sicken(dice.randrange(7), dice.randint(1, 25), times)
            case House.LOCK:
                if world.life is not None and world.life.engine.health is Health.LOCKED:
                    if dice.random() < 0.7:
                        world.drive.heal()
                    world.unlock()
            case House.RELOAD:
                pause = dice.choice((0.0, 0.01, 5.0, HOUR)) * dice.random()
                self.reload(dice.choice(world.accounts), pause)
            case House.LIMITS:
                account = dice.choice(world.accounts)
                self._limits(account)
            case House.CLOCK:
                self._clock()
            case House.SUSPEND:
                world.suspend(dice.choice((60, 3600, 90_000)))
            case House.CANCEL:
                for call in world.calls:
                    if dice.random() < 0.7:
                        world.cancel(call)
            case _:
                self._out_there(what)
        if dice.random() < 0.3:
            world.decide()

    def _out_there(self, what: House) -> None:
        world, dice = self.world, self.dice
        account = dice.choice(world.accounts)
        operator, line = account.operator, dice.choice(account.lines)
        match what:
            case House.STRANGER | House.TWIN:
                money = limits_of(dice, operator.currency).per_order
                if what is House.TWIN and (
                    sent := tuple(world.promises.truth.sent.values())
                ):
                    money = dice.choice(sent).purchase.money
                if money.currency == operator.currency:
                    world.happened(f"operator: {what.value}")
                    operator.charge_stranger(line.id, money, dice.choice(_PRODUCTS))
            case House.OUTAGE:
                world.happened(f"operator: {what.value}")
                operator.down_until = world.now + dice.choice(
                    (300.0, 5 * HOUR, 24 * HOUR, 80 * HOUR)
                )
            case House.BLIND:
                world.happened(f"operator: {what.value}")
                operator.blind_until = world.now + dice.choice((60.0, 600.0, 2 * HOUR))
            case House.PRICE:
                world.happened(f"operator: {what.value}")
                operator.change_price()

    def _crash_later(self, *, power: bool) -> None:
        world = self.world
        life = world.life

        def crash() -> None:
            if world.life is life and world.storm:
                world.crash(power=power)

        world.at(
            world.now
            + self.dice.choice((0.0, 0.005, 0.05, 1.0, 10.0, 60.0))
            * self.dice.random(),
            crash,
        )

    def stranger_pays(self, account: SimAccount, line_id: str, amount: int) -> None:
        """Let somebody else pay for a line, as if it were for an order of ours."""
        self.world.happened(f"operator: {House.TWIN.value}")
        money = Money.parse(amount, account.operator.currency)
        product = self.dice.choice(_PRODUCTS)
        account.operator.charge_stranger(line_id, money, product)

    def reload(self, account: SimAccount, pause: float) -> None:
        """Take an account away, and set it up again after a pause."""
        world = self.world
        life = world.life
        self.detach(account)

        def attach() -> None:
            if life is not None and world.life is life:
                life.do(life.attach(account))

        world.at(world.now + pause, attach)

    def detach(self, account: SimAccount) -> None:
        """Take an account away: its entry is reloaded, disabled or removed."""
        if (life := self.world.life) is not None:
            self.world.happened(f"house: {House.RELOAD.value}")
            life.engine.detach(account.key)
            life.attached_at.pop(account.key, None)

    def _limits(self, account: SimAccount) -> None:
        world = self.world
        world.happened(f"house: {House.LIMITS.value}")
        account.set_limits(world.now, limits_of(self.dice, account.operator.currency))
        if world.life is not None:
            world.life.do(world.life.attach(account))

    def _clock(self) -> None:
        world, dice = self.world, self.dice
        hours = dice.choice((0, 0, -24, -1, 1, 24, 40 * 24, -57 * 365 * 24))
        error = timedelta(hours=hours)
        if dice.random() < 0.2:
            error = timedelta(minutes=dice.choice((-4, 4)))
        world.set_clock(error)

    def copy(self) -> None:
        """Let somebody copy the book."""
        self._copy = self.world.drive.files()

    def sabotage(self, deed: Sabotage) -> None:
        """Let somebody have his hands on the book, while the house is off."""
        world = self.world
        if deed is Sabotage.COPY or not world.drive.path.exists():
            self.copy()
            return
        if deed is Sabotage.OLDER and self._copy is None:
            return
        world.happened(f"house: {House.SABOTAGE.value}")
        world.note(deed.value)
        world.drive.sabotage(deed, self._copy, self._images[ANOTHER])
        world.promises.custody.look()


_HOW_THINGS_ARE: Final = frozenset(
    {
        House.FORCE,
        House.DISK_SLOW,
        House.SABOTAGE,
        House.ZONE,
        House.NO_BATTERY,
    }
)
_DEEDS: Final = tuple(what for what in House if what not in _HOW_THINGS_ARE)
"""What happens at a moment; the others are how things are, or strike while the house is off."""

_CALLERS: Final = (1, 1, 1, 1, 1, 1, 2, 2, 3, 20)
"""How many want something at the same instant."""

_PRODUCTS: Final = (None, "open", "app")
"""What a stranger buys; the last one is never sold to us."""

_WANTED: Final = (
    ("open", 300),
    ("open", 300),
    ("open", 110),
    ("open", 110),
    ("open", 700),
    ("pack", 500),
)
_FOOLISH: Final = (("open", 0), ("open", 5), ("gone", 300), ("pack", 300))
"""Never sold."""
