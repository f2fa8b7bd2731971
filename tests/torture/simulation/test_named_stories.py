"""Named stories of the protocol, played in the simulated world: the operator's own books say what was charged."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final

import pytest
from torture.simulation.life import Call
from torture.simulation.scene import quiet_world, rub
from torture.simulation.seeds import Table
from torture.simulation.weather import Mood, Road
from torture.simulation.world import World

from custom_components.esim_topup.orders.links import Placed
from custom_components.esim_topup.orders.policy import Reason, Refused

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE

type Build = Callable[..., World]

_rooms = count()


@pytest.fixture
def build(worlds: Table) -> Iterator[Build]:
    """Return how to build a started house with one operator of a class."""
    built: list[World] = []

    def build(letter: str, **more: Any) -> World:
        room = worlds.room / f"named-{next(_rooms)}"
        world = quiet_world(
            room, worlds.images, letter, **({"account_month": rub(3000)} | more)
        )
        built.append(world)
        world.boot()
        world.pass_time(1)
        return world

    yield build
    for world in built:
        assert world.promises.broken == []
        world.leave()


def wish(world: World, line: int = 0, *, force: bool = False) -> Call:
    """Want 300 RUB, and give it a minute."""
    call = world.wish(world.accounts[0], line, "open", 300, force=force)
    assert call is not None
    world.pass_time(MINUTE)
    return call


def state(world: World) -> str:
    """Return the state of the one order."""
    (row,) = world.promises.truth.book.values()
    return row.state


def charges(world: World) -> list[str]:
    """Return what the operator's books say."""
    return [str(entry.money) for entry in world.accounts[0].operator.entries]


def is_blocked(world: World, line: int = 0) -> bool:
    """Say whether nobody gets an order for the line, not even by force."""
    told = wish(world, line, force=True).told
    return isinstance(told, Refused) and told.reason in (
        Reason.OUTCOME_UNKNOWN,
        Reason.IN_PROGRESS,
        Reason.HELD,
    )


def look_ups_go_down(world: World, hours: int) -> None:
    """Let nobody look an order up from in ten seconds on: the one that is wished for now is on its way then."""
    operator, end = world.accounts[0].operator, world.now + hours * HOUR

    def go_down() -> None:
        operator.down_until = end

    world.at(world.now + 10, go_down)


class LateRoad:
    """A request that arrives when a story says so, whatever the settle window is."""

    def __init__(self, world: World, after: float) -> None:
        """Lose the next request, and let a copy of it arrive `after` seconds later."""
        self._world = world
        world.accounts[0].roads.append(Road.LOST)
        operator = world.accounts[0].operator

        def arrive() -> None:
            (sent,) = world.promises.truth.sent.values()
            world.promises.truth.beyond.add(sent.purchase.reference)
            operator.buy(sent.purchase, world.now + 1)

        world.at(world.now + after, arrive)


# N24: delivered later than any window. Only K and HELD may be right.


def test_n24_beyond_settle_class_k_is_one_charge(build: Build) -> None:
    """The re-send was paid long before; the late first attempt meets its own key."""
    world = build("K")
    LateRoad(world, 40 * MINUTE)
    wish(world)
    world.pass_time(5 * MINUTE)
    assert (state(world), charges(world)) == ("succeeded", ["300.00 RUB"])
    world.pass_time(2 * HOUR)
    assert (state(world), charges(world)) == ("succeeded", ["300.00 RUB"])


def test_n24_beyond_settle_class_k_whose_resends_are_lost_is_found(
    build: Build,
) -> None:
    """Nobody says "failed" while a re-send is left: the late one is found."""
    world = build("K")
    LateRoad(world, 40 * MINUTE)
    world.accounts[0].roads.extend([Road.LOST] * 2)
    wish(world)
    world.pass_time(30 * MINUTE)
    assert state(world) == "unknown"
    assert is_blocked(world)
    world.pass_time(2 * HOUR)
    assert (state(world), charges(world)) == ("succeeded", ["300.00 RUB"])


def test_n24_beyond_settle_class_n_is_held(build: Build) -> None:
    """Nobody can be asked: a person looks, and the line waits for it."""
    world = build("N")
    LateRoad(world, 40 * MINUTE)
    wish(world)
    assert state(world) == "held"
    world.pass_time(HOUR)
    assert (state(world), charges(world)) == ("held", ["300.00 RUB"])
    assert is_blocked(world)
    world.decide()
    world.pass_time(MINUTE)
    assert state(world) == "succeeded"


@pytest.mark.parametrize("letter", ["L", "L+", "H"])
def test_n24_beyond_settle_is_open_by_nature(build: Build, letter: str) -> None:
    """Where there is no key nobody can wait for ever: it is charged once all the same, and no second time by itself."""
    world = build(letter)
    LateRoad(world, 40 * MINUTE)
    wish(world)
    assert is_blocked(world)
    world.pass_time(30 * MINUTE)
    assert state(world) == "failed"
    world.pass_time(HOUR)
    assert charges(world) == ["300.00 RUB"]


@pytest.mark.parametrize("letter", ["L+", "H"])
def test_n24_beyond_settle_counts_against_the_limits_where_there_is_a_history(
    build: Build, letter: str
) -> None:
    """The next wish finds the late charge, and the limit holds."""
    world = build(letter, account_month=rub(500))
    LateRoad(world, 40 * MINUTE)
    wish(world)
    world.pass_time(HOUR)
    told = wish(world, force=True).told
    assert isinstance(told, Refused)
    assert told.reason is Reason.LIMIT_ACCOUNT_MONTH
    assert charges(world) == ["300.00 RUB"]


# N26, N27: looking it up.


@pytest.mark.parametrize("letter", ["K", "L", "L+", "H"])
def test_n26_not_found_at_first_and_found_later_is_one_charge(
    build: Build, letter: str
) -> None:
    """The operator's index lags: what is not there yet is not lost."""
    world = build(letter, refuses_repeats=True)
    world.accounts[0].operator.blind_until = world.now + 12 * MINUTE
    world.accounts[0].roads.append(Road.ANSWER_LOST)
    wish(world)
    assert state(world) == "unknown"
    assert is_blocked(world)
    world.pass_time(HOUR)
    assert (state(world), charges(world)) == ("succeeded", ["300.00 RUB"])


@pytest.mark.parametrize("letter", ["K", "L", "L+", "H"])
@pytest.mark.parametrize("charged", [True, False])
def test_n27_look_ups_down_for_24_hours_end_in_the_truth(
    build: Build, letter: str, *, charged: bool
) -> None:
    """A day of maintenance: nobody guesses meanwhile."""
    world = build(letter, refuses_repeats=True)
    lost = Road.ANSWER_LOST if charged else Road.LOST
    world.accounts[0].roads.extend([lost] * 4)
    look_ups_go_down(world, 24)
    wish(world)
    world.pass_time(23 * HOUR)
    assert state(world) == "unknown"
    assert is_blocked(world)
    world.pass_time(2 * HOUR)
    assert state(world) == ("succeeded" if charged else "failed")
    assert charges(world) == ["300.00 RUB"] * charged


@pytest.mark.parametrize("letter", ["K", "L", "L+", "H"])
def test_n27_look_ups_down_for_80_hours_are_held_at_72(
    build: Build, letter: str
) -> None:
    """After a weekend and the Monday a person has to look, and the line still waits."""
    world = build(letter, refuses_repeats=True)
    world.accounts[0].roads.extend([Road.ANSWER_LOST] * 4)
    look_ups_go_down(world, 80)
    wish(world)
    world.pass_time(71 * HOUR)
    assert state(world) == "unknown"
    world.pass_time(2 * HOUR)
    assert state(world) == "held"
    assert is_blocked(world)
    world.decide()
    world.pass_time(MINUTE)
    assert (state(world), charges(world)) == ("succeeded", ["300.00 RUB"])


# H21, H22: an operator that changes its mind.


@pytest.mark.parametrize("letter", ["K", "L"])
def test_h21_a_status_that_goes_backwards_frees_no_line(
    build: Build, letter: str
) -> None:
    """It said succeeded, that was lost, and now it says pending: the line waits until it is settled."""
    world = build(letter)
    world.accounts[0].operator.script.append(Mood.GOES_BACK)
    world.accounts[0].roads.append(Road.ANSWER_LOST)
    wish(world)
    world.pass_time(MINUTE)
    assert state(world) == "pending"
    assert is_blocked(world)
    world.accounts[0].operator.repent()
    world.pass_time(2 * HOUR)
    assert (state(world), charges(world)) == ("succeeded", ["300.00 RUB"])


@pytest.mark.parametrize("letter", ["K", "L"])
def test_h21_a_success_stays_one_whatever_is_said_later(
    build: Build, letter: str
) -> None:
    """A terminal state is never left."""
    world = build(letter)
    world.accounts[0].operator.script.append(Mood.GOES_BACK)
    wish(world)
    world.crash(power=True)
    world.boot()
    world.pass_time(80 * HOUR)
    assert (state(world), charges(world)) == ("succeeded", ["300.00 RUB"])


@pytest.mark.parametrize("letter", ["K", "L", "L+"])
def test_h22_a_charge_that_is_given_back_is_reversed(build: Build, letter: str) -> None:
    """It counts no more, and is paid no second time within the cooldown."""
    world = build(letter)
    world.accounts[0].roads.append(Road.ANSWER_LOST)
    world.accounts[0].operator.script.append(Mood.PAYS)
    call = world.wish(world.accounts[0], 0, "open", 300)
    assert call is not None
    world.pass_time(14)
    (records,) = world.accounts[0].operator.records.values()
    world.accounts[0].operator.give_back(records[0])
    world.pass_time(HOUR)
    assert (state(world), charges(world)) == ("reversed", ["300.00 RUB"])
    told = wish(world).told
    assert isinstance(told, Refused)
    assert told.reason is Reason.COOLING_DOWN


# C2: one limit for many.


@pytest.mark.parametrize("letter", ["K", "L", "L+", "H", "N"])
def test_c2_20_wishes_on_5_lines_stay_within_the_shared_limit(
    build: Build, letter: str
) -> None:
    """All at the same instant: the sum of what is charged is at most what the account may spend."""
    world = build(letter, lines=5, account_month=rub(1000))
    account = world.accounts[0]
    calls = [world.wish(account, n % 5, "open", 300) for n in range(20)]
    world.pass_time(5 * MINUTE)
    assert charges(world) == ["300.00 RUB"] * 3
    orders = [
        call.told.order.id
        for call in calls
        if call is not None and isinstance(call.told, Placed)
    ]
    assert len(set(orders)) == 3
    assert all(call is not None and call.told is not None for call in calls)
