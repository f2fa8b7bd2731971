"""P: who may do what, by which door, and what it costs. The operator's books have the last word."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.orders.order import OrderState
from tests.story.conftest import AMOUNT, House

from . import paths
from .cell import our_tasks
from .paths import Path
from .people import ADMIN, NOBODY, READER, USER, VOICE, Person
from .ways import Doors

type Strikes = Callable[[str], None]

WITHIN: Final = AMOUNT
ABOVE: Final = "999999.00"
"""Above every limit of the account."""

OK, DENIED = 200, 401
DENIED_WS: Final = "home_assistant_error"
"""What a WebSocket says for `Unauthorized` out of an action."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is tried, by which path and how much; and for each person what they see, and how often the line is charged."""

    id: str
    path: Path
    seen: dict[str, tuple[Any, int]]
    amount: str = WITHIN


TABLE: Final = (
    Row(
        id="P1 recharge over REST",
        path=paths.rest,
        seen={ADMIN: (OK, 1), USER: (DENIED, 0), READER: (DENIED, 0)},
    ),
    Row(
        id="P1 recharge over the WebSocket",
        path=paths.websocket,
        seen={ADMIN: ("ok", 1), USER: (DENIED_WS, 0), READER: (DENIED_WS, 0)},
    ),
    Row(
        id="P1 recharge with their context",
        path=paths.service,
        seen={
            ADMIN: ("ok", 1),
            USER: ("Unauthorized", 0),
            READER: ("Unauthorized", 0),
            NOBODY: ("ok", 1),
            VOICE: ("ok", 1),
        },
    ),
    Row(
        id="P7 recharge above the cap with their context",
        path=paths.service,
        amount=ABOVE,
        seen={
            ADMIN: ("ServiceValidationError", 0),
            USER: ("Unauthorized", 0),
            READER: ("Unauthorized", 0),
            NOBODY: ("ServiceValidationError", 0),
            VOICE: ("ServiceValidationError", 0),
        },
    ),
    Row(
        id="P7 recharge above the cap of one order, sold by the operator",
        path=paths.service,
        amount="1001.00",
        seen={
            ADMIN: ("ServiceValidationError", 0),
            NOBODY: ("ServiceValidationError", 0),
            VOICE: ("ServiceValidationError", 0),
        },
    ),
    Row(
        id="P1 script.turn_on of a script that pays",
        path=paths.script_turned_on,
        seen={ADMIN: (OK, 1), USER: (OK, 0), READER: (OK, 0)},
    ),
    Row(
        id="P2 automation.trigger with an amount above the cap",
        path=paths.automation_triggered,
        amount=ABOVE,
        seen={ADMIN: (OK, 0), USER: (OK, 0), READER: (DENIED, 0)},
    ),
    Row(
        id="P2 automation.trigger with an amount within the cap",
        path=paths.automation_triggered,
        seen={ADMIN: (OK, 1), USER: (OK, 1), READER: (DENIED, 0)},
    ),
    Row(
        id="P1 an event over REST",
        path=paths.rest_event,
        seen={ADMIN: (OK, 1), USER: (DENIED, 0), READER: (DENIED, 0)},
    ),
    Row(
        id="P1 an event over the WebSocket",
        path=paths.websocket_event,
        seen={ADMIN: ("ok", 1), USER: ("unauthorized", 0), READER: ("unauthorized", 0)},
    ),
    Row(
        id="P1 recharge through the webhook of a phone",
        path=paths.phone_action,
        seen={ADMIN: ({OK}, 1), USER: ({OK}, 0), READER: ({OK}, 0)},
    ),
    Row(
        id="P4 an event replayed three times through the webhook of a phone",
        path=paths.phone_event,
        seen={ADMIN: ({OK}, 1), USER: ({OK}, 1), READER: ({OK}, 1)},
    ),
    Row(
        id="P3 a forged tap on a notification, three times",
        path=paths.phone_tap,
        seen={ADMIN: ({OK}, 0), USER: ({OK}, 0), READER: ({OK}, 0)},
    ),
    Row(
        id="P5 whoever may only look sees what is sold",
        path=paths.get_offers,
        seen={ADMIN: (OK, 0), USER: (OK, 0), READER: (OK, 0)},
    ),
    Row(
        id="P5 whoever may only look sees what was bought",
        path=paths.get_orders,
        seen={ADMIN: (OK, 0), USER: (OK, 0), READER: (OK, 0)},
    ),
    Row(
        id="P5 whoever may only look sees what a recharge would do",
        path=paths.preview,
        seen={ADMIN: (OK, 0), USER: (OK, 0), READER: (OK, 0)},
    ),
    Row(
        id="P1 the options with the limits",
        path=paths.limits_flow,
        seen={ADMIN: (OK, 0), USER: (DENIED, 0), READER: (DENIED, 0)},
    ),
    Row(
        id="P1 the flow of an account",
        path=paths.account_flow,
        seen={ADMIN: (OK, 0), USER: (DENIED, 0), READER: (DENIED, 0)},
    ),
    Row(
        id="P1 the flow of a line",
        path=paths.line_flow,
        seen={ADMIN: (OK, 0), USER: (DENIED, 0), READER: (DENIED, 0)},
    ),
    Row(
        id="P1 the flow of a repair",
        path=paths.repairs_flow,
        seen={ADMIN: (OK, 0), USER: (DENIED, 0), READER: (DENIED, 0)},
    ),
    Row(
        id="P1 the removal of the account",
        path=paths.removal,
        seen={ADMIN: (OK, 0), USER: (DENIED, 0), READER: (DENIED, 0)},
    ),
    Row(
        id="P1 the reload of the account",
        path=paths.reload,
        seen={ADMIN: (OK, 0), USER: (DENIED, 0), READER: (DENIED, 0)},
    ),
    Row(
        id="P2 the threshold moved up and down under an automation that pays",
        path=paths.threshold_raised,
        seen={ADMIN: (OK, 1), USER: (OK, 1), READER: (DENIED, 0)},
    ),
    Row(
        id="P7 a threshold above the cap",
        path=paths.threshold_above_limit,
        seen={ADMIN: (400, 0), USER: (400, 0), READER: (DENIED, 0)},
    ),
)


def _cells(*, of_a_reader: bool) -> list[Any]:
    """Return the cells of the table: those at the doors for people with rights that a reader tries, or all others."""
    return [
        pytest.param(who, row, id=f"{row.id}, {who}")
        for row in TABLE
        for who in row.seen
        if (who == READER and row.id.startswith("P1 ")) is of_a_reader
    ]


async def tries(person: Person, row: Row, strikes: Strikes) -> None:
    """Try it; compare what the person sees and what the operator has charged with the table."""
    house = person.house
    seen, charges = row.seen[person.who]
    (account_key,) = house.engine.accounts
    await person.arrive()

    assert await row.path(person) == seen

    await person.hass.async_block_till_done(wait_background_tasks=True)
    strikes(f"tried by {person.who}")
    assert await house.payments() == [AMOUNT] * charges
    assert len(await house.operator.requests("order")) == charges
    orders = await house.engine.orders(account_key=account_key)
    assert [order.state for order in orders] == [OrderState.SUCCEEDED] * charges
    assert not our_tasks()


@pytest.mark.parametrize(("who", "row"), _cells(of_a_reader=False))
async def test_who_may_do_what(
    house: House, doors: Doors, strikes: Strikes, who: str, row: Row
) -> None:
    """The whole table: one row per person and door."""
    await tries(Person(who, house, doors, row.amount), row, strikes)


@pytest.mark.parametrize(("who", "row"), _cells(of_a_reader=True))
async def test_p5_a_read_only_user_is_refused_at_every_door(
    house: House, doors: Doors, strikes: Strikes, who: str, row: Row
) -> None:
    """The tablet in the hall: neither money nor settings, whichever door it finds."""
    assert row.seen[who][1] == 0
    await tries(Person(who, house, doors, row.amount), row, strikes)


async def test_p6_nothing_that_spends_is_exposed_to_assistants(
    hass: HomeAssistant, house: House, strikes: Strikes
) -> None:
    """`HassTurnOn` presses buttons and turns switches on: none of ours is theirs unless a person gives it to them, none pays."""
    assert await async_setup_component(hass, "homeassistant", {})
    registry = er.async_get(hass)
    ours = [each for each in registry.entities.values() if each.platform == DOMAIN]
    for each in ours:
        if each.disabled_by is not None:
            registry.async_update_entity(each.entity_id, disabled_by=None)
    await hass.config_entries.async_reload(house.entry.entry_id)
    await hass.async_block_till_done()
    exposed = [
        each.entity_id
        for each in ours
        if async_should_expose(hass, "conversation", each.entity_id)
    ]
    assert len(ours) >= 10
    assert exposed == []
    assert not [each for each in ours if each.domain in ("switch", "script", "scene")]
    buttons = [each.entity_id for each in ours if each.domain == "button"]
    assert buttons
    for button in buttons:
        await hass.services.async_call(
            "button", "press", {"entity_id": button}, blocking=True
        )
        strikes("button pressed")
    assert await house.operator.requests("order") == []
