"""Finding out what happened: look-up, pending orders, history, reversal."""

import pytest

from tests.operator.client import ControlError, OperatorControl

from .customer import Customer

FIND = "/v1/orders?reference=wish-1&line=line-1"
HISTORY = "/v1/lines/line-1/history"


async def test_an_order_is_found_by_reference_and_by_id(customer: Customer) -> None:
    """Both ways tell the same."""
    order = (await customer.order()).json
    [found] = (await customer.get(FIND)).json["orders"]
    assert found == {name: order[name] for name in found}
    assert (await customer.get(f"/v1/orders/{order['id']}")).json == found
    assert (await customer.get("/v1/orders?reference=other")).json == {"orders": []}
    assert (await customer.get("/v1/orders?reference=wish-1&line=line-2")).json == {
        "orders": []
    }
    assert (await customer.get("/v1/orders")).status == 400


async def test_an_order_may_be_found_only_later(
    control: OperatorControl, customer: Customer
) -> None:
    """'Not found' is not to be believed at once."""
    await control.behave(lookup_delay_s=30)
    order = (await customer.order()).json
    assert (await customer.get(FIND)).json == {"orders": []}
    assert (await customer.get(f"/v1/orders/{order['id']}")).status == 404
    await control.advance(31)
    assert len((await customer.get(FIND)).json["orders"]) == 1


@pytest.mark.parametrize("status", [404, 501])
async def test_there_may_be_no_lookup(
    control: OperatorControl, customer: Customer, status: int
) -> None:
    """Class H and N: the address does not exist."""
    await control.behave(lookup=False, lookup_off_status=status)
    await customer.order()
    assert (await customer.get(FIND)).status == status
    assert (await customer.get("/v1/orders/ord-000001")).status == status


async def test_orders_of_others_are_not_found(
    control: OperatorControl, customer: Customer
) -> None:
    """Accounts do not see each other."""
    order = (await customer.order()).json
    await control.seed(
        {
            "accounts": [
                {"id": "acct-2", "key": "other-key", "currency": "RUB", "methods": []}
            ],
            "lines": [],
            "offers": [],
        }
    )
    customer.api_key = "other-key"
    assert (await customer.get(f"/v1/orders/{order['id']}")).code == "unknown_order"
    assert (await customer.get(FIND)).json == {"orders": []}
    assert (await customer.get("/v1/lines")).json["lines"] == []
    assert (await customer.get("/v1/lines/line-1")).code == "unknown_line"


async def test_a_pending_order_takes_money_when_it_succeeds(
    control: OperatorControl, customer: Customer
) -> None:
    """Pending is not paid."""
    await control.behave(pending_s=60)
    answer = await customer.order(key="k")
    assert answer.json["status"] == "pending"
    assert await control.charges() == []
    await control.advance(61)
    [found] = (await customer.get(FIND)).json["orders"]
    assert found["status"] == "succeeded"
    assert len(await control.charges()) == 1
    assert await customer.balance() == "780.00"
    assert (await customer.order(key="k")).json["status"] == "succeeded"


async def test_a_pending_order_may_fail(
    control: OperatorControl, customer: Customer
) -> None:
    """It ends with a reason and without a charge, whatever the operator does by then."""
    await control.behave(
        pending_s=60, order_outcome="failed", fail_reason="number_ported_out"
    )
    await customer.order()
    await control.behave_by_default()
    await control.advance(61)
    [found] = (await customer.get(FIND)).json["orders"]
    assert (found["status"], found["reason"]) == ("failed", "number_ported_out")
    assert await control.charges() == []


async def test_an_order_may_fail_at_once(
    control: OperatorControl, customer: Customer
) -> None:
    """201 is not success: the status is."""
    await control.behave(order_outcome="failed")
    answer = await customer.order()
    assert (answer.status, answer.json["status"], answer.json["reason"]) == (
        201,
        "failed",
        "operator_error",
    )
    assert await control.charges() == []
    [request] = await control.requests("order")
    assert request["effect"] == "refused"


async def test_a_pending_order_without_funds_at_its_end_fails(
    control: OperatorControl, customer: Customer
) -> None:
    """Money is looked for when it is taken."""
    await control.behave(pending_s=60)
    await customer.order()
    await control.set_method("wallet", funds="0.00")
    await control.advance(61)
    [order] = await control.orders("wish-1")
    assert (order.status, order.reason) == ("failed", "insufficient_funds")


async def test_a_reversed_order_gives_everything_back(
    control: OperatorControl, customer: Customer
) -> None:
    """The charge stays in the books, marked."""
    order = (await customer.order()).json
    assert (await control.reverse(order["id"])).status == "reversed"
    [charge] = await control.charges()
    assert charge.status == "reversed"
    assert await customer.balance() == "480.00"
    assert (await customer.get("/v1/account")).json["wallet"]["amount"] == "5000.00"
    [entry] = (await customer.get(HISTORY)).json["charges"]
    assert entry["status"] == "reversed"


async def test_a_reversed_package_takes_its_data_and_days_back(
    control: OperatorControl, customer: Customer
) -> None:
    """Packages are given back as they came."""
    before = await control.line("line-2")
    order = (await customer.order(line="line-2", offer="eu-5gb", amount="490.00")).json
    await control.reverse(order["id"])
    after = await control.line("line-2")
    assert (after.data_left_bytes, after.valid_until) == (
        before.data_left_bytes,
        before.valid_until,
    )


async def test_an_order_reversed_before_its_credit_is_never_credited(
    control: OperatorControl, customer: Customer
) -> None:
    """A late credit must not bring back money that was returned."""
    await control.behave(credit_delay_s=60)
    order = (await customer.order()).json
    await control.reverse(order["id"])
    await control.advance(61)
    assert await customer.balance() == "480.00"


async def test_only_a_paid_order_can_be_reversed(
    control: OperatorControl, customer: Customer
) -> None:
    """Nothing is given back twice, or that was never taken."""
    await control.behave(pending_s=60)
    order = (await customer.order()).json
    with pytest.raises(ControlError):
        await control.reverse(order["id"])
    await control.advance(61)
    await control.reverse(order["id"])
    with pytest.raises(ControlError):
        await control.reverse(order["id"])
    assert (await customer.get("/v1/account")).json["wallet"]["amount"] == "5000.00"


async def test_the_history_lists_every_charge(
    control: OperatorControl, customer: Customer
) -> None:
    """Newest first, with somebody else's top-up among ours, in pages, from a moment on."""
    await customer.order(reference="a")
    await control.foreign_charge("line-1", "100.00")
    await control.advance(60)
    since = await control.clock()
    await customer.order(reference="b")

    entries = (await customer.get(HISTORY)).json["charges"]
    assert [(entry["reference"], entry["amount"]) for entry in entries] == [
        ("b", "300.00"),
        (None, "100.00"),
        ("a", "300.00"),
    ]
    assert [
        entry["reference"]
        for entry in (await customer.get(f"{HISTORY}?since={since}")).json["charges"]
    ] == ["b"]
    page = (await customer.get(f"{HISTORY}?per_page=2")).json
    assert (len(page["charges"]), page["next_page"]) == (2, 2)
    page = (await customer.get(f"{HISTORY}?per_page=2&page=2")).json
    assert (len(page["charges"]), page["next_page"]) == (1, None)
    assert (await customer.get(f"{HISTORY}?since=yesterday")).status == 400


async def test_a_foreign_charge_counts_apart(
    control: OperatorControl, customer: Customer
) -> None:
    """Tests count our charges unless they ask for all."""
    await control.foreign_charge("line-1", "100.00")
    assert await control.charges("line-1") == []
    assert len(await control.charges("line-1", foreign=True)) == 1
    assert await customer.balance() == "580.00"


async def test_the_history_may_hide_references_be_late_or_be_missing(
    control: OperatorControl, customer: Customer
) -> None:
    """Class H has charges without references; class N has nothing."""
    await customer.order()
    await control.behave(history_references=False)
    assert [
        entry["reference"] for entry in (await customer.get(HISTORY)).json["charges"]
    ] == [None]
    await control.behave(history_delay_s=60)
    assert (await customer.get(HISTORY)).json["charges"] == []
    await control.advance(61)
    assert len((await customer.get(HISTORY)).json["charges"]) == 1
    await control.behave(history=False)
    assert (await customer.get(HISTORY)).status == 404


async def test_an_order_can_claim_another_status(
    control: OperatorControl, customer: Customer
) -> None:
    """An operator whose words go backwards, while the money stays where it is."""
    order = (await customer.order()).json
    await control.claim(order["id"], "pending")
    assert (await customer.get(f"/v1/orders/{order['id']}")).json["status"] == "pending"
    assert len(await control.charges()) == 1
