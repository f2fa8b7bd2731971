"""kill -9 of a real Home Assistant process between the charge and its answer. Nobody can prepare for that but the order book."""

import asyncio
from pathlib import Path
from typing import Any

from demo.folder import prepare
from demo.house import House, free_port, running, until
from demo.rest_answers import rest_answers
from demo.story import (
    LineDevice,
    add_account,
    add_automation,
    balance,
    below_threshold,
    line_devices,
    update,
)
import pytest

from tests.operator.process import OperatorProcess

AMOUNT = "300.00"


async def phone(house: House, entry_id: str) -> LineDevice:
    """Return the line once Home Assistant shows its balance."""

    async def found() -> LineDevice | None:
        lines = await line_devices(house, entry_id)
        return next((line for line in lines if "balance" in line.entities), None)

    line = await until(found, 30, "the line's device")
    await until(lambda: balance(house, line), 30, "the first balance")
    return line


async def newest_order(house: House, line: LineDevice) -> dict[str, Any] | None:
    """Return the line's newest order."""
    answer = await house.ask(
        "call_service",
        domain="esim_topup",
        service="get_orders",
        service_data={"device_id": line.device_id},
        return_response=True,
    )
    orders: list[dict[str, Any]] = answer["response"]["orders"]
    return orders[0] if orders else None


@pytest.mark.timeout(240)
async def test_killed_after_the_request_was_sent_and_started_again_is_one_charge(
    tmp_path: Path,
) -> None:
    """A6: a traveller's Home Assistant loses power right after paying, starts again with the balance still low: one charge."""
    folder = tmp_path / "config"
    port = free_port()
    prepare(folder, port)
    async with OperatorProcess(tmp_path / "operator.db") as operator:
        await operator.control.behave(credit_delay_s=20)
        await operator.control.set_line("line-1", balance="62.50")
        async with running(folder, port) as house:
            await house.log_in()
            entry_id = await add_account(house, "rest", rest_answers(operator.base_url))
            line = await phone(house, entry_id)
            await add_automation(
                house, "top_up", below_threshold(line, "50.00", AMOUNT)
            )
            token = house.token

        # Only a stop in good order writes everything that was set up; the kill is about the order alone.
        async with running(folder, port) as house:
            house.token = token
            await until(
                lambda: balance(house, line), 60, "the balance after the first start"
            )
            await operator.control.fault("hang_after", "order")
            await operator.control.set_line("line-1", balance="45.00")
            await update(house, line)

            async def charged() -> bool | None:
                return True if await operator.control.charges("line-1") else None

            await until(charged, 20, "the charge")
            house.process.kill()
            await house.process.wait()

        async with running(folder, port) as house:
            house.token = token

            async def settled() -> dict[str, Any] | None:
                order = await newest_order(house, line)
                return order if order and order["state"] == "succeeded" else None

            await until(
                lambda: balance(house, line), 60, "the balance after the restart"
            )
            order = await until(settled, 60, "the answer to what became of the order")
            await asyncio.sleep(1)

        charges = await operator.control.charges("line-1")
        sent = await operator.control.requests("order")
    assert [str(charge.amount) for charge in charges] == [AMOUNT]
    assert order["amount"] == AMOUNT
    assert {request["reference"] for request in sent} == {order["order_id"]}
