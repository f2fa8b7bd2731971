"""Reading the description of the calls that look. `None`: this call is not described."""

from .._values import DATA_UNITS, AmountUnit
from ..base import OpenAmount
from ..money import Money
from .fields import Section
from .model import (
    LINE_NAMES,
    AccountCall,
    LinesCall,
    Listing,
    MethodsPart,
    OffersCall,
    ReadCall,
)


def listing_of(
    part: Section, allowed: frozenset[str], *, need_items: bool = True
) -> Listing:
    """Read where a list stands. Raises `RestConfigError`."""
    listing = Listing(
        path=part.path("path", allowed),
        items=part.need_expression("items") if need_items else part.expression("items"),
        next=part.expression("next"),
        page_param=part.text("page_param"),
        first_page=part.integer("first_page", default=1, bounds=range(2)),
    )
    if listing.items is None and (
        listing.next is not None or listing.page_param is not None
    ):
        part.fail("items", "required")
    return listing


def need_line(part: Section, names: frozenset[str]) -> None:
    """Refuse a path of one line that does not name the line. Raises `RestConfigError`."""
    if not names & LINE_NAMES:
        part.fail("path", "missing_line")


def amount_unit_of(part: Section) -> AmountUnit:
    """Read how amounts are written. Raises `RestConfigError`."""
    return part.choice("amount_unit", AmountUnit.MAJOR)


def parse_account(top: Section) -> AccountCall | None:
    """Read the account's answer. Raises `RestConfigError`."""
    if (part := top.section("account")) is None:
        return None
    call = AccountCall(
        path=part.path("path"),
        id=part.expression("id"),
        name=part.expression("name"),
        currency=part.expression("currency"),
        wallet=part.expression("wallet"),
        wallet_currency=part.expression("wallet_currency"),
        amount_unit=amount_unit_of(part),
        methods=_methods(part),
    )
    part.done()
    return call


def _methods(account: Section) -> MethodsPart | None:
    if (part := account.section("methods")) is None:
        return None
    methods = MethodsPart(
        items=part.need_expression("items"),
        id=part.need_expression("id"),
        kind=part.need_expression("kind"),
        label=part.expression("label"),
        last_digits=part.expression("last_digits"),
        funds=part.expression("funds"),
        currency=part.expression("currency"),
        expires=part.expression("expires"),
        amount_unit=amount_unit_of(part),
    )
    part.done()
    return methods


def parse_lines(top: Section) -> LinesCall | None:
    """Read the list of lines. Raises `RestConfigError`."""
    if (part := top.section("lines")) is None:
        return None
    call = LinesCall(
        listing=listing_of(part, frozenset()),
        id=part.need_expression("id"),
        number=part.expression("number"),
        name=part.expression("name"),
        currency=part.expression("currency"),
    )
    part.done()
    return call


def parse_read(top: Section, lines: LinesCall | None) -> ReadCall | None:
    """Read where the readings stand. Raises `RestConfigError`."""
    if (part := top.section("read")) is None:
        return None
    from_list = part.flag("from_list")
    if from_list and lines is None:
        part.fail("from_list", "lines_required")
    call = ReadCall(
        path=None if from_list else part.path("path", LINE_NAMES),
        balance=part.expression("balance"),
        currency=part.expression("currency"),
        amount_unit=amount_unit_of(part),
        data_left=part.expression("data_left"),
        data_unit=part.one_of("data_unit", DATA_UNITS, "B"),
        voice_left_minutes=part.expression("voice_left_minutes"),
        sms_left=part.expression("sms_left"),
        valid_until=part.expression("valid_until"),
        as_of=part.expression("as_of"),
    )
    part.done()
    if call.path is not None:
        need_line(part, call.path.names)
    if not call.quantities:
        part.fail("balance", "required")
    return call


def parse_offers(top: Section) -> OffersCall | None:
    """Read the list of what can be bought. Raises `RestConfigError`."""
    if (part := top.section("offers")) is None:
        return None
    call = OffersCall(
        listing=listing_of(part, LINE_NAMES),
        id=part.need_expression("id"),
        name=part.expression("name"),
        price=part.expression("price"),
        minimum=part.expression("min"),
        maximum=part.expression("max"),
        step=part.expression("step"),
        currency=part.expression("currency"),
        amount_unit=amount_unit_of(part),
        data=part.expression("data"),
        data_unit=part.one_of("data_unit", DATA_UNITS, "B"),
        validity_days=part.expression("validity_days"),
    )
    part.done()
    if call.price is None and (call.minimum is None or call.maximum is None):
        part.fail("price", "required")
    return call


def parse_open_amount(top: Section, currency: str) -> OpenAmount | None:
    """Read the bounds that a person typed, where no call tells them. Raises `RestConfigError`."""
    if (part := top.section("open_amount")) is None:
        return None
    minimum, maximum = part.money("min", currency), part.money("max", currency)
    if maximum < minimum:
        part.fail("max", "out_of_range")
    step = (
        part.money("step", currency)
        if "step" in part
        else Money.from_minor(1, currency)
    )
    offer_id = part.text("id") or "open"
    offer = OpenAmount(
        id=offer_id,
        name=part.text("name") or offer_id,
        minimum=minimum,
        maximum=maximum,
        step=step.amount,
    )
    part.done()
    return offer
