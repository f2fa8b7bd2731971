"""One world: true time, a house with its disk and its clock, the wire, and operators. Everything in it happens in one order.

Whoever plays in it (a seed, or Hypothesis) calls its deeds and lets time pass. After each thing that happens the promises are
looked at.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
import heapq
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID
from zoneinfo import ZoneInfo

from custom_components.esim_topup.orders import book_file, store
from custom_components.esim_topup.orders.book_file import Witness
from custom_components.esim_topup.orders.order import Order
from custom_components.esim_topup.orders.policy import Health, Wish
from custom_components.esim_topup.providers.base import Line, Purchase
from custom_components.esim_topup.providers.money import Money

from .account import SimAccount
from .book_thread import BookThread
from .drive import Drive, SQLite
from .entries import Entry
from .life import Call, Life
from .loop import Spinning
from .operator import Operator
from .person import decide
from .promises import Promises
from .trace import Trace
from .weather import House, Look, Mood, Road, Weather

_STARTS: Final = (
    datetime(2026, 11, 23, 12, tzinfo=UTC),
    datetime(2026, 11, 30, 20, 50, tzinfo=UTC),  # ten minutes before a month in Moscow
    datetime(2026, 11, 30, 10, 40, tzinfo=UTC),  # twenty in Auckland
    datetime(2027, 2, 28, 23, 55, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # clocks go back in Berlin
    datetime(2027, 3, 28, 0, 30, tzinfo=UTC),  # and forward
    datetime(2028, 2, 29, 12, tzinfo=UTC),
)
_ZONES: Final = tuple(
    ZoneInfo(name)
    for name in ("Europe/Moscow", "UTC", "Europe/Berlin", "Pacific/Auckland")
)

ZONES: Final = _ZONES

ANOTHER: Final = "another"
"""Among the empty books: one of another house."""

_STOP_AT_MOST: Final = 25.0
"""Seconds; then whoever runs Home Assistant kills it."""

_END: Final = {
    (power, inside): f"house: {what.value}"
    for (power, inside), what in {
        (False, False): House.CRASH_LATER,
        (True, False): House.POWER_LATER,
        (False, True): House.CRASH_INSIDE,
        (True, True): House.POWER_INSIDE,
    }.items()
}

SQLITE: Final = SQLite()


@contextmanager
def patched() -> Any:
    """Let the order book use our thread and our view of SQLite, from outside."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(store, "ThreadPoolExecutor", BookThread))
        stack.enter_context(patch.object(book_file, "sqlite3", SQLITE))
        yield


class World:
    """Where it all happens."""

    def __init__(self, room: Path, dice: Random, images: Mapping[str, bytes]) -> None:
        """Make an empty one. `images`: an empty book for each zone; without one there is none yet."""
        self.dice = dice
        self.now = 0.0
        self.pace: float | None = dice.choice((None, None, 0.02, 0.3))
        self.weather = Weather()
        self.zone = dice.choice(_ZONES)
        """The zone of the book's months."""
        self.house_zone = self.zone
        """The zone that Home Assistant has now."""
        self._start = dice.choice(_STARTS)
        self.wall_error = timedelta()
        self.wall_was_set = False
        self.stood_still_at = -1e18
        """When the machine was suspended last."""
        self.drive = Drive(room, dice, SQLITE, images.get(self.zone.key))
        self.accounts: list[SimAccount] = []
        self.life: Life | None = None
        self.witness: Witness | None = None
        self.seen: Counter[str] = Counter()
        """What was dealt out and what was reached."""
        self.trace = Trace()
        self.calls: list[Call] = []
        self.storm = True
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._events = 0
        self.promises = Promises(self)

    # Time

    def true_time(self, at: float) -> datetime:
        """Return what a right clock shows at that moment."""
        return self._start + timedelta(seconds=at)

    def at(self, when: float, deed: Callable[[], None]) -> None:
        """Do something then, out there in the world."""
        self._events += 1
        heapq.heappush(self._agenda, (when, self._events, deed))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and everything happen meanwhile that is due."""
        end = self.now + seconds
        while True:
            life = self.life
            if life is not None:
                self._run(life)
                if self.life is not life:
                    continue
            house = None if life is None else life.loop.next_due
            house_at = 1e18 if house is None or life is None else life.world_time(house)
            world_at = self._agenda[0][0] if self._agenda else 1e18
            due = min(house_at, world_at)
            if due > end:
                break
            self.now = max(self.now, due)
            if world_at <= house_at:
                heapq.heappop(self._agenda)[2]()
            elif life is not None and house is not None:
                life.loop.release(house)
        self.now = end
        self.promises.between()

    def _run(self, life: Life) -> None:
        try:
            life.loop.run_ready()
        except Spinning:
            self.promises.truth.broke(
                "I10", "work makes work for ever, and no time passes"
            )
            self.crash(power=False)
        for complaint in life.loop.complaints:
            self.promises.truth.broke("quiet", f"nobody caught: {complaint}")
        life.loop.complaints.clear()
        if self.drive.is_dead and self.life is life:
            self._bury()

    # The house

    def boot(self) -> None:
        """Start the process."""
        if self.life is not None:
            return
        self.note("starts")
        self.life = Life(self)
        self.promises.booted()
        self.life.do(self.life.start())

    def crash(self, *, power: bool) -> None:
        """Kill the process now, or let the power fail."""
        if self.life is None:
            return
        if not self.drive.is_dead:
            self.happened(_END[power, False])
            self.drive.cut(power=power)
        self._bury()

    def _bury(self) -> None:
        life, self.life = self.life, None
        assert life is not None
        if self.drive.was_cut_inside:
            self.happened(_END[self.drive.was_power, True])
        life.is_over = True
        life.loop.die()
        self.drive.begin_again()

    def ended(self, life: Life) -> None:
        """Hear that the process has stopped in good order."""
        if self.life is life:
            self.note("stopped")
            self.witness = life.engine.witness
            self.drive.cut(power=False)
            life.loop.die()

    def stop(self) -> None:
        """Ask the process to stop."""
        if self.life is not None:
            life = self.life
            self.happened(f"house: {House.STOP.value}")
            life.do(life.stop())
            self.at(self.now + _STOP_AT_MOST, lambda: self._too_slow(life))

    def _too_slow(self, life: Life) -> None:
        if self.life is life:
            self.note("did not stop in time")
            self.crash(power=False)

    def suspend(self, seconds: float) -> None:
        """Close the lid: the house stands still, the world does not."""
        self.happened(f"house: {House.SUSPEND.value}")
        self.note(f"for {seconds:.0f} s")
        self.stood_still_at = self.now
        end = self.now + int(seconds)
        while self._agenda and self._agenda[0][0] <= end:
            due, _, deed = heapq.heappop(self._agenda)
            self.now = max(self.now, due)
            deed()
        self.now = end
        if self.life is not None:
            self.life.stand_still(seconds)

    def set_clock(self, error: timedelta) -> None:
        """Let the clock on the wall be wrong by so much."""
        self.happened(f"house: {House.CLOCK.value}")
        self.note(f"wrong by {error}")
        self.wall_error = error
        self.wall_was_set = True
        self.promises.truth.clock_was_set_at = self.now

    def move(self, zone: ZoneInfo) -> None:
        """Let the house have another zone from its next start on."""
        self.happened(f"house: {House.ZONE.value}")
        self.note(f"to {zone}")
        self.house_zone = zone

    def sicken(self, trouble: int, nth: int, times: int) -> None:
        """Let the disk begin to fail."""
        self.happened(self.drive.sicken(trouble, nth, times))

    def patience(self) -> float:
        """Return how long the next step of the book's thread takes."""
        slow = self.weather.slow_disk
        if slow and self.dice.random() < slow:
            self.seen["disk: slow"] += 1
            return self.dice.choice((0.01, 0.5, 3.0, 40.0))
        return self.dice.choice((0.0, 0.0, 0.0004))

    # Deeds

    def wish(
        self,
        account: SimAccount,
        line: int,
        offer_id: str,
        amount: int,
        *,
        currency: str | None = None,
        request_id: str | None = None,
        force: bool = False,
        only_below: int | None = None,
    ) -> Call | None:
        """Let somebody want something, now."""
        if self.life is None:
            return None
        currency = currency or account.operator.currency
        number = len(self.calls)
        wish = Wish(
            account_key=account.key,
            line_key=account.line_keys[line],
            line=account.lines[line],
            offer_id=offer_id,
            money=Money.parse(amount, currency),
            request_id=request_id,
            force=force,
            only_below=None
            if only_below is None
            else Money.parse(only_below, currency),
            user_id=f"u{number}",
        )
        call = Call(number, wish, self.now)
        self.calls.append(call)
        self.seen["house: force"] += force
        extras = (
            f"{' force' if force else ''}{f' named {request_id}' if request_id else ''}"
        )
        self.note(
            f"{call.user} wants {amount} {currency} ({offer_id}) for {account.lines[line].id}{extras}"
        )
        call.task = self.life.do(self.life.call(call))
        return call

    def cancel(self, call: Call) -> None:
        """Let a caller be cancelled."""
        if call.task is not None and self.life is not None and not call.task.done():
            self.note(f"{call.user} is cancelled")
            self.seen["house: callers cancelled"] += 1
            call.task.cancel()

    def unlock(self) -> None:
        """Let a person unlock a locked book."""
        if self.life is not None:
            self.seen[f"house: {House.LOCK.value}"] += (
                self.life.engine.health is Health.LOCKED
            )
            if self.life.engine.health is Health.LOCKED:
                self.promises.custody.is_suspect = False
            self.promises.truth.unlocked_at = self.now
            self.life.do(self.life.unlock())

    def decide(self) -> None:
        """Let a person, who looked at the operator's books, decide about held orders."""
        if self.life is not None and self.life.engine.health is Health.READY:
            for order_id in self.promises.held():
                self.life.do(decide(self, self.life, order_id))

    # The story

    def note(self, what: str) -> None:
        """Write a line of the story."""
        self.trace.note(self.now, what)

    def happened(self, what: str) -> None:
        """Count that something was dealt out."""
        self.seen[what] += 1
        self.note(f"({what})")

    def new_id(self) -> str:
        """Return the id of a new order."""
        return str(UUID(int=self.dice.getrandbits(128), version=4))

    def heard(self, life: Life, order: Order) -> None:
        """Hear of a step that the engine publishes."""
        reason = f" ({order.reason})" if order.reason else ""
        alarm = " ALARM" if order.alarm else ""
        self.note(f"{order.id[:4]} is {order.state.value}{reason}{alarm}")
        self.seen[f"state: {order.state.value}"] += 1
        self.promises.heard(life, order)
        if self.dice.random() < 0.5:
            self.witness = life.engine.witness

    def charged(self, entry: Entry) -> None:
        """Hear of a charge."""
        whose = "a stranger" if entry.reference is None else entry.reference[:4]
        self.note(f"{entry.operator.key} charges {entry.money} for {whose}")
        self.promises.charged(entry)

    def arrived(self, operator: Operator, purchase: Purchase, left_at: float) -> None:
        """Hear that a request has arrived."""
        if self.now > left_at + operator.settle:
            self.promises.truth.beyond.add(purchase.reference)

    def cut_short(self, reference: str) -> None:
        """Hear that a request is cancelled from inside of the module."""
        self.promises.truth.cut_short.add(reference)

    def is_noted(self, reference: str, *, as_wrong: bool) -> bool:
        """Say whether the book holds for good that the operator has an order, or said something wrong of it."""
        row = self.promises.truth.book.get(reference)
        if row is None:
            return False
        return bool(row.alarm) or (not as_wrong and row.provider_ref is not None)

    # Dice for the wire

    def draw_road(self) -> Road:
        """Draw what becomes of the next request."""
        weather = self.weather
        if weather.bad_road and self.dice.random() < weather.bad_road:
            return self.dice.choice(weather.roads)
        return Road.GOOD

    def draw_look(self) -> Look:
        """Draw what the next question meets."""
        weather = self.weather
        if weather.bad_look and self.dice.random() < weather.bad_look:
            return self.dice.choice(weather.looks)
        return Look.GOOD

    def draw_mood(self) -> Mood:
        """Draw what the operator does with the next purchase."""
        weather = self.weather
        if weather.bad_mood and self.dice.random() < weather.bad_mood:
            return self.dice.choice(weather.moods)
        return Mood.PAYS

    # The end

    def leave(self) -> None:
        """Leave nothing behind."""
        if self.life is not None:
            self.life.is_over = True
            self.life.loop.die()
            self.life = None
        self.drive.remove()


def sim_line(number: int, currency: str) -> Line:
    """Return one of a few lines; the same number is the same line in every account."""
    return Line(id=f"L{number}", number=f"+7916000000{number}", currency=currency)
