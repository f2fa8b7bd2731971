"""The figures of a line and what explains them, read off its view. Unknown is `None`, never 0."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .choices import method_label
from .orders.payment import method_of
from .providers.base import Reading
from .providers.money import Money
from .view import LineView


def read[T](pick: Callable[[Reading], T]) -> Callable[[LineView], T | None]:
    """Return what picks a figure out of a line's reading, where there is one."""
    return lambda view: None if view.reading is None else pick(view.reading)


def voice_left_seconds(reading: Reading) -> int | None:
    """Return the time to talk that is left."""
    left = reading.voice_left
    return None if left is None else int(left.total_seconds())


def age(view: LineView) -> Mapping[str, Any]:
    """Say how old a figure is, where it should be younger."""
    return {} if view.stale_since is None else {"stale_since": view.stale_since}


def spent(view: LineView) -> Money | None:
    """Return what counts against the line's limit of this month."""
    return None if view.summary is None else view.summary.book.spent.line_month


def spending_limit(view: LineView) -> Mapping[str, Any]:
    """Say how much it may be."""
    limit = view.line.limits.line_month
    return {"limit": None if limit is None else limit.plain}


def last_top_up(view: LineView) -> datetime | None:
    """Return when a top-up last succeeded."""
    last = None if view.summary is None else view.summary.last_success
    return None if last is None else last.updated_at


def last_orders(view: LineView) -> Mapping[str, Any]:
    """Say what the last top-up was, and how the newest attempt ended: they differ when the newest failed."""
    if view.summary is None or (newest := view.summary.last) is None:
        return {}
    result = {"result": newest.state, "reason": newest.reason}
    if (last := view.summary.last_success) is None:
        return result
    method = method_of(view.account, last.method_id)
    return {
        "amount": last.money.plain,
        "currency": last.money.currency,
        "method": None if method is None else method_label(method),
        "origin": last.origin,
        **result,
    }


def why(view: LineView) -> Mapping[str, Any]:
    """Say why the line stands as it does, when it may change, and what one top-up could cost."""
    status, left = view.status, view.limit_left
    return {
        "reason": status.reason,
        "next_allowed": status.until,
        "limit_left": None if left is None else left.plain,
        "currency": view.line.currency,
    }
