"""Numbers and choices: a rule changed from a dashboard is checked like in the flow, stored like there, and used at once."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.esim_topup.choices import (
    method_label,
    methods_by_label,
    package_label,
    packages_by_label,
)
from custom_components.esim_topup.providers.base import (
    OpenAmount,
    Package,
    PaymentKind,
    PaymentMethod,
)
from custom_components.esim_topup.providers.errors import Unreachable

from .conftest import ESIM, PHONE, TRACKER, Home, StartHome, Wilful, rubles

pytestmark = pytest.mark.usefixtures("all_enabled")


def stored(home: Home, field: str, line: str = PHONE) -> Any:
    """Return what the subentry holds."""
    return home.entry.subentries[home.subentry_of(line)].data[field]


async def set_number(home: Home, key: str, value: float, line: str = PHONE) -> None:
    """Type a number in."""
    target = {"entity_id": home.entity_id(key, line), "value": value}
    await home.hass.services.async_call("number", "set_value", target, blocking=True)
    await home.settle()


async def choose(home: Home, key: str, option: str, line: str = PHONE) -> None:
    """Pick an option."""
    target = {"entity_id": home.entity_id(key, line), "option": option}
    await home.hass.services.async_call(
        "select", "select_option", target, blocking=True
    )
    await home.settle()


async def fails(home: Home, key: str, value: float) -> str:
    """Type a number in that is refused, and return why."""
    before = dict(home.entry.subentries[home.subentry_of(PHONE)].data)
    with pytest.raises(ServiceValidationError) as caught:
        await set_number(home, key, value)
    assert dict(home.entry.subentries[home.subentry_of(PHONE)].data) == before
    assert caught.value.translation_key is not None
    text = str(caught.value)
    assert "{" not in text
    assert text != caught.value.translation_key
    return caught.value.translation_key


async def test_a_new_threshold_holds_at_once_and_without_a_reload(home: Home) -> None:
    """A reload would make every state blink."""
    assert home.shown("low_balance_threshold") == "50.0"
    seen = home.provider.asked["account"]
    await set_number(home, "low_balance_threshold", 70.5)
    assert stored(home, "balance_below") == "70.50"
    assert home.shown("low_balance_threshold") == "70.5"
    assert home.shown("low_balance") == "on"
    assert home.provider.asked["account"] == seen, "no reload"


async def test_the_next_step_of_an_automation_sees_the_new_threshold(
    home: Home,
) -> None:
    """Set, then ask "is it low?": no moment in between."""
    target = {"entity_id": home.entity_id("low_balance_threshold"), "value": 70}
    await home.hass.services.async_call("number", "set_value", target, blocking=True)
    assert home.shown("low_balance_threshold") == "70.0"
    assert home.shown("low_balance") == "on"
    await home.settle()


async def test_a_line_without_a_threshold_gets_one(home: Home) -> None:
    """The first release's users have this handle and the flow."""
    assert home.shown("low_balance_threshold", TRACKER) == "unknown"
    await set_number(home, "low_balance_threshold", 50, TRACKER)
    assert home.shown("low_balance", TRACKER) == "on"


async def test_the_numbers_are_in_the_currency_with_bounds_that_make_sense(
    home: Home,
) -> None:
    """The limit is a wall for numbers too; the operator's own bounds stand inside it."""
    threshold = home.state("low_balance_threshold").attributes
    assert (threshold["min"], threshold["max"], threshold["step"]) == (0.01, 1000, 0.01)
    assert (threshold["unit_of_measurement"], threshold["mode"]) == ("RUB", "box")
    amount = home.state("top_up_amount").attributes
    assert (amount["min"], amount["max"], amount["step"]) == (10, 1000, 1)
    with pytest.raises(ServiceValidationError):  # it would mean "never low"
        await set_number(home, "low_balance_threshold", 0)


async def test_before_the_offers_are_known_the_limit_is_the_bound(
    start: StartHome, provider: Wilful
) -> None:
    """A price list that cannot be read hides no entity."""
    provider.trouble["offers"] = Unreachable()
    home: Home = await start()
    amount = home.state("top_up_amount").attributes
    assert (amount["min"], amount["max"], amount["step"]) == (0.01, 1000, 0.01)
    await set_number(home, "top_up_amount", 77)
    assert stored(home, "amount") == "77.00"


async def test_bounds_of_another_currency_are_no_bounds(
    start: StartHome, provider: Wilful, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten dollars are not ten rubles."""
    foreign = OpenAmount(
        id="open",
        name="Any",
        minimum=replace(rubles("5"), currency="USD"),
        maximum=replace(rubles("9"), currency="USD"),
    )

    async def offers(_: object) -> list[OpenAmount]:
        return [foreign]

    monkeypatch.setattr(provider, "offers", offers)
    home: Home = await start()
    assert home.state("top_up_amount").attributes["max"] == 1000


async def test_an_amount_is_stored_exactly(home: Home) -> None:
    """Floats are Home Assistant's; money is not."""
    assert home.shown("top_up_amount") == "300.0"
    await set_number(home, "top_up_amount", 199)
    assert stored(home, "amount") == "199.00"
    await set_number(home, "low_balance_threshold", 0.1 + 0.2)
    assert stored(home, "balance_below") == "0.30"
    assert home.account.lines[home.subentry_of(PHONE)].rule.balance_below == rubles(
        "0.30"
    )


async def test_naming_an_amount_gives_the_package_up(home: Home) -> None:
    """Who types 300 does not want the package of last month."""
    await choose(home, "offer", "3 GB, 30 days · 350.00 RUB", ESIM)
    await choose(home, "offer", "Recharge 100 · 100.00 RUB", TRACKER)
    assert stored(home, "offer_id", TRACKER) == "recharge-100"
    await set_number(home, "top_up_amount", 300, TRACKER)
    assert stored(home, "offer_id", TRACKER) is None
    assert home.shown("offer", TRACKER) == "unknown"


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("low_balance_threshold", 300, "rule_threshold_above_amount"),
        ("top_up_amount", 50, "rule_threshold_above_amount"),
        ("top_up_amount", 300.5, "rule_amount_not_offered"),
        ("low_balance_threshold", float("nan"), "rule_not_an_amount"),
    ],
)
async def test_a_rule_that_cannot_work_is_refused_with_its_reason(
    home: Home, key: str, value: float, reason: str
) -> None:
    """A threshold that one top-up cannot lift the balance above would fire for ever."""
    assert await fails(home, key, value) == reason


async def test_a_package_above_the_limit_is_refused(home: Home) -> None:
    """Before anybody counts on it."""
    home.account.lines[home.subentry_of(ESIM)] = replace(
        home.account.lines[home.subentry_of(ESIM)],
        limits=replace(
            home.account.lines[home.subentry_of(ESIM)].limits, per_order=rubles("500")
        ),
    )
    with pytest.raises(ServiceValidationError) as caught:
        await choose(home, "offer", "10 GB, 30 days · 900.00 RUB", ESIM)
    assert caught.value.translation_key == "rule_above_order_limit"
    assert "500.00 RUB" in str(caught.value)


async def test_while_the_offers_are_unknown_no_package_is_said_to_be_gone(
    start: StartHome, provider: Wilful
) -> None:
    """The threshold of a line may be changed while the price list is away."""
    provider.trouble["offers"] = Unreachable()
    provider.says[ESIM] = replace(
        (await provider.read(await provider.lines()))[PHONE],  # type: ignore[type-var]
    )
    home: Home = await start()
    await set_number(home, "low_balance_threshold", 40, ESIM)
    assert stored(home, "balance_below", ESIM) == "40.00"


async def test_the_payment_method_is_picked_by_its_name(home: Home) -> None:
    """The one that the account uses is chosen until the line has its own."""
    state = home.state("payment_method")
    assert state.state == "Wallet"
    assert state.attributes["options"] == ["Wallet", "Visa •4242", "Mastercard •4444"]
    await choose(home, "payment_method", "Visa •4242")
    assert stored(home, "method_id") == "card-1"
    assert home.shown("payment_method") == "Visa •4242"


async def test_a_poor_card_is_a_problem_before_it_declines(home: Home) -> None:
    """100 on it, 300 to pay."""
    await choose(home, "payment_method", "Mastercard •4444")
    problem = home.state("payment_problem")
    assert problem.attributes["reasons"] == ["funds_too_low"]


async def test_another_method_may_be_chosen_whatever_is_wrong_with_the_rule(
    start: StartHome, rules: dict[str, dict[str, Any]]
) -> None:
    """One repair at a time."""
    rules[PHONE]["balance_below"] = "500"
    home: Home = await start()
    await choose(home, "payment_method", "Visa •4242")
    assert stored(home, "method_id") == "card-1"


async def test_the_offers_are_the_packages_of_the_line(home: Home) -> None:
    """With the price that will be asked."""
    state = home.state("offer", ESIM)
    assert state.state == "3 GB, 30 days · 350.00 RUB"
    assert state.attributes["options"] == [
        "1 GB, 7 days · 150.00 RUB",
        "3 GB, 30 days · 350.00 RUB",
        "10 GB, 30 days · 900.00 RUB",
    ]
    assert home.shown("offer") == "unknown"


def test_a_method_is_called_by_its_label_and_last_digits() -> None:
    """A provider may call all cards "Visa", or put a whole number in the label."""
    visa = PaymentMethod(id="1", kind=PaymentKind.CARD, label="Visa")
    assert method_label(visa) == "Visa"
    assert method_label(replace(visa, last_digits="4242")) == "Visa •4242"
    assert method_label(replace(visa, label="")) == "card"
    whole = replace(visa, label="Visa 4111111111114242", last_digits="4242")
    assert method_label(whole) == "Visa •4242"


def test_choices_of_one_name_can_be_told_apart() -> None:
    """Two cards of one bank."""
    visa = PaymentMethod(id="1", kind=PaymentKind.CARD, label="Visa")
    three = [visa, replace(visa, id="2"), replace(visa, id="3")]
    assert methods_by_label(three) == {"Visa": "1", "Visa (2)": "2", "Visa (3)": "3"}


def test_a_package_is_called_by_its_name_and_price() -> None:
    """Without a name by its id."""
    package = Package(id="3gb", name="3 GB", price=rubles("350"))
    nameless = replace(package, name="")
    assert package_label(nameless) == "3gb · 350.00 RUB"
    assert packages_by_label([package]) == {"3 GB · 350.00 RUB": "3gb"}
    assert package.price.amount == Decimal(350)
