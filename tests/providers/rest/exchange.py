"""Conversations with custom APIs that go well, for whoever spoils them: an operator's real answers in all four classes."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

from aiohttp import ClientSession
from torture.hostile.exchange import BASE_URL, SINCE, Exchange, Said, Says
from torture.hostile.recording import RecordingSession

from custom_components.esim_topup.providers.base import Dedupe, Line, LineKind, Purchase
from custom_components.esim_topup.providers.money import Money
from custom_components.esim_topup.providers.rest import create
from tests.operator.app import start_operator
from tests.operator.client import OperatorControl

from .operator_config import operator_config

LINE: Final = Line(
    id="line-1", kind=LineKind.MSISDN, number="+79161234567", currency="RUB"
)
PURCHASE: Final = Purchase(
    reference="0d6c2f58-7f0e-4b0a-9a53-3c1a52f0c371",
    line=LINE,
    offer_id="open",
    money=Money.parse("371.00", "RUB"),
    method_id="card-1",
    created_at=datetime.now(UTC),
)

# What each class's operator can be asked; see `operator_config`.
SWITCHES: Final[dict[Dedupe, dict[str, Any]]] = {
    Dedupe.KEY: {},
    Dedupe.LOOKUP: {"idempotency": "off"},
    Dedupe.HISTORY: {
        "idempotency": "off",
        "lookup": False,
        "history_references": False,
    },
    Dedupe.NONE: {"idempotency": "off", "lookup": False, "history": False},
}


@cache
def exchanges() -> Iterable[Exchange]:
    """Return the conversations: the simulated operator's own answers, and a small API that does everything differently."""
    with ThreadPoolExecutor(1) as thread:  # the caller may be in an event loop
        recorded = thread.submit(asyncio.run, _recorded()).result()
    return (*recorded, small())


async def _recorded() -> list[Exchange]:
    with TemporaryDirectory() as folder:
        return [
            await _record(Path(folder, f"{dedupe}.db"), dedupe) for dedupe in Dedupe
        ]


async def _record(books: Path, dedupe: Dedupe) -> Exchange:
    """Let everything be asked once, and keep what was answered."""
    async with (
        start_operator(books) as operator,
        OperatorControl(operator.base_url) as control,
        ClientSession() as session,
    ):
        await control.behave(**SWITCHES[dedupe])
        until = (datetime.now(UTC) + timedelta(days=20)).isoformat()
        await control.set_line(
            LINE.id, data_left_bytes=2_500_000_000, valid_until=until
        )
        for amount in ("53.00", "61.00"):
            await control.foreign_charge(LINE.id, amount)
        recording = RecordingSession(session)
        credentials = operator_config(operator.base_url, dedupe)
        provider = create(credentials, cast(ClientSession, recording))
        await provider.account()
        await provider.lines()
        await provider.read([LINE])
        await provider.offers(LINE)
        await provider.submit(PURCHASE)
        if provider.info.capabilities.finds:
            await provider.find(PURCHASE)
        if provider.info.capabilities.history:
            await provider.history(LINE, SINCE)
    codes = credentials["order"]["refusals"]
    return Exchange(
        name=f"operator {dedupe}",
        credentials=credentials | {"base_url": BASE_URL},
        line=LINE,
        purchase=PURCHASE,
        says=tuple(recording.says),
        paid=frozenset({"succeeded", "reversed"}),
        refused=frozenset({"failed"}),
        definite=frozenset((int(code[:3]), code[4:]) for code in codes),
        absent=frozenset(),
    )


def small() -> Exchange:
    """Return an API with minor units, numbers instead of texts, nested answers, links to next pages, and all that is measured."""
    line = Line(id="7", number="8999900000000000014", currency="EUR")
    money = Money.parse("3.71", "EUR")
    purchase = Purchase(
        reference=PURCHASE.reference,
        line=line,
        offer_id="p-1",
        money=money,
        created_at=datetime.now(UTC),
    )
    now = datetime.now(UTC)
    order: dict[str, Any] = {
        "order": {
            "no": 9017,
            "state": True,
            "ref": purchase.reference,
            "sim": line.number,
            "sum": 371,
            "cur": "EUR",
        }
    }
    sims = [
        {
            "id": 7,
            "iccid": line.number,
            "alias": "Boat",
            "left": {"money": 1234, "mb": 512, "min": 42, "sms": 17},
            "until": int((now + timedelta(days=9)).timestamp()),
        },
        {"id": 8, "iccid": "8999900000000000022", "left": {}},
    ]
    paid = [
        {"n": 1, "t": _stamp(now, 9), "sum": 371, "for": "p-1", "sim": 7},
        {"n": 2, "t": _stamp(now, 8), "sum": 520, "for": "p-2", "sim": 7},
    ]
    later = [{"n": 3, "t": _stamp(now, 7), "sum": 377, "for": "p-1", "sim": 7}]
    return Exchange(
        name="small",
        credentials=_small_description(),
        line=line,
        purchase=purchase,
        says=(
            Says("GET", "/me", Said(body=_me())),
            Says("GET", "/sims", Said(body={"sims": sims})),
            Says("GET", "/sims/7/shop", Said(body={"shop": _shop()})),
            Says("POST", "/buy", Said(body=order)),
            Says("GET", f"/buy/{purchase.reference}", Said(body=order)),
            Says("GET", "/paid", Said(body={"paid": paid, "more": "/paid/2"})),
            Says("GET", "/paid/2", Said(body={"paid": later, "more": None})),
        ),
        paid=frozenset({"true"}),
        refused=frozenset({"false"}),
        definite=frozenset({402, (422, "7")}),
        absent=frozenset({404}),
    )


def _stamp(now: datetime, hours: int) -> str:
    return (now - timedelta(hours=hours)).isoformat()


def _me() -> dict[str, Any]:
    card = {"id": 1, "type": "CARD", "no": "4242", "has": 4711, "end": "05/99"}
    return {"user": 5, "who": "A. Traveller", "purse": 9900, "cards": [card]}


def _shop() -> list[dict[str, Any]]:
    return [
        {"id": "p-1", "title": "1 GB", "cost": 371, "mb": 1024, "days": 7},
        {"id": "p-2", "title": "2 GB", "cost": 520, "mb": 2048, "days": 30},
    ]


def _small_description() -> dict[str, Any]:
    order = {
        "path": "/buy",
        "body": {"sim": "{number}", "what": "{offer}", "ref": "{reference}"},
        "status": "order.state",
        "succeeded": [True],
        "failed": [False],
        "id": "order.no",
        "reference": "order.ref",
        "line": "order.sim",
        "amount": "order.sum",
        "amount_unit": "minor",
        "currency": "order.cur",
        "refusals": ["402", "422:7"],
    }
    return {
        "base_url": BASE_URL,
        "auth_value": "Bearer hostile",
        "currency": "EUR",
        "error_code": "to_string(code)",
        "account": {
            "path": "/me",
            "id": "user",
            "name": "who",
            "wallet": "purse",
            "amount_unit": "minor",
            "methods": {
                "items": "cards",
                "id": "id",
                "kind": "type",
                "last_digits": "no",
                "funds": "has",
                "expires": "end",
                "amount_unit": "minor",
            },
        },
        "lines": {
            "path": "/sims",
            "items": "sims",
            "id": "id",
            "number": "iccid",
            "name": "alias",
        },
        "read": {
            "from_list": True,
            "balance": "left.money",
            "amount_unit": "minor",
            "data_left": "left.mb",
            "data_unit": "MiB",
            "voice_left_minutes": "left.min",
            "sms_left": "left.sms",
            "valid_until": "until",
        },
        "offers": {
            "path": "/sims/{line}/shop",
            "items": "shop",
            "id": "id",
            "name": "title",
            "price": "cost",
            "amount_unit": "minor",
            "data": "mb",
            "data_unit": "MiB",
            "validity_days": "days",
        },
        "order": order,
        "find": {"path": "/buy/{reference}"},
        "history": {
            "path": "/paid?since={since}",
            "items": "paid",
            "next": "more",
            "id": "n",
            "at": "t",
            "amount": "sum",
            "amount_unit": "minor",
            "line": "sim",
            "offer": "for",
        },
    }
