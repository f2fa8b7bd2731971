"""What a list in a form shows: providers, payment methods, lines, offers. Foreign text is cut down to what may be shown."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ..choices import method_description, package_label, payable_methods
from ..providers import load_info, provider_keys
from ..providers.base import (
    Line,
    Offer,
    OpenAmount,
    Package,
    PaymentMethod,
    ProviderInfo,
    ProviderKind,
)
from ..validation import shown

_SHELF: Final = (
    ProviderKind.DEMO,
    ProviderKind.ACCOUNT_FUNDING,
    ProviderKind.PACKAGE,
    ProviderKind.AIRTIME,
)
"""Free of charge first, then what keeps a line alive, then what is bought for one, then what a person describes."""

BOXES_MAX: Final = 20
"""What fits on a screen without scrolling for long."""


def provider_choices() -> tuple[ProviderInfo, ...]:
    """Return all providers in the order in which they are shown. Imports their modules: keep it out of the event loop."""
    return tuple(sorted(map(load_info, provider_keys()), key=_shelf))


def _shelf(info: ProviderInfo) -> tuple[int, str]:
    return (
        _SHELF.index(info.kind) if info.kind in _SHELF else len(_SHELF),
        info.name.casefold(),
    )


def select(
    options: Sequence[SelectOptionDict],
    *,
    multiple: bool = False,
    translation_key: str | None = None,
) -> SelectSelector:
    """Return a selector of labelled options: boxes to tick while they are few, else a list that can be searched."""
    boxes = multiple and len(options) <= BOXES_MAX
    mode = SelectSelectorMode.LIST if boxes else SelectSelectorMode.DROPDOWN
    config = SelectSelectorConfig(options=list(options), mode=mode, multiple=multiple)
    if translation_key is not None:
        config["translation_key"] = translation_key
    return SelectSelector(config)


def words_select(
    words: Sequence[str], translation_key: str | None = None
) -> SelectSelector:
    """Return a selector of fixed words, which are their own labels or have them in the translations."""
    return select(
        [option(word, word) for word in words], translation_key=translation_key
    )


def option(value: str, label: str) -> SelectOptionDict:
    """Return one option."""
    return SelectOptionDict(value=value, label=label)


def method_options(
    methods: Iterable[PaymentMethod], today: date
) -> list[SelectOptionDict]:
    """Return what can pay. Expired methods are left out."""
    return [
        option(method.id, method_description(method))
        for method in payable_methods(methods)
        if method.expires is None or method.expires >= today
    ]


def line_title(line: Line) -> str:
    """Return what a line is called everywhere: its name and the last 4 digits of its number, never more of it."""
    name = shown(line.name)
    digits = f"•{line.last_digits}"
    if name is None:
        return digits
    return name if line.number is None or digits in name else f"{name} {digits}"


def package_options(offers: Iterable[Offer]) -> list[SelectOptionDict]:
    """Return the fixed packages with their prices."""
    return [
        option(offer.id, package_label(offer))
        for offer in offers
        if isinstance(offer, Package)
    ]


def bounds(offers: Iterable[Offer]) -> str:
    """Return which amounts are sold: the lowest and the highest."""
    spans = [
        f"{offer.minimum} – {offer.maximum}"
        for offer in offers
        if isinstance(offer, OpenAmount)
    ]
    return ", ".join(spans) or "–"
