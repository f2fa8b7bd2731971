"""The demo operator's numbers are nobody's, and are treated as if they were somebody's: people try it out with open doors."""

from collections.abc import Callable
from typing import Any

from homeassistant.data_entry_flow import FlowResultType
from torture.canary.canaries import number

from tests.flows.walk import Walk

from .life import House


async def test_no_number_of_the_demo_operator_is_heard(
    house: House, hass_ws_client: Callable[..., Any]
) -> None:
    """Screenshots of the demo end in the same forums."""
    walk = await Walk.account(house.hass)
    await walk.submit(provider="demo")
    while walk.ended is None:
        await walk.submit()
    assert walk.ended is FlowResultType.CREATE_ENTRY
    await house.ear.settle()
    lines = [config.line for config in house.entry.runtime_data.lines.values()]
    canaries = [number(line.id, line.number) for line in lines if line.number]
    assert len(canaries) > 1
    await house.poll()
    device = house.device([line.number is not None for line in lines].index(True))
    await house.ear.act("get_offers", device_id=device)
    await house.recharge(device_id=device, amount="100")
    await house.ear.act("get_orders", device_id=device)
    house.ear.did("recharged")
    # The operator's own books lie beside ours, because there is no operator elsewhere; ours hold none of its numbers.
    for books in (house.ear.folder / ".storage").glob("esim_topup.demo.db*"):
        books.rename(house.ear.folder / books.name)
    await house.ear.listen(await hass_ws_client(house.hass), house.entry, last=True)
    assert house.ear.sweep.size("order book") > 0
    assert [str(leak) for leak in house.ear.sweep.leaks(canaries)] == []
