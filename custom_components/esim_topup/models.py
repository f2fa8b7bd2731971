"""What stored configuration means: from entries and subentries to the values that the engine and the providers use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry

from .const import (
    CONF_ACCOUNT_DAY,
    CONF_ACCOUNT_ID,
    CONF_ACCOUNT_MONTH,
    CONF_ACCOUNT_ROLLING,
    CONF_AMOUNT,
    CONF_BALANCE_BELOW,
    CONF_COOLDOWN_HOURS,
    CONF_CURRENCY,
    CONF_DATA_BELOW_MB,
    CONF_LINE_ID,
    CONF_LINE_KIND,
    CONF_LINE_MONTH,
    CONF_METHOD_ID,
    CONF_NAME,
    CONF_NUMBER,
    CONF_OFFER_ID,
    CONF_PER_ORDER,
    CONF_PROVIDER,
    CONF_VALIDITY_BELOW_DAYS,
)
from .orders.keys import account_key, line_key
from .orders.limits import DEFAULT_COOLDOWN, Limits
from .orders.rule import Rule
from .providers.base import Line, LineKind
from .providers.money import Money

BYTES_PER_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConfig:
    """One line as it is set up: a subentry, a device."""

    subentry_id: str
    key: str
    """The line's name in the order book."""
    account_key: str
    line: Line
    title: str
    currency: str
    rule: Rule
    limits: Limits
    method_id: str | None

    @property
    def registry_key(self) -> str:
        """The line's name among Home Assistant's devices and entities.

        In the order book a number is one line, whichever account it is in; here each account shows its own. It is the
        same again after the account was removed and added anew.
        """
        return f"{self.account_key}_{self.key}"


def line_from(data: Mapping[str, Any], currency: str) -> Line:
    """Return the provider's line that a subentry's data describe."""
    return Line(
        id=data[CONF_LINE_ID],
        kind=LineKind(data[CONF_LINE_KIND]),
        number=data.get(CONF_NUMBER),
        name=data.get(CONF_NAME),
        currency=currency,
    )


def rule_from(data: Mapping[str, Any], currency: str) -> Rule:
    """Return the rule that a subentry's data describe; amounts are in the account's currency."""
    megabytes = data.get(CONF_DATA_BELOW_MB)
    days = data.get(CONF_VALIDITY_BELOW_DAYS)
    return Rule(
        balance_below=money_from(data, CONF_BALANCE_BELOW, currency),
        data_below_bytes=None if megabytes is None else int(megabytes * BYTES_PER_MB),
        validity_below=None if days is None else timedelta(days=days),
        amount=money_from(data, CONF_AMOUNT, currency),
        offer_id=data.get(CONF_OFFER_ID),
    )


def limits_from(
    options: Mapping[str, Any],
    currency: str,
    line: Mapping[str, Any] = MappingProxyType({}),
) -> Limits:
    """Return the limits of the account's options; a line's own month limit and cooldown can only be stricter."""
    hours = [
        source[CONF_COOLDOWN_HOURS]
        for source in (options, line)
        if source.get(CONF_COOLDOWN_HOURS) is not None
    ]
    months = [
        money
        for source in (options, line)
        if (money := money_from(source, CONF_LINE_MONTH, currency)) is not None
    ]
    return Limits(
        per_order=Money.parse(options[CONF_PER_ORDER], currency),
        line_month=min(months) if months else None,
        account_day=money_from(options, CONF_ACCOUNT_DAY, currency),
        account_month=money_from(options, CONF_ACCOUNT_MONTH, currency),
        account_rolling=money_from(options, CONF_ACCOUNT_ROLLING, currency),
        cooldown=timedelta(hours=max(hours)) if hours else DEFAULT_COOLDOWN,
    )


def money_from(data: Mapping[str, Any], key: str, currency: str) -> Money | None:
    """Return a stored decimal string as money; `None` where nothing is stored."""
    value = data.get(key)
    return None if value is None else Money.parse(value, currency)


def line_config(entry: ConfigEntry[Any], subentry: ConfigSubentry) -> LineConfig:
    """Return the line that a subentry of an account sets up."""
    currency: str = entry.data[CONF_CURRENCY]
    line = line_from(subentry.data, currency)
    account = entry.data[CONF_PROVIDER], entry.data[CONF_ACCOUNT_ID]
    return LineConfig(
        subentry_id=subentry.subentry_id,
        key=line_key(*account, line),
        account_key=account_key(*account),
        line=line,
        title=subentry.title,
        currency=currency,
        rule=rule_from(subentry.data, currency),
        limits=limits_from(entry.options, currency, subentry.data),
        method_id=subentry.data.get(CONF_METHOD_ID) or entry.data.get(CONF_METHOD_ID),
    )
