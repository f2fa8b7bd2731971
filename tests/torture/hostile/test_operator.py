"""The named lies of a real server: the engine asks it over HTTP, and what was charged stands in its own books."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
import os
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import aiohttp
import pytest
from torture.hostile import wire
from torture.hostile.asking import Call
from torture.hostile.attack import Attack
from torture.hostile.conversation import Conversation
from torture.hostile.corpus import BYTES_MAX
from torture.hostile.court import Court
from torture.hostile.exchange import Said, Says
from torture.hostile.lessons import Subject, learn
from torture.hostile.oracles import is_plain
from torture.hostile.scalars import MARKUP
from torture.hostile.seams import entered
from torture.outcome import Outcome

from custom_components.esim_topup.choices import package_label
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Reason
from custom_components.esim_topup.providers.base import (
    Dedupe,
    Package,
    Provider,
    Purchase,
    Reading,
)
from custom_components.esim_topup.providers.errors import MalformedAnswer
from custom_components.esim_topup.providers.money import Money
from custom_components.esim_topup.providers.rest import create
from tests.operator.app import start_operator
from tests.operator.client import OperatorControl
from tests.providers.rest.exchange import LINE, SWITCHES, exchanges
from tests.providers.rest.operator_config import operator_config

from .house import House, house

EVERYTHING: Final = os.environ.get("TORTURE") == "all"
CLASSES: Final = list(Dedupe) if EVERYTHING else [Dedupe.KEY]
AMOUNT: Final = "371.00"


@dataclass(slots=True)
class Street:
    """An operator, and a house that recharges there."""

    operator: OperatorControl
    provider: Provider
    house: House
    dedupe: Dedupe

    async def charges(self) -> list[str]:
        """Return what was paid, by the operator's books."""
        return [str(charge.amount) for charge in await self.operator.charges(LINE.id)]

    @property
    def can_be_asked(self) -> bool:
        """Whether this operator can tell later what became of an order."""
        return self.dedupe is not Dedupe.NONE


# Beside a test's own cases: the name of the case comes first then.
each_class = pytest.mark.parametrize(
    "dedupe", CLASSES, ids=lambda dedupe: f"class {dedupe}"
)


@pytest.fixture(name="street")
async def fixture_street(tmp_path: Path, dedupe: Dedupe) -> AsyncIterator[Street]:
    """A started operator and engine."""
    purchase = Purchase(
        reference=str(uuid4()),
        line=LINE,
        offer_id="open",
        money=Money.parse(AMOUNT, "RUB"),
        method_id="card-1",
        created_at=datetime.now(UTC),
    )
    async with (
        start_operator(tmp_path / "books.db") as server,
        OperatorControl(server.base_url) as control,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        await control.behave(**SWITCHES[dedupe])
        provider = create(operator_config(server.base_url, dedupe), session)
        async with house(tmp_path, provider, purchase) as at:
            yield Street(control, provider, at, dedupe)


@each_class
@pytest.mark.parametrize(
    ("fault", "args", "alarm"),
    [
        pytest.param("nan", {}, False, id="H1 NaN"),
        pytest.param("nan", {"text": "Infinity"}, False, id="H2 Infinity"),
        pytest.param("nan", {"text": "1e400"}, False, id="H3 1e400"),
        pytest.param("negative", {}, True, id="H4 negative"),
        pytest.param("zero", {}, True, id="H5 zero"),
        pytest.param("wrong_currency", {}, True, id="H6 wrong currency"),
        pytest.param("wrong_line", {}, True, id="H7 wrong line"),
        pytest.param("wrong_reference", {}, True, id="H8 wrong reference"),
        pytest.param("wrong_amount_x100", {}, True, id="H9 minor for major"),
        pytest.param("huge", {"bytes": 3_000_000}, False, id="H11 too large"),
        pytest.param("bomb", {"bytes": 100_000_000}, False, id="H12 bomb"),
        pytest.param("deep", {}, False, id="H13 depth 2,000"),
        pytest.param("duplicate_keys", {}, False, id="H14 duplicate keys"),
        pytest.param("unknown_status", {}, False, id="H20 unknown status word"),
        pytest.param("no_reference", {}, False, id="H23 no reference"),
    ],
)
async def test_a_charge_behind_a_lie_is_found_and_never_made_again(
    street: Street,
    fault: str,
    args: dict[str, Any],
    alarm: bool,
    record_property: Any,
) -> None:
    """The money is gone, and the answer is a lie: the line waits until the operator tells the truth."""
    await street.operator.fault(fault, "order", **args)
    order = await street.house.recharge()
    assert await street.operator.waiting_faults() == []
    record_property("fault", f"{fault} {args or ''}".strip())
    assert (order.state, order.alarm) == (OrderState.UNKNOWN, alarm)
    assert await street.house.refusal() is Reason.OUTCOME_UNKNOWN
    assert await street.charges() == [AMOUNT]
    end = await street.house.settled() if street.can_be_asked else order
    assert end.state in (OrderState.SUCCEEDED, OrderState.UNKNOWN)
    assert (end.state is OrderState.SUCCEEDED) is street.can_be_asked
    assert await street.charges() == [AMOUNT]


@each_class
async def test_h23_a_success_without_an_order_id_is_one_if_all_else_matches(
    street: Street,
) -> None:
    """An id for later questions is no proof; reference, line, amount and currency are."""
    await street.operator.fault("no_id", "order")
    order = await street.house.recharge()
    assert (order.state, order.provider_ref) == (OrderState.SUCCEEDED, None)
    assert await street.charges() == [AMOUNT]


@each_class
async def test_h10_a_price_that_has_changed_is_not_paid(street: Street) -> None:
    """Somebody agreed to 490."""
    street.house.wish = replace(
        street.house.wish, offer_id="eu-5gb", money=Money.parse("490.00", "RUB")
    )
    await street.operator.set_offer("eu-5gb", price="590.00")
    assert await street.house.refusal() is Reason.PRICE_CHANGED
    assert await street.charges() == []


@each_class
async def test_h10_bounds_that_have_changed_are_looked_at_before_paying(
    street: Street,
) -> None:
    """An open amount that is no longer sold."""
    await street.operator.set_offer("open", min="500.00")
    assert await street.house.refusal() is Reason.NOT_OFFERED
    assert await street.charges() == []


@each_class
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("nan", id="H1 a balance of NaN"),
        pytest.param("huge", id="H11 a reading too large"),
        pytest.param("bomb", id="H12 a reading that is a bomb"),
        pytest.param("deep", id="H13 a reading of depth 2,000"),
        pytest.param("duplicate_keys", id="H14 a balance said twice"),
    ],
)
async def test_a_lie_before_the_order_costs_nothing(street: Street, fault: str) -> None:
    """A reading that nobody can read is no reading, and nothing is ordered on it."""
    await street.operator.fault(fault, "line")
    assert await street.house.refusal() is Reason.PROVIDER_UNREACHABLE
    assert await street.charges() == []
    reading = (await street.provider.read([LINE]))[LINE.id]
    assert isinstance(reading, Reading), "the next one is right"


@each_class
async def test_h18_a_package_named_by_an_attacker_is_shown_as_a_plain_text(
    street: Street,
) -> None:
    """In forms, notifications and answers of actions."""
    for text in MARKUP:
        await street.operator.set_offer("eu-5gb", name=text)
        (package,) = [
            offer
            for offer in await street.provider.offers(LINE)
            if isinstance(offer, Package) and offer.id == "eu-5gb"
        ]
        assert is_plain(package.name)
        assert not set("<>[]{}`\u202e\x00\n") & set(package_label(package))


# What no server of this size should be asked for stands in memory: see `wire`.


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("200 MiB, plain", id="H11 200 MiB"),
        pytest.param("200 MiB, gzip", id="H12 200 MiB in 200 kB"),
        pytest.param("200 MiB, deflate", id="H12 200 MiB deflated"),
    ],
)
async def test_two_hundred_mebibytes_are_never_in_memory(
    tmp_path: Path, name: str
) -> None:
    """Home Assistant runs on machines with less."""
    subject = Subject("rest", exchanges()[0])
    court = Court(Outcome("T7"), tmp_path)
    with entered(lambda: subject.conversation):
        attack = Attack(subject, await learn(subject), court)
    taken = await wire.tell(attack, only=(name,))
    assert taken["traced_bytes"] < BYTES_MAX
    assert taken["resident_bytes"] < BYTES_MAX
    assert court.outcome.faults[f"wire: {name}"] == len(attack.targets)
    assert court.outcome.violations == []


async def test_the_truth_passes_through_the_same_wire(tmp_path: Path) -> None:
    """Or no bomb would have been near a parser."""
    subject = Subject("rest", exchanges()[0])
    async with wire.connected(subject):
        lessons = await learn(subject)
    assert all(lesson.heard.error is None for lesson in lessons.values() if lesson.told)
    assert lessons[Call.READ].heard.value[LINE.id].balance is not None


async def test_h19_ten_thousand_lines_on_many_pages_are_read(tmp_path: Path) -> None:
    """A company has them; a page that never ends is another matter."""
    pages = [
        Says("GET", "/v1/lines", Said(body=_page(number, last=200)))
        for number in range(1, 201)
    ]
    subject = _with_pages(pages)
    with entered(lambda: subject.conversation):
        assert len(await subject.provider.lines()) == 10_000


async def test_h19_pages_without_an_end_are_an_error() -> None:
    """An operator that leads in a circle would be asked for ever."""
    pages = [
        Says("GET", "/v1/lines", Said(body=_page(number, last=10**6)))
        for number in range(1, 400)
    ]
    subject = _with_pages(pages)
    with entered(lambda: subject.conversation), pytest.raises(MalformedAnswer):
        await subject.provider.lines()
    assert len(subject.conversation.told) == 200


def _page(number: int, last: int) -> dict[str, Any]:
    lines = [
        {"id": f"line-{number}-{place}", "name": "x", "currency": "RUB"}
        for place in range(50)
    ]
    return {"lines": lines, "next_page": number + 1 if number < last else None}


def _with_pages(pages: list[Says]) -> Subject:
    exchange = replace(exchanges()[0], says=tuple(pages))
    return Subject("rest", exchange, Conversation(exchange))
