"""What the hurried author's tests show: all goes well."""

from collections.abc import Iterable
from datetime import UTC, datetime

from torture.hostile.exchange import Exchange, Said, Says

from custom_components.esim_topup.providers.base import Line, Purchase
from custom_components.esim_topup.providers.money import Money

LINE = Line(id="line-77", number="+4915112345678")
PURCHASE = Purchase(
    reference="3f9f1d1e-0d3c-4f39-a5a0-8d8c6b7c0371",
    line=LINE,
    offer_id="p",
    money=Money.parse("371", "EUR"),
    created_at=datetime.now(UTC),
)
ORDER = {
    "status": "done",
    "ref": PURCHASE.reference,
    "line": LINE.id,
    "amount": "371.00",
    "currency": "EUR",
}
CHARGES = [{"id": 1, "amount": "12.00"}, {"id": 2, "amount": "13.00"}]


def exchanges() -> Iterable[Exchange]:
    """Return the one conversation."""
    yield Exchange(
        name="good day",
        credentials={},
        line=LINE,
        purchase=PURCHASE,
        says=(
            Says("GET", "/me", Said(body={"id": "me"})),
            Says("GET", "/balance", Said(body={"balance": "4.20"})),
            Says("GET", "/offers", Said(body=[{"name": "1 GB"}])),
            Says("POST", "/buy", Said(body=ORDER)),
            Says("GET", "/orders", Said(body={"orders": [ORDER]})),
            Says("GET", "/charges", Said(body=CHARGES)),
        ),
        paid=frozenset({"done"}),
    )
