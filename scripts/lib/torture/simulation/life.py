"""One life of the process: a loop, an engine, its clients. It ends in good order, by a kill, or with the power."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from custom_components.esim_topup.orders.book_file import BookLocked, Witness
from custom_components.esim_topup.orders.engine import Engine
from custom_components.esim_topup.orders.links import AccountLink, Placed
from custom_components.esim_topup.orders.order import Order
from custom_components.esim_topup.orders.policy import Health, Refused, Wish
from custom_components.esim_topup.providers.base import Purchase

from .client import Client
from .loop import HouseLoop
from .operator import Operator

if TYPE_CHECKING:
    from .account import SimAccount
    from .world import World


@dataclass(slots=True, eq=False)
class Call:
    """Somebody who wants something, and what became of it."""

    number: int
    wish: Wish
    asked_at: float
    told: Placed | Refused | None = None
    task: asyncio.Task[None] | None = None
    is_cancelled: bool = False

    @property
    def user(self) -> str:
        """The name under which the book knows who wanted an order."""
        return f"u{self.number}"


class HouseClock:
    """What the engine knows of time."""

    def __init__(self, life: Life) -> None:
        """Look at the clocks of this life."""
        self._life = life

    def now(self) -> datetime:
        """Return what the clock on the wall shows."""
        return self._life.wall()

    def monotonic(self) -> timedelta:
        """Return the time since an arbitrary start; it stands still while the machine is suspended."""
        return timedelta(seconds=self._life.monotonic())

    async def sleep(self, pause: timedelta) -> None:
        """Return after `pause`."""
        await asyncio.sleep(pause.total_seconds())


class Life:
    """From a start of the process to its end."""

    def __init__(self, world: World) -> None:
        """Begin; `start` opens the book."""
        self.world = world
        self.is_over = False
        self.born_at = world.now
        self.ready_at = 1e18
        """When wishes were welcome for the first time since."""
        self._origin = int(world.now) - world.dice.randrange(100_000)
        self.loop = HouseLoop(self.monotonic, self)
        self.engine = Engine(clock=HouseClock(self), new_id=world.new_id)
        self.engine.subscribe(self._heard)
        self.engine.subscribe_health(self._health_changed)
        self._started = asyncio.Event()
        self.attached_at: dict[str, float] = {}

    # Time

    def monotonic(self) -> float:
        """Return seconds since an arbitrary start."""
        return self.world.now - self._origin

    def stand_still(self, seconds: float) -> None:
        """Let the machine have been suspended: its monotonic clock did not notice."""
        self._origin += int(seconds)
        if self.ready_at < 1e17:
            self.ready_at = self.world.now

    def wall(self) -> datetime:
        """Return what the clock on the wall shows."""
        return self.world.true_time(self.world.now) + self.world.wall_error

    def world_time(self, due: float) -> float:
        """Return the true time of a moment of this life's monotonic clock."""
        return due + self._origin

    # Beginning and end

    def do(self, work: Any) -> asyncio.Task[Any]:
        """Let something happen in this process."""
        return self.loop.create_task(work)

    async def start(self) -> None:
        """Open the book and set the accounts up, as Home Assistant does at its start."""
        world, engine = self.world, self.engine
        await engine.start(
            world.drive.path,
            zone=world.house_zone,
            witness=world.witness,
            announce=self._announce,
        )
        self._started.set()
        await self.attach_all()

    async def _announce(self, coming: Witness) -> None:
        """Note outside of the book which one comes next."""
        self.world.witness = coming

    async def attach_all(self) -> None:
        """Set up every account."""
        for account in self.world.accounts:
            await self.attach(account)

    async def attach(self, account: SimAccount) -> None:
        """Set an account up, or its limits anew; whoever is early waits for the start."""
        await self._started.wait()
        self.engine.attach(
            AccountLink(
                key=account.key,
                provider=Client(
                    self.world,
                    self,
                    account.operator,
                    account.names_time,
                    account.roads,
                    account.looks,
                ),
                currency=account.operator.currency,
                lines=account.links,
            )
        )
        self.attached_at[account.key] = self.world.now
        await self.engine.refresh(account.key)

    async def stop(self) -> None:
        """End in good order."""
        await self.engine.stop()
        self.world.ended(self)

    async def unlock(self) -> None:
        """A person says: go on."""
        before = self.engine.health
        try:
            await self.engine.unlock()
        except BookLocked as err:
            self.world.note(f"stays locked: {err}")
        else:
            if before is Health.LOCKED:
                self.world.note("unlocked")

    # What the engine tells

    def _heard(self, order: Order) -> None:
        self.world.heard(self, order)

    def _health_changed(self) -> None:
        self.world.promises.health_changed(self)

    # The book's thread

    def patience(self) -> float:
        """Return how long the next step of the book's thread takes."""
        return self.world.patience()

    def moment(self) -> float:
        """Return the true time."""
        return self.world.now

    def worked(self, asked_at: float) -> bool:
        """Hear that the book's thread did something; say whether this life goes on."""
        if self.is_over:
            return False
        if self.world.drive.is_dead:
            self.loop.die()
            return False
        self.world.promises.look(self, asked_at)
        return True

    # Purchases

    def leaves(self, operator: Operator, purchase: Purchase) -> None:
        """Hear that a request leaves."""
        self.world.promises.leaves(self, operator, purchase)

    async def call(self, call: Call) -> None:
        """Want something, and hear what became of it."""
        try:
            call.told = await self.engine.recharge(call.wish)
        except asyncio.CancelledError:
            call.is_cancelled = True
        else:
            self.world.promises.told(call, call.told)
