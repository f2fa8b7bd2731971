"""A small API, described."""

from typing import Any


def description(
    base_url: str = "https://api.example.com", **more: Any
) -> dict[str, Any]:
    """Return the description of a small API; `more` replaces or (with `None`) removes whole parts."""
    config: dict[str, Any] = {
        "base_url": base_url,
        "allow_local_http": base_url.startswith("http:"),
        "auth_value": "Bearer CANARY",
        "currency": "RUB",
        "error_code": "error",
        "lines": {"path": "/lines", "items": "@", "id": "id", "number": "number"},
        "read": {"path": "/lines/{line}", "balance": "balance"},
        "open_amount": {"min": "10", "max": "500", "step": "1"},
        "order": {
            "path": "/orders",
            "body": {"line": "{line}", "amount": "{amount}", "ref": "{reference}"},
            "status": "status",
            "succeeded": ["done"],
            "pending": ["wait"],
            "failed": ["no"],
            "reversed": ["back"],
            "id": "id",
            "reference": "ref",
            "line": "line",
            "amount": "amount",
            "currency": "currency",
            "reason": "why",
            "refusals": [400, "402:no_money"],
        },
        "find": {"path": "/orders?ref={reference}", "items": "@"},
        "history": {
            "path": "/lines/{line}/charges?since={since}",
            "items": "@",
            "id": "id",
            "at": "at",
            "amount": "amount",
        },
    }
    config |= more
    return {key: value for key, value in config.items() if value is not None}


def changed(part: str, **fields: Any) -> dict[str, Any]:
    """Return the description with some fields of one part replaced, or (with `None`) removed."""
    config = description()
    config[part] = {**config.get(part, {}), **fields}
    config[part] = {
        key: value for key, value in config[part].items() if value is not None
    }
    return config
