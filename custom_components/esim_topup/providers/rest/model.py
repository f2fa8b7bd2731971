"""What a custom API looks like, once its description has been parsed: one dataclass per call.

An expression that is `None` was not configured: the API does not say that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from .._values import AmountUnit
from ..base import AnswerState, Capabilities, Dedupe, EchoedField, OpenAmount, Quantity
from ..http import Definite
from .expressions import Expression
from .templates import Template, Tree

LINE_NAMES: Final = frozenset({"line", "number"})
"""Placeholders for a line: its id at the provider, its ICCID or phone number."""

ORDER_NAMES: Final = LINE_NAMES | {
    "amount",
    "amount_minor",
    "currency",
    "offer",
    "method",
    "reference",
}
"""Placeholders for an order."""

FIND_NAMES: Final = LINE_NAMES | {"reference", "id"}
"""Placeholders for a look-up; `id` is the provider's own id of the order."""

HISTORY_NAMES: Final = LINE_NAMES | {"since"}


class SinceFormat(StrEnum):
    """How the history wants to be told a time."""

    ISO = "iso"
    DATE = "date"
    UNIX = "unix"
    UNIX_MS = "unix_ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A GET whose answer holds items, on one page or several.

    With `page_param` alone pages are numbered and end with an empty one. With `next` alone it finds the URL or path of
    the next page. With both, what `next` finds is the next value of `page_param`. No next page: `null` or nothing.
    """

    path: Template
    items: Expression | None
    """`None`: the whole answer is the one item."""
    next: Expression | None
    page_param: str | None
    first_page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodsPart:
    """Payment methods in the account's answer; `items` is looked up in the answer, the rest in each item."""

    items: Expression
    id: Expression
    kind: Expression
    """Finds a value of `PaymentKind`; a fixed one is written as `'card'`."""
    label: Expression | None
    last_digits: Expression | None
    funds: Expression | None
    currency: Expression | None
    expires: Expression | None
    amount_unit: AmountUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCall:
    """Who we are, and what we have there."""

    path: Template
    id: Expression | None
    name: Expression | None
    currency: Expression | None
    wallet: Expression | None
    wallet_currency: Expression | None
    amount_unit: AmountUnit
    methods: MethodsPart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesCall:
    """The lines of the account."""

    listing: Listing
    id: Expression
    number: Expression | None
    name: Expression | None
    currency: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCall:
    """The readings of a line."""

    path: Template | None
    """`None`: the items of `lines` hold the readings, one call for all."""
    balance: Expression | None
    currency: Expression | None
    amount_unit: AmountUnit
    data_left: Expression | None
    data_unit: str
    voice_left_minutes: Expression | None
    sms_left: Expression | None
    valid_until: Expression | None
    as_of: Expression | None

    @property
    def quantities(self) -> frozenset[Quantity]:
        """What can be measured."""
        found = {
            Quantity.BALANCE: self.balance,
            Quantity.DATA: self.data_left,
            Quantity.VOICE: self.voice_left_minutes,
            Quantity.SMS: self.sms_left,
            Quantity.VALIDITY: self.valid_until,
        }
        return frozenset(
            quantity for quantity, expression in found.items() if expression is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OffersCall:
    """What can be bought: an item with a price is a package, one with min and max an open amount."""

    listing: Listing
    id: Expression
    name: Expression | None
    price: Expression | None
    minimum: Expression | None
    maximum: Expression | None
    step: Expression | None
    currency: Expression | None
    amount_unit: AmountUnit
    data: Expression | None
    data_unit: str
    validity_days: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasePart:
    """How an order looks in an answer."""

    status: Expression
    words: Mapping[str, AnswerState]
    """What each status word means; one that is not here proves nothing."""
    amount: Expression | None
    amount_unit: AmountUnit
    currency: Expression | None
    line: Expression | None
    reference: Expression | None
    id: Expression | None
    reason: Expression | None

    @property
    def echoes(self) -> frozenset[EchoedField]:
        """What a successful answer must repeat.

        A field is promised as soon as somebody said where it stands. If it is missing from one answer all the same, that
        answer is not the one that was described, perhaps that of another order, and whether ours was carried out is
        unknown: the engine looks it up, or asks a person. An API that repeats a field only sometimes is described
        without it.
        """
        found = {
            EchoedField.AMOUNT: self.amount,
            EchoedField.CURRENCY: self.currency,
            EchoedField.LINE: self.line,
            EchoedField.REFERENCE: self.reference,
        }
        return frozenset(
            echoed for echoed, expression in found.items() if expression is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCall:
    """The one call that spends: a POST with a JSON body."""

    path: Template
    body: Tree
    amount_as_number: bool
    """`{amount}` is a JSON number with all its decimals (300.00) instead of a text."""
    answer: PurchasePart
    refusals: Definite


@dataclass(frozen=True, slots=True, kw_only=True)
class FindCall:
    """Looking an order up."""

    listing: Listing
    answer: PurchasePart
    not_found: Definite
    """Statuses that mean that there is no such order. An empty list always means it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCall:
    """Every charge of a line."""

    listing: Listing
    since_format: SinceFormat
    id: Expression
    at: Expression
    amount: Expression
    amount_unit: AmountUnit
    currency: Expression | None
    line: Expression | None
    """Where one history serves all lines: whose charge it is."""
    offer: Expression | None
    reference: Expression | None
    status: Expression | None
    counted: frozenset[str]
    ignored: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestConfig:
    """A custom API."""

    base_url: str
    allow_local_http: bool
    headers: Mapping[str, str] = field(repr=False)
    currency: str
    """Of every amount whose currency the API does not say."""
    idempotency_header: str | None
    key_retention: timedelta
    settle: timedelta
    poll_min: timedelta
    error_code: Expression | None
    """Finds the API's own error code in any answer that is no 2xx."""
    account: AccountCall | None
    lines: LinesCall | None
    read: ReadCall | None
    offers: OffersCall | None
    open_amount: OpenAmount | None
    order: OrderCall | None
    find: FindCall | None
    history: HistoryCall | None

    @property
    def dedupe(self) -> Dedupe:
        """The best of what is configured; see `Dedupe`."""
        if self.idempotency_header is not None:
            return Dedupe.KEY
        if self.find is not None and "reference" in self.find.listing.path.names:
            return Dedupe.LOOKUP
        return Dedupe.NONE if self.history is None else Dedupe.HISTORY

    @property
    def capabilities(self) -> Capabilities:
        """What the API can do, as far as it is described."""
        return Capabilities(
            dedupe=self.dedupe,
            settle=self.settle,
            key_retention=self.key_retention if self.dedupe is Dedupe.KEY else None,
            finds=self.find is not None,
            history=self.history is not None,
            lists_lines=self.lines is not None,
            reads=frozenset() if self.read is None else self.read.quantities,
            echoes=frozenset() if self.order is None else self.order.answer.echoes,
            poll_min=self.poll_min,
        )
