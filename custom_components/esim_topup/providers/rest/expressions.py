"""JMESPath that calculates exactly and invents nothing.

The library works with binary floats and adds up an empty list to zero. Here numbers stay `Decimal`, and nothing in a
list is nothing.
"""

from collections.abc import Mapping
from decimal import Decimal
import json
from typing import Any, Final, override

from jmespath import functions
from jmespath.parser import Parser
from jmespath.visitor import Options, TreeInterpreter

from .._values import as_number
from ..http import Json

# Longer ones are not written by people, and nesting needs length.
_CHARS_MAX: Final = 300

# Far more than any answer that is small enough to be read gives reason for, and still well under a second.
_BUDGET: Final = 500_000

_CHARS_PER_STEP: Final = 16

# What the library raises for values it did not expect, apart from its own errors, which are ValueErrors.
_EVALUATION_ERRORS: Final = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RecursionError,
)


class Expression:
    """One compiled expression."""

    def __init__(self, text: str) -> None:
        """Compile. Raises `ValueError` for what is no expression, or calls a function that does not exist."""
        if len(text) > _CHARS_MAX:
            raise ValueError("expression too long")
        try:
            tree = Parser().parse(text).parsed
        except _EVALUATION_ERRORS:
            raise ValueError("not a JMESPath expression") from None
        self._tree = _exact(tree)

    def search(self, value: Json) -> Any:
        """Return what it finds, `None` for nothing. Raises `ValueError` where a function cannot work with the value."""
        try:
            return _Frugal(_OPTIONS).visit(self._tree, value)
        except _EVALUATION_ERRORS:
            raise ValueError("the expression does not fit the answer") from None


class _ExactFunctions(functions.Functions):
    """The library's functions with `Decimal` for a number. What is changed here is not in its type stubs."""

    def _get_allowed_pytypes(self, types: Any) -> Any:
        allowed, allowed_in_list = super()._get_allowed_pytypes(types)  # type: ignore[misc]  # its stubs leave this out
        if "float" in allowed:
            allowed.append("Decimal")
        return allowed, [
            (*names, "Decimal") if "float" in names else names
            for names in allowed_in_list
        ]

    def _convert_to_jmespath_type(self, pyobject: str) -> Any:
        if pyobject == "Decimal":
            return "number"
        return super()._convert_to_jmespath_type(pyobject)  # type: ignore[misc]  # its stubs leave this out

    @functions.signature({"types": []})
    def _func_to_number(self, arg: Any) -> Decimal | None:
        try:
            return as_number(arg)
        except ValueError:
            return None

    @functions.signature({"types": []})
    def _func_to_string(self, arg: Any) -> Any:
        if isinstance(arg, Decimal):
            return format(arg, "f")
        return super()._func_to_string(arg)  # type: ignore[misc]  # its stubs leave this out

    @functions.signature({"types": []})
    def _func_type(self, arg: Any) -> Any:
        if isinstance(arg, Decimal):
            return "number"
        return super()._func_type(arg)  # type: ignore[misc]  # its stubs leave this out

    @functions.signature({"types": ["array-number"]})
    def _func_sum(self, arg: Any) -> Any:
        return sum(arg, Decimal(0)) if arg else None

    @functions.signature({"types": ["array-number"]})
    def _func_avg(self, arg: Any) -> Any:
        return sum(arg, Decimal(0)) / len(arg) if arg else None


_OPTIONS: Final = Options(custom_functions=_ExactFunctions())


class _Frugal(TreeInterpreter):
    """Ends expressions that double a list step by step: a few dozen characters could fill any memory."""

    def __init__(self, options: Options) -> None:
        """Begin with the whole budget."""
        super().__init__(options)
        self._left = _BUDGET

    @override
    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        found = super().visit(node, *args, **kwargs)
        self._left -= 1 + _size(found)
        if self._left < 0:
            raise ValueError("too much work")
        return found


def _size(value: Any) -> int:
    match value:
        case str():
            return len(value) // _CHARS_PER_STEP
        case list() | dict():
            return len(value)
    return 0


def _exact(node: Any) -> Any:
    """Return a copy of a syntax tree with exact numbers, after a look at its function calls.

    A copy, because the library keeps trees for everybody in this process.
    """
    if not isinstance(node, Mapping):
        return node
    match node["type"]:
        case "literal":
            return {
                **node,
                "value": json.loads(json.dumps(node["value"]), parse_float=Decimal),
            }
        case "function_expression":
            _check_call(node["value"], len(node["children"]))
    return {**node, "children": [_exact(child) for child in node["children"]]}


def _check_call(name: str, arguments: int) -> None:
    known = _ExactFunctions.FUNCTION_TABLE.get(name)
    if known is None:
        raise ValueError("no such function")
    signature = known["signature"]
    variadic = bool(signature) and bool(signature[-1].get("variadic"))
    if arguments < len(signature) or (arguments > len(signature) and not variadic):
        raise ValueError("wrong number of arguments")
