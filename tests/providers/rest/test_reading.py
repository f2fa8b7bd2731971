"""What an API said about account, lines and offers; what it did not say stays unknown."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.esim_topup.providers.base import (
    Account,
    Line,
    LineKind,
    OpenAmount,
    Package,
    PaymentKind,
    PaymentMethod,
    Reading,
)
from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    LineUnknown,
    MalformedAnswer,
    NotSupported,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
)
from custom_components.esim_topup.providers.money import Money
from tests.providers.web import Api, raw_server, read_request

from .conftest import Make

LINE = Line(id="l-1", number="+79161234567")


def _rub(amount: str) -> Money:
    return Money.parse(amount, "RUB")


ACCOUNT = {
    "path": "/me",
    "id": "id",
    "name": "name",
    "currency": "currency",
    "wallet": "wallet",
    "wallet_currency": "wallet_currency",
    "methods": {
        "items": "methods",
        "id": "id",
        "kind": "kind",
        "label": "label",
        "last_digits": "digits",
        "funds": "funds",
        "currency": "currency",
        "expires": "expires",
    },
}


async def test_an_account_has_a_wallet_and_payment_methods(
    make: Make, api: Api
) -> None:
    """The flow offers them, with four digits at most."""
    api.on(
        "/me",
        {
            "id": 42,
            "name": "Anna <b>",
            "currency": "RUB",
            "wallet": 12.5,
            "wallet_currency": "EUR",
            "methods": [
                {"id": "c", "kind": "card", "label": "Visa 4111 1111 1111 1111"}
                | {"digits": 41111111, "expires": "05/28"},
                {"id": "w", "kind": "WALLET", "funds": "-3", "currency": "USD"},
                {"id": "odd", "kind": "coins"},
            ],
        },
    )
    account = await make(account=ACCOUNT).account()
    host = api.base_url.removeprefix("http://")
    assert account == Account(
        id=f"{host}:42",
        name="Anna b",
        currency="RUB",
        wallet=Money.parse("12.50", "EUR"),
        payment_methods=(
            PaymentMethod(
                id="c",
                kind=PaymentKind.CARD,
                label="1111",
                last_digits="1111",
                expires=date(2028, 5, 31),
            ),
            PaymentMethod(
                id="w",
                kind=PaymentKind.WALLET,
                label="wallet",
                funds=Money.parse("-3", "USD"),
            ),
        ),
    )
    assert api.seen[0].headers["Authorization"] == "Bearer CANARY"


async def test_what_an_account_does_not_say_is_unknown(make: Make, api: Api) -> None:
    """A wallet that is not shown is not empty."""
    api.on("/me", {"id": 42, "currency": "RUB"})
    account = await make(account=ACCOUNT).account()
    assert account.wallet is None
    assert account.payment_methods == ()
    api.on("/me", {})
    account = await make(account={"path": "/me"}).account()
    assert (account.wallet, account.currency) == (None, "RUB")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({}, "no_currency"),
        ({"currency": "RUB"}, "no_id"),
        ({"currency": "RUB", "id": [1]}, "bad_id"),
        ({"currency": "RUB", "id": 1, "wallet": "plenty"}, "bad_wallet"),
        ({"currency": "RUB", "id": 1, "methods": {"a": 1}}, "bad_methods"),
        ({"currency": "RUB", "id": 1, "methods": [{"kind": "card"}]}, "no_id"),
        ({"currency": "RUB", "id": 1, "methods": [{"kind": "x"}]}, "bad_kind"),
    ],
)
async def test_an_account_that_makes_no_sense_is_no_account(
    make: Make, api: Api, answer: Any, code: str
) -> None:
    """The description does not fit, and the flow says where."""
    api.on("/me", answer)
    with pytest.raises(MalformedAnswer) as err:
        await make(account=ACCOUNT).account()
    assert err.value.code == code


async def test_without_an_account_call_the_lines_prove_the_key(
    make: Make, api: Api
) -> None:
    """A wrong key must be found out in the flow."""
    api.on("/lines", [])
    assert (await make().account()).id == api.base_url.removeprefix("http://")
    api.raw("/lines", status=401)
    with pytest.raises(AuthenticationFailed):
        await make().account()
    assert (await make(lines=None).account()).currency == "RUB"


async def test_two_apis_at_one_host_are_two_accounts(make: Make, api: Api) -> None:
    """They may both call their first customer 1."""
    provider = make(base_url=f"{api.base_url}/shop/v1/", lines=None)
    assert (await provider.account()).id.endswith("/shop/v1")


LINES = {
    "path": "/lines",
    "items": "@",
    "id": "id",
    "number": "number",
    "name": "name",
    "currency": "currency",
}


async def test_lines_are_told_apart_by_their_numbers(make: Make, api: Api) -> None:
    """ICCID, phone number, or something of the provider's own."""
    api.on(
        "/lines",
        [
            {
                "id": 1,
                "number": "8970199912345678901",
                "name": "eSIM",
                "currency": "USD",
            },
            {"id": "b", "number": "+79161234567", "currency": "RUB"},
            {"id": "c", "number": "SIM-9", "currency": "RUB"},
            {"id": "d", "currency": "RUB"},
        ],
    )
    lines = await make(lines=LINES).lines()
    assert [(line.id, line.kind) for line in lines] == [
        ("1", LineKind.ICCID),
        ("b", LineKind.MSISDN),
        ("c", LineKind.OTHER),
        ("d", LineKind.OTHER),
    ]
    assert (lines[0].name, lines[0].currency) == ("eSIM", "USD")


async def test_one_odd_line_leaves_the_others_alone(make: Make, api: Api) -> None:
    """But if all are odd, the description is."""
    api.on("/lines", [{"number": "x"}, {"id": "b"}, "?"])
    assert [line.id for line in await make().lines()] == ["b"]
    api.on("/lines", [{"number": "x"}])
    with pytest.raises(MalformedAnswer) as err:
        await make().lines()
    assert err.value.code == "no_id"


async def test_an_api_without_a_list_has_no_lines_to_show(make: Make) -> None:
    """The user types the line."""
    assert await make(lines=None).lines() == []


READ = {
    "path": "/lines/{line}",
    "balance": "balance",
    "currency": "currency",
    "data_left": "data",
    "data_unit": "MB",
    "voice_left_minutes": "voice",
    "sms_left": "sms",
    "valid_until": "until",
    "as_of": "as_of",
}


async def test_a_reading_has_everything_that_is_described(make: Make, api: Api) -> None:
    """In our units."""
    api.on(
        "/lines/l-1",
        {
            "balance": "48.509",
            "currency": "EUR",
            "data": 767,
            "voice": 90,
            "sms": 0,
            "until": "2026-12-31",
            "as_of": "2026-11-22T10:00:00+03:00",
        },
    )
    result = await make(read=READ).read([LINE])
    assert result == {
        "l-1": Reading(
            at=datetime(2026, 11, 22, 7, tzinfo=UTC),
            balance=Money.parse("48.50", "EUR"),
            data_left_bytes=767_000_000,
            voice_left=timedelta(minutes=90),
            sms_left=0,
            valid_until=datetime(2026, 12, 31, tzinfo=UTC),
        )
    }


async def _read_one(make: Make, api: Api, answer: Any, read: Any = READ) -> Any:
    api.on("/lines/l-1", answer)
    return (await make(read=read).read([LINE]))["l-1"]


@pytest.mark.parametrize(
    "answer", [{}, {"balance": None, "data": None}, {"balance": ""}, [], None, '"x"', 5]
)
async def test_what_is_missing_is_unknown(make: Make, api: Api, answer: Any) -> None:
    """Never zero: a zero would buy."""
    reading = await _read_one(make, api, answer)
    assert reading == Reading(at=reading.at)
    assert datetime.now(UTC) - reading.at < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"balance": "null", "currency": "RUB"}, "bad_balance"),
        ({"balance": "n/a", "currency": "RUB"}, "bad_balance"),
        ({"balance": "NaN", "currency": "RUB"}, "bad_balance"),
        ({"balance": "1,50", "currency": "RUB"}, "bad_balance"),
        ({"balance": True, "currency": "RUB"}, "bad_balance"),
        ({"balance": [], "currency": "RUB"}, "bad_balance"),
        ({"balance": {"amount": 5}, "currency": "RUB"}, "bad_balance"),
        ({"balance": 10**12, "currency": "RUB"}, "bad_balance"),
        ({"balance": 5}, "no_currency"),
        ({"balance": 5, "currency": "?"}, "bad_currency"),
        ({"data": "lots"}, "bad_data_left"),
        ({"data": -1}, "bad_data_left"),
        ({"sms": 1.5}, "bad_sms_left"),
        ({"voice": "1:30"}, "bad_voice_left"),
        ({"voice": 10**14}, "bad_voice_left"),
        ({"until": "soon"}, "bad_valid_until"),
        ({"until": 0}, "bad_valid_until"),
        ({"as_of": "0001-01-01T00:00:00Z"}, "bad_as_of"),
    ],
)
async def test_what_makes_no_sense_is_an_error_of_that_line(
    make: Make, api: Api, answer: Any, code: str
) -> None:
    """H1-H7: half a reading could be the wrong half."""
    error = await _read_one(make, api, answer)
    assert isinstance(error, MalformedAnswer)
    assert error.code == code


@pytest.mark.parametrize("balance", ["-12.50", -12.5, "0", 0])
async def test_a_debt_is_a_balance(make: Make, api: Api, balance: Any) -> None:
    """H4, H5: operators let people overdraw, and zero is zero where they say so."""
    reading = await _read_one(make, api, {"balance": balance, "currency": "RUB"})
    assert reading.balance.amount == Decimal(str(balance))


async def test_minor_units_and_fixed_currencies_are_described(
    make: Make, api: Api
) -> None:
    """1028 cents, and no word of a currency."""
    read = {
        "path": "/lines/{line}",
        "balance": "cents",
        "amount_unit": "minor",
        "currency": "'EUR'",
    }
    reading = await _read_one(make, api, {"cents": 1028}, read)
    assert reading.balance == Money.parse("10.28", "EUR")


async def test_a_measurement_from_the_future_was_made_now(make: Make, api: Api) -> None:
    """A clock that is fast must not make an old reading young for ever."""
    reading = await _read_one(make, api, {"as_of": "2199-01-01T00:00:00Z"})
    assert datetime.now(UTC) - reading.at < timedelta(seconds=30)


async def test_a_line_is_asked_for_by_its_encoded_name(make: Make, api: Api) -> None:
    """Whatever it is called."""
    api.on("/lines/a%2Fb%3Fc?n=%2B7", {"balance": 1})
    read = {"path": "/lines/{line}?n={number}", "balance": "balance"}
    result = await make(read=read).read([Line(id="a/b?c", number="+7")])
    assert result["a/b?c"].balance == _rub("1")  # type: ignore[union-attr]


async def test_a_line_without_a_number_cannot_be_read_by_it(
    make: Make, api: Api
) -> None:
    """And nobody is asked for the empty number."""
    read = {"path": "/numbers/{number}", "balance": "balance"}
    error = (await make(read=read).read([Line(id="a")]))["a"]
    assert isinstance(error, NotSupported)
    assert error.code == "no_number"
    assert api.seen == []


async def test_one_broken_line_leaves_the_others_readable(make: Make, api: Api) -> None:
    """A gone SIM must not blind the house."""
    lines = [Line(id=str(number)) for number in range(6)]
    for number in range(6):
        api.on(f"/lines/{number}", {"balance": number})
    api.raw("/lines/1", status=404, text="{}")
    api.raw("/lines/2", status=500)
    api.raw("/lines/3", status=410, text="{}")
    api.raw("/lines/4", status=404, text="<html>")
    result = await make().read(lines)
    assert list(result) == ["0", "1", "2", "3", "4", "5"]
    assert [type(each) for each in result.values()] == [
        Reading,
        LineUnknown,
        Unreachable,
        LineUnknown,
        Refused,
        Reading,
    ]


async def test_an_outage_is_not_asked_about_for_every_line(make: Make) -> None:
    """A hundred lines with 15 seconds each would take half an hour."""
    asked: set[bytes] = set()

    async def drop(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        asked.add((await read_request(reader)).split()[1])

    lines = [Line(id=str(number)) for number in range(10)]
    async with raw_server(drop) as port:
        result = await make(base_url=f"http://127.0.0.1:{port}").read(lines)
    assert asked == {b"/lines/0", b"/lines/1", b"/lines/2", b"/lines/3"}
    assert all(isinstance(each, Unreachable) for each in result.values())
    assert len(result) == 10


async def test_lines_that_fail_do_not_stand_in_for_all(make: Make, api: Api) -> None:
    """Four gone SIMs, at an API that answers 500 for them, must not blind the rest."""
    lines = [Line(id=str(number)) for number in range(6)]
    for line in lines:
        api.raw(f"/lines/{line.id}", status=500)
    api.on("/lines/5", {"balance": 1})
    result = await make().read(lines)
    assert isinstance(result["5"], Reading)


async def test_a_limit_is_obeyed_by_all_lines(make: Make, api: Api) -> None:
    """Asking on prolongs it."""
    lines = [Line(id=str(number)) for number in range(10)]
    for line in lines:
        api.on(f"/lines/{line.id}", {"balance": 1})
    api.raw("/lines/2", status=429, headers={"Retry-After": "60"})
    result = await make().read(lines)
    assert len(api.seen) == 4
    limited = [each for each in result.values() if isinstance(each, RateLimited)]
    assert len(limited) == 7
    assert limited[-1].retry_after == timedelta(seconds=60)


async def test_a_refused_key_is_everybodys_problem(make: Make, api: Api) -> None:
    """A person has to log in again: that is no fault of a line."""
    api.on("/lines/0", {"balance": 1})
    api.raw("/lines/1", status=401)
    with pytest.raises(AuthenticationFailed):
        await make().read([Line(id="0"), Line(id="1")])


async def test_nothing_is_read_where_reading_is_not_described(make: Make) -> None:
    """The balance comes from somewhere else."""
    with pytest.raises(NotSupported):
        await make(read=None).read([LINE])
    assert await make().read([]) == {}


FROM_LIST = {"from_list": True, "balance": "balance", "currency": "currency"}


async def test_one_request_reads_all_lines(make: Make, api: Api) -> None:
    """Where the list says it all."""
    api.on(
        "/lines",
        [
            {"id": "a", "balance": 1, "currency": "RUB"},
            {"id": "b", "balance": "?", "currency": "RUB"},
            {"id": "other", "balance": 9, "currency": "RUB"},
            {"balance": 9},
        ],
    )
    lines = [Line(id="a"), Line(id="b"), Line(id="gone")]
    result = await make(read=FROM_LIST).read(lines)
    assert len(api.seen) == 1
    assert result["a"].balance == _rub("1")  # type: ignore[union-attr]
    assert isinstance(result["b"], MalformedAnswer)
    assert isinstance(result["gone"], LineUnknown)
    assert "other" not in result


OFFERS = {
    "path": "/offers?line={line}",
    "items": "offers",
    "id": "id",
    "name": "name",
    "price": "price",
    "min": "min",
    "max": "max",
    "step": "step",
    "currency": "currency",
    "data": "gb",
    "data_unit": "GB",
    "validity_days": "days",
}


async def test_offers_are_packages_or_open_amounts(make: Make, api: Api) -> None:
    """What has a price is a package."""
    api.on(
        "/offers?line=l-1",
        {
            "offers": [
                {"id": "p", "name": "EU", "price": 4.99, "currency": "EUR"}
                | {"gb": 2.5, "days": 30},
                {"id": "o", "min": 10, "max": 500, "currency": "RUB"},
                {"id": "s", "min": 10, "max": 500, "step": 5, "currency": "JPY"},
            ]
        },
    )
    offers = await make(offers=OFFERS, open_amount=None).offers(LINE)
    assert offers == [
        Package(
            id="p",
            name="EU",
            price=Money.parse("4.99", "EUR"),
            data_bytes=2_500_000_000,
            validity=timedelta(days=30),
        ),
        OpenAmount(
            id="o",
            name="o",
            minimum=_rub("10"),
            maximum=_rub("500"),
            step=Decimal("0.01"),
        ),
        OpenAmount(
            id="s",
            name="s",
            minimum=Money.parse("10", "JPY"),
            maximum=Money.parse("500", "JPY"),
            step=Decimal(5),
        ),
    ]


GOOD = {"id": "good", "price": 1, "currency": "RUB"}


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ({"id": "x", "currency": "RUB"}, "no_min"),
        ({"id": "x", "currency": "RUB", "min": 5}, "no_max"),
        ({"id": "x", "currency": "RUB", "min": 5, "max": 1}, "bad_max"),
        ({"id": "x", "currency": "RUB", "price": 0}, "bad_price"),
        ({"id": "x", "currency": "RUB", "price": -1}, "bad_price"),
        ({"id": "x", "currency": "RUB", "price": 0.001}, "bad_price"),
        ({"id": "x", "currency": "RUB", "price": "free"}, "bad_price"),
        ({"id": "x", "currency": "RUB", "min": 1, "max": 5, "step": 0}, "bad_step"),
        ({"id": "x", "price": 1}, "no_currency"),
        ({"price": 1, "currency": "RUB"}, "no_id"),
        ({**GOOD, "days": 0}, "bad_validity_days"),
        ({**GOOD, "gb": "x"}, "bad_data"),
    ],
)
async def test_an_odd_offer_is_not_for_sale(
    make: Make, api: Api, odd: Any, code: str
) -> None:
    """The others are; but if all are odd, the description is."""
    provider = make(offers=OFFERS, open_amount=None)
    api.on("/offers?line=l-1", {"offers": [odd, GOOD]})
    assert [offer.id for offer in await provider.offers(LINE)] == ["good"]
    api.on("/offers?line=l-1", {"offers": [odd]})
    with pytest.raises(MalformedAnswer) as err:
        await provider.offers(LINE)
    assert err.value.code == code


async def test_typed_bounds_stand_beside_offered_packages(make: Make, api: Api) -> None:
    """Or alone, where nothing is offered by a call."""
    api.on("/offers?line=l-1", {"offers": [GOOD]})
    assert [offer.id for offer in await make(offers=OFFERS).offers(LINE)] == [
        "good",
        "open",
    ]
    assert [offer.id for offer in await make().offers(LINE)] == ["open"]
    reading_only = make(open_amount=None, order=None, find=None)
    assert await reading_only.offers(LINE) == []


async def test_a_missing_list_is_not_an_empty_one(make: Make, api: Api) -> None:
    """`{}` is an error page more often than an account without lines."""
    api.on("/lines", {"error": None})
    with pytest.raises(MalformedAnswer) as err:
        await make().lines()
    assert err.value.code == "no_items"
    api.on("/lines", {"a": 1})
    with pytest.raises(MalformedAnswer) as err:
        await make(lines={"path": "/lines", "items": "sum(a)", "id": "id"}).lines()
    assert err.value.code == "bad_items"


def _paged(**paging: Any) -> dict[str, Any]:
    return {"path": "/lines?x=1", "items": "items", "id": "id", **paging}


def _page(*ids: str, **more: Any) -> dict[str, Any]:
    return {"items": [{"id": each} for each in ids], **more}


async def _ids(make: Make, **paging: Any) -> list[str]:
    return [line.id for line in await make(lines=_paged(**paging)).lines()]


async def test_numbered_pages_end_with_an_empty_one(make: Make, api: Api) -> None:
    """The simplest way of paging."""
    api.on("/lines?x=1&page=1", _page("a", "b"))
    api.on("/lines?x=1&page=2", _page("c"))
    api.on("/lines?x=1&page=3", _page())
    assert await _ids(make, page_param="page") == ["a", "b", "c"]
    api.on("/lines?x=1&p=0", _page("z"))
    api.on("/lines?x=1&p=1", _page())
    assert await _ids(make, page_param="p", first_page=0) == ["z"]


async def test_a_cursor_is_sent_back(make: Make, api: Api) -> None:
    """Numbers and texts, until there is none."""
    api.on("/lines?x=1", _page("a", next="c u&r"))
    api.on("/lines?x=1&after=c+u%26r", _page("b", next=7))
    api.on("/lines?x=1&after=7", _page("c", next=None))
    assert await _ids(make, next="next", page_param="after") == ["a", "b", "c"]


@pytest.mark.parametrize("end", [None, "", False])
async def test_a_link_is_followed(make: Make, api: Api, end: Any) -> None:
    """As a whole URL, as a path, or as the end of one."""
    api.on("/lines?x=1", _page("a", next=f"{api.base_url}/lines?x=2"))
    api.on("/lines?x=2", _page("b", next="/lines?x=3"))
    api.on("/lines?x=3", _page("c", next="?x=4"))
    api.on("/lines?x=4", _page("d", next=end))
    assert await _ids(make, next="next") == ["a", "b", "c", "d"]


async def test_a_link_stays_below_the_base_url(make: Make, api: Api) -> None:
    """Wherever the API lives."""
    api.on("/api/lines?x=1", _page("a", next="/api/lines?x=2"))
    api.on("/api/lines?x=2", _page("b", next="/admin?x=3"))
    provider = make(base_url=f"{api.base_url}/api", lines=_paged(next="next"))
    with pytest.raises(MalformedAnswer) as err:
        await provider.lines()
    assert err.value.code == "bad_next"
    assert api.paths == ["/api/lines?x=1", "/api/lines?x=2"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/lines",
        "//evil.example/lines",
        "http://127.0.0.1:1/lines",
        "http://[::1/",
        "ftp://127.0.0.1/",
        "mailto:x",
        "0001-01-01T00:00:00Z",
        {"url": "/lines"},
        True,
        1.5,
    ],
)
async def test_a_link_to_elsewhere_does_not_get_our_key(
    make: Make, api: Api, link: Any
) -> None:
    """A provider may lie about its next page."""
    api.on("/lines?x=1", _page("a", next=link))
    with pytest.raises(ProviderError) as err:
        await _ids(make, next="next")
    assert err.value.code == "bad_next"
    assert len(api.seen) == 1


async def test_a_list_without_end_is_an_error(
    make: Make, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that lead in a circle, that ignore their number, that never stop."""
    api.on("/lines?x=1", _page("a", next="/lines?x=2"))
    api.on("/lines?x=2", _page("b", next="/lines?x=1"))
    with pytest.raises(MalformedAnswer) as err:
        await _ids(make, next="next")
    assert err.value.code == "same_page_again"

    for page in (1, 2):
        api.on(f"/lines?x=1&page={page}", _page("a"))
    with pytest.raises(MalformedAnswer) as err:
        await _ids(make, page_param="page")
    assert err.value.code == "same_page_again"

    monkeypatch.setattr(
        "custom_components.esim_topup.providers.rest.pages._PAGES_MAX", 3
    )
    for page in range(1, 5):
        api.on(f"/lines?x=1&page={page}", _page(str(page)))
    with pytest.raises(MalformedAnswer) as err:
        await _ids(make, page_param="page")
    assert err.value.code == "endless_pages"


async def test_a_broken_page_is_no_shorter_list(make: Make, api: Api) -> None:
    """A line that disappears from the list looks like one that is gone."""
    api.on("/lines?x=1&page=1", _page("a"))
    api.raw("/lines?x=1&page=2", status=500)
    with pytest.raises(Unreachable):
        await _ids(make, page_param="page")
    api.on("/lines?x=1", _page("a", next="x"))
    with pytest.raises(MalformedAnswer) as err:
        await _ids(make, next="abs(next)", page_param="p")
    assert err.value.code == "bad_next"


async def test_ten_thousand_lines_are_read(make: Make, api: Api) -> None:
    """H19: page by page."""
    for page in range(1, 21):
        ids = [f"line-{page}-{number}" for number in range(500)]
        api.on(f"/lines?x=1&page={page}", _page(*ids))
    api.on("/lines?x=1&page=21", _page())
    assert len(await _ids(make, page_param="page")) == 10_000
