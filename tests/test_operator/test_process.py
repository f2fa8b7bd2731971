"""The operator as a process: it can be killed at any time and knows afterwards what it had charged."""

import ast
import asyncio
from collections.abc import AsyncIterator
import json
from pathlib import Path
import random
import sys

from aiohttp import ClientError, ClientSession
import pytest

import tests.operator
from tests.operator.process import OperatorProcess

from .customer import Customer


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[OperatorProcess]:
    """Run an operator in a process of its own."""
    async with OperatorProcess(tmp_path / "books.db") as running:
        yield running


@pytest.fixture
async def buyer(process: OperatorProcess) -> AsyncIterator[Customer]:
    """Buy from the process."""
    async with ClientSession() as session:
        yield Customer(session, process.base_url)


@pytest.mark.parametrize("kill", [True, False])
async def test_the_books_survive_the_process(
    process: OperatorProcess, buyer: Customer, kill: bool
) -> None:
    """Kill -9 or SIGTERM: same port, same charges, same keys, same switches, same clock."""
    await process.control.behave(key_retention_s=1000)
    await process.control.fault("drop_before", "history", times=2)
    await process.control.set_clock(offset_s=86400)
    first = (await buyer.order(key="k")).json
    old_pid, old_port, old_clock = (
        process.pid,
        process.port,
        await process.control.clock(),
    )

    await process.restart(kill=kill)

    assert process.pid != old_pid
    assert process.port == old_port
    assert len(await process.control.charges("line-1")) == 1
    assert (await buyer.order(key="k")).json == first | {"idempotent_replay": True}
    assert len(await process.control.waiting_faults()) == 1
    assert (await process.control.behaviour())["key_retention_s"] == 1000
    assert await process.control.clock() > old_clock


async def test_an_order_under_way_survives_the_process(
    process: OperatorProcess, buyer: Customer
) -> None:
    """What was to be delivered late is delivered by the next process."""
    await process.control.fault("late_effect", "order", seconds=600)
    with pytest.raises(ClientError):
        await buyer.order()
    await process.restart(kill=True)
    assert await process.control.charges() == []
    await process.control.advance(601)
    assert len(await process.control.charges()) == 1


async def test_every_answered_order_is_in_the_books_after_a_kill(
    process: OperatorProcess, buyer: Customer
) -> None:
    """Killed amid a stream of orders, five times: nothing answered is lost, nothing is charged twice."""
    await process.control.set_method("wallet", funds=None)
    seed = random.randrange(1_000_000)
    dice = random.Random(seed)
    answered: set[str] = set()

    async def shop(name: str) -> None:
        for number in range(1000):
            reference = f"{name}-{number}"
            try:
                answer = await buyer.order(
                    key=reference, reference=reference, amount="10.00"
                )
            except ClientError:
                return
            assert answer.status == 201
            answered.add(reference)

    for life in range(5):
        shoppers = [
            asyncio.create_task(shop(f"{life}-{number}")) for number in range(3)
        ]
        await asyncio.sleep(dice.uniform(0.02, 0.15))
        await process.kill()
        await asyncio.gather(*shoppers)
        await process.start()

    references = [charge.reference for charge in await process.control.charges()]
    assert len(references) == len(set(references)), f"seed {seed}"
    assert answered <= set(references), f"seed {seed}"
    logged = {
        request["reference"] for request in await process.control.requests("order")
    }
    assert set(references) <= logged, f"seed {seed}"


async def test_it_stops_politely(process: OperatorProcess, buyer: Customer) -> None:
    """SIGTERM ends it with 0, even while somebody hangs."""
    await process.control.fault("hang", "order")
    hanging = asyncio.create_task(buyer.order())
    while not await process.control.requests("order"):
        await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        assert await process.stop() == 0
    with pytest.raises(ClientError):
        await hanging


async def test_a_seed_file_is_read_once(tmp_path: Path) -> None:
    """It fills new books and leaves old ones alone."""
    seed_file = tmp_path / "seed.json"
    account = {"id": "acct-7", "key": "key-7", "currency": "USD", "methods": []}
    seed_file.write_text(json.dumps({"accounts": [account], "lines": [], "offers": []}))
    async with OperatorProcess(tmp_path / "books.db", seed_file=seed_file) as process:
        await process.control.rotate_key("acct-7", key="key-8")
        await process.restart()
        [account] = (await process.control.books())["accounts"]
        assert account["key"] == "key-8"


async def test_it_refuses_to_serve_the_network(tmp_path: Path) -> None:
    """The command line has the same guard."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.operator",
        "--books",
        str(tmp_path / "books.db"),
        "--host",
        "0.0.0.0",  # refused
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    _, stderr = await process.communicate()
    assert process.returncode == 2
    assert b"not this machine" in stderr


async def test_a_start_that_fails_is_told(tmp_path: Path) -> None:
    """A test must not wait for an operator that never comes."""
    process = OperatorProcess(tmp_path / "no" / "such" / "folder" / "books.db")
    with pytest.raises(RuntimeError, match="did not start"):
        await process.start()


def test_it_knows_nothing_of_the_integration_or_its_host() -> None:
    """Books that share code with the debtor prove nothing."""
    folder = Path(tests.operator.__file__).parent
    imported: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif (
                isinstance(node, ast.ImportFrom)
                and node.level == 0
                and node.module is not None
            ):
                imported.add(node.module.partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"aiohttp"}
