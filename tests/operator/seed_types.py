"""What the books can begin with, as it travels. Amounts are decimal texts, moments ISO 8601."""

from typing import TypedDict


class MethodChanges(TypedDict, total=False):
    """What can be set on a payment method at any time; funds None is unlimited, `expires` is "2028-05"."""

    label: str
    last4: str | None
    expires: str | None
    funds: str | None
    declines: bool


class MethodSeed(MethodChanges):
    """A payment method; `type` is "wallet" or "card"."""

    id: str
    type: str


class AccountSeed(TypedDict):
    """A login and what pays for it."""

    id: str
    key: str
    currency: str
    methods: list[MethodSeed]


class LineChanges(TypedDict, total=False):
    """What can be set on a line at any time. The burn rates are what a day of use costs."""

    name: str
    currency: str
    iccid: str | None
    msisdn: str | None
    balance: str | None
    data_left_bytes: int | None
    valid_until: str | None
    money_per_day: str
    bytes_per_day: int
    removed: bool
    barred: bool


class LineSeed(LineChanges):
    """A line of an account; it needs a name and a currency, too."""

    id: str
    account: str


class OfferChanges(TypedDict, total=False):
    """What can be set on an offer at any time; `line` restricts it to one line."""

    name: str
    currency: str
    line: str | None
    price: str
    min: str
    max: str
    step: str
    data_bytes: int
    validity_days: int


class OfferSeed(OfferChanges):
    """What is sold: `kind` "open" with min, max and step, or "package" with price, data and validity."""

    id: str
    account: str
    kind: str


class Seed(TypedDict):
    """A whole beginning."""

    accounts: list[AccountSeed]
    lines: list[LineSeed]
    offers: list[OfferSeed]
