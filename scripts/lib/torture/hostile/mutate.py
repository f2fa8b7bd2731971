"""Spoiling a tree. Where the choices come from is the caller's business: a seed, Hypothesis, or a fuzzer's bytes."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any, Final, Protocol

from .scalars import SCALARS
from .shapes import MISSING, Path, at, nodes, number, put

_KEYS: Final = (
    "id",
    "data",
    "status",
    "amount",
    "currency",
    "balance",
    "items",
    "error",
    "code",
    "",
)


class Choice(Protocol):
    """A source of choices."""

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to, not including, `limit`."""
        ...


class Dice:
    """Choices by a seed."""

    def __init__(self, seed: str) -> None:
        """Take the seed."""
        self._random = Random(seed)

    def below(self, limit: int) -> int:
        """Throw."""
        return int(self._random.random() * limit)


class Bytes:
    """Choices by a fuzzer's bytes; when they are used up, the first choice each time."""

    def __init__(self, data: bytes) -> None:
        """Take the bytes."""
        self._data = data
        self._next = 0

    def below(self, limit: int) -> int:
        """Use one byte, or two for many possibilities."""
        width = 1 if limit <= 256 else 2
        piece = self._data[self._next : self._next + width]
        self._next += width
        return int.from_bytes(piece) % limit

    @property
    def rest(self) -> bytes:
        """What was not used."""
        return self._data[self._next :]


def mutated(tree: Any, choice: Choice) -> Any:
    """Return a copy with one to three things changed."""
    for _ in range((1, 1, 2, 3)[choice.below(4)]):
        places = nodes(tree)
        path = places[choice.below(len(places))][0]
        tree = _OPERATIONS[choice.below(len(_OPERATIONS))](tree, path, choice)
    return tree


def grown(choice: Choice, depth: int = 4) -> Any:
    """Return a tree that has nothing to do with any example."""
    kind = choice.below(6) if depth else 0
    if kind == 4:
        return [grown(choice, depth - 1) for _ in range(choice.below(4))]
    if kind == 5:
        return {
            _KEYS[choice.below(len(_KEYS))]: grown(choice, depth - 1)
            for _ in range(choice.below(5))
        }
    return SCALARS[choice.below(len(SCALARS))]


type _Operation = Callable[[Any, Path, Choice], Any]


def _scalar(tree: Any, path: Path, choice: Choice) -> Any:
    return put(tree, path, SCALARS[choice.below(len(SCALARS))])


def _relative(tree: Any, path: Path, choice: Choice) -> Any:
    """Change a value into one that is near it: other units, other signs, other spellings."""
    value = at(tree, path)
    figure = number(value)
    if figure is not None and abs(figure.adjusted()) < 20:
        near: tuple[Any, ...] = (
            figure * 100, figure / 100, -figure, figure + 1, format(figure, "f"),
            f"{figure} ", f"+{figure}", Decimal(int(figure)), int(figure), f"{figure:e}", figure + Decimal("0.001"),
        )  # fmt: skip
        return put(tree, path, near[choice.below(len(near))])
    if isinstance(value, str):
        texts = (
            value.upper(),
            value.lower(),
            f"{value} ",
            f" {value}",
            f"{value}x",
            value[:-1],
            value[::-1],
            value * 9,
        )
        return put(tree, path, texts[choice.below(len(texts))])
    return _scalar(tree, path, choice)


def _dropped(tree: Any, path: Path, _: Choice) -> Any:
    return put(tree, path, MISSING)


def _wrapped(tree: Any, path: Path, choice: Choice) -> Any:
    value = at(tree, path)
    shapes = ([value], {"value": value}, [value, value], [None, value], str(value))
    return put(tree, path, shapes[choice.below(len(shapes))])


def _unwrapped(tree: Any, path: Path, choice: Choice) -> Any:
    value = at(tree, path)
    inside = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(inside, list) or not inside:
        return _scalar(tree, path, choice)
    return put(tree, path, inside[choice.below(len(inside))])


def _repeated(tree: Any, path: Path, choice: Choice) -> Any:
    """Give a list one of its elements again, or a spoilt copy of it."""
    value = at(tree, path)
    if not isinstance(value, list) or not value:
        return _relative(tree, path, choice)
    item = value[choice.below(len(value))]
    if choice.below(2):
        item = _relative(item, _leaf(item, choice), choice)
    where = choice.below(len(value) + 1)
    return put(tree, path, [*value[:where], item, *value[where:]])


def _renamed(tree: Any, path: Path, choice: Choice) -> Any:
    if not path or not isinstance(path[-1], str):
        return _dropped(tree, path, choice)
    value, parent = at(tree, path), dict(at(tree, path[:-1]))
    del parent[path[-1]]
    parent[f"{path[-1]}_"] = value
    return put(tree, path[:-1], parent)


def _swapped(tree: Any, path: Path, choice: Choice) -> Any:
    """Put what stands somewhere else here."""
    return put(tree, path, at(tree, _leaf(tree, choice)))


def _replaced(tree: Any, path: Path, choice: Choice) -> Any:
    return put(tree, path, grown(choice, 3))


def _leaf(tree: Any, choice: Choice) -> Path:
    places = [path for path, node in nodes(tree) if not isinstance(node, dict | list)]
    return places[choice.below(len(places))] if places else ()


# What is near the truth is more likely to be believed, so it comes more often.
_OPERATIONS: Final[tuple[_Operation, ...]] = (
    _scalar, _scalar, _relative, _relative, _relative, _dropped, _dropped, _wrapped, _unwrapped,
    _repeated, _repeated, _renamed, _swapped, _replaced,
)  # fmt: skip
