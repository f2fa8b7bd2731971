"""What a user picks from: texts, each for one thing at the provider. Foreign words are cleaned, long numbers cut down."""

from collections.abc import Iterable, Mapping

from .providers.base import Package, PaymentMethod
from .validation import holds_card_number, shown


def payable_methods(methods: Iterable[PaymentMethod]) -> list[PaymentMethod]:
    """Return what may be chosen: an id that looks like a card would bring its number into our files and answers."""
    return [method for method in methods if not holds_card_number(method.id)]


def method_label(method: PaymentMethod) -> str:
    """Return how a payment method is called: `Visa •4242`. It stays the same while funds change."""
    label = None if holds_card_number(method.label) else shown(method.label)
    label = label or method.kind.value
    digits = method.last_digits
    return label if digits is None or digits in label else f"{label} •{digits}"


def method_description(method: PaymentMethod) -> str:
    """Return what it is called, has and lasts, as far as the provider says: `Visa •4242 · 05/2099`."""
    parts = [method_label(method)]
    if method.funds is not None:
        parts.append(str(method.funds))
    if method.expires is not None:
        parts.append(f"{method.expires:%m/%Y}")
    return " · ".join(parts)


def package_label(package: Package) -> str:
    """Return how a package is called: `3 GB, 30 days · 350.00 RUB`."""
    name = shown(package.name) or shown(package.id)
    return f"{name} · {package.price}" if name else str(package.price)


def methods_by_label(methods: Iterable[PaymentMethod]) -> Mapping[str, str]:
    """Return the ids of the payment methods that may be chosen, by the text that stands for each."""
    return _distinct(
        (method_label(method), method.id) for method in payable_methods(methods)
    )


def packages_by_label(packages: Iterable[Package]) -> Mapping[str, str]:
    """Return the ids of packages by the text that stands for each."""
    return _distinct((package_label(package), package.id) for package in packages)


def _distinct(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Number the later ones of equal texts, in the provider's order: `Visa •4242 (2)`."""
    found: dict[str, str] = {}
    for label, identity in pairs:
        text, count = label, 1
        while text in found:
            count += 1
            text = f"{label} ({count})"
        found[text] = identity
    return found
