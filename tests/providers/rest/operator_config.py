"""The simulated operator's native format, described for the custom HTTP API."""

from typing import Any

from custom_components.esim_topup.providers.base import Dedupe


def operator_config(
    base_url: str, dedupe: Dedupe = Dedupe.KEY, *, api_key: str = "demo-key"
) -> dict[str, Any]:
    """Return what a user would store for the operator at `base_url`, so that its class is `dedupe`.

    The operator has to behave like it: `idempotency="off"` for everything but K, `lookup=False` for H and N,
    `history=False` for N; `history_references=False` makes H a real one.
    """
    config: dict[str, Any] = {
        "base_url": base_url,
        "auth_header": "Authorization",
        "auth_value": f"Bearer {api_key}",
        "allow_local_http": True,
        "currency": "RUB",
        "poll_minutes": 1,
        "error_code": "error.code",
        "account": {
            "path": "/v1/account",
            "id": "id",
            "currency": "currency",
            "wallet": "wallet.amount",
            "wallet_currency": "wallet.currency",
            "methods": {
                "items": "payment_methods",
                "id": "id",
                "kind": "type",
                "label": "label",
                "last_digits": "last4",
                "funds": "funds",
                "expires": "expires",
            },
        },
        "lines": {
            "path": "/v1/lines",
            "items": "lines",
            "next": "next_page",
            "page_param": "page",
            "id": "id",
            "number": "iccid || msisdn",
            "name": "name",
            "currency": "currency",
        },
        "read": {
            "path": "/v1/lines/{line}",
            "balance": "balance",
            "currency": "currency",
            "data_left": "data_left_bytes",
            "valid_until": "valid_until",
            "as_of": "updated_at",
        },
        "offers": {
            "path": "/v1/lines/{line}/offers",
            "items": "offers",
            "id": "id",
            "name": "name",
            "currency": "currency",
            "price": "price",
            "min": "min",
            "max": "max",
            "step": "step",
            "data": "data_bytes",
            "validity_days": "validity_days",
        },
        "order": {
            "path": "/v1/orders",
            "body": {
                "line": "{line}",
                "offer": "{offer}",
                "amount": "{amount}",
                "currency": "{currency}",
                "method": "{method}",
                "reference": "{reference}",
            },
            "status": "status",
            "succeeded": ["succeeded"],
            "pending": ["pending"],
            "failed": ["failed"],
            "reversed": ["reversed"],
            "id": "id",
            "reference": "reference",
            "line": "line",
            "amount": "amount",
            "currency": "currency",
            "reason": "reason",
            "refusals": [
                "400:bad_request",
                "401:invalid_key",
                "402:insufficient_funds",
                "402:card_declined",
                "402:card_expired",
                "404:unknown_line",
                "404:unknown_offer",
                "410:line_gone",
                "422:amount_out_of_range",
                "422:barred_line",
                "422:price_changed",
                "422:unknown_method",
                "422:wrong_currency",
            ],
        },
    }
    if dedupe is Dedupe.KEY:
        config |= {"idempotency_header": "Idempotency-Key", "key_retention_hours": 24}
    if dedupe in (Dedupe.KEY, Dedupe.LOOKUP):
        config["find"] = {"path": "/v1/orders?reference={reference}", "items": "orders"}
    if dedupe is not Dedupe.NONE:
        config["history"] = {
            "path": "/v1/lines/{line}/history?since={since}",
            "items": "charges",
            "next": "next_page",
            "page_param": "page",
            "id": "id",
            "at": "at",
            "amount": "amount",
            "currency": "currency",
            "reference": "reference",
            "offer": "offer",
            "status": "status",
            "counted": ["succeeded"],
            "ignored": ["reversed"],
        }
    return config
