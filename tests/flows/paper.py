"""A provider on paper: the flows' other side, where a real operator could not be brought to say what a test needs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
import sys
from types import ModuleType
from typing import Any, override

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.esim_topup import providers
from custom_components.esim_topup.config_flow.line_form import line_as_data
from custom_components.esim_topup.const import DOMAIN
from custom_components.esim_topup.providers.base import (
    Account,
    Answer,
    Capabilities,
    Charge,
    CredentialField,
    Dedupe,
    Line,
    NotFound,
    Offer,
    OpenAmount,
    Package,
    PaymentKind,
    PaymentMethod,
    Provider,
    ProviderInfo,
    ProviderKind,
    Purchase,
    Quantity,
    Reading,
    ReadResult,
)
from custom_components.esim_topup.providers.errors import (
    AuthenticationFailed,
    ProviderError,
)
from custom_components.esim_topup.providers.money import Money

KEY = "paper"
GOOD_TOKEN = "good token"

METHODS = (
    PaymentMethod(
        id="old", kind=PaymentKind.CARD, label="Old card", expires=date(2020, 1, 31)
    ),
    PaymentMethod(
        id="wallet",
        kind=PaymentKind.WALLET,
        label="Wallet",
        funds=Money.parse(20, "EUR"),
    ),
    PaymentMethod(
        id="card",
        kind=PaymentKind.CARD,
        label="Visa",
        last_digits="4242",
        expires=date(2099, 5, 31),
    ),
    PaymentMethod(
        id="4111111111111111", kind=PaymentKind.CARD, label="A card number for an id"
    ),
    PaymentMethod(id="odd", kind=PaymentKind.BANK, label="4111 1111 1111 1111"),
    PaymentMethod(id="bare", kind=PaymentKind.INVOICE, label="<>"),
)

OPEN = OpenAmount(
    id="open",
    name="Any amount",
    minimum=Money.parse(5, "EUR"),
    maximum=Money.parse(50, "EUR"),
)
PACKAGE = Package(id="eu-5gb", name="Europe 5 GB", price=Money.parse(9, "EUR"))


class Paper(Provider):
    """Says what a test wrote down. An error in place of an answer is raised."""

    clock_skew = None

    def __init__(self) -> None:
        """Begin with an account in euros that cannot list its lines."""
        self.info = ProviderInfo(
            key=KEY,
            name="Paper Telecom",
            kind=ProviderKind.AIRTIME,
            capabilities=Capabilities(
                dedupe=Dedupe.NONE, reads=frozenset({Quantity.BALANCE})
            ),
            credentials=(
                CredentialField(key="username", secret=False),
                CredentialField(key="token"),
            ),
            docs="https://paper.example/api",
            experimental=True,
        )
        self.credentials: Mapping[str, Any] = {}
        self.known: Account | Exception = Account(
            id="me", currency="EUR", payment_methods=METHODS
        )
        self.listed: list[Line] | ProviderError = []
        self.reading: Reading | ProviderError | None = Reading(
            at=datetime.now(UTC), balance=Money.parse("3.50", "EUR")
        )
        self.deaf: ProviderError | None = None
        """Fails a whole round of readings."""
        self.sold: list[Offer] | ProviderError = [OPEN, PACKAGE]

    def can(self, **capabilities: Any) -> None:
        """Change what the provider can do."""
        self.info = replace(
            self.info, capabilities=replace(self.info.capabilities, **capabilities)
        )

    def create(
        self,
        credentials: Mapping[str, Any],
        session: object,
        *,
        base_url: str | None = None,
    ) -> Paper:
        """Return the provider; a token without a letter is no token."""
        if not credentials["token"].strip():
            raise ValueError("a token has letters")
        self.credentials = credentials
        return self

    @override
    async def account(self) -> Account:
        if self.credentials["token"] != GOOD_TOKEN:
            raise AuthenticationFailed
        return _answer(self.known)

    @override
    async def lines(self) -> list[Line]:
        return _answer(self.listed)

    @override
    async def read(self, lines: Sequence[Line]) -> ReadResult:
        if self.deaf is not None:
            raise self.deaf
        if self.reading is None:
            return {}
        return dict.fromkeys((line.id for line in lines), self.reading)

    @override
    async def offers(self, line: Line) -> list[Offer]:
        return _answer(self.sold)

    @override
    async def submit(self, purchase: Purchase) -> Answer:
        raise AssertionError("a flow must never buy")

    @override
    async def find(
        self, purchase: Purchase, provider_ref: str | None = None
    ) -> Answer | NotFound:
        raise AssertionError("a flow has no orders")

    @override
    async def history(self, line: Line, since: datetime) -> list[Charge]:
        raise AssertionError("a flow has no orders")


def _answer[T](answer: T | Exception) -> T:
    if isinstance(answer, Exception):
        raise answer
    return answer


def account_elsewhere(hass: HomeAssistant, line: Line) -> None:
    """Store an account of another provider that has this line already."""
    MockConfigEntry(
        domain=DOMAIN,
        unique_id="other_1",
        data={"provider": "other", "account_id": "1", "currency": "RUB"},
        subentries_data=[
            ConfigSubentryData(
                data=line_as_data(line),
                subentry_type="line",
                title="Phone",
                unique_id="any",
            )
        ],
    ).add_to_hass(hass)


@pytest.fixture
def paper(books: Path, monkeypatch: pytest.MonkeyPatch) -> Paper:
    """Put the provider into the registry, as a module in the folder would be."""
    provider = Paper()
    module = ModuleType(f"{providers.__name__}.{KEY}")
    module.INFO = provider.info  # type: ignore[attr-defined]
    module.create = provider.create  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(providers, "_KEYS", (*providers.provider_keys(), KEY))
    return provider
