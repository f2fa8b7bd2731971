"""The seven calls of the contract, and what came of each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
import traceback
from typing import Any, Final

from custom_components.esim_topup.orders.history import history_of
from custom_components.esim_topup.providers.base import Provider
from custom_components.esim_topup.providers.errors import ProviderError

from .exchange import SINCE, Exchange


class Call(StrEnum):
    """What a provider can be asked."""

    ACCOUNT = "account"
    LINES = "lines"
    READ = "read"
    OFFERS = "offers"
    SUBMIT = "submit"
    FIND = "find"
    HISTORY = "history"


_ASK: Final[Mapping[Call, Callable[[Provider, Exchange], Awaitable[Any]]]] = {
    Call.ACCOUNT: lambda provider, _: provider.account(),
    Call.LINES: lambda provider, _: provider.lines(),
    Call.READ: lambda provider, exchange: provider.read([exchange.line]),
    Call.OFFERS: lambda provider, exchange: provider.offers(exchange.line),
    Call.SUBMIT: lambda provider, exchange: provider.submit(exchange.purchase),
    Call.FIND: lambda provider, exchange: provider.find(exchange.purchase, _THEIR_ID),
    # As the engine asks: a list that contradicts itself is none, whoever returned it.
    Call.HISTORY: lambda provider, exchange: history_of(provider, exchange.line, SINCE),
}

_THEIR_ID: Final = "their-id-1"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a call: one of these."""

    value: Any = None
    error: ProviderError | None = None
    escaped: Exception | None = None
    """What the contract does not know."""

    @property
    def words(self) -> str:
        """For a story."""
        if self.escaped is not None:
            return f"{type(self.escaped).__name__} at {self.place}"
        return repr(self.value if self.error is None else self.error)

    @property
    def place(self) -> str:
        """Where in the provider the stranger was last seen."""
        frames = traceback.extract_tb(
            None if self.escaped is None else self.escaped.__traceback__
        )
        ours = [frame for frame in frames if "esim_topup" in frame.filename]
        frame = (ours or frames)[-1]
        return f"{Path(frame.filename).name}:{frame.lineno}"


async def ask(provider: Provider, call: Call, exchange: Exchange) -> Heard:
    """Make one call."""
    try:
        return Heard(value=await _ASK[call](provider, exchange))
    except ProviderError as err:
        return Heard(error=err)
    except Exception as err:  # noqa: BLE001 - that is what is looked for
        return Heard(escaped=err)
