"""What is picked from has one name everywhere, and never a number that must not be seen."""

from custom_components.esim_topup.choices import (
    method_description,
    method_label,
    methods_by_label,
    package_label,
    packages_by_label,
    payable_methods,
)
from custom_components.esim_topup.providers.base import Package
from custom_components.esim_topup.providers.money import Money

from .paper import METHODS, PACKAGE


def test_a_method_with_the_number_of_a_card_is_left_out_everywhere() -> None:
    """Chosen once, its id would be in the entry, in every backup and in answers of actions."""
    assert [method.id for method in payable_methods(METHODS)] == [
        "old",
        "wallet",
        "card",
        "odd",
        "bare",
    ]
    assert methods_by_label(METHODS) == {
        "Old card": "old",
        "Wallet": "wallet",
        "Visa \u20224242": "card",
        "bank": "odd",
        "invoice": "bare",
    }


def test_a_method_is_called_the_same_in_the_flow_and_on_the_dashboard() -> None:
    """Who picked "Visa" in the flow has to find it in the select."""
    for method in METHODS:
        assert method_description(method).startswith(method_label(method))


def test_equal_packages_are_numbered() -> None:
    """Two entries of one text could not be told apart by an automation."""
    twin = Package(id="twin", name=PACKAGE.name, price=PACKAGE.price)
    other = Package(id="other", name="<>", price=Money.parse(1, "EUR"))
    assert package_label(PACKAGE) == "Europe 5 GB · 9.00 EUR"
    assert packages_by_label([PACKAGE, twin, twin, other]) == {
        "Europe 5 GB · 9.00 EUR": "eu-5gb",
        "Europe 5 GB · 9.00 EUR (2)": "twin",
        "Europe 5 GB · 9.00 EUR (3)": "twin",
        "other · 1.00 EUR": "other",
    }
