"""What must hold whatever was told. Each rule yields a promise with the story of its breach."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
import unicodedata

from custom_components.esim_topup.providers.base import (
    Account,
    Answer,
    Charge,
    Line,
    NotFound,
    Package,
    PaymentMethod,
    Reading,
)
from custom_components.esim_topup.providers.errors import ProviderError, safe_code

from .asking import Call, Heard
from .exchange import Exchange

CONTRACT: Final = "the contract"
GUESSED: Final = "unknown is unknown"
PLAIN: Final = "foreign text is plain"
COUNTED: Final = "a history has no gap"

_NAME_CHARS_MAX: Final = 64
_ID_CHARS_MAX: Final = 200
_MARKUP: Final = frozenset("<>[]{}`|")


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that did not hold."""

    promise: str
    rule: str
    """In a few words, the same each time it is broken: who has a thousand of one has one cause."""


def of_contract(call: Call, heard: Heard, exchange: Exchange) -> Iterator[Breach]:
    """Yield what breaks the contract of `providers.base`, whatever was told."""
    if heard.escaped is not None:
        yield Breach(
            CONTRACT, f"{type(heard.escaped).__name__} leaves {call} at {heard.place}"
        )
    elif heard.error is not None:
        yield from _of_error(call, heard.error)
    else:
        yield from _RULES[call](heard.value, exchange)


def _of_error(call: Call, error: ProviderError) -> Iterator[Breach]:
    if call is Call.SUBMIT:
        yield Breach(
            CONTRACT, f"submit raises {type(error).__name__} instead of answering"
        )
    if error.code != safe_code(error.code) or str(error) != error.code:
        yield Breach(PLAIN, "an error holds more than a short code")


def _account(account: Any, _: Exchange) -> Iterator[Breach]:
    if not isinstance(account, Account):
        yield Breach(CONTRACT, "account returns no account")
        return
    yield from _identity("account id", account.id)
    yield from _text("account name", account.name)
    for method in account.payment_methods:
        yield from _method(method)


def _method(method: PaymentMethod) -> Iterator[Breach]:
    yield from _identity("payment method id", method.id)
    yield from _text("payment method label", method.label)
    yield from _text("last digits of a payment method", method.last_digits)


def _lines(lines: Any, _: Exchange) -> Iterator[Breach]:
    if not isinstance(lines, list) or not all(isinstance(each, Line) for each in lines):
        yield Breach(CONTRACT, "lines returns no list of lines")
        return
    for line in lines:
        yield from _identity("line id", line.id)
        yield from _text("line name", line.name)
        if line.number is not None:
            yield from _identity("line number", line.number)


def _readings(readings: Any, exchange: Exchange) -> Iterator[Breach]:
    if not isinstance(readings, Mapping) or set(readings) != {exchange.line.id}:
        yield Breach(
            CONTRACT, "read does not answer for exactly the lines it was asked"
        )
        return
    for reading in readings.values():
        if isinstance(reading, ProviderError):
            yield from _of_error(Call.READ, reading)
        elif isinstance(reading, Reading):
            yield from _reading(reading)
        else:
            yield Breach(CONTRACT, "read returns something that is no reading")


def _reading(reading: Reading) -> Iterator[Breach]:
    for name in ("data_left_bytes", "sms_left"):
        count = getattr(reading, name)
        if count is not None and (type(count) is not int or count < 0):
            yield Breach(CONTRACT, f"{name} is no count")
    if reading.voice_left is not None and reading.voice_left < timedelta():
        yield Breach(CONTRACT, "voice_left is negative")
    for name in ("at", "valid_until"):
        moment = getattr(reading, name)
        if moment is not None and moment.tzinfo is not UTC:
            yield Breach(CONTRACT, f"{name} is not UTC")
    if reading.at > datetime.now(UTC) + timedelta(seconds=5):
        yield Breach(CONTRACT, "a reading comes from the future")


def _offers(offers: Any, _: Exchange) -> Iterator[Breach]:
    if not isinstance(offers, list):
        yield Breach(CONTRACT, "offers returns no list")
        return
    for offer in offers:
        price = offer.price if isinstance(offer, Package) else offer.minimum
        if not price.amount > 0:
            yield Breach(CONTRACT, "an offer costs nothing")
        if isinstance(offer, Package) and (offer.data_bytes or 0) < 0:
            yield Breach(CONTRACT, "an offer takes data away")
        yield from _identity("offer id", offer.id)
        yield from _text("offer name", offer.name)


def _answer(answer: Any, _: Exchange) -> Iterator[Breach]:
    if not isinstance(answer, Answer):
        yield Breach(CONTRACT, "submit returns no answer")
        return
    if answer.reason is not None and answer.reason != safe_code(answer.reason):
        yield Breach(PLAIN, "a reason is more than a short code")
    for name in ("provider_ref", "reference", "line_id"):
        if (value := getattr(answer, name)) is not None:
            yield from _identity(name, value)
    if answer.amount is not None and not answer.amount.is_finite():
        yield Breach(CONTRACT, "an answer names an amount that is none")


def _found(found: Any, exchange: Exchange) -> Iterator[Breach]:
    if not isinstance(found, NotFound):
        yield from _answer(found, exchange)


def _charges(charges: Any, exchange: Exchange) -> Iterator[Breach]:
    if not isinstance(charges, list):
        yield Breach(CONTRACT, "history returns no list")
        return
    for charge in charges:
        if not isinstance(charge, Charge) or not charge.money.amount > 0:
            yield Breach(CONTRACT, "history holds something that is no charge")
            return
        yield from _identity("charge id", charge.id)
        if charge.line_id != exchange.line.id:
            yield Breach(COUNTED, "a charge of another line is in the history")
    if len({charge.id for charge in charges}) < len(set(charges)):
        yield Breach(COUNTED, "two charges of a history have one id")


_RULES: Final = {
    Call.ACCOUNT: _account,
    Call.LINES: _lines,
    Call.READ: _readings,
    Call.OFFERS: _offers,
    Call.SUBMIT: _answer,
    Call.FIND: _found,
    Call.HISTORY: _charges,
}


def _identity(what: str, text: object) -> Iterator[Breach]:
    """An id is compared and sent back; it is not shown, so markup in it hurts nobody."""
    if not isinstance(text, str) or not text:
        yield Breach(CONTRACT, f"{what} is no text")
    elif not text.isprintable() or len(text) > _ID_CHARS_MAX:
        yield Breach(PLAIN, f"{what} is not one short printable word")


def _text(what: str, text: object) -> Iterator[Breach]:
    if text is None:
        return
    if not isinstance(text, str) or not is_plain(text):
        yield Breach(PLAIN, f"{what} is not plain")


def is_plain(text: str) -> bool:
    """Say whether a text may be shown: short, printable, normal, without the signs that Markdown, HTML and templates need."""
    return (
        len(text) <= _NAME_CHARS_MAX
        and text.isprintable()
        and not _MARKUP & set(text)
        and text == unicodedata.normalize("NFKC", text)
    )
