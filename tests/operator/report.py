"""The books as tests read them: plain values of everything, with the amounts as they are stored."""

from dataclasses import asdict
from decimal import Decimal

from . import faults, journal, money, shelf
from .books import Books
from .clock import Clock, to_iso
from .model import Charge, Line, Method, Offer, Order
from .replies import Json


def charge(item: Charge) -> dict[str, Json]:
    """Report one time money was taken."""
    shown = _plain(item)
    shown["at"] = to_iso(item.at_us)
    return shown


def line(item: Line) -> dict[str, Json]:
    """Report a line as it stands; the balance as the line's own currency shows it."""
    shown = _plain(item)
    if item.balance is not None:
        shown["balance"] = money.show(item.balance, item.currency)
    shown["valid_until"] = (
        None if item.valid_until_us is None else to_iso(item.valid_until_us)
    )
    return shown


def order(item: Order) -> dict[str, Json]:
    """Report an order."""
    return _plain(item)


def method(item: Method) -> dict[str, Json]:
    """Report a payment method."""
    return _plain(item)


def offer(item: Offer) -> dict[str, Json]:
    """Report an offer."""
    return _plain(item)


def clock(item: Clock) -> dict[str, object]:
    """Report the operator's time and how fast it runs."""
    now_us = item.now_us()
    return {"now": to_iso(now_us), "now_us": now_us, "speed": item.setting.speed}


def everything(books: Books) -> dict[str, object]:
    """Report the whole books at one moment."""
    now_us, db = books.now_us(), books.db
    accounts = shelf.accounts(db)
    return {
        "clock": clock(books.clock),
        "behaviour": books.rules.to_json(),
        "accounts": [
            {
                **asdict(account),
                "methods": [method(item) for item in shelf.methods(db, account.id)],
            }
            for account in accounts
        ],
        "lines": [line(item) for item in shelf.all_lines(db, now_us)],
        "offers": [offer(item) for item in shelf.all_offers(db)],
        "orders": [order(item) for item in shelf.all_orders(db)],
        "charges": [charge(item) for item in shelf.charges(db)],
        "faults": faults.waiting(db),
        "requests": journal.read(db),
    }


def _plain(item: Charge | Line | Method | Offer | Order) -> dict[str, Json]:
    values = asdict(item)
    return {
        name: format(value, "f") if isinstance(value, Decimal) else value
        for name, value in values.items()
    }
