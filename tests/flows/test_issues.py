"""What Repairs shows of orders, and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.issues import async_update_issues
from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.providers.money import Money

from .walk import TEXTS

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TITLE = "Travel phone \u20220001"
ORDER = Order(
    id="3f2504e0",
    account_key="a",
    line_key="l",
    offer_id="open",
    money=Money.parse(300, "RUB"),
    state=OrderState.UNKNOWN,
    created_at=NOW,
    updated_at=NOW,
    month="2026-11",
)


@pytest.fixture(autouse=True)
def morning(freezer: FrozenDateTimeFactory) -> None:
    """Begin when the order was made."""
    freezer.move_to(NOW)


def shown(hass: HomeAssistant) -> dict[str, tuple[str, ir.IssueSeverity]]:
    """Return what Repairs shows."""
    issues = ir.async_get(hass).issues.values()
    return {
        each.issue_id: (
            each.translation_key or "",
            each.severity or ir.IssueSeverity.CRITICAL,
        )
        for each in issues
        if each.domain == DOMAIN and each.active
    }


async def wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: float
) -> None:
    """Let time pass."""
    freezer.tick(timedelta(minutes=minutes))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("state", "alarm", "minutes", "key", "severity"),
    [
        pytest.param(
            OrderState.UNKNOWN,
            False,
            2,
            "order_unknown",
            ir.IssueSeverity.WARNING,
            id="answer lost",
        ),
        pytest.param(
            OrderState.PENDING,
            False,
            15,
            "order_pending",
            ir.IssueSeverity.WARNING,
            id="takes long",
        ),
        pytest.param(
            OrderState.UNKNOWN,
            True,
            0,
            "order_mismatch",
            ir.IssueSeverity.ERROR,
            id="another order confirmed",
        ),
        pytest.param(
            OrderState.HELD,
            False,
            0,
            "order_held",
            ir.IssueSeverity.ERROR,
            id="a person has to decide",
        ),
    ],
)
async def test_an_unsettled_order_is_shown_when_it_matters(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    state: OrderState,
    alarm: bool,
    minutes: float,
    key: str,
    severity: ir.IssueSeverity,
) -> None:
    """A traveller who pays a second time by hand, because nobody said that the first payment is open, pays twice."""
    async_update_issues(hass, replace(ORDER, state=state, alarm=alarm), TITLE)
    if minutes:
        assert shown(hass) == {}
        await wait(hass, freezer, minutes - 0.1)
        assert shown(hass) == {}
        await wait(hass, freezer, 0.2)
    assert shown(hass) == {f"{key}_3f2504e0": (key, severity)}
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_3f2504e0")
    assert issue is not None
    texts = TEXTS["issues"][key]
    assert issue.is_fixable == ("fix_flow" in texts)
    for text in (texts["title"], texts.get("description", "")):
        assert TITLE in text.format(**issue.translation_placeholders or {}) or not text


@pytest.mark.parametrize(
    "state",
    [
        state
        for state in OrderState
        if state not in (OrderState.UNKNOWN, OrderState.PENDING, OrderState.HELD)
    ],
)
async def test_a_settled_order_is_no_issue(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, state: OrderState
) -> None:
    """An issue that stays when its cause is gone is not read the next time."""
    for before in (OrderState.UNKNOWN, OrderState.HELD, OrderState.PENDING):
        async_update_issues(hass, replace(ORDER, state=before), TITLE)
    await wait(hass, freezer, 20)
    assert len(shown(hass)) == 1
    async_update_issues(hass, replace(ORDER, state=state), TITLE)
    assert shown(hass) == {}


async def test_an_order_that_is_settled_in_time_never_shows(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Most lost answers are found within a minute; nobody should be frightened by them."""
    async_update_issues(hass, ORDER, TITLE)
    async_update_issues(hass, replace(ORDER, state=OrderState.SUCCEEDED), TITLE)
    await wait(hass, freezer, 60)
    assert shown(hass) == {}


async def test_an_order_of_before_the_restart_shows_at_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Its two minutes are long over."""
    freezer.tick(timedelta(hours=1))
    async_update_issues(hass, ORDER, TITLE)
    assert list(shown(hass)) == ["order_unknown_3f2504e0"]


async def test_the_time_shown_is_the_one_on_the_wall(hass: HomeAssistant) -> None:
    """A person compares it with a bank statement."""
    await hass.config.async_set_time_zone("Europe/Moscow")
    async_update_issues(hass, replace(ORDER, state=OrderState.HELD), TITLE)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "order_held_3f2504e0")
    assert issue is not None
    assert issue.translation_placeholders == {
        "line": TITLE,
        "amount": "300.00 RUB",
        "time": "2026-11-23 11:00",
        "order_id": "3f2504e0",
    }
