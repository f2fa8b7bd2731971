"""Reading what comes from outside: each function returns the value or raises `BadInput`."""

from .clock import from_iso


class BadInput(ValueError):
    """What was sent is not what is read here."""


def mapping(data: object, name: str) -> dict[str, object]:
    """Read a JSON object."""
    if not isinstance(data, dict):
        raise BadInput(f"{name}: not an object")
    return data


def sequence(data: object, name: str) -> list[object]:
    """Read a JSON list."""
    if not isinstance(data, list):
        raise BadInput(f"{name}: not a list")
    return data


def text(value: object) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise BadInput(f"not a text: {value!r}")
    return value


def whole(value: object) -> int:
    """Read a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadInput(f"not a whole number: {value!r}")
    return value


def number(value: object) -> float:
    """Read a number; never for money."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadInput(f"not a number: {value!r}")
    return value


def yes_no(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise BadInput(f"not true or false: {value!r}")
    return value


def moment_us(value: object) -> int:
    """Read an ISO 8601 moment."""
    return from_iso(text(value))
