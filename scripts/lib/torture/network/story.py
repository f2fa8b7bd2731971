"""What happens in one cell: a wish, a toxic, a network that heals, days that pass, one more wish."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from operator import itemgetter
from typing import Final

from aiohttp import ClientTimeout

from ..rooms import without_home_assistant

without_home_assistant()

from custom_components.esim_topup.orders.links import Placed  # noqa: E402
from custom_components.esim_topup.orders.order import Order, OrderState  # noqa: E402
from custom_components.esim_topup.orders.policy import Refused  # noqa: E402

from .cells import Cell  # noqa: E402
from .certificates import authority  # noqa: E402
from .client import SHORT_PATIENCE, Habits  # noqa: E402
from .house import House, house, wants_tls  # noqa: E402
from .hub import AnyGate, Gates  # noqa: E402
from .moments import BEFORE, LOOKS, RESENDS, Moment  # noqa: E402
from .other_side import operator_of, strangers_answer  # noqa: E402
from .plan import Plan  # noqa: E402
from .promises import broken_promises  # noqa: E402
from .told import Breach, Told  # noqa: E402
from .toxic import Deaf, Door, Effect  # noqa: E402

PATIENCE_S: Final = 90.0
"""A cell that takes longer hangs."""

_BREATH_S: Final = 0.01
_BREATHS: Final = 500

_LONG: Final = timedelta(hours=80)
"""After 72 h a person has been asked."""

_UNSEEN: Final = {
    Door.CLOSED: "ClientConnectorError",
    Door.FULL: "ConnectionTimeoutError",
}
"""What never gets to the gate, by what the client sees of it."""


@dataclass(slots=True)
class Run:
    """What came of a cell."""

    cell: Cell
    strikes: int = 0
    breaches: list[Breach] = field(default_factory=list)
    told: Told | None = None

    @property
    def complaints(self) -> list[Breach]:
        """What is wrong with it; a cell that was not played, or whose toxic never struck, has proved nothing."""
        if self.breaches:
            return self.breaches
        if self.told is None:
            return [Breach("T5", "it was not played")]
        return [] if self.strikes else [Breach("T5", "the toxic never struck")]


async def run_cell(
    cell: Cell,
    gates: Gates,
    *,
    patience: ClientTimeout | None = SHORT_PATIENCE,
    habits: Habits | None = None,
) -> Run:
    """Run one cell. `patience` is for calls that nobody answers; `None` keeps the true times."""
    run = Run(cell)
    try:
        async with asyncio.timeout(PATIENCE_S), operator_of(cell) as (folder, operator):
            trust = authority() if wants_tls(cell) else None
            plan = Plan(
                upstream=operator.port,
                book=str(folder / "orders.db"),
                orders=cell.orders,
                stranger=await strangers_answer(operator),
                certificates=None
                if trust is None
                else {
                    name: getattr(trust, name)
                    for name in ("good", "untrusted", "expired", "wrong_host")
                },
            )
            gate = await gates.gate(plan)
            try:
                async with house(
                    cell,
                    folder,
                    operator,
                    gate.port,
                    trusted=None if trust is None else trust.trusted,
                    habits=habits or Habits(),
                ) as home:
                    run.told = await _Story(cell, home, gate, patience).tell()
                    run.strikes = _strikes(run.told, home)
                    run.breaches = list(broken_promises(run.told))
            finally:
                await gate.close()
    except TimeoutError:
        run.breaches = [Breach("I10", "the cell did not end")]
    except Exception as err:  # noqa: BLE001 - whatever escapes from the engine is one more violation
        run.breaches = [Breach("an end", f"{type(err).__name__}: {err}")]
    return run


def _strikes(told: Told, home: House) -> int:
    """Return how often the toxic of the cell struck, beside what made the struck call necessary."""
    toxic, cell = home.cell.toxic, home.cell
    if toxic.deaf is not None:
        return home.names.failed
    if toxic.door in _UNSEEN:
        return home.errors.count(_UNSEEN[toxic.door])
    is_base = cell.moment is not Moment.PURCHASE and cell.purchase is toxic
    return told.report.strikes.get(toxic.name, 0) - is_base


@dataclass(slots=True)
class _Story:
    cell: Cell
    home: House
    gate: AnyGate
    patience: ClientTimeout | None
    _in_flight: list[asyncio.Task[Placed | Refused]] = field(default_factory=list)
    _blocked: list[Placed | Refused] = field(default_factory=list)
    _healed: bool = False

    async def tell(self) -> Told:
        """Live through it and return everything there is to judge."""
        home, moment = self.home, self.cell.moment
        home.on_step = self._step
        if moment in BEFORE:
            self._strike()
        first = await home.recharge()
        refused_first = None
        if isinstance(first, Refused):
            # Nothing was reserved; somebody tries again when the network is well.
            refused_first = first
            await self._heal()
            await self.gate.hang_up()
            first = await home.recharge()
        await self._calm()
        first_state = first.order.state if isinstance(first, Placed) else None
        await self._knock()
        if self.cell.heals_at is None:
            await self._heal()
        await self._follow()
        if not self._healed:
            await self._heal()
        told = Told(
            cell=self.cell,
            refused_first=refused_first,
            first=first,
            first_state=first_state,
            in_flight=[await probe for probe in self._in_flight],
            blocked=list(self._blocked),
            steps=list(home.heard),
            rows=home.rows(),
            charges=await home.charges(),
            report=await self.gate.report(),
            sums_hold=home.sums_hold(),
        )
        told.again = await home.recharge(
            100, force=self.cell.toxic.effect in (Effect.TWICE, Effect.TOO_LATE)
        )
        told.again_forced = await home.recharge(100, force=True)
        told.charges_in_the_end = await home.charges()
        told.spent_in_the_end = home.spent()
        told.report = await self.gate.report()
        return told

    # The toxic

    def _step(self, order: Order) -> None:
        """Meddle at the very moment at which a step is published: for a purchase that is just before it leaves."""
        moment, number = self.cell.moment, len(self.home.heard)
        if order.state is OrderState.SUBMITTING and number == 1:
            probe = self.home.recharge(200)
            self._in_flight.append(asyncio.ensure_future(probe))
            if moment is Moment.PURCHASE:
                self._strike()
            elif self.cell.purchase is not None and self.cell.purchase.hangs:
                self.home.session.patience = self.patience
        elif order.state is OrderState.UNKNOWN and not self._healed:
            if moment in LOOKS | RESENDS:
                self.home.session.patience = None
                self._strike()

    def _strike(self) -> None:
        """Do what the client's side of the toxic is; the gate's side strikes by itself."""
        toxic, home = self.cell.toxic, self.home
        if toxic.hangs:
            home.session.patience = self.patience
        home.names.guard_fails = toxic.deaf is Deaf.GUARD
        home.names.connector_fails = toxic.deaf is Deaf.CONNECTOR

    async def _knock(self) -> None:
        """Want more for the line while the outcome is not known: plainly and with `force`."""
        if self.home.is_open:
            self._blocked.append(await self.home.recharge())
            self._blocked.append(await self.home.recharge(force=True))

    async def _heal(self) -> None:
        self._healed = True
        self.home.session.patience = None
        self.home.names.guard_fails = self.home.names.connector_fails = False
        await self.gate.heal()

    async def _calm(self) -> None:
        """Wait until the purchase has had its effect, if it is to have one: here days pass faster than a busy machine works."""
        toxic = self.cell.purchase
        if toxic is None or toxic.connects:
            return
        for _ in range(_BREATHS):  # one that never strikes is told of in the end
            report = await self.gate.report()
            if report.strikes.get(toxic.name) and not report.busy:
                break
            await asyncio.sleep(_BREATH_S)
        if toxic.effect is Effect.EITHER:
            await asyncio.sleep(_BREATH_S * 5)  # nobody waits for the operator there

    # Time

    async def _follow(self) -> None:
        """Let time pass until nobody looks after the order any more, and until everything that was to happen has."""
        coming: list[tuple[timedelta, Callable[[], Awaitable[None]]]] = []
        if self.cell.heals_at is not None:
            coming.append((self.cell.heals_at, self._heal))
        if self.cell.lets_go_at is not None:
            coming.append((self.cell.lets_go_at, self.gate.let_go))
        coming.sort(key=itemgetter(0))
        age = timedelta()
        while age < _LONG:
            await self.home.quiet()
            if not self.home.is_open and not coming:
                return
            pause = self.home.clock.next_waking
            if coming and (pause is None or age + pause >= coming[0][0]):
                at, happens = coming.pop(0)
                self.home.pass_by(at - age)
                age = at
                await self._knock()
                await happens()
            else:
                assert pause is not None
                self.home.pass_by(pause)
                age += pause
