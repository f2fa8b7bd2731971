"""Faults of the connection: what the client sees, and what is in the books afterwards."""

import asyncio
from contextlib import suppress
import json
import time

from aiohttp import (
    ClientConnectionError,
    ClientOSError,
    ClientPayloadError,
    ServerDisconnectedError,
)
import pytest

from tests.operator.app import RunningOperator
from tests.operator.client import OperatorControl

from .customer import WISH, Customer

HISTORY = "/v1/lines/line-1/history"


@pytest.mark.parametrize(
    ("kind", "error", "charges"),
    [
        pytest.param(
            "drop_before", ServerDisconnectedError, 0, id="closed before the effect"
        ),
        pytest.param(
            "drop_after", ServerDisconnectedError, 1, id="closed after the effect"
        ),
        pytest.param("reset_before", ClientOSError, 0, id="reset before the effect"),
        pytest.param("reset_after", ClientOSError, 1, id="reset after the effect"),
        pytest.param("hang", TimeoutError, 0, id="hangs before the effect"),
        pytest.param("hang_after", TimeoutError, 1, id="hangs after the effect"),
        pytest.param("truncate", ClientPayloadError, 1, id="half an answer"),
    ],
)
async def test_a_broken_connection_tells_nothing_about_the_charge(
    control: OperatorControl,
    customer: Customer,
    kind: str,
    error: type[Exception],
    charges: int,
) -> None:
    """The same error, with and without a charge: only the books know."""
    await control.fault(kind, "order")
    with pytest.raises(error):
        await customer.order(timeout_s=0.6)

    assert len(await control.charges()) == charges
    [request] = await control.requests("order")
    assert (request["fault"], request["effect"]) == (
        kind,
        "charged" if charges else "none",
    )
    assert (await customer.order(key="next")).status == 201


async def test_a_reset_is_a_tcp_reset(
    operator: RunningOperator, control: OperatorControl
) -> None:
    """RST and FIN are different errors to a client."""
    for kind, error in (("reset_before", ConnectionResetError), ("drop_before", None)):
        await control.fault(kind, "account")
        reader, writer = await asyncio.open_connection("127.0.0.1", operator.port)
        writer.write(b"GET /v1/account HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if error is None:
            assert await reader.read() == b""
        else:
            with pytest.raises(error):
                await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_client_that_leaves_does_not_stop_the_charge(
    control: OperatorControl, customer: Customer
) -> None:
    """The time-out is the client's; the operator goes on."""
    await control.fault("delay", "order", seconds=1.5)
    with pytest.raises(TimeoutError):
        await customer.order(timeout_s=0.5)
    assert await control.charges() == []
    async with asyncio.timeout(10):
        while not await control.charges():
            await asyncio.sleep(0.05)
    assert len(await control.charges()) == 1


async def test_a_delayed_answer_comes_after_its_charge(
    control: OperatorControl, customer: Customer
) -> None:
    """Charged at once, told late."""
    await control.fault("delay_after", "order", seconds=5)
    with pytest.raises(TimeoutError):
        await customer.order(timeout_s=0.5)
    assert len(await control.charges()) == 1


async def test_an_order_can_be_delivered_after_its_connection_died(
    control: OperatorControl, customer: Customer
) -> None:
    """The request was under way when the connection broke: it charges later, with nobody waiting."""
    await control.set_clock(speed=0)
    await control.fault("late_effect", "order", seconds=900)
    with pytest.raises(ServerDisconnectedError):
        await customer.order(key="k")
    assert (await customer.get("/v1/orders?reference=wish-1")).json == {"orders": []}
    await control.advance(899)
    assert await control.charges() == []
    await control.advance(1)
    assert len(await control.charges()) == 1
    [request] = await control.requests("order")
    assert (request["fault"], request["effect"]) == ("late_effect", "charged")


@pytest.mark.parametrize(("idempotency", "charges"), [("replay", 1), ("off", 2)])
async def test_a_resend_may_overtake_the_first_request(
    control: OperatorControl, customer: Customer, idempotency: str, charges: int
) -> None:
    """With keys the late twin is a replay; without them it is a second charge."""
    await control.behave(idempotency=idempotency)
    await control.fault("late_effect", "order", seconds=60)
    with pytest.raises(ServerDisconnectedError):
        await customer.order(key="k")
    assert (await customer.order(key="k")).status == 201
    await control.advance(61)
    assert len(await control.charges()) == charges


async def test_the_whole_operator_can_be_slow_to_act(
    control: OperatorControl, customer: Customer
) -> None:
    """The client may wait for it, or go; the order takes effect either way."""
    await control.behave(order_effect_delay_s=30)
    await control.set_clock(speed=100)
    assert (await customer.order(reference="waits")).status == 201
    await control.set_clock(speed=0)
    with pytest.raises(TimeoutError):
        await customer.order(reference="leaves", timeout_s=0.5)
    assert [charge.reference for charge in await control.charges()] == ["waits"]
    await control.advance(31)
    assert [charge.reference for charge in await control.charges()] == [
        "waits",
        "leaves",
    ]


async def test_a_reset_forgets_what_is_under_way(
    control: OperatorControl, customer: Customer
) -> None:
    """One test's late order must not charge in the next test."""
    await control.behave(order_effect_delay_s=1)
    waiting = asyncio.create_task(customer.order())
    while not await control.requests("order"):
        await asyncio.sleep(0.01)
    await control.reset()
    with pytest.raises(ServerDisconnectedError):
        await waiting
    assert await control.charges() == []


async def test_a_slow_answer_comes_byte_by_byte(
    control: OperatorControl, customer: Customer
) -> None:
    """Each byte is in time, the whole is not."""
    await control.fault("slow", "account", bytes_per_second=1000)
    started = time.monotonic()
    assert (await customer.get("/v1/account")).status == 200
    assert time.monotonic() - started > 0.3
    await control.fault("slow", "order", bytes_per_second=5)
    with pytest.raises(TimeoutError):
        await customer.order(timeout_s=0.5)
    assert len(await control.charges()) == 1


@pytest.mark.parametrize("kind", ["huge", "bomb"])
async def test_a_huge_answer_is_as_long_as_it_says(
    control: OperatorControl, customer: Customer, kind: str
) -> None:
    """Valid JSON, only too much of it; the bomb is small on the wire."""
    await control.fault(kind, "order", bytes=3_000_000)
    answer = await customer.order()
    assert answer.json["status"] == "succeeded"
    assert len(answer.json["padding"]) == 3_000_000


async def test_a_client_may_have_enough_of_a_huge_answer(
    control: OperatorControl, customer: Customer
) -> None:
    """Leaving early is what a careful client does; the operator lives on."""
    await control.fault("huge", "order", bytes=200_000_000)
    async with customer.send("POST", "/v1/orders", json=WISH) as response:
        await response.content.read(1000)
        response.close()
    assert (await customer.get("/v1/account")).status == 200
    assert len(await control.charges()) == 1


async def test_a_fault_waits_for_its_operation(
    control: OperatorControl, customer: Customer
) -> None:
    """In the order of the queue, as often as said, `none` letting one pass."""
    await control.faults(
        [
            {"operation": "account", "kind": "none", "times": 1, "args": {}},
            {
                "operation": "account",
                "kind": "error_before",
                "times": 2,
                "args": {"status": 503},
            },
            {
                "operation": "*",
                "kind": "error_before",
                "times": None,
                "args": {"status": 500},
            },
        ]
    )
    statuses = [(await customer.get("/v1/account")).status for _ in range(4)]
    assert statuses == [200, 503, 503, 500]
    assert (await customer.get("/v1/lines")).status == 500
    await control.clear_faults()
    assert (await customer.get("/v1/lines")).status == 200


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("account", "/v1/account"),
        ("lines", "/v1/lines"),
        ("line", "/v1/lines/line-1"),
        ("offers", "/v1/lines/line-1/offers"),
        ("history", HISTORY),
        ("find", "/v1/orders?reference=wish-1"),
        ("find", "/v1/orders/ord-000001"),
    ],
)
async def test_each_operation_has_its_name(
    control: OperatorControl, customer: Customer, operation: str, path: str
) -> None:
    """A fault for one operation leaves the others alone, and the log tells them apart."""
    await control.fault("drop_after", operation, times=None)
    with pytest.raises(ClientConnectionError):
        await customer.get(path)
    # aiohttp sends a GET twice by itself: both are in the log.
    assert {request["operation"] for request in await control.requests()} == {operation}
    assert (await customer.order()).status == 201


async def test_every_kind_of_answer_can_be_torn(
    operator: RunningOperator, control: OperatorControl
) -> None:
    """A cut answer promises more than it brings."""
    await control.fault("truncate", "account")
    reader, writer = await asyncio.open_connection("127.0.0.1", operator.port)
    writer.write(
        b"GET /v1/account HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer demo-key\r\n\r\n"
    )
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    [promise] = [
        line
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    ]
    assert 0 < len(body) < int(promise.split(b":")[1])
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


async def test_a_connection_can_die_while_it_is_idle(
    operator: RunningOperator, control: OperatorControl
) -> None:
    """The answer says nothing about it: a client finds out with its next request."""
    await control.fault("close_idle", "account")
    reader, writer = await asyncio.open_connection("127.0.0.1", operator.port)
    writer.write(b"GET /v1/account HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.endswith(b"}")
    assert b"connection: close" not in answer.lower()
