"""Placeholders in paths and in the body of an order.

`{name}` stands for a value, `{{` and `}}` for braces. In a path a value is percent-encoded; a body is a parsed JSON tree
and values are put into its texts, so no value can end the piece it stands in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
import re
from typing import Final

from ..http import Json, quoted

type Values = Mapping[str, str | int | Decimal | None]
"""What the placeholders stand for. `None`: there is none for this line or order."""

_TOKEN: Final = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}|[{}]")
_BRACES: Final = {"{{": "{", "}}": "}"}
_BODY_DEPTH_MAX: Final = 8


class TemplateError(ValueError):
    """This is no template; `code` says why."""

    def __init__(self, code: str) -> None:
        """Take the reason."""
        self.code = code
        super().__init__(code)


class MissingValue(Exception):
    """A placeholder has no value here; `name` says which."""

    def __init__(self, name: str) -> None:
        """Take the placeholder."""
        self.name = name
        super().__init__(name)


@dataclass(frozen=True, slots=True)
class _Hole:
    """Where a value goes."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A text with placeholders."""

    pieces: tuple[str | _Hole, ...]

    @property
    def names(self) -> frozenset[str]:
        """The placeholders in it."""
        return frozenset(
            piece.name for piece in self.pieces if isinstance(piece, _Hole)
        )

    @property
    def only(self) -> str | None:
        """The placeholder, where there is nothing else."""
        return (
            piece.name
            if len(self.pieces) == 1 and isinstance(piece := self.pieces[0], _Hole)
            else None
        )

    def path(self, values: Values) -> str:
        """Return the text with percent-encoded values. Raises `MissingValue`."""
        return "".join(
            piece
            if isinstance(piece, str)
            else quoted(_text(_value(values, piece.name)))
            for piece in self.pieces
        )

    def text(self, values: Values) -> str:
        """Return the text with the values as they are. Raises `MissingValue`."""
        return "".join(
            piece if isinstance(piece, str) else _text(_value(values, piece.name))
            for piece in self.pieces
        )


def parse_template(text: str, allowed: frozenset[str]) -> Template:
    """Return the template. Raises `TemplateError` for a stray brace or a placeholder that means nothing here."""
    pieces: list[str | _Hole] = []
    end = 0
    for match in _TOKEN.finditer(text):
        pieces.append(text[end : match.start()])
        end = match.end()
        if (name := match[1]) is None:
            if match[0] not in _BRACES:
                raise TemplateError("stray_brace")
            pieces.append(_BRACES[match[0]])
        elif name in allowed:
            pieces.append(_Hole(name))
        else:
            raise TemplateError("unknown_placeholder")
    pieces.append(text[end:])
    return Template(tuple(piece for piece in pieces if piece))


type Tree = dict[str, Tree] | list[Tree] | Template | int | Decimal | bool | None
"""A JSON body whose texts are templates."""


def parse_body(
    value: Json, allowed: frozenset[str], depth: int = _BODY_DEPTH_MAX
) -> Tree:
    """Return the body's template. Raises `TemplateError`; keys are taken as they are and hold no placeholders."""
    if depth == 0:
        raise TemplateError("too_deep")
    match value:
        case str():
            return parse_template(value, allowed)
        case dict():
            if any("{" in key or "}" in key for key in value):
                raise TemplateError("placeholder_in_key")
            return {
                key: parse_body(item, allowed, depth - 1) for key, item in value.items()
            }
        case list():
            return [parse_body(item, allowed, depth - 1) for item in value]
        case _:
            return value


def body_names(tree: Tree) -> frozenset[str]:
    """Return the placeholders in a body."""
    match tree:
        case Template():
            return tree.names
        case dict():
            return frozenset().union(*map(body_names, tree.values()))
        case list():
            return frozenset().union(*map(body_names, tree))
        case _:
            return frozenset()


def fill_body(tree: Tree, values: Values) -> Json:
    """Return the body. Raises `MissingValue` for a value inside a longer text.

    A text that is one placeholder takes its value as it is: numbers become JSON numbers. If there is no value, an object
    does without that key (an order without a chosen payment method), and a list without that element.
    """
    match tree:
        case Template(only=name) if name is not None:
            return values[name]
        case Template():
            return tree.text(values)
        case dict():
            return {
                key: fill_body(item, values)
                for key, item in tree.items()
                if not _is_left_out(item, values)
            }
        case list():
            return [
                fill_body(item, values)
                for item in tree
                if not _is_left_out(item, values)
            ]
        case _:
            return tree


def _is_left_out(tree: Tree, values: Values) -> bool:
    return (
        isinstance(tree, Template)
        and tree.only is not None
        and values[tree.only] is None
    )


def _value(values: Values, name: str) -> str | int | Decimal:
    value = values[name]
    if value is None:
        raise MissingValue(name)
    return value


def _text(value: str | int | Decimal) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)
