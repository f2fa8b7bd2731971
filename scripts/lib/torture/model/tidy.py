"""Worlds that differ in nothing that can still matter are one: the search visits fewer of them, and misses none."""

from custom_components.esim_topup.providers.base import Dedupe

from .plan import Plan
from .tables import HELD, OPEN
from .world import NOBODY, Charge, Line, Order, Request, World


class Tidy:
    """Leaves out of a world what nobody will ask for again."""

    def __init__(self, plan: Plan) -> None:
        """Know what the protocol of this plan asks for."""
        self._plan = plan
        self._known: dict[Line, Line] = {}
        """Most lines come up many times."""

    def world(self, world: World) -> World:
        """Return the world as it is remembered."""
        lines = tuple(map(self._line, world.lines))
        return world if lines == world.lines else world._replace(lines=lines)

    def key(self, world: World) -> World:
        """Return what stands for the world and its mirror image: which of two lines comes first matters to nobody."""
        if len(world.lines) == 1:
            return world
        return world._replace(lines=tuple(sorted(world.lines)))

    def _line(self, line: Line) -> Line:
        tidy = self._known.get(line)
        if tidy is None:
            tidy = self._known[line] = self._tidied(line)
        return tidy

    def _tidied(self, line: Line) -> Line:
        last = len(line.orders) - 1
        awaited = {request.owner for request in line.requests}
        followed = last if last >= 0 and line.orders[last].state in OPEN else None
        if followed is not None:
            awaited.add(followed)
        return line._replace(
            orders=tuple(map(self._order, line.orders)),
            charges=tuple(
                self._charge(charge, awaited=charge.owner in awaited)
                for charge in line.charges
            ),
            requests=tuple(
                sorted(
                    request
                    for request in line.requests
                    if not self._is_harmless(request, line)
                )
            ),
            declined=tuple(owner for owner in line.declined if owner == followed),
            quiet=0 if followed is None else line.quiet,
        )

    def _order(self, order: Order) -> Order:
        """A settled order is asked for its age by the cooldown only."""
        if order.state in OPEN and order.state != HELD:
            return order
        return order._replace(sends=0, age=min(order.age, self._plan.cooldown))

    def _charge(self, charge: Charge, *, awaited: bool) -> Charge:
        """Only a history asks when a charge was made, and only a key for how long it has been known."""
        if self._plan.dedupe is Dedupe.HISTORY:
            age = self._plan.sight if charge.seen else charge.age
            since = charge.since if charge.tied == NOBODY else 0
            return charge._replace(age=age, since=since)
        if not awaited:
            return Charge(charge.owner, 0, seen=True, tied=NOBODY, age=0)
        age = charge.age if self._plan.retention or not charge.seen else 0
        return charge._replace(since=0, age=age)

    def _is_harmless(self, request: Request, line: Line) -> bool:
        """Say whether nobody waits for a request, and its key is known for longer than it can be on its way."""
        if request.live or request.queued or self._plan.dedupe is not Dedupe.KEY:
            return False
        left = self._plan.delay - request.age
        return any(
            charge.owner == request.owner and charge.age + left < self._plan.retention
            for charge in line.charges
        )
