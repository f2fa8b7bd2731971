"""What the operator knows: accounts, lines, offers, orders, charges, and the reasons it refuses with."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from .clock import DAY_US, month_of


class MethodKind(StrEnum):
    """What pays."""

    WALLET = "wallet"
    CARD = "card"


class OfferKind(StrEnum):
    """What is sold: an amount of money, or a package."""

    OPEN = "open"
    PACKAGE = "package"


class OrderStatus(StrEnum):
    """How far an order is. Money is taken on the way to SUCCEEDED and given back on the way to REVERSED."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"


class Effect(StrEnum):
    """What one request did to the books."""

    NONE = "none"
    CHARGED = "charged"
    PENDING = "pending"
    REPLAYED = "replayed"
    REFUSED = "refused"


class Code(StrEnum):
    """Why the operator refuses."""

    INVALID_KEY = "invalid_key"
    BAD_REQUEST = "bad_request"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    CARD_DECLINED = "card_declined"
    CARD_EXPIRED = "card_expired"
    UNKNOWN_METHOD = "unknown_method"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_LINE = "unknown_line"
    UNKNOWN_OFFER = "unknown_offer"
    UNKNOWN_ORDER = "unknown_order"
    LINE_GONE = "line_gone"
    BARRED_LINE = "barred_line"
    KEY_IN_PROGRESS = "key_in_progress"
    KEY_REUSED = "key_reused"
    ALREADY_PROCESSED = "already_processed"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    WRONG_CURRENCY = "wrong_currency"
    PRICE_CHANGED = "price_changed"
    RATE_LIMITED = "rate_limited"
    NOT_OFFERED = "not_offered"


class Refusal(Exception):
    """The operator says no. `code` may be a word that only a test knows."""

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """Name the reason; `status` overrides the dialect's usual HTTP status for it."""
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Account:
    """One login."""

    id: str
    key: str
    currency: str


@dataclass(frozen=True, slots=True)
class Method:
    """What can pay for an account. `funds` None means: nobody counts."""

    account: str
    id: str
    type: MethodKind
    label: str
    last4: str | None = None
    expires: str | None = None
    funds: Decimal | None = None
    declines: bool = False

    def objection(self, amount: Decimal, now_us: int) -> Code | None:
        """Say why this method cannot pay the amount now; None means it can."""
        if self.declines:
            return Code.CARD_DECLINED
        if self.expires is not None and month_of(now_us) > self.expires:
            return Code.CARD_EXPIRED
        if self.funds is not None and self.funds < amount:
            return Code.INSUFFICIENT_FUNDS
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """A SIM as it stood at `anchor_us`; what it burns since then is worked out when someone looks."""

    id: str
    account: str
    name: str
    currency: str
    anchor_us: int
    iccid: str | None = None
    msisdn: str | None = None
    balance: Decimal | None = None
    data_left_bytes: int | None = None
    valid_until_us: int | None = None
    money_per_day: Decimal = Decimal(0)
    bytes_per_day: int = 0
    removed: bool = False
    barred: bool = False

    def at(self, now_us: int) -> Line:
        """Return the line as it stands now. Burning stops at zero and never turns time's direction."""
        elapsed = max(0, now_us - self.anchor_us)
        balance, data = self.balance, self.data_left_bytes
        if balance is not None and balance > 0:
            balance = max(Decimal(0), balance - self.money_per_day * elapsed / DAY_US)
        if data is not None and data > 0:
            data = max(0, data - self.bytes_per_day * elapsed // DAY_US)
        return replace(self, balance=balance, data_left_bytes=data, anchor_us=now_us)


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be bought for the lines of an account, or for one of them."""

    account: str
    id: str
    kind: OfferKind
    name: str
    currency: str
    line: str | None = None
    price: Decimal | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    step: Decimal | None = None
    data_bytes: int | None = None
    validity_days: int | None = None

    def objection(self, amount: Decimal) -> Code | None:
        """Say why the amount does not buy this offer; None means it does."""
        if self.kind is OfferKind.PACKAGE:
            return None if amount == self.price else Code.PRICE_CHANGED
        low, high, step = self.min, self.max, self.step
        if (
            amount <= 0
            or (low is not None and amount < low)
            or (high is not None and amount > high)
        ):
            return Code.AMOUNT_OUT_OF_RANGE
        if step is not None and amount % step != 0:
            return Code.AMOUNT_OUT_OF_RANGE
        return None


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a client wants, whatever dialect it spoke."""

    account: str
    line: str
    offer: str
    amount: Decimal
    currency: str
    method: str
    reference: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An accepted wish."""

    id: str
    account: str
    line: str
    offer: str
    amount: Decimal
    currency: str
    method: str
    reference: str | None
    key: str | None
    status: OrderStatus
    reason: str | None
    created_us: int
    credited: Decimal | None
    """What the line has got of it; None until then."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One time money was taken. This is what tests count."""

    id: str
    order: str | None
    account: str
    line: str
    offer: str
    method: str | None
    amount: Decimal
    currency: str
    reference: str | None
    key: str | None
    at_us: int
    wall_at: str
    status: OrderStatus
    foreign: bool
    """Somebody else's: it never belongs to an order."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An order was accepted, or had been."""

    order: Order
    replayed: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """An order was not accepted."""

    code: str


type Outcome = Placed | Refused
