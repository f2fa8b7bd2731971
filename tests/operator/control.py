"""The control API: what a test does to the operator, and what it asks the books. No fault ever strikes here.

All under `/_control/`, without a key, JSON both ways; a wrong request is a 400 with {"error": reason}.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
import json
import secrets
import sqlite3

from aiohttp import web

from . import door, faults, journal, money, report, seed, shelf, tables
from .model import OrderStatus, Refusal
from .visit import Operator

type _Handler = Callable[[web.Request], Awaitable[object]]


class Control:
    """Handlers over the running operator; each returns what is to be answered as JSON."""

    def __init__(self, operator: Operator) -> None:
        """Remember whom to control."""
        self._operator = operator
        self._books = operator.books

    def routes(self) -> list[web.RouteDef]:
        """Return the aiohttp routes."""
        table: list[tuple[str, str, _Handler]] = [
            ("POST", "reset", self._reset),
            ("POST", "seed", self._seed),
            ("GET", "books", self._everything),
            ("GET", "charges", self._charges),
            ("GET", "requests", self._requests),
            ("GET", "lines/{line}", self._line),
            ("PATCH", "lines/{line}", self._change_line),
            ("POST", "lines/{line}/burn", self._burn),
            ("POST", "lines/{line}/foreign_charge", self._foreign_charge),
            ("GET", "behaviour", self._behaviour),
            ("PUT", "behaviour", self._set_behaviour),
            ("PATCH", "behaviour", self._set_behaviour),
            ("GET", "faults", self._faults),
            ("POST", "faults", self._add_faults),
            ("DELETE", "faults", self._clear_faults),
            ("GET", "clock", self._clock),
            ("POST", "clock", self._set_clock),
            ("POST", "orders/{order}/reverse", self._reverse),
            ("PATCH", "orders/{order}", self._change_order),
            ("PATCH", "accounts/{account}/methods/{method}", self._change_method),
            ("PATCH", "accounts/{account}/offers/{offer}", self._change_offer),
            ("POST", "accounts/{account}/rotate_key", self._rotate_key),
        ]
        return [
            web.route(method, f"/_control/{path}", _as_json(handler))
            for method, path, handler in table
        ]

    async def _reset(self, request: web.Request) -> object:
        body = await _body(request)
        self._books.reset(body.get("seed"))
        self._operator.forget()
        return {}

    async def _seed(self, request: web.Request) -> object:
        body = await _body(request)
        with self._books.step() as desk:
            seed.plant(desk.db, body, desk.now_us)
        return {}

    async def _everything(self, _: web.Request) -> object:
        return report.everything(self._books)

    async def _charges(self, request: web.Request) -> object:
        self._books.now_us()
        charges = shelf.charges(self._books.db, request.query.get("line"))
        return {"charges": [report.charge(charge) for charge in charges]}

    async def _requests(self, request: web.Request) -> object:
        self._books.now_us()
        after_id = int(request.query.get("after_id", 0))
        return {
            "requests": journal.read(
                self._books.db,
                operation=request.query.get("operation"),
                after_id=after_id,
            )
        }

    async def _line(self, request: web.Request) -> object:
        now_us = self._books.now_us()
        return report.line(
            shelf.any_line(self._books.db, request.match_info["line"], now_us)
        )

    async def _change_line(self, request: web.Request) -> object:
        body = await _body(request)
        with self._books.step() as desk:
            line = shelf.any_line(desk.db, request.match_info["line"], desk.now_us)
            changed = seed.changed_line(line, body)
            tables.save(desk.db, changed)
        return report.line(changed)

    async def _burn(self, request: web.Request) -> object:
        """Use money or data up at once."""
        body = await _body(request)
        amount = money.parse(body.get("amount", "0"))
        data_bytes = door.whole(body.get("data_bytes", 0))
        with self._books.step() as desk:
            line = shelf.any_line(desk.db, request.match_info["line"], desk.now_us)
            if line.balance is not None:
                line = replace(line, balance=line.balance - amount)
            if line.data_left_bytes is not None:
                line = replace(
                    line, data_left_bytes=max(0, line.data_left_bytes - data_bytes)
                )
            tables.save(desk.db, line)
        return report.line(line)

    async def _foreign_charge(self, request: web.Request) -> object:
        body = await _body(request)
        with self._books.step() as desk:
            charge = desk.foreign_charge(
                request.match_info["line"],
                str(body.get("offer", "open")),
                money.parse(body.get("amount")),
            )
        return report.charge(charge)

    async def _behaviour(self, _: web.Request) -> object:
        return self._books.rules.to_json()

    async def _set_behaviour(self, request: web.Request) -> object:
        """PUT starts from the default behaviour, PATCH from the present one."""
        body = await _body(request)
        start = (
            self._books.rules
            if request.method == "PATCH"
            else type(self._books.rules)()
        )
        self._books.set_rules(start.changed(body))
        return self._books.rules.to_json()

    async def _faults(self, _: web.Request) -> object:
        return {"faults": faults.waiting(self._books.db)}

    async def _add_faults(self, request: web.Request) -> object:
        """Queue one fault, or several as {"faults": [...]}."""
        body = await _body(request)
        several = door.sequence(body.get("faults", [body]), "faults")
        with self._books.step() as desk:
            for fault in several:
                faults.add(desk.db, faults.read(fault))
        return {}

    async def _clear_faults(self, _: web.Request) -> object:
        with self._books.step() as desk:
            faults.clear(desk.db)
        return {}

    async def _clock(self, _: web.Request) -> object:
        return report.clock(self._books.clock)

    async def _set_clock(self, request: web.Request) -> object:
        body = await _body(request)
        offset_s, advance_s, speed = (
            _seconds(body, name) for name in ("offset_s", "advance_s", "speed")
        )
        self._books.set_clock(offset_s=offset_s, advance_s=advance_s, speed=speed)
        return report.clock(self._books.clock)

    async def _reverse(self, request: web.Request) -> object:
        with self._books.step() as desk:
            order = desk.reverse(shelf.order(desk.db, request.match_info["order"]))
        return report.order(order)

    async def _change_order(self, request: web.Request) -> object:
        """Claim another status without moving any money: an operator whose words go backwards."""
        body = await _body(request)
        with self._books.step() as desk:
            order = shelf.order(desk.db, request.match_info["order"])
            reason = body.get("reason", order.reason)
            claimed = replace(
                order,
                status=OrderStatus(str(body.get("status", order.status))),
                reason=None if reason is None else str(reason),
            )
            tables.save(desk.db, claimed)
        return report.order(claimed)

    async def _change_method(self, request: web.Request) -> object:
        body = await _body(request)
        with self._books.step() as desk:
            method = shelf.method(
                desk.db, request.match_info["account"], request.match_info["method"]
            )
            changed = seed.changed_method(method, body)
            tables.save(desk.db, changed)
        return report.method(changed)

    async def _change_offer(self, request: web.Request) -> object:
        body = await _body(request)
        with self._books.step() as desk:
            offer = shelf.any_offer(
                desk.db, request.match_info["account"], request.match_info["offer"]
            )
            changed = seed.changed_offer(offer, body)
            tables.save(desk.db, changed)
        return report.offer(changed)

    async def _rotate_key(self, request: web.Request) -> object:
        """Give an account another API key; the old one is invalid at once."""
        body = await _body(request)
        key = str(body.get("key") or secrets.token_urlsafe(16))
        with self._books.step() as desk:
            account = shelf.account(desk.db, request.match_info["account"])
            tables.save(desk.db, replace(account, key=key))
        return {"key": key}


def _as_json(handler: _Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        try:
            return web.json_response(await handler(request))
        except Refusal as refusal:
            return web.json_response({"error": refusal.code}, status=404)
        except (ValueError, TypeError, sqlite3.IntegrityError) as err:
            return web.json_response({"error": str(err)}, status=400)

    return serve


async def _body(request: web.Request) -> dict[str, object]:
    text = await request.text()
    return door.mapping(json.loads(text), "body") if text else {}


def _seconds(body: dict[str, object], name: str) -> float | None:
    value = body.get(name)
    return None if value is None else door.number(value)
