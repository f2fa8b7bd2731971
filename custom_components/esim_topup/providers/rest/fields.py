"""Reading the description of an API, field by field, so that each mistake can be shown beside its field."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
import re
from typing import Any, Final, NoReturn

from .._values import as_word
from ..http import Definite
from ..http.address import is_path
from ..http.faults import may_be_definite
from ..money import InvalidMoney, Money
from .expressions import Expression
from .templates import Template, TemplateError, parse_template

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
# These belong to the connection. A second one would be read differently by a proxy and by the API behind it.
_HEADERS_TAKEN: Final = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection"}
)
_REFUSAL: Final = re.compile(r"([0-9]{3})(?::(.{1,64}))?")


class RestConfigError(ValueError):
    """The description has a mistake: `field` is where (`order.status`), `code` is what, as a key for a translation."""

    def __init__(self, field: str, code: str) -> None:
        """Take where and what. The value is not kept: it may be a secret."""
        self.field = field
        self.code = code
        super().__init__(f"{field}: {code}")


class Section:
    """One mapping of the description. Every field is taken once; what is left at the end is a misspelt one."""

    def __init__(self, data: object, name: str = "") -> None:
        """Take the mapping. A field that a form left empty (`None` or an empty text) is not there."""
        self._name = name
        if not isinstance(data, Mapping) or not all(
            isinstance(key, str) for key in data
        ):
            raise RestConfigError(name or "base", "not_a_mapping")
        self._left: dict[str, Any] = {
            key: value
            for key, value in data.items()
            if value is not None and value != ""
        }

    def fail(self, key: str, code: str) -> NoReturn:
        """Refuse a field."""
        raise RestConfigError(f"{self._name}.{key}" if self._name else key, code)

    def done(self) -> None:
        """Refuse fields that nobody asked for."""
        for key in self._left:
            self.fail(key, "unknown_key")

    def __contains__(self, key: str) -> bool:
        """Say whether the field is there and has not been taken."""
        return key in self._left

    def section(self, key: str) -> Section | None:
        """Return the mapping in a field."""
        value = self._left.pop(key, None)
        return (
            None
            if value is None
            else Section(value, f"{self._name}.{key}" if self._name else key)
        )

    def value(self, key: str) -> Any:
        """Return whatever is in a field that must be there."""
        if key not in self._left:
            self.fail(key, "required")
        return self._left.pop(key)

    def text(self, key: str) -> str | None:
        """Return a text."""
        value = self._left.pop(key, None)
        if not isinstance(value, str | None):
            self.fail(key, "not_a_text")
        return value

    def need_text(self, key: str) -> str:
        """Return a text that must be there."""
        text = self.text(key)
        return self.fail(key, "required") if text is None else text

    def flag(self, key: str) -> bool:
        """Return true or false; false where nothing is said."""
        value = self._left.pop(key, False)
        if not isinstance(value, bool):
            self.fail(key, "not_a_flag")
        return value

    def integer(self, key: str, *, default: int, bounds: range) -> int:
        """Return a whole number; number fields of a form give `15.0`."""
        value = self._left.pop(key, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not float(value).is_integer()
        ):
            self.fail(key, "not_a_number")
        if int(value) not in bounds:
            self.fail(key, "out_of_range")
        return int(value)

    def money(self, key: str, currency: str) -> Money:
        """Return an amount above zero, from a text or a number as a person typed it."""
        value = self.value(key)
        try:
            money = Money.parse(
                str(value) if isinstance(value, float) else value, currency
            )
        except InvalidMoney:
            self.fail(key, "not_an_amount")
        return money if money.amount > 0 else self.fail(key, "out_of_range")

    def choice[T: StrEnum](self, key: str, default: T) -> T:
        """Return one of the values of an enumeration."""
        text = self.text(key)
        try:
            return default if text is None else type(default)(text)
        except ValueError:
            self.fail(key, "not_a_choice")

    def one_of(self, key: str, values: Collection[str], default: str) -> str:
        """Return one of these texts."""
        text = self.text(key) or default
        return text if text in values else self.fail(key, "not_a_choice")

    def words(self, key: str) -> frozenset[str]:
        """Return a list of status words, written as answers are compared with them."""
        try:
            words = frozenset(as_word(item) for item in self._list(key))
        except ValueError:
            self.fail(key, "not_a_list")
        return frozenset(
            self.fail(key, "not_a_list") if word is None else word for word in words
        )

    def definite(self, key: str, default: Definite = frozenset()) -> Definite:
        """Return a list of refusals: `402`, or `402:insufficient_funds`."""
        return (
            frozenset(self._refusal(key, item) for item in self._list(key))
            if key in self._left
            else default
        )

    def expression(self, key: str) -> Expression | None:
        """Return a JMESPath expression."""
        text = self.text(key)
        try:
            return None if text is None else Expression(text)
        except ValueError:
            self.fail(key, "bad_expression")

    def need_expression(self, key: str) -> Expression:
        """Return a JMESPath expression that must be there."""
        expression = self.expression(key)
        return self.fail(key, "required") if expression is None else expression

    def path(self, key: str, allowed: frozenset[str] = frozenset()) -> Template:
        """Return a path template: `/...`, percent-encoded by its writer where needed, with or without a query."""
        text = self.need_text(key)
        try:
            template = parse_template(text, allowed)
        except TemplateError as err:
            self.fail(key, err.code)
        return (
            template
            if is_path(template.path(dict.fromkeys(allowed, "x")))
            else self.fail(key, "bad_path")
        )

    def header_name(self, key: str) -> str | None:
        """Return the name of a request header."""
        name = self.text(key)
        return (
            name
            if name is None or _is_header_name(name)
            else self.fail(key, "bad_header")
        )

    def headers(self) -> dict[str, str]:
        """Return all that is left as names and values of request headers."""
        return {
            key: self.header_value(key) or ""
            if _is_header_name(key)
            else self.fail(key, "bad_header")
            for key in tuple(self._left)
        }

    def header_value(self, key: str) -> str | None:
        """Return the value of a request header."""
        value = self.text(key)
        if value is not None and not (value.isascii() and value.isprintable()):
            self.fail(key, "bad_header")
        return value

    def _list(self, key: str) -> Iterable[object]:
        value = self._left.pop(key, [])
        return (
            value if isinstance(value, list | tuple) else self.fail(key, "not_a_list")
        )

    def _refusal(self, key: str, item: object) -> int | tuple[int, str]:
        match = _REFUSAL.fullmatch(str(item))
        if match is None:
            self.fail(key, "bad_refusal")
        status, code = int(match[1]), match[2]
        if not may_be_definite(status):
            self.fail(key, "not_definite")
        return status if code is None else (status, code)


def _is_header_name(name: str) -> bool:
    return (
        _HEADER_NAME.fullmatch(name) is not None and name.lower() not in _HEADERS_TAKEN
    )
