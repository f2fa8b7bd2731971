"""A history that contradicts itself proves nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.esim_topup.orders.history import history_of
from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.policy import Reason
from custom_components.esim_topup.providers.base import Charge
from custom_components.esim_topup.providers.errors import MalformedAnswer

from .fake_clock import NOON
from .fake_provider import Entry, is_lost
from .samples import ACCOUNT, LINE, LINE_KEY, line, make_charge, rub
from .world import World


class Lists:
    """A provider with this history."""

    def __init__(self, *charges: Charge) -> None:
        """Take what it lists."""
        self._charges = charges

    async def history(self, *_: Any) -> list[Charge]:
        """Return it."""
        return [*self._charges]


async def history(*charges: Charge) -> list[Charge]:
    """Return what is believed of these charges."""
    provider: Any = Lists(*charges)
    return await history_of(provider, LINE, NOON)


def named(world: World, entry: Entry, name: str) -> None:
    """Let the operator call a charge by another name."""
    world.provider.entries.remove(entry)
    world.provider.entries.append(replace(entry, id=name))


async def test_the_same_charge_twice_is_one() -> None:
    """The list grew while it was read in pages."""
    a, b = make_charge(id="a"), make_charge(id="b")
    assert await history(a, b, a) == [a, b]


async def test_two_charges_under_one_id_are_no_history() -> None:
    """H14: counted as one, the other would be gone."""
    with pytest.raises(MalformedAnswer, match="id_twice"):
        await history(make_charge(id="a"), make_charge(id="a", money=rub(1)))


@pytest.mark.parametrize("kind", ["H"])
async def test_an_order_is_not_called_failed_by_such_a_history(world: World) -> None:
    """Ours may hide behind the other one of its id; and nothing new is paid while that is so."""
    world.provider.script.append(is_lost)
    await world.order()
    for money in (rub(10), rub(20)):
        named(world, world.provider.charge_foreign(money), "x")
    await world.advance(timedelta(hours=80))
    assert world.state is OrderState.HELD
    assert (await world.refusal(line=LINE)).reason is Reason.HELD


@pytest.mark.parametrize("kind", ["L+"])
async def test_two_lines_may_both_have_a_charge_number_1(world: World) -> None:
    """I4: some operators count them for each line."""
    other = line(2)
    world.lines = (LINE, other)
    await world.attach()
    for each in world.lines:
        named(world, world.provider.charge_foreign(rub(50), each.id), "1")
        await world.recharge(each)
    await world.engine.refresh(ACCOUNT)
    assert world.spent(LINE_KEY).account_month == rub(700)
