"""Names that more than one file uses: the domain, the keys of stored configuration, the times that users wait for."""

from datetime import timedelta
from typing import Final

DOMAIN: Final = "esim_topup"

SUBENTRY_LINE: Final = "line"

# Config entry data: one account.
CONF_PROVIDER: Final = "provider"
CONF_CREDENTIALS: Final = "credentials"
CONF_ACCOUNT_ID: Final = "account_id"
CONF_CURRENCY: Final = "currency"
CONF_METHOD_ID: Final = "method_id"
CONF_BOOK_ID: Final = "book_id"

# Config entry options: hard limits, amounts as decimal strings in the account's currency.
CONF_PER_ORDER: Final = "per_order"
CONF_LINE_MONTH: Final = "line_month"
CONF_ACCOUNT_DAY: Final = "account_day"
CONF_ACCOUNT_MONTH: Final = "account_month"
CONF_ACCOUNT_ROLLING: Final = "account_rolling"
CONF_COOLDOWN_HOURS: Final = "cooldown_hours"

# Config subentry data: one line, its rule, and its own limits below those of the account.
CONF_LINE_ID: Final = "line_id"
CONF_LINE_KIND: Final = "kind"
CONF_NUMBER: Final = "number"
CONF_NAME: Final = "name"
CONF_BALANCE_BELOW: Final = "balance_below"
CONF_DATA_BELOW_MB: Final = "data_below_mb"
CONF_VALIDITY_BELOW_DAYS: Final = "validity_below_days"
CONF_AMOUNT: Final = "amount"
CONF_OFFER_ID: Final = "offer_id"

LIVE_FIELDS: Final = frozenset(
    {
        CONF_BALANCE_BELOW,
        CONF_DATA_BELOW_MB,
        CONF_VALIDITY_BELOW_DAYS,
        CONF_AMOUNT,
        CONF_OFFER_ID,
        CONF_METHOD_ID,
    }
)
"""The fields of a line that an entity may change: they are taken over in place, without a reload."""

ORDER_BOOK_FILE: Final = "esim_topup.orders.db"
"""Lies in `.storage`, so that Home Assistant's backups hold it."""

OFFERS_MAX_AGE: Final = timedelta(hours=6)
"""What can be bought changes seldom; the engine's own look just before paying is what counts."""

SIGNAL_ORDER: Final = f"{DOMAIN}_order_{{}}"
"""Dispatcher signal, to be filled with a line key: an order of the line took a step. Carries the order."""

SIGNAL_HEALTH: Final = f"{DOMAIN}_health"
"""Dispatcher signal: the engine was locked or unlocked."""
