"""What Repairs shows: orders whose outcome is not known, and an order book that cannot be trusted.

Every step of an order comes by here: an issue is created while its cause lasts, and deleted when it is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .orders.engine import Engine
from .orders.order import Order, OrderState
from .orders.policy import Health

ORDERS_LOCKED: Final = "orders_locked"
ORDER_HELD: Final = "order_held"

DATA_ORDER_ID: Final = "order_id"
DATA_LINE: Final = "line"
DATA_AMOUNT: Final = "amount"
DATA_TIME: Final = "time"

_DATA_TIMERS: Final[HassKey[dict[str, CALLBACK_TYPE]]] = HassKey(
    f"{DOMAIN}.issue_timers"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """One sort of issue about an order."""

    key: str
    after: timedelta
    """Since the order was made. Most orders are settled long before anybody could do something about them."""
    severity: ir.IssueSeverity
    fixable: bool = False


_HELD: Final = _Kind(
    key=ORDER_HELD, after=timedelta(), severity=ir.IssueSeverity.ERROR, fixable=True
)
_MISMATCH: Final = _Kind(
    key="order_mismatch", after=timedelta(), severity=ir.IssueSeverity.ERROR
)
_UNKNOWN: Final = _Kind(
    key="order_unknown", after=timedelta(minutes=2), severity=ir.IssueSeverity.WARNING
)
_PENDING: Final = (
    _Kind(  # I8: whatever blocks a line is seen within a quarter of an hour
        key="order_pending",
        after=timedelta(minutes=15),
        severity=ir.IssueSeverity.WARNING,
    )
)
_KINDS: Final = (_HELD, _MISMATCH, _UNKNOWN, _PENDING)

_KIND_OF: Final[Mapping[OrderState, _Kind]] = {
    OrderState.HELD: _HELD,
    OrderState.UNKNOWN: _UNKNOWN,
    OrderState.PENDING: _PENDING,
}


class OrderIssues:
    """Keeps the issues right for as long as Home Assistant runs.

    It belongs to the house, not to an entry: an order is unsettled just when its account cannot be set up, and the order
    book can be locked before any account is there.
    """

    def __init__(self, hass: HomeAssistant, engine: Engine) -> None:
        """Listen to the engine from now on."""
        self._hass = hass
        self._engine = engine
        self._titles: dict[tuple[str, str], str] = {}
        """By account and line key: what the user calls a line."""
        self._unsettled: dict[str, Order] = {}
        engine.subscribe(self._stepped)
        engine.subscribe_health(self._health_changed)

    @callback
    def async_introduce(self, account_key: str, titles: Mapping[str, str]) -> None:
        """Learn what the lines of an account are called, by line key, and show what is unsettled there."""
        for line_key, title in titles.items():
            self._titles[account_key, line_key] = title
            summary = self._engine.summary(line_key)
            if summary is not None and summary.book.unfinished is not None:
                self._stepped(summary.book.unfinished)

    @callback
    def async_forget(self, account_key: str) -> None:
        """Show nothing of a removed account any more: nobody could act on it here."""
        self._titles = {
            key: title for key, title in self._titles.items() if key[0] != account_key
        }
        for order in tuple(self._unsettled.values()):
            if order.account_key == account_key:
                del self._unsettled[order.id]
                async_delete_issues(self._hass, order)

    @callback
    def _stepped(self, order: Order) -> None:
        title = self._titles.get((order.account_key, order.line_key))
        if title is None:
            return
        if order.open:
            self._unsettled[order.id] = order
        else:
            self._unsettled.pop(order.id, None)
        async_update_issues(self._hass, order, title)

    @callback
    def _health_changed(self) -> None:
        async_update_lock_issue(self._hass, self._engine)


@callback
def async_update_issues(hass: HomeAssistant, order: Order, line_title: str) -> None:
    """Show what a person should know about an order now, or as soon as it has lasted long enough to matter."""
    kind = _kind_of(order)
    async_delete_issues(hass, order, but=kind)
    if kind is None:
        return
    wait = kind.after - (dt_util.utcnow() - order.created_at)
    if wait <= timedelta():
        _create(hass, kind, order, line_title)
        return

    @callback
    def lasted(_: datetime) -> None:
        async_update_issues(hass, order, line_title)

    job = HassJob(lasted, f"{DOMAIN} unsettled order", cancel_on_shutdown=True)
    hass.data[_DATA_TIMERS][order.id] = async_call_later(hass, wait, job)


@callback
def async_delete_issues(
    hass: HomeAssistant, order: Order, *, but: _Kind | None = None
) -> None:
    """Take back what is shown of an order, and what is planned to be; `but`: one sort may stay."""
    if cancel := hass.data.setdefault(_DATA_TIMERS, {}).pop(order.id, None):
        cancel()
    for kind in _KINDS:
        if kind is not but:
            ir.async_delete_issue(hass, DOMAIN, _issue_id(kind, order))


@callback
def async_update_lock_issue(hass: HomeAssistant, engine: Engine) -> None:
    """Show that recharging is locked, for as long as it is."""
    if engine.health is not Health.LOCKED:
        ir.async_delete_issue(hass, DOMAIN, ORDERS_LOCKED)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        ORDERS_LOCKED,
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=ORDERS_LOCKED,
    )


def _kind_of(order: Order) -> _Kind | None:
    if order.alarm and order.state is OrderState.UNKNOWN:
        return _MISMATCH
    return _KIND_OF.get(order.state)


def _issue_id(kind: _Kind, order: Order) -> str:
    return f"{kind.key}_{order.id}"


def _create(hass: HomeAssistant, kind: _Kind, order: Order, line_title: str) -> None:
    texts = {
        DATA_LINE: line_title,
        DATA_AMOUNT: str(order.money),
        DATA_TIME: f"{dt_util.as_local(order.created_at):%Y-%m-%d %H:%M}",
        DATA_ORDER_ID: order.id,
    }
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(kind, order),
        data=dict(texts) if kind.fixable else None,
        is_fixable=kind.fixable,
        severity=kind.severity,
        translation_key=kind.key,
        translation_placeholders=texts,
    )
