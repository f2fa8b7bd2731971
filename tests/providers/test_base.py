"""The contract with a provider."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
import inspect
from typing import Any

import pytest

from custom_components.esim_topup.providers.base import (
    Answer,
    AnswerState,
    Capabilities,
    Charge,
    Dedupe,
    EchoedField,
    Line,
    OpenAmount,
    PaymentKind,
    PaymentMethod,
    Provider,
    Purchase,
)
from custom_components.esim_topup.providers.money import InvalidMoney, Money

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CANARY = "79161234567"


@pytest.mark.parametrize(
    "promises",
    [
        pytest.param({"dedupe": Dedupe.KEY}, id="a key of unknown life"),
        pytest.param({"dedupe": Dedupe.LOOKUP}, id="a look-up that is not there"),
        pytest.param({"dedupe": Dedupe.HISTORY}, id="a history that is not there"),
        pytest.param(
            {
                "dedupe": Dedupe.KEY,
                "key_retention": timedelta(hours=1),
                "settle": timedelta(minutes=30),
            },
            id="keys that a late first attempt could outlive",
        ),
        pytest.param(
            {"dedupe": Dedupe.NONE, "settle": timedelta(minutes=14)},
            id="a settle window below the minimum",
        ),
    ],
)
def test_a_class_rests_on_what_the_provider_can_do(promises: dict[str, Any]) -> None:
    """An automatic recharge without it would pay twice."""
    with pytest.raises(ValueError):
        Capabilities(**promises)


@pytest.mark.parametrize(
    "promises",
    [
        {"dedupe": Dedupe.KEY, "key_retention": timedelta(hours=24)},
        {"dedupe": Dedupe.LOOKUP, "finds": True},
        {"dedupe": Dedupe.HISTORY, "history": True},
        {"dedupe": Dedupe.NONE},
    ],
)
def test_a_complete_class_is_accepted(promises: dict[str, Any]) -> None:
    """And everything is promised to be echoed where nothing else is said."""
    capabilities = Capabilities(**promises)
    assert capabilities.echoes == frozenset(EchoedField)


def test_a_line_shows_four_digits() -> None:
    """Names, states and logs hold no more."""
    assert Line(id="a", number="+79161234567").last_digits == "4567"
    assert Line(id="line-17").last_digits == "e-17"


def test_only_the_last_digits_of_a_card_are_kept() -> None:
    """PCI: a card number in a backup is everybody's."""

    def method(digits: str | None) -> PaymentMethod:
        return PaymentMethod(
            id="c", kind=PaymentKind.CARD, label="Visa", last_digits=digits
        )

    assert method("4242").last_digits == "4242"
    assert method(None).last_digits is None
    for more in ("4242424242424242", "", "a<b>", "\u0664"):
        with pytest.raises(ValueError) as err:
            method(more)
        assert "4242" not in str(err.value)


def _open(step: str = "1", currency: str = "RUB") -> OpenAmount:
    return OpenAmount(
        id="open",
        name="Any",
        minimum=Money.parse("10", currency),
        maximum=Money.parse("500", currency),
        step=Decimal(step),
    )


@pytest.mark.parametrize(
    ("amount", "step", "admitted"),
    [
        ("10", "1", True),
        ("500", "1", True),
        ("300", "1", True),
        ("9.99", "0.01", False),
        ("500.01", "0.01", False),
        ("300.50", "1", False),
        ("15", "5", True),
        ("12", "5", False),
        ("0", "1", False),
        ("-20", "1", False),
    ],
)
def test_an_open_amount_has_bounds_and_steps(
    amount: str, step: str, admitted: bool
) -> None:
    """An amount that the provider refuses is found out before the order."""
    assert _open(step).admits(Money.parse(amount, "RUB")) is admitted


def test_an_open_amount_is_in_its_currency() -> None:
    """300 euros are not 300 roubles."""
    assert _open().admits(Money.parse("300", "EUR")) is False


@pytest.mark.parametrize(
    ("minimum", "maximum", "step"),
    [
        (Money.parse("10", "RUB"), Money.parse("5", "RUB"), "1"),
        (Money.parse("1", "RUB"), Money.parse("5", "EUR"), "1"),
        (Money.parse("1", "RUB"), Money.parse("5", "RUB"), "0"),
        (Money.parse("1", "RUB"), Money.parse("5", "RUB"), "-1"),
    ],
)
def test_bounds_that_admit_nothing_are_refused(
    minimum: Money, maximum: Money, step: str
) -> None:
    """Better where the offer is made than where it is bought."""
    with pytest.raises((ValueError, InvalidMoney)):
        OpenAmount(
            id="o", name="o", minimum=minimum, maximum=maximum, step=Decimal(step)
        )


@pytest.mark.parametrize(
    "value",
    [
        Line(id="x", number=CANARY),
        Answer(state=AnswerState.SUCCEEDED, line_id=CANARY),
        Charge(id="1", at=NOW, money=Money.parse("1", "RUB"), line_id=CANARY),
        Purchase(
            reference="r",
            line=Line(id="x", number=CANARY),
            offer_id="o",
            money=Money.parse("1", "RUB"),
            created_at=NOW,
        ),
    ],
)
def test_a_phone_number_is_not_shown(value: object) -> None:
    """These values end up in logs."""
    assert CANARY not in repr(value)


def test_every_call_of_the_contract_waits() -> None:
    """A provider that blocks stops the house."""
    calls = [
        "account",
        "lines",
        "read",
        "offers",
        "submit",
        "find",
        "history",
    ]
    assert all(inspect.iscoroutinefunction(getattr(Provider, name)) for name in calls)
