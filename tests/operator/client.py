"""The control client: what tests do to the operator and ask of its books, typed."""

from types import TracebackType
from typing import Any, Self, Unpack

from aiohttp import ClientSession, ClientTimeout, TCPConnector

from .behaviour import Switches
from .faults import ANY, FaultData
from .journal import LoggedRequestData
from .records import ChargeRecord, LineRecord, OrderRecord, record
from .seed import DEFAULT_ACCOUNT
from .seed_types import LineChanges, MethodChanges, OfferChanges, Seed


class ControlError(Exception):
    """The control API refused: the test asks for something that does not exist."""


class OperatorControl:
    """Talks to `/_control/`. Every connection is used once, so that a restarted operator is met afresh."""

    def __init__(self, base_url: str) -> None:
        """Say where the operator listens."""
        self._url = f"{base_url}/_control"
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Return the client itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the client."""
        await self.close()

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def reset(self, seed: Seed | None = None) -> None:
        """Forget everything and begin with this seed, or with the default one."""
        await self._ask("POST", "reset", {} if seed is None else {"seed": seed})

    async def seed(self, seed: Seed) -> None:
        """Add accounts, lines and offers; what has a known id is replaced."""
        await self._ask("POST", "seed", seed)

    async def books(self) -> dict[str, Any]:
        """Return everything there is, as plain JSON."""
        books: dict[str, Any] = await self._ask("GET", "books")
        return books

    async def charges(
        self, line: str | None = None, *, foreign: bool = False
    ) -> list[ChargeRecord]:
        """Return every time money was taken, oldest first, reversed or not; with `foreign`, by others too."""
        answer = await self._ask(
            "GET", "charges" if line is None else f"charges?line={line}"
        )
        charges = [record(ChargeRecord, data) for data in answer["charges"]]
        return [charge for charge in charges if foreign or not charge.foreign]

    async def orders(self, reference: str | None = None) -> list[OrderRecord]:
        """Return the accepted orders, oldest first."""
        orders = [record(OrderRecord, data) for data in (await self.books())["orders"]]
        return [order for order in orders if reference in (None, order.reference)]

    async def requests(
        self, operation: str | None = None, *, after_id: int = 0
    ) -> list[LoggedRequestData]:
        """Return the log of requests, oldest first."""
        query = f"after_id={after_id}" + (
            "" if operation is None else f"&operation={operation}"
        )
        answer = await self._ask("GET", f"requests?{query}")
        requests: list[LoggedRequestData] = answer["requests"]
        return requests

    async def line(self, line: str) -> LineRecord:
        """Return a line as it stands now, without a request that the log or a fault would see."""
        return record(LineRecord, await self._ask("GET", f"lines/{line}"))

    async def set_line(self, line: str, **changes: Unpack[LineChanges]) -> LineRecord:
        """Set balance, burn rates, removal, ... of a line."""
        return record(LineRecord, await self._ask("PATCH", f"lines/{line}", changes))

    async def burn(
        self, line: str, *, amount: str = "0", data_bytes: int = 0
    ) -> LineRecord:
        """Use money or data of a line up at once."""
        used = {"amount": amount, "data_bytes": data_bytes}
        return record(LineRecord, await self._ask("POST", f"lines/{line}/burn", used))

    async def foreign_charge(
        self, line: str, amount: str, *, offer: str = "open"
    ) -> ChargeRecord:
        """Let somebody else top the line up."""
        answer = await self._ask(
            "POST", f"lines/{line}/foreign_charge", {"amount": amount, "offer": offer}
        )
        return record(ChargeRecord, answer)

    async def behave(self, **switches: Unpack[Switches]) -> None:
        """Set some switches; the others stay."""
        await self._ask("PATCH", "behaviour", switches)

    async def behave_by_default(self, **switches: Unpack[Switches]) -> None:
        """Set all switches to their defaults, except for these."""
        await self._ask("PUT", "behaviour", switches)

    async def behaviour(self) -> Switches:
        """Return all switches."""
        switches: Switches = await self._ask("GET", "behaviour")
        return switches

    async def fault(
        self, kind: str, operation: str = ANY, *, times: int | None = 1, **args: object
    ) -> None:
        """Queue a fault for the next requests of an operation; `times` None is for ever."""
        await self.faults(
            [{"operation": operation, "kind": kind, "times": times, "args": args}]
        )

    async def faults(self, script: list[FaultData]) -> None:
        """Queue several faults at once, to strike in this order."""
        await self._ask("POST", "faults", {"faults": script})

    async def waiting_faults(self) -> list[FaultData]:
        """Return what has not struck yet."""
        answer = await self._ask("GET", "faults")
        waiting: list[FaultData] = answer["faults"]
        return waiting

    async def clear_faults(self) -> None:
        """Forget all faults that wait."""
        await self._ask("DELETE", "faults")

    async def clock(self) -> str:
        """Return the operator's time."""
        return str((await self._ask("GET", "clock"))["now"])

    async def set_clock(
        self, *, offset_s: float | None = None, speed: float | None = None
    ) -> None:
        """Set the offset from real time, or the speed; speed 0 stops the time."""
        await self._ask("POST", "clock", {"offset_s": offset_s, "speed": speed})

    async def advance(self, seconds: float) -> None:
        """Let some of the operator's time pass at once."""
        await self._ask("POST", "clock", {"advance_s": seconds})

    async def reverse(self, order: str) -> OrderRecord:
        """Take an order back: money to its payment method, credit off the line."""
        return record(OrderRecord, await self._ask("POST", f"orders/{order}/reverse"))

    async def claim(
        self, order: str, status: str, *, reason: str | None = None
    ) -> OrderRecord:
        """Let an order claim another status, without any money being moved."""
        return record(
            OrderRecord,
            await self._ask(
                "PATCH", f"orders/{order}", {"status": status, "reason": reason}
            ),
        )

    async def set_method(
        self,
        method: str,
        *,
        account: str = DEFAULT_ACCOUNT,
        **changes: Unpack[MethodChanges],
    ) -> None:
        """Set funds, expiry or declining of a payment method."""
        await self._ask("PATCH", f"accounts/{account}/methods/{method}", changes)

    async def set_offer(
        self,
        offer: str,
        *,
        account: str = DEFAULT_ACCOUNT,
        **changes: Unpack[OfferChanges],
    ) -> None:
        """Set price or bounds of an offer."""
        await self._ask("PATCH", f"accounts/{account}/offers/{offer}", changes)

    async def rotate_key(
        self, account: str = DEFAULT_ACCOUNT, *, key: str | None = None
    ) -> str:
        """Give an account another API key and return it; the old one is invalid at once."""
        return str(
            (await self._ask("POST", f"accounts/{account}/rotate_key", {"key": key}))[
                "key"
            ]
        )

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(force_close=True),
                timeout=ClientTimeout(total=30, connect=5),
            )
        async with self._session.request(
            method, f"{self._url}/{path}", json=body
        ) as response:
            answer = await response.json()
            if response.status >= 400:
                raise ControlError(f"{method} {path}: {answer['error']}")
            return answer
