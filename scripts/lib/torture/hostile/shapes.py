"""JSON trees: where things stand in them, and copies with one thing changed."""

from collections.abc import Iterator
from decimal import Decimal
import re
from typing import Any, Final

type Path = tuple[str | int, ...]
"""Keys and positions from the root."""

_PLAIN: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


def nodes(tree: Any) -> list[tuple[Path, Any]]:
    """Return every node with its path, the root first. It is asked a million times, so it does not recurse."""
    found: list[tuple[Path, Any]] = [((), tree)]
    for path, node in found:  # grows while it is read
        if isinstance(node, dict):
            found += [((*path, key), item) for key, item in node.items()]
        elif isinstance(node, list):
            found += [((*path, place), item) for place, item in enumerate(node)]
    return found


def leaves(tree: Any) -> Iterator[tuple[Path, Any]]:
    """Yield every value that holds no others."""
    return (
        (path, node) for path, node in nodes(tree) if not isinstance(node, dict | list)
    )


def records(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object."""
    return (node for _, node in nodes(tree) if isinstance(node, dict))


MISSING: Final = object()
"""Nothing stands there: not even null."""


def at(tree: Any, path: Path) -> Any:
    """Return what stands at a path, `MISSING` for nothing."""
    for key in path:
        if isinstance(tree, list):
            inside: Any = dict(enumerate(tree))
        else:
            inside = tree if isinstance(tree, dict) else {}
        tree = inside.get(key, MISSING)
    return tree


def put(tree: Any, path: Path, value: Any) -> Any:
    """Return a copy with another value at a path that exists; `MISSING` takes it out."""
    if not path:
        return None if value is MISSING else value
    key, rest = path[0], path[1:]
    copy: Any = dict(tree) if isinstance(tree, dict) else list(tree)
    if rest or value is not MISSING:
        copy[key] = put(copy[key], rest, value)
    else:
        del copy[key]
    return copy


def number(value: object) -> Decimal | None:
    """Return the plain number that a leaf spells, as a number or as a text."""
    match value:
        case bool():
            return None
        case int() | Decimal():
            found = Decimal(value)
            return found if found.is_finite() else None
        case str() if _PLAIN.fullmatch(text := value.strip()):
            return Decimal(text)
        case _:
            return None


def same(one: object, other: object) -> bool:
    """Say whether two leaves mean the same to any honest reader: `300`, `300.00` and `"300"` do."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    left, right = number(one), number(other)
    if left is not None and right is not None:
        return left == right
    if isinstance(one, str) and isinstance(other, str):
        return one.strip().casefold() == other.strip().casefold()
    return type(one) is type(other) and one == other


def spell(tree: Any) -> str:
    """Return a tree as people read it, cut where it gets long."""
    text = repr(tree)
    return text if len(text) <= 600 else f"{text[:500]} … {text[-80:]}"
