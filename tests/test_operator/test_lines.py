"""Reading lines: balances that burn, caches, pages, and the clock behind them."""

from decimal import Decimal

import pytest

from tests.operator.client import OperatorControl

from .customer import Customer


async def test_the_default_lines_are_there(customer: Customer) -> None:
    """A number with money and an eSIM with data; what one does not have is null, not zero."""
    lines = {
        line["id"]: line for line in (await customer.get("/v1/lines")).json["lines"]
    }
    assert (lines["line-1"]["msisdn"], lines["line-1"]["iccid"]) == (
        "+79161234567",
        None,
    )
    assert (lines["line-1"]["balance"], lines["line-1"]["data_left_bytes"]) == (
        "480.00",
        None,
    )
    assert (lines["line-2"]["iccid"], lines["line-2"]["msisdn"]) == (
        "8970199912345678901",
        None,
    )
    assert (lines["line-2"]["balance"], lines["line-2"]["data_left_bytes"]) == (
        None,
        3_000_000_000,
    )


async def test_a_line_burns_as_time_passes(
    control: OperatorControl, customer: Customer
) -> None:
    """Half a day takes half of the daily use, exactly, and never more than there is."""
    await control.set_clock(speed=0)
    await control.set_line("line-1", money_per_day="100.00")
    await control.set_line("line-2", bytes_per_day=1_000_000_000)
    await control.advance(12 * 3600)
    assert await customer.balance() == "430.00"
    assert (await control.line("line-2")).data_left_bytes == 2_500_000_000
    await control.advance(100 * 86400)
    assert await customer.balance() == "0.00"
    assert (await control.line("line-2")).data_left_bytes == 0


async def test_looking_often_does_not_change_the_burning(
    control: OperatorControl, customer: Customer
) -> None:
    """Rounding is for the eye: ten kopecks a day are ten kopecks, in one step or in twenty-four."""
    await control.set_clock(speed=0)
    await control.set_line("line-1", money_per_day="0.10")
    for _ in range(24):
        await control.advance(3600)
        await control.burn("line-1", amount="0.00")
    assert await customer.balance() == "479.90"


async def test_a_balance_stands_still_otherwise(
    control: OperatorControl, customer: Customer
) -> None:
    """Nothing jumps by itself."""
    await control.advance(365 * 86400)
    assert await customer.balance() == "480.00"


async def test_use_can_happen_at_once(
    control: OperatorControl, customer: Customer
) -> None:
    """A call or a film."""
    await control.burn("line-1", amount="430.00")
    assert await customer.balance() == "50.00"
    await control.burn("line-2", data_bytes=2_999_999_999)
    assert (await control.line("line-2")).data_left_bytes == 1


async def test_lines_come_in_pages(
    control: OperatorControl, customer: Customer
) -> None:
    """A removed line is not listed; the last page says so."""
    await control.seed(
        {
            "accounts": [],
            "offers": [],
            "lines": [
                {
                    "id": f"extra-{number}",
                    "account": "acct-1",
                    "name": f"Extra {number}",
                    "currency": "RUB",
                }
                for number in range(5)
            ],
        }
    )
    await control.set_line("extra-0", removed=True)
    first = (await customer.get("/v1/lines?page=1&per_page=4")).json
    assert ([line["id"] for line in first["lines"]], first["next_page"]) == (
        ["line-1", "line-2", "extra-1", "extra-2"],
        2,
    )
    second = (await customer.get("/v1/lines?page=2&per_page=4")).json
    assert ([line["id"] for line in second["lines"]], second["next_page"]) == (
        ["extra-3", "extra-4"],
        None,
    )
    assert (await customer.get("/v1/lines/extra-0")).code == "line_gone"


@pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=0", "per_page=501"])
async def test_odd_pages_are_refused(customer: Customer, query: str) -> None:
    """A client that counts wrongly hears about it."""
    assert (await customer.get(f"/v1/lines?{query}")).code == "bad_request"


async def test_readings_may_come_from_a_cache(
    control: OperatorControl, customer: Customer
) -> None:
    """What was read may be as old as the operator's usage system allows, and says so."""
    await control.behave(usage_cache_s=600)
    first = (await customer.get("/v1/lines/line-1")).json
    await control.burn("line-1", amount="100.00")
    assert (await customer.get("/v1/lines/line-1")).json == first
    await control.advance(601)
    assert await customer.balance() == "380.00"


async def test_offers_are_listed(control: OperatorControl, customer: Customer) -> None:
    """Open amounts have bounds, packages a price."""
    await control.set_offer("eu-20gb", line="line-1", price="1300.00")
    offers = (await customer.get("/v1/lines/line-1/offers")).json["offers"]
    assert [offer["id"] for offer in offers] == ["open", "eu-5gb", "eu-20gb"]
    assert offers[0] == {
        "id": "open",
        "kind": "open",
        "name": "Any amount",
        "currency": "RUB",
        "min": "10.00",
        "max": "5000.00",
        "step": "1.00",
    }
    assert offers[2]["price"] == "1300.00"
    offers = (await customer.get("/v1/lines/line-2/offers")).json["offers"]
    assert [offer["id"] for offer in offers] == ["open", "eu-5gb"]


async def test_the_clock_can_be_shifted_stretched_and_stopped(
    control: OperatorControl,
) -> None:
    """Tests of a month must not take one."""
    await control.set_clock(speed=0)
    now = await control.clock()
    assert await control.clock() == now
    await control.set_clock(offset_s=86400, speed=0)
    later = await control.clock()
    assert later[:10] > now[:10]
    await control.set_clock(offset_s=0, speed=1)
    assert (await control.clock())[:10] == now[:10]


async def test_yen_have_no_decimals(
    control: OperatorControl, customer: Customer
) -> None:
    """Amounts travel with the decimals of their currency."""
    await control.set_line("line-1", currency="JPY", balance="1500")
    assert await customer.balance() == "1500"
    assert (await control.line("line-1")).balance == Decimal(1500)
