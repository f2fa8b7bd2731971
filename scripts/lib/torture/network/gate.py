"""One gate: it relays every call between one client and one operator, and strikes those that its plan names."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
import ssl
from typing import Final

from .certificates import server_context
from .door import Threshold
from .exchange import Exchange, OperatorSilent, reset_connection
from .notes import Notes
from .plan import Order, Plan, Report
from .toxic import IDLE, Door, Toxic
from .toxics import TOXICS
from .wire import Message, answer, read_message

_CERTIFICATE: Final = {
    Door.UNTRUSTED: "untrusted",
    Door.EXPIRED: "expired",
    Door.WRONG_HOST: "wrong_host",
}


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    calls: int = 0


@dataclass(slots=True)
class Gate:
    """Stands between a house and its operator."""

    plan: Plan
    _threshold: Threshold = field(init=False)
    _elsewhere: Threshold = field(init=False)
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)
    _strikes: Counter[str] = field(default_factory=Counter)
    _notes: Notes = field(init=False)
    _door: Toxic | None = None
    """What waits for the next connection."""
    _healed: bool = False
    _let_go: asyncio.Event = field(default_factory=asyncio.Event)
    _held: int = 0
    _cache: dict[str, Message] = field(default_factory=dict)
    _busy: list[Message] = field(default_factory=list)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _delivered: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Reserve the ports."""
        self._notes = Notes(self.plan.book)
        self._threshold = Threshold(self._serve)
        self._elsewhere = Threshold(self._notes.serve_stray)

    @property
    def port(self) -> int:
        """Where the client finds the operator."""
        return self._threshold.port

    async def open(self) -> int:
        """Let the client in, and return the port. A door without a beginning is there from now on."""
        for name, pem in (self.plan.certificates or {}).items():
            self._contexts[name] = server_context(pem)
        await self._elsewhere.open()
        await self._threshold.open()
        for order in self.plan.orders:
            if TOXICS[order.toxic].connects and order.after is None:
                self._set_door(TOXICS[order.toxic])
        return self.port

    async def heal(self) -> None:
        """Relay everything from now on."""
        self._healed, self._door = True, None
        await self._threshold.open()

    async def let_go(self) -> None:
        """Deliver what is held, and wait until the operator has answered it."""
        self._let_go.set()
        if self._held:
            await self._delivered.wait()

    async def hang_up(self) -> None:
        """End the connections that stand: a client does that itself when it has nothing to ask for a while."""
        for writer in tuple(self._writers):
            writer.close()

    async def report(self) -> Report:
        """Return what happened so far."""
        return Report(
            strikes=dict(self._strikes),
            seen=tuple(self._notes.seen),
            elsewhere=tuple(self._notes.strayed),
            busy=len(self._busy),
        )

    async def close(self) -> None:
        """End everything."""
        await self._threshold.end()
        await self._elsewhere.end()

    # Connections

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._door is not None and not await self._pass_door(
            self._door, reader, writer
        ):
            return
        if self._contexts and writer.get_extra_info("sslcontext") is None:
            await writer.start_tls(self._contexts["good"])
        self._writers.add(writer)
        try:
            await self._talk(_Connection(reader, writer))
        except OperatorSilent:
            writer.close()
        finally:
            self._writers.discard(writer)

    async def _talk(self, connection: _Connection) -> None:
        """Serve one call after the other, until one of them ends the connection."""
        while (request := await read_message(connection.reader)) is not None:
            if await self._call(connection, request):
                return
            connection.calls += 1

    async def _pass_door(
        self,
        toxic: Toxic,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Let the door do what it does; say whether the connection may go on."""
        match toxic.door:
            case Door.CLOSES | Door.CUTS_TLS:
                writer.close()
            case Door.RESETS:
                reset_connection(writer)
            case Door.CLOSES_EARLY:
                await reader.read(10)
                writer.close()
            case Door.NO_TLS:
                writer.write(answer("400 Bad Request", b"plain http").raw)
            case Door.UNTRUSTED | Door.EXPIRED | Door.WRONG_HOST as door:
                self._strikes[toxic.name] += 1
                context = self._contexts[_CERTIFICATE[door]]
                await writer.start_tls(context)
                # Whoever speaks on after this has accepted the certificate.
                if (request := await read_message(reader)) is not None:
                    self._notes.note_stray(request, f"to a certificate that is {door}")
                return False
            case _:
                return True
        self._strikes[toxic.name] += 1
        return False

    # Calls

    async def _call(self, connection: _Connection, request: Message) -> bool:
        """Serve one call; say whether the connection ended with it."""
        operation = request.operation
        self._notes.note(request, reused=connection.calls > 0)
        number = self._counts[operation]
        self._counts[operation] += 1
        idle = self._arm(operation, number + 1)
        exchange = self._exchange(connection, request)
        if (order := self._due(operation, number)) is not None:
            toxic = TOXICS[order.toxic]
            assert toxic.strike is not None
            self._strikes[toxic.name] += 1
            await toxic.strike(exchange)
            self._strikes[toxic.name] -= exchange.spared
        else:
            await exchange.relay(last=self._connects_anew())
            if idle is not None and not exchange.ended:
                await self._strike_idle(idle, exchange)
        return exchange.ended

    def _exchange(self, connection: _Connection, request: Message) -> Exchange:
        return Exchange(
            request=request,
            reader=connection.reader,
            writer=connection.writer,
            upstream=self.plan.upstream,
            elsewhere=self._elsewhere.port,
            stranger=self.plan.stranger.encode(),
            hold=self._hold,
            delivered=self._delivered.set,
            busy=self._busy,
            cache=self._cache,
        )

    async def _hold(self) -> None:
        self._held += 1
        await self._let_go.wait()

    def _due(self, operation: str, number: int) -> Order | None:
        """Return what strikes this call of the operation, if anything does."""
        if self._healed:
            return None
        for order in self.plan.orders:
            until = None if order.times is None else order.skip + order.times
            if (
                not TOXICS[order.toxic].connects
                and order.operation == operation
                and number >= order.skip
                and (until is None or number < until)
            ):
                return order
        return None

    def _connects_anew(self) -> bool:
        """Say whether each call needs a connection of its own, so that a door can be there."""
        toxics = (TOXICS[order.toxic] for order in self.plan.orders)
        return not self._healed and any(
            toxic.connects and toxic.door not in IDLE for toxic in toxics
        )

    # Doors

    def _arm(self, operation: str, count: int) -> Toxic | None:
        """Set the door that begins with this call; return what strikes the connection after it instead."""
        if self._healed:
            return None
        for order in self.plan.orders:
            toxic = TOXICS[order.toxic]
            if not toxic.connects or order.after != (operation, count):
                continue
            if toxic.door in IDLE:
                return toxic
            self._set_door(toxic)
        return None

    def _set_door(self, toxic: Toxic) -> None:
        self._door = toxic
        if toxic.door is Door.CLOSED:
            self._threshold.close()
        elif toxic.door is Door.FULL:
            self._threshold.fill()

    async def _strike_idle(self, toxic: Toxic, exchange: Exchange) -> None:
        self._strikes[toxic.name] += 1
        if toxic.door is Door.CLOSES_IDLE:
            exchange.close()
        else:
            body = self.plan.stranger.encode()
            unasked = answer("201 Created", body, kind="application/json")
            await exchange.send(unasked.raw)
