"""R: automations are a transport that duplicates. However often they fire, one cooldown has one order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.house import DATA_ENGINE, DATA_HOUSE
from custom_components.esim_topup.orders.order import OrderState
from tests.story.conftest import AMOUNT, LINE, House

type Strikes = Callable[[str], None]

BELOW: Final = 5
UNAVAILABLE, UNKNOWN, NAN = "unavailable", "unknown", "nan"
NONE: Final = None
"""There is no such state."""


@dataclass(frozen=True)
class Row:
    """A sequence of states, and how often it fires what."""

    states: Sequence[str | None]
    numeric_state: int
    """When our sensor shows just that."""
    ours: int = 0
    """Our own trigger, when our sensor shows just that."""
    from_the_wire: int = 0
    """Either, when an operator behind HTTP says so: our sensor does not show each blink of it."""
    id: str = field(kw_only=True)


ROWS: Final = (
    Row((UNAVAILABLE, "3.2"), 1, id="R1 starts unavailable and is low"),
    Row((UNKNOWN, "3.2"), 1, id="R1 starts unknown and is low"),
    Row((NONE, "3.2"), 0, id="R2 was not there and is low"),
    Row(("3.2", "3.1", "3.0"), 0, id="R3 sinks while it is low"),
    Row(
        ("3.2", UNAVAILABLE, "3.2", UNAVAILABLE, "3.2"),
        2,
        id="R4 blinks while it is low",
    ),
    Row(
        ("10", "4", UNKNOWN, "4", UNKNOWN, "4"),
        3,
        1,
        1,
        id="R5 becomes low and is unknown twice",
    ),
    Row(
        ("10", "4.99", "5.0", "4.99", "5.01", "4.99"),
        3,
        3,
        3,
        id="R6 jitters around the threshold",
    ),
    Row(("10", NAN), 1, id="R7 is not a number"),
)
"""Those of `numeric_state` are Home Assistant's own: measured, and no defect there."""


@pytest.fixture
def threshold() -> str:
    """Below what the line is low."""
    return f"{BELOW}.00"


async def automated(house: House, trigger: dict[str, Any]) -> list[Event[Any]]:
    """Make an automation that pays without any guard of its own, and return how often it fires."""
    data = {"device_id": house.device_id, "amount": AMOUNT}
    fired: list[Event[Any]] = async_capture_events(house.hass, "automation_triggered")
    pay = {"action": f"{DOMAIN}.recharge", "data": data}
    await house.automate("pay", [trigger], [pay], mode="queued")
    return fired


def below(house: House) -> dict[str, Any]:
    """Return the trigger that every guide has."""
    balance = house.entity("balance")
    return {"trigger": "numeric_state", "entity_id": balance, "below": BELOW}


def became_low(house: House) -> dict[str, Any]:
    """Return our own trigger."""
    target = {"device_id": house.device_id}
    return {"trigger": f"{DOMAIN}.balance_became_low", "target": target}


async def say(hass: HomeAssistant, entity_id: str, state: str | None) -> None:
    """Let an entity of ours show this, whatever was read."""
    if state is None:
        hass.states.async_remove(entity_id)
    else:
        hass.states.async_set(entity_id, state, {"unit_of_measurement": "RUB"})
    await hass.async_block_till_done(wait_background_tasks=True)


def as_low(state: str | None) -> str | None:
    """Return what our own sensor makes of a balance: a balance that is no number is not known."""
    if state in (UNAVAILABLE, UNKNOWN, NONE):
        return state
    return UNKNOWN if state == NAN else "on" if float(state) < BELOW else "off"


async def low_at_the_operator(house: House) -> None:
    """Let the operator mean what the automations will see; what is paid is credited next week."""
    await house.operator.behave(credit_delay_s=7 * 86400)
    for balance in ("14", "3.2"):
        await operator_says(house, balance)


async def assert_one_per_cooldown(house: House, fires: int) -> None:
    """Compare the operator's books with how often the automation ran."""
    times = min(1, fires)
    assert await house.payments() == [AMOUNT] * times
    assert len(await house.operator.requests("order")) == times
    (account_key,) = house.engine.accounts
    orders = await house.engine.orders(account_key=account_key)
    assert [order.state for order in orders] == [OrderState.SUCCEEDED] * times


@pytest.mark.parametrize(
    ("states", "fires"),
    [
        pytest.param(
            row.states, row.numeric_state, id=f"{row.id}, numeric_state on our balance"
        )
        for row in ROWS
    ],
)
async def test_a_hand_written_trigger_pays_once_however_often_it_fires(
    house: House, strikes: Strikes, states: Sequence[str | None], fires: int
) -> None:
    """As far as an automation is concerned the rows are true; as far as the money is, they do not matter."""
    await low_at_the_operator(house)
    balance = house.entity("balance")
    await say(house.hass, balance, states[0])
    fired = await automated(house, below(house))
    for state in states[1:]:
        await say(house.hass, balance, state)
    assert len(fired) == fires
    strikes("numeric_state sequence")
    await assert_one_per_cooldown(house, fires)


@pytest.mark.parametrize(
    ("states", "fires"),
    [
        pytest.param(row.states, row.ours, id=f"{row.id}, our own trigger")
        for row in ROWS
    ],
)
async def test_our_own_trigger_pays_once_however_often_it_fires(
    house: House, strikes: Strikes, states: Sequence[str | None], fires: int
) -> None:
    """It fires where the line became low, and not because somebody blinked."""
    await low_at_the_operator(house)
    low = house.entity("low_balance")
    await say(house.hass, low, as_low(states[0]))
    fired = await automated(house, became_low(house))
    for state in states[1:]:
        await say(house.hass, low, as_low(state))
    assert len(fired) == fires
    strikes("balance_became_low sequence")
    await assert_one_per_cooldown(house, fires)


async def operator_says(house: House, state: str | None) -> None:
    """Let the operator answer this at the next poll: a balance, no answer, or no number."""
    await house.operator.clear_faults()
    if state in (UNAVAILABLE, UNKNOWN):
        await house.operator.fault("drop_before", "line", times=None)
    elif state == NAN:
        await house.operator.fault("nan", "line", times=None)
    else:
        await house.operator.set_line(LINE, balance=f"{float(state or 0):.2f}")
    await house.poll()


@pytest.mark.parametrize(
    ("trigger", "states", "fires"),
    [
        pytest.param(
            trigger,
            row.states,
            row.from_the_wire,
            id=f"{row.id}, by the operator, {named}",
        )
        for row in ROWS
        if row.states[0] not in (NONE, UNAVAILABLE, UNKNOWN)
        for named, trigger in (
            ("numeric_state", below),
            ("our own trigger", became_low),
        )
    ],
)
async def test_what_an_operator_says_pays_once(
    house: House,
    strikes: Strikes,
    trigger: Callable[[House], dict[str, Any]],
    states: Sequence[str | None],
    fires: int,
) -> None:
    """The whole way from the wire: blinks of the portal do not even reach the automation."""
    await low_at_the_operator(house)
    await operator_says(house, "14")
    await operator_says(house, states[0])
    fired = await automated(house, trigger(house))
    for state in states[1:]:
        await operator_says(house, state)
    assert len(fired) == fires
    strikes("balances by the operator")
    await house.operator.clear_faults()
    await assert_one_per_cooldown(house, fires)


async def restart(house: House) -> None:
    """Begin anew with what is on the disk: another engine, the same book."""
    hass, entry_id = house.hass, house.entry.entry_id
    assert await hass.config_entries.async_unload(entry_id)
    engine = house.engine
    await engine.stop()
    del hass.data[DATA_HOUSE], hass.data[DATA_ENGINE]
    assert await hass.config_entries.async_setup(entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert house.engine is not engine


@pytest.mark.parametrize("trigger", [below, became_low], ids=["numeric_state", "ours"])
async def test_r8_ten_restarts_with_a_low_balance_are_one_charge(
    house: House,
    strikes: Strikes,
    trigger: Callable[[House], dict[str, Any]],
) -> None:
    """A power supply that flaps at night must not cost ten top-ups by morning."""
    await low_at_the_operator(house)
    await operator_says(house, "14")
    fired = await automated(house, trigger(house))
    await operator_says(house, "4")
    assert len(fired) == 1
    for _ in range(10):
        await restart(house)
        await house.poll()
        strikes("restart")
    assert len(fired) == (11 if trigger is below else 1)
    await assert_one_per_cooldown(house, 1)


@pytest.mark.parametrize("trigger", [below, became_low], ids=["numeric_state", "ours"])
@pytest.mark.parametrize("zeros", [1, 3], ids=["once", "three times in a minute"])
async def test_r9_a_glitch_to_zero_and_back_is_no_order(
    house: House,
    strikes: Strikes,
    trigger: Callable[[House], dict[str, Any]],
    zeros: int,
) -> None:
    """10, 0, 10: an empty line is believed when it is said twice, a minute apart."""
    await operator_says(house, "14")
    await operator_says(house, "10")
    fired = await automated(house, trigger(house))
    for _ in range(zeros):
        await house.operator.fault("false_zero", "line")
        await house.poll()
        strikes("false zero")
    await operator_says(house, "10")
    assert house.shown() == "10.00"
    assert fired == []
    await assert_one_per_cooldown(house, 0)


async def test_r9_an_empty_line_that_is_refuted_by_the_last_look_is_not_charged(
    house: House, strikes: Strikes
) -> None:
    """Whoever has believed the zero, and asks for `only_below`: the engine's own reading says 10."""
    await operator_says(house, "14")
    await operator_says(house, "10")
    data = {"device_id": house.device_id, "amount": AMOUNT, "only_below": BELOW}
    pay = {"action": f"{DOMAIN}.recharge", "data": data}
    fired = async_capture_events(house.hass, "automation_triggered")
    await house.automate("pay", [below(house)], [pay], mode="queued")
    await say(house.hass, house.entity("balance"), "0")
    assert len(fired) == 1
    strikes("false zero")
    await assert_one_per_cooldown(house, 0)
