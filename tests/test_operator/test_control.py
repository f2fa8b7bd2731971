"""The control API: a misspelt scenario is an error, and a reset forgets everything."""

from pathlib import Path
from typing import Any

import pytest

from tests.operator.app import RunningOperator, start_operator
from tests.operator.client import ControlError, OperatorControl
from tests.operator.seed_types import Seed

from .customer import Customer

SMALL: Seed = {
    "accounts": [
        {
            "id": "acct-9",
            "key": "key-9",
            "currency": "EUR",
            "methods": [
                {"id": "wallet", "type": "wallet", "label": "Wallet", "funds": "20.00"}
            ],
        }
    ],
    "lines": [
        {
            "id": "line-9",
            "account": "acct-9",
            "name": "Line 9",
            "currency": "EUR",
            "balance": "1.00",
        }
    ],
    "offers": [
        {
            "id": "open",
            "account": "acct-9",
            "kind": "open",
            "name": "Any",
            "currency": "EUR",
            "min": "5.00",
            "max": "50.00",
            "step": "5.00",
        }
    ],
}


async def test_a_reset_forgets_everything(
    control: OperatorControl, customer: Customer
) -> None:
    """The next test finds the operator as new."""
    new = await control.books()
    await customer.order(key="k")
    await control.behave(pending_s=5)
    await control.fault("drop_before")
    await control.set_clock(offset_s=86400, speed=0)
    await control.reset()

    again = await control.books()
    volatile = {"clock", "lines", "accounts"}
    assert {name: again[name] for name in again if name not in volatile} == {
        name: new[name] for name in new if name not in volatile
    }
    assert (again["orders"], again["charges"], again["faults"], again["requests"]) == (
        [],
        [],
        [],
        [],
    )
    assert again["clock"]["speed"] == 1
    assert (await customer.order(key="k")).json["idempotent_replay"] is False


async def test_a_reset_can_begin_with_another_seed(
    control: OperatorControl, customer: Customer
) -> None:
    """A scenario brings its own accounts."""
    await control.reset(SMALL)
    assert (await customer.get("/v1/account")).status == 401
    customer.api_key = "key-9"
    answer = await customer.order(line="line-9", amount="15.00", currency="EUR")
    assert answer.status == 201
    assert (
        await customer.order(line="line-9", amount="10.00", currency="EUR")
    ).code == "insufficient_funds"


async def test_books_can_begin_with_a_seed(tmp_path: Path) -> None:
    """The same without a reset."""
    async with (
        start_operator(tmp_path / "books.db", seed=SMALL) as operator,
        OperatorControl(operator.base_url) as control,
    ):
        assert [line["id"] for line in (await control.books())["lines"]] == ["line-9"]


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param({"acct": []}, id="misspelt part"),
        pytest.param(
            {"lines": [{"id": "x", "account": "acct-1", "name": "X"}]}, id="no currency"
        ),
        pytest.param(
            {
                "lines": [
                    {"id": "x", "account": "nobody", "name": "X", "currency": "EUR"}
                ]
            },
            id="no account",
        ),
        pytest.param({"lines": [{"id": "x", "money": "1.00"}]}, id="misspelt field"),
        pytest.param({"lines": "line-1"}, id="no list"),
        pytest.param({"accounts": [[]]}, id="no object"),
    ],
)
async def test_a_wrong_seed_is_refused_whole(
    control: OperatorControl, customer: Customer, seed: Any
) -> None:
    """Nothing of it is kept."""
    with pytest.raises(ControlError):
        await control.seed({"accounts": [], "lines": [], "offers": []} | seed)
    with pytest.raises(ControlError):
        await control.reset(seed)
    assert (await customer.order()).status == 201


async def test_a_wrong_wish_of_a_test_is_refused(control: OperatorControl) -> None:
    """A fault or switch that does not exist must not pass as one that does nothing."""
    with pytest.raises(ControlError):
        await control.fault("explode")
    with pytest.raises(ControlError):
        await control.fault("delay", "orders")
    with pytest.raises(ControlError):
        await control.fault("delay", second=1)
    with pytest.raises(ControlError):
        await control.fault("delay", times=0)
    with pytest.raises(ControlError):
        await control.behave(pending="5")  # type: ignore[call-arg]
    with pytest.raises(ControlError):
        await control.behave(pending_s=-1)
    with pytest.raises(ControlError):
        await control.behave(idempotency="on")
    with pytest.raises(ControlError):
        await control.behave(fee="five")
    with pytest.raises(ControlError):
        await control.behave(order_outcome="perhaps")
    with pytest.raises(ControlError):
        await control.fault("delay", seconds="soon")
    with pytest.raises(ControlError):
        await control.set_line("line-1", balance=480.0)  # type: ignore[arg-type]
    with pytest.raises(ControlError):
        await control.set_line("line-9", balance="480.00")
    with pytest.raises(ControlError):
        await control.set_method("cheque", funds="1.00")
    with pytest.raises(ControlError):
        await control.rotate_key("acct-9")
    with pytest.raises(ControlError):
        await control.reverse("ord-000009")
    with pytest.raises(ControlError):
        await control.burn("line-1", amount="-")


@pytest.mark.parametrize(
    "changes",
    [
        {"barred": "no"},
        {"name": 5},
        {"data_left_bytes": 1.5},
        {"data_left_bytes": True},
        {"valid_until": "soon"},
        {"account": "acct-1"},
    ],
)
async def test_a_line_takes_no_nonsense(
    control: OperatorControl, changes: dict[str, Any]
) -> None:
    """A value of the wrong kind is told, not translated."""
    with pytest.raises(ControlError):
        await control.set_line("line-1", **changes)


async def test_a_wrong_fault_leaves_no_half_script(control: OperatorControl) -> None:
    """A script is queued whole or not at all."""
    with pytest.raises(ControlError):
        await control.faults(
            [
                {"operation": "order", "kind": "drop_after", "times": 1, "args": {}},
                {"operation": "order", "kind": "explode", "times": 1, "args": {}},
            ]
        )
    assert await control.waiting_faults() == []


async def test_switches_are_set_one_by_one_or_all_at_once(
    control: OperatorControl,
) -> None:
    """PATCH keeps the others, PUT does not."""
    await control.behave(pending_s=5)
    await control.behave(lookup=False)
    behaviour = await control.behaviour()
    assert (behaviour["pending_s"], behaviour["lookup"]) == (5, False)
    await control.behave_by_default(history=False)
    behaviour = await control.behaviour()
    assert (behaviour["pending_s"], behaviour["lookup"], behaviour["history"]) == (
        0,
        True,
        False,
    )


async def test_asking_the_books_is_not_logged_and_meets_no_fault(
    control: OperatorControl, customer: Customer
) -> None:
    """A test's questions do not change the answer."""
    await control.fault("drop_before", times=None)
    await control.charges()
    await control.line("line-1")
    assert await control.requests() == []
    assert len(await control.waiting_faults()) == 1
    await control.clear_faults()
    await customer.balance()
    first = await control.requests()
    await customer.balance()
    assert len(await control.requests(after_id=first[-1]["id"])) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "example.com", "::"])
async def test_only_this_machine_is_served(tmp_path: Path, host: str) -> None:
    """The control API has no guard, so nobody else may reach it."""
    with pytest.raises(ValueError, match="not this machine"):
        async with start_operator(tmp_path / "books.db", host=host):
            pass


async def test_no_sin_of_the_books_goes_unseen(
    operator: RunningOperator, customer: Customer
) -> None:
    """The file is in the mode that survives a power cut: an answer is never ahead of the disk."""
    await customer.order()
    assert operator.books.db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert operator.books.db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert operator.books.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
