"""From answers to values of the contract, by the expressions that a person wrote.

What an expression does not find is `None` and stays unknown. What it finds and what makes no sense is a
`MalformedAnswer` whose code names the field: `bad_balance` (senseless), `no_currency` (missing, and nothing is known
without it).
"""

from collections.abc import Callable, Iterable
from datetime import datetime
import re
from typing import Final

from .._values import (
    Senseless,
    as_balance,
    as_bytes,
    as_count,
    as_currency,
    as_days,
    as_id,
    as_last_day,
    as_last_digits,
    as_minutes,
    as_moment,
    as_money,
    as_name,
    as_word,
)
from ..base import (
    Account,
    Charge,
    Line,
    LineKind,
    Offer,
    OpenAmount,
    Package,
    PaymentKind,
    PaymentMethod,
    Reading,
)
from ..errors import MalformedAnswer
from ..http import Json
from ..money import Money
from .expressions import Expression
from .model import (
    AccountCall,
    HistoryCall,
    LinesCall,
    MethodsPart,
    OffersCall,
    ReadCall,
)

_ICCID: Final = re.compile(r"89[0-9]{16,18}F?")
_MSISDN: Final = re.compile(r"\+?[1-9][0-9]{6,14}")
_CARD_DIGITS_MIN: Final = 13


def find[T](
    expression: Expression | None,
    item: Json,
    field: str,
    read: Callable[[object], T | None],
) -> T | None:
    """Return what the expression finds, read by `read`. Raises `MalformedAnswer`."""
    if expression is None:
        return None
    try:
        return read(expression.search(item))
    except ValueError:
        raise MalformedAnswer(f"bad_{field}") from None


def need[T](
    expression: Expression | None,
    item: Json,
    field: str,
    read: Callable[[object], T | None],
) -> T:
    """Return what the expression finds. Raises `MalformedAnswer`, also where there is nothing."""
    value = find(expression, item, field, read)
    if value is None:
        raise MalformedAnswer(f"no_{field}")
    return value


def currency_of(expression: Expression | None, item: Json, default: str) -> str:
    """Return the currency that the item names. Raises `MalformedAnswer` where it should name one and does not."""
    return (
        default
        if expression is None
        else need(expression, item, "currency", as_currency)
    )


def good_ones[T](items: Iterable[Json], read: Callable[[Json], T]) -> list[T]:
    """Return what can be read; one odd item does not hide the others. Raises `MalformedAnswer` where all are odd."""
    good: list[T] = []
    odd: MalformedAnswer | None = None
    for item in items:
        try:
            good.append(read(item))
        except MalformedAnswer as err:
            odd = err
    if odd is not None and not good:
        raise odd
    return good


def account_from(
    answer: Json, call: AccountCall, *, host: str, currency: str
) -> Account:
    """Return the account; ids of different APIs can be alike, so the host stands before it."""
    currency = currency_of(call.currency, answer, currency)
    wallet_currency = (
        find(call.wallet_currency, answer, "wallet_currency", as_currency) or currency
    )
    return Account(
        id=host if call.id is None else f"{host}:{need(call.id, answer, 'id', as_id)}",
        name=find(call.name, answer, "name", as_name),
        currency=currency,
        wallet=find(
            call.wallet,
            answer,
            "wallet",
            lambda value: as_balance(value, wallet_currency, call.amount_unit),
        ),
        payment_methods=()
        if call.methods is None
        else _methods(answer, call.methods, currency),
    )


def _methods(
    answer: Json, part: MethodsPart, currency: str
) -> tuple[PaymentMethod, ...]:
    items = find(part.items, answer, "methods", _as_list) or []
    return tuple(good_ones(items, lambda item: _method(item, part, currency)))


def _method(item: Json, part: MethodsPart, currency: str) -> PaymentMethod:
    currency = find(part.currency, item, "currency", as_currency) or currency
    kind = need(part.kind, item, "kind", _as_payment_kind)
    return PaymentMethod(
        id=need(part.id, item, "id", as_id),
        kind=kind,
        label=_without_card_number(find(part.label, item, "label", as_name) or kind),
        last_digits=find(part.last_digits, item, "last_digits", as_last_digits),
        funds=find(
            part.funds,
            item,
            "funds",
            lambda value: as_balance(value, currency, part.amount_unit),
        ),
        expires=find(part.expires, item, "expires", as_last_day),
    )


def line_from(item: Json, call: LinesCall, currency: str) -> Line:
    """Return a line."""
    number = find(call.number, item, "number", as_id)
    return Line(
        id=need(call.id, item, "id", as_id),
        kind=_line_kind(number),
        number=number,
        name=find(call.name, item, "name", as_name),
        currency=currency_of(call.currency, item, currency),
    )


def _line_kind(number: str | None) -> LineKind:
    if number is None:
        return LineKind.OTHER
    if _ICCID.fullmatch(number):
        return LineKind.ICCID
    return LineKind.MSISDN if _MSISDN.fullmatch(number) else LineKind.OTHER


def reading_from(
    item: Json, call: ReadCall, *, currency: str, received_at: datetime
) -> Reading:
    """Return what the item says about its line. A measurement from the future was made now."""
    balance: Money | None = None
    if find(call.balance, item, "balance", as_word) is not None:
        currency = currency_of(call.currency, item, currency)
        balance = find(
            call.balance,
            item,
            "balance",
            lambda value: as_balance(value, currency, call.amount_unit),
        )
    as_of = find(call.as_of, item, "as_of", as_moment)
    return Reading(
        at=received_at if as_of is None else min(as_of, received_at),
        balance=balance,
        data_left_bytes=find(
            call.data_left,
            item,
            "data_left",
            lambda value: as_bytes(value, call.data_unit),
        ),
        voice_left=find(call.voice_left_minutes, item, "voice_left", as_minutes),
        sms_left=find(call.sms_left, item, "sms_left", as_count),
        valid_until=find(call.valid_until, item, "valid_until", as_moment),
    )


def offer_from(item: Json, call: OffersCall, currency: str) -> Offer:
    """Return a package where there is a price, else an open amount."""
    currency = currency_of(call.currency, item, currency)

    def price(value: object) -> Money | None:
        money = as_money(value, currency, call.amount_unit)
        if money is not None and money.amount <= 0:
            raise Senseless("nothing is sold for nothing")
        return money

    offer_id = need(call.id, item, "id", as_id)
    name = find(call.name, item, "name", as_name) or as_name(offer_id) or ""
    if (fixed := find(call.price, item, "price", price)) is not None:
        return Package(
            id=offer_id,
            name=name,
            price=fixed,
            data_bytes=find(
                call.data, item, "data", lambda value: as_bytes(value, call.data_unit)
            ),
            validity=find(call.validity_days, item, "validity_days", as_days),
        )
    minimum, maximum = (
        need(call.minimum, item, "min", price),
        need(call.maximum, item, "max", price),
    )
    step = find(call.step, item, "step", price)
    if step is None:
        step = Money.from_minor(1, currency)
    if maximum < minimum:
        raise MalformedAnswer("bad_max")
    return OpenAmount(
        id=offer_id, name=name, minimum=minimum, maximum=maximum, step=step.amount
    )


def charge_from(
    item: Json, call: HistoryCall, line: Line, currency: str
) -> Charge | None:
    """Return a charge of this line, `None` for an entry that is none. Raises `MalformedAnswer` for a doubtful one."""
    if call.line is not None and need(call.line, item, "line", as_id) not in (
        line.id,
        line.number,
    ):
        return None
    if call.status is not None:
        word = need(call.status, item, "status", as_word)
        if word in call.ignored:
            return None
        if word not in call.counted:
            raise MalformedAnswer("unknown_status")
    currency = currency_of(call.currency, item, currency)
    money = need(
        call.amount,
        item,
        "amount",
        lambda value: as_money(value, currency, call.amount_unit),
    )
    if money.amount <= 0:
        raise MalformedAnswer("bad_amount")
    return Charge(
        id=need(call.id, item, "id", as_id),
        at=need(call.at, item, "at", as_moment),
        money=money,
        line_id=line.id,
        offer_id=find(call.offer, item, "offer", as_id),
        reference=find(call.reference, item, "reference", as_id),
    )


def _as_list(value: object) -> list[Json] | None:
    if not isinstance(value, list | None):
        raise Senseless("not a list")
    return value


def _as_payment_kind(value: object) -> PaymentKind | None:
    word = as_word(value)
    return None if word is None else PaymentKind(word.lower())


def _without_card_number(label: str) -> str:
    digits = [char for char in label if char.isdigit()]
    return label if len(digits) < _CARD_DIGITS_MIN else "".join(digits[-4:])
