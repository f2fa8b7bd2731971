"""The demo operator's file, for whoever spoils it."""

from collections.abc import Iterable
from datetime import UTC, datetime

from torture.hostile.files import FileExchange

from custom_components.esim_topup.providers.base import Line, Purchase
from custom_components.esim_topup.providers.money import Money


def files() -> Iterable[FileExchange]:
    """Return the books with a recharge of the phone in them."""
    line = Line(id="demo-phone", number="+79990000001", currency="RUB")
    yield FileExchange(
        name="books",
        credentials=lambda folder: {"books": str(folder / "demo.db")},
        file="demo.db",
        line=line,
        purchase=Purchase(
            reference="5e0a1f3c-26a6-4c6e-8c5e-0c0c2d1b0371",
            line=line,
            offer_id="open",
            money=Money.parse("371.00", "RUB"),
            method_id="card-1",
            created_at=datetime.now(UTC),
        ),
    )
