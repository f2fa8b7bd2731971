"""The contract between this integration and a provider.

Words (design, section 2): a *provider* is an API that can read or recharge lines, an *account* one login there, a *line*
what has a balance, a *reading* what was said about it at a time, an *offer* what can be bought for it, a *payment method*
what pays. Amounts are `Money`, data is bytes, times are UTC. What the provider did not say is `None`, never zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
import re
from typing import Final, Protocol, runtime_checkable

from .errors import ProviderError
from .money import Money

_DIGITS: Final = re.compile(r"[0-9]{1,4}")

type LineId = str
"""What the provider calls a line in its own API."""

SETTLE_WINDOW_MIN: Final = timedelta(minutes=15)
"""An operator's queue can make a purchase appear this late; looking sooner costs requests, believing sooner costs money."""


class Dedupe(StrEnum):
    """How a provider lets us find out whether an order was executed (design, section 4)."""

    KEY = "K"  # it refuses or replays a repeated idempotency key
    LOOKUP = "L"  # it can be asked for an order by our reference
    HISTORY = "H"  # no reference, but a complete list of charges
    NONE = "N"  # nothing of this: a person has to decide


class Quantity(StrEnum):
    """What can be measured on a line."""

    BALANCE = "balance"
    DATA = "data"
    VOICE = "voice"
    SMS = "sms"
    VALIDITY = "validity"


class EchoedField(StrEnum):
    """What a purchase's answer repeats, so that it can be compared with the order (invariant I9)."""

    AMOUNT = "amount"
    CURRENCY = "currency"
    LINE = "line"
    REFERENCE = "reference"


class ProviderKind(StrEnum):
    """What is bought there (design, section 4)."""

    ACCOUNT_FUNDING = "account_funding"
    PACKAGE = "package"
    AIRTIME = "airtime"
    CUSTOM = "custom"
    DEMO = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider can do, as data with its source beside it in the provider's module."""

    dedupe: Dedupe
    settle: timedelta = SETTLE_WINDOW_MIN
    """After this time a purchase that cannot be found was not made."""
    key_retention: timedelta | None = None
    """How long a repeated key is recognised (class K)."""
    finds: bool = False
    """`find` can look an order up."""
    history: bool = False
    """`history` lists every charge of a line."""
    lists_lines: bool = False
    reads: frozenset[Quantity] = frozenset()
    echoes: frozenset[EchoedField] = frozenset(EchoedField)
    """What a successful answer always names. A named field that differs, or a promised one that is missing, is an alarm."""
    poll_min: timedelta = timedelta(minutes=15)
    """Asking more often than this is impolite."""

    def __post_init__(self) -> None:
        """Refuse a class without the call it rests on."""
        if self.dedupe is Dedupe.KEY and self.key_retention is None:
            raise ValueError("class K needs the time for which keys are kept")
        if self.key_retention is not None and self.key_retention <= 2 * self.settle:
            # A first attempt that comes late would meet a forgotten key, after the same order was paid again.
            raise ValueError("keys are kept for more than twice the settle window")
        if self.dedupe is Dedupe.LOOKUP and not self.finds:
            raise ValueError("class L needs `find`")
        if self.dedupe is Dedupe.HISTORY and not self.history:
            raise ValueError("class H needs `history`")
        if self.settle < SETTLE_WINDOW_MIN:
            raise ValueError("the settle window is never below our minimum")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialField:
    """One thing to ask for in the flow; texts live in the translations under `key`."""

    key: str
    secret: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderInfo:
    """What a provider is, before and without any request to it."""

    key: str
    name: str
    kind: ProviderKind
    capabilities: Capabilities
    credentials: tuple[CredentialField, ...] = ()
    docs: str | None = None
    sandbox: bool = False
    experimental: bool = False


class LineKind(StrEnum):
    """What identifies a line."""

    ICCID = "iccid"
    MSISDN = "msisdn"
    WALLET = "wallet"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What has a balance and can be recharged."""

    id: LineId
    kind: LineKind = LineKind.OTHER
    number: str | None = field(default=None, repr=False)
    """ICCID or E.164 number, where there is one: it says that two accounts speak of the same line."""
    name: str | None = None
    currency: str | None = None

    @property
    def last_digits(self) -> str:
        """The last 4 characters of the number: all that may be shown of it."""
        return (self.number or self.id)[-4:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was said about a line at a time. Missing is `None`: unknown is unknown, never 0."""

    at: datetime
    """UTC; when the provider says it measured, else when it answered."""
    balance: Money | None = None
    data_left_bytes: int | None = None
    voice_left: timedelta | None = None
    sms_left: int | None = None
    valid_until: datetime | None = None


class PaymentKind(StrEnum):
    """What pays at the provider."""

    WALLET = "wallet"
    CARD = "card"
    BANK = "bank"
    INVOICE = "invoice"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """A way to pay that is stored at the provider. Never a card number."""

    id: str
    kind: PaymentKind
    label: str
    last_digits: str | None = None
    funds: Money | None = None
    expires: date | None = None
    """The last day on which it works."""

    def __post_init__(self) -> None:
        """Refuse more than the last 4 digits, and anything else."""
        if self.last_digits is not None and not _DIGITS.fullmatch(self.last_digits):
            raise ValueError("only the last 4 digits of a payment method may be kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One login at a provider, as the provider describes it."""

    id: str
    """The provider's own id: it proves at a new log-in that it is the same account."""
    name: str | None = None
    currency: str | None = None
    wallet: Money | None = None
    payment_methods: tuple[PaymentMethod, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A fixed thing to buy: price, and what it brings."""

    id: str
    name: str
    price: Money
    data_bytes: int | None = None
    validity: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAmount:
    """Any amount between two bounds, in whole steps from the lower one."""

    id: str
    name: str
    minimum: Money
    maximum: Money
    step: Decimal = Decimal("0.01")

    def __post_init__(self) -> None:
        """Refuse bounds that admit nothing, or are in two currencies."""
        if self.maximum < self.minimum or not self.step > 0:
            raise ValueError("an open amount needs bounds in order and a step")

    def admits(self, money: Money) -> bool:
        """Say whether exactly this amount can be bought."""
        return (
            money.currency == self.minimum.currency
            and self.minimum <= money <= self.maximum
            and (money.amount - self.minimum.amount) % self.step == 0
        )


type Offer = Package | OpenAmount


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """The part of an order that a provider sees. It is durable before the first byte of it leaves, and never changes."""

    reference: str
    """Our order id (UUID): reference and idempotency key in one."""
    line: Line
    offer_id: str
    money: Money
    """What we agreed to pay, fees of the payment method not included."""
    method_id: str | None = None
    created_at: datetime


class AnswerState(StrEnum):
    """What an answer says about the purchase."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    DECLINED = "declined"
    REVERSED = "reversed"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the provider said about a purchase. What nobody foresaw is UNKNOWN: it costs a look-up, not a second charge."""

    state: AnswerState
    reason: str | None = None
    """A short code (see `errors.safe_code`), why it was declined or why nothing is known."""
    provider_ref: str | None = None
    """The provider's own id of the order."""
    reference: str | None = None
    line_id: LineId | None = field(default=None, repr=False)
    amount: Decimal | None = None
    currency: str | None = None
    http_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """The provider knows no order with our reference, or not yet."""

    http_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One charge in the provider's own history, ours or somebody else's."""

    id: str
    at: datetime
    money: Money
    line_id: LineId = field(repr=False)
    offer_id: str | None = None
    reference: str | None = None


type ReadResult = Mapping[LineId, Reading | ProviderError]
"""A reading for each line, or the error of that line alone."""


class Provider(Protocol):
    """How to talk to one account at a provider. Every method may raise `ProviderError`; `submit` and `find` say more."""

    info: ProviderInfo

    @property
    def clock_skew(self) -> timedelta | None:
        """The provider's clock minus ours at its last answer, from the `Date` header; `None` where it named no time."""
        ...

    async def account(self) -> Account:
        """Prove the credentials and return the account with its wallet and payment methods."""
        ...

    async def lines(self) -> list[Line]:
        """Return the lines of the account; `[]` where the provider cannot list them."""
        ...

    async def read(self, lines: Sequence[Line]) -> ReadResult:
        """Read these lines with as few requests as the API allows. One broken line leaves the others alone."""
        ...

    async def offers(self, line: Line) -> list[Offer]:
        """Return what can be bought for the line right now."""
        ...

    async def submit(self, purchase: Purchase) -> Answer:
        """Send ONE attempt, by POST. Never raises for what the network or the provider does: that is an UNKNOWN answer."""
        ...

    async def find(
        self, purchase: Purchase, provider_ref: str | None = None
    ) -> Answer | NotFound:
        """Look the order up by our reference or by the provider's id. Raises `ProviderError` when it could not ask."""
        ...

    async def history(self, line: Line, since: datetime) -> list[Charge]:
        """Return every charge of the line since then, ours and others'; a gap is an error, never a shorter list."""
        ...


@runtime_checkable
class Rehearsal(Protocol):
    """A provider that misbehaves on command, so that people can see what their automations do then."""

    @property
    def moods(self) -> tuple[str, ...]:
        """The ways in which it can behave."""
        ...

    @property
    def mood(self) -> str:
        """How it behaves, as of the last call."""
        ...

    async def set_mood(self, mood: str) -> None:
        """Let it behave like this from now on. Raises `ValueError` for one that is not among `moods`."""
        ...
