"""JMESPath that calculates exactly and invents nothing.

The library works with binary floats and adds up an empty list to zero. Here numbers stay `Decimal`, and nothing in a
list is nothing.
"""

from collections.abc import Mapping
from decimal import Decimal
import json
from typing import Any, Final

from jmespath import functions
from jmespath.parser import ParsedResult, Parser
from jmespath.visitor import Options

from .._values import as_number
from ..http import Json

# Longer ones are not written by people, and nesting needs length.
_CHARS_MAX: Final = 300

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
        self._parsed = ParsedResult(text, _exact(tree))

    def search(self, value: Json) -> Any:
        """Return what it finds, `None` for nothing. Raises `ValueError` where a function cannot work with the value."""
        try:
            return self._parsed.search(value, options=_OPTIONS)
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
