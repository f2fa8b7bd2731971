"""The named lies, told by whatever provider there is: a new one is asked as soon as it exists."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
import os
from pathlib import Path
from typing import Final

import pytest
from torture.hostile import corpus, finding
from torture.hostile.asking import Call
from torture.hostile.attack import Attack
from torture.hostile.court import Court
from torture.hostile.exchange import Exchange, Said
from torture.hostile.lessons import Subject, learn
from torture.hostile.oracles import PLAIN
from torture.hostile.provider_run import Plan, ProviderRun
from torture.hostile.readings import figures
from torture.hostile.scalars import MARKUP
from torture.hostile.seams import as_wire, entered
from torture.hostile.shapes import leaves, put
from torture.outcome import Outcome

from custom_components.esim_topup.orders.order import Order, OrderState
from custom_components.esim_topup.orders.policy import Reason

from .house import house
from .lies import LIES, matches, nameless, strange_words, told

EVERYTHING: Final = os.environ.get("TORTURE") == "all"

SHOWN: Final = [
    (key, place)
    for key in finding.all_keys()
    for place in range(len(finding.exchanges(key)))
][:: 1 if EVERYTHING else 4]
"""Every conversation of every provider; a spread of them in the ordinary run."""


class Table:
    """A provider, its conversation, and an engine at the other side."""

    def __init__(self, key: str, exchange: Exchange, folder: Path) -> None:
        """Take them; `learn` before anything else."""
        self.exchange = exchange
        self.subject = Subject(key, exchange)
        self.court = Court(Outcome("T7"), folder)
        self._folder = folder
        self._orders = 0

    async def learn(self) -> None:
        """Let everything go well once."""
        self.attack = Attack(self.subject, await learn(self.subject), self.court)

    @property
    def order(self) -> Said:
        """The right answer to the order."""
        return self.attack.lessons[Call.SUBMIT].told[-1].said

    async def ordered(self, said: Said) -> tuple[Order, Reason | None]:
        """Let an engine of its own order once and be told this; return the order, and why a second one may not be."""
        self._orders += 1
        folder = self._folder / f"house-{self._orders}"
        folder.mkdir()
        request = self.attack.lessons[Call.SUBMIT].told[-1].request
        self.subject.conversation.begin(request, said)
        async with house(folder, self.subject.provider, self.exchange.purchase) as at:
            order = await at.recharge()
            again = await at.refusal() if order.open else None
            return order, again


# Beside a test's own cases: the name of the case comes first then.
each_provider = pytest.mark.parametrize(
    "table", SHOWN, ids=[f"{key} {place}" for key, place in SHOWN], indirect=True
)


@pytest.fixture(name="table")
async def fixture_table(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Table]:
    """Each conversation in turn."""
    key, place = request.param
    table = Table(key, finding.exchanges(key)[place], tmp_path)
    async with AsyncExitStack() as stack:
        stack.enter_context(entered(lambda: table.subject.conversation))
        await table.learn()
        yield table


@each_provider
async def test_the_truth_is_believed(table: Table) -> None:
    """Or the lies below would show nothing."""
    order, _ = await table.ordered(table.order)
    assert order.state is OrderState.SUCCEEDED


@each_provider
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("H1 NaN", id="H1 NaN"),
        pytest.param("H1 NaN, bare", id="H1 NaN without quotes"),
        pytest.param("H2 Infinity", id="H2 Infinity"),
        pytest.param("H2 Infinity, bare", id="H2 Infinity without quotes"),
        pytest.param("H3 1e400", id="H3 1e400"),
        pytest.param("H3 1e400, bare", id="H3 1e400 without quotes"),
        pytest.param("H4 negative", id="H4 negative"),
        pytest.param("H5 zero", id="H5 zero"),
        pytest.param("H6 wrong currency", id="H6 wrong currency"),
        pytest.param("H7 wrong line", id="H7 wrong line"),
        pytest.param("H8 wrong reference", id="H8 wrong reference"),
        pytest.param("H9 minor for major", id="H9 minor for major"),
        pytest.param("H23 no reference", id="H23 no reference"),
    ],
)
async def test_a_lie_about_an_order_is_never_a_success(table: Table, name: str) -> None:
    """The operator may have taken the money: the line waits, and where the answer contradicts the order somebody is told."""
    said = told(name, table.exchange, table.order)
    if said is None:
        pytest.skip(f"the answers of {table.subject.name} have no such part")
    order, again = await table.ordered(said)
    assert order.state is OrderState.UNKNOWN
    assert again is Reason.OUTCOME_UNKNOWN
    assert order.alarm is LIES[name].alarm


@each_provider
async def test_h20_an_unknown_status_word_is_never_a_success(table: Table) -> None:
    """A new word of an operator may mean anything."""
    lies = list(strange_words(table.exchange, table.order))
    if not lies:
        pytest.skip(f"the answers of {table.subject.name} have no word for success")
    for said in lies:
        order, again = await table.ordered(said)
        assert (order.state, again) == (OrderState.UNKNOWN, Reason.OUTCOME_UNKNOWN)


@each_provider
async def test_h23_a_success_without_an_order_id_must_match_in_everything(
    table: Table,
) -> None:
    """Their id is for asking later; what we ordered is what counts."""
    for said in nameless(table.exchange, table.order):
        order, _ = await table.ordered(said)
        assert order.state in (OrderState.SUCCEEDED, OrderState.UNKNOWN)
        if order.state is OrderState.SUCCEEDED:
            assert matches(table.exchange, table.order, said)


@each_provider
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("2 MiB", id="H11 too large"),
        pytest.param("depth 2,000", id="H13 depth 2,000"),
        pytest.param("duplicate keys", id="H14 duplicate keys"),
        pytest.param("10,000 of each", id="H19 10,000 of each"),
    ],
)
async def test_a_body_that_no_honest_provider_sends_is_no_answer(
    table: Table, name: str
) -> None:
    """Of no call: a reading stays unknown, an order's outcome too."""
    for call, request, right in table.attack.targets:
        said = replace(right, body=corpus.CORPUS[name](as_wire(right.body)))
        heard = await table.attack.strike(call, request, said)
        if request not in {told.request for told in table.subject.conversation.told}:
            continue
        assert not figures(heard.value), "nothing was said"
    order, again = await table.ordered(
        replace(table.order, body=corpus.CORPUS[name](as_wire(table.order.body)))
    )
    assert (order.state, again) == (OrderState.UNKNOWN, Reason.OUTCOME_UNKNOWN)
    assert table.court.outcome.violations == []


@each_provider
async def test_h18_names_that_want_to_be_more_are_plain_texts_where_they_are_shown(
    table: Table,
) -> None:
    """Dashboards, notifications and assistants read them."""
    for call, request, right in table.attack.targets:
        if call not in (Call.ACCOUNT, Call.LINES, Call.OFFERS):
            continue
        for path, value in list(leaves(right.body)):
            for text in MARKUP if isinstance(value, str) else ():
                said = replace(right, body=put(right.body, path, text))
                await table.attack.strike(call, request, said)
    assert [
        each for each in table.court.outcome.violations if each.promise == PLAIN
    ] == []


@pytest.mark.parametrize("key", finding.all_keys())
def test_every_provider_survives_a_short_attack(key: str, tmp_path: Path) -> None:
    """A new one is attacked before anybody has thought of it; the long attack is `python -m torture.hostile`."""
    court = Court(Outcome("T7"), tmp_path)
    parts = ("random", "guess", "drawn")
    ProviderRun(key, court, Plan(examples=1000, seconds=0, seed=7, parts=parts)).run()
    assert [each.story for each in court.outcome.violations] == []
