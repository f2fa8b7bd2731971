"""The provider's own list of charges, or nothing: a list that contradicts itself proves nothing."""

from datetime import datetime

from ..providers.base import Charge, Line, Provider
from ..providers.errors import MalformedAnswer


async def history_of(provider: Provider, line: Line, since: datetime) -> list[Charge]:
    """Return every charge of a line since then. Raises `ProviderError`.

    Two charges under one id would be counted as one, and ours could hide behind one that is known: paid, and "not in the
    history". The same charge twice is a page that moved while it was read.
    """
    charges: dict[str, Charge] = {}
    for charge in await provider.history(line, since):
        if charges.setdefault(charge.id, charge) != charge:
            raise MalformedAnswer("id_twice")
    return list(charges.values())
