"""From what went wrong to the error that its caller reads: one cause, one key, one text in every language.

`ServiceValidationError` is the caller's mistake; `HomeAssistantError` is not. Texts say what to do next, and whether
anything was sent: who reads "failed" where the outcome is unknown pays twice.
"""

from collections.abc import Mapping
from typing import Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..faults import fault_key
from ..orders.order import Order, OrderState
from ..orders.policy import Reason, Refused, Wish
from ..providers.errors import ProviderError

_CALLERS_MISTAKE: Final = frozenset(
    {
        Reason.NOT_POSITIVE,
        Reason.OTHER_CURRENCY,
        Reason.ABOVE_ORDER_LIMIT,
        Reason.NOT_OFFERED,
        Reason.REQUEST_ID_REUSED,
        Reason.LINE_GONE,
    }
)

# Providers' words for the failures that a person can do something about; any other code is shown as it is.
_CAUSES: Final[Mapping[str, frozenset[str]]] = {
    "insufficient_funds": frozenset(
        {"insufficient_funds", "insufficient_balance", "not_enough_funds"}
    ),
    "card_declined": frozenset({"card_declined", "payment_refused"}),
    "card_expired": frozenset({"card_expired", "expired_card"}),
    "line_barred": frozenset({"line_barred", "barred_line", "barred"}),
    # Our own words: no byte left this machine.
    "not_sent": frozenset(
        {
            "not_sent",
            "offline",
            "dns",
            "tls",
            "no_connection",
            "connect_timeout",
            "invalid_url",
        }
    ),
}

# Whoever asked for the order learns from its state that it never left.
_NEVER_SENT: Final = frozenset(
    {OrderState.DECLINED, OrderState.EXPIRED, OrderState.SUPERSEDED}
)

# Why a provider could not be asked, by the fault's own key: a caller also reads that nothing was sent.
_NOT_ASKED: Final[Mapping[str, str]] = {
    "authentication_failed": "refused_authentication_failed",
    "line_unknown": "refused_line_gone",
    "not_permitted": "offers_not_permitted",
    "not_supported": "offers_not_supported",
    "provider_rate_limited": "offers_rate_limited",
}
# Any other cause passes by itself.
_UNREACHABLE: Final = "refused_provider_unreachable"

_ECHO_LENGTH: Final = 40
"""What a caller wrote is repeated to be recognised, not to be read."""


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the error for a mistake of the caller's."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


def failed(key: str, **placeholders: str) -> HomeAssistantError:
    """Return the error for what is no mistake of the caller's."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


def refused(verdict: Refused, wish: Wish, currency: str) -> HomeAssistantError:
    """Return the error for a recharge that may not be: nothing was sent. `currency` is the account's."""
    error = (
        ServiceValidationError
        if verdict.reason in _CALLERS_MISTAKE
        else HomeAssistantError
    )
    return error(
        translation_domain=DOMAIN,
        translation_key=f"refused_{verdict.reason}",
        translation_placeholders=_placeholders(verdict, wish) | {"currency": currency},
    )


def unfinished(order: Order) -> HomeAssistantError:
    """Return the error for an order that brought nothing. What is not known to have failed may have been paid."""
    amount = str(order.money)
    match order.state:
        case OrderState.FAILED:
            return _failure(order.reason or "unknown", amount)
        case OrderState.REVERSED:
            return failed("recharge_reversed", amount=amount)
        case state if state in _NEVER_SENT:
            return failed("recharge_failed", amount=amount, reason=state.value)
        case _:
            return failed("outcome_unknown", amount=amount)


def not_asked(err: ProviderError) -> HomeAssistantError:
    """Return the error for a question to the provider that got no answer: nothing was sent."""
    return failed(_NOT_ASKED.get(fault_key(err), _UNREACHABLE))


def not_understood() -> HomeAssistantError:
    """Return the error for a provider's module that broke over its own question: nothing was sent."""
    return failed(_UNREACHABLE)


def echo(text: str) -> str:
    """Return what a caller wrote, as far as an error repeats it."""
    return text if len(text) <= _ECHO_LENGTH else f"{text[: _ECHO_LENGTH - 1]}…"


def _placeholders(verdict: Refused, wish: Wish) -> dict[str, str]:
    placeholders = {
        "amount": str(wish.money),
        "offer_id": echo(wish.offer_id),
    }
    if verdict.until is not None:
        placeholders["until"] = dt_util.as_local(verdict.until).strftime(
            "%Y-%m-%d %H:%M"
        )
    if (ceiling := verdict.ceiling) is not None:
        placeholders |= {
            "limit": str(ceiling.limit),
            "spent": str(ceiling.spent),
            "left": str(ceiling.left),
        }
    if wish.only_below is not None:
        placeholders["only_below"] = str(wish.only_below)
    return placeholders


def _failure(code: str, amount: str) -> HomeAssistantError:
    cause = next(
        (cause for cause, codes in _CAUSES.items() if code.lower() in codes), None
    )
    if cause is None:
        return failed("recharge_failed", amount=amount, reason=code)
    return failed(f"recharge_failed_{cause}", amount=amount)
