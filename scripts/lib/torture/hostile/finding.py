"""Which providers there are, and what is known of each: nobody keeps a list."""

from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Final

from custom_components.esim_topup.providers import load_info, provider_keys
from custom_components.esim_topup.providers.base import Line, LineKind, Purchase
from custom_components.esim_topup.providers.money import Money

from .exchange import Exchange
from .files import FileExchange

_LINE: Final = Line(
    id="8999900000000000014", kind=LineKind.ICCID, number="8999900000000000014"
)


def all_keys() -> tuple[str, ...]:
    """Return all providers."""
    return provider_keys()


def exchanges(key: str) -> tuple[Exchange, ...]:
    """Return the conversations that the provider's tests show; none where they show none."""
    module = _shown(key)
    found: Iterable[Exchange] = (
        module.exchanges()
        if module is not None and hasattr(module, "exchanges")
        else ()
    )
    return tuple(found)


def files(key: str) -> tuple[FileExchange, ...]:
    """Return the files that the provider's tests show."""
    module = _shown(key)
    found: Iterable[FileExchange] = (
        module.files() if module is not None and hasattr(module, "files") else ()
    )
    return tuple(found)


def _shown(key: str) -> ModuleType | None:
    name = f"tests.providers.{key}.exchange"
    try:
        return import_module(name) if find_spec(name) is not None else None
    except ModuleNotFoundError as err:
        if name.startswith(f"{err.name}"):  # no tests of its own yet
            return None
        raise


def guessed(key: str) -> Exchange:
    """Return what can be tried at a provider whose tests show nothing: invented credentials, line and purchase."""
    fields = load_info(key).credentials
    purchase = Purchase(
        reference="6f1d0a52-2f43-4bb2-8df1-5b2f0b9c0371",
        line=_LINE,
        offer_id="hostile-1",
        money=Money.parse("371.00", "USD"),
        method_id=None,
        created_at=datetime.now(UTC),
    )
    return Exchange(
        name="guessed",
        credentials={field.key: f"hostile-{field.key}" for field in fields},
        line=_LINE,
        purchase=purchase,
        says=(),
    )
