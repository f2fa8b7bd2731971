"""A canary: a value that stands nowhere but in one secret, and every spelling in which it could get out."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
import re
from secrets import token_hex
from typing import Final
from urllib.parse import quote, quote_plus

_GAP: Final = re.compile(r"(?<=\d)(?:%20|\\u00a0|[\s\u00a0\-.()/_]){1,3}(?=\d)")
"""What may stand between the digits of a number."""

_WINDOW: Final = 9
"""So many digits in a row are no accident, and more than the four that may be shown."""

_PIECE: Final = 12
"""So much of a secret is worth something to whoever finds it."""

_DIGITS_MIN: Final = 11


@dataclass(frozen=True, slots=True)
class Said:
    """A text, made ready to be searched for many canaries."""

    lower: str
    joined: str
    """The same without what stands between digits."""

    @classmethod
    def of(cls, text: str) -> Said:
        """Make a text ready."""
        lower = text.lower()
        return cls(lower, _GAP.sub("", lower))


@dataclass(frozen=True, slots=True)
class Canary:
    """One secret or number, and where it may stand because its own user put it there."""

    name: str
    value: str
    allowed: frozenset[str] = frozenset()
    """Surfaces on which it is no leak."""
    _spellings: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _first_digits: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out every spelling once."""
        spellings = dict.fromkeys(one.lower() for one in self._spelt())
        object.__setattr__(self, "_spellings", tuple(spellings))
        first = rf"(?<![0-9a-z]){self.digits[:-4]}(?!\d{{5}})"
        pattern = re.compile(first) if self.is_number else None
        object.__setattr__(self, "_first_digits", pattern)

    @property
    def is_number(self) -> bool:
        """Whether it is the number of a line, a card or an account: its last four digits may be shown."""
        return len(self.digits) >= _DIGITS_MIN and not re.search("[a-zA-Z]", self.value)

    @property
    def digits(self) -> str:
        """Its digits."""
        return re.sub(r"\D", "", self.value)

    def heard_in(self, said: Said) -> tuple[str, str] | None:
        """Return what stands before and behind the canary, or nothing where it is not heard."""
        for spelling in self._spellings:
            before, found, after = said.lower.partition(spelling)
            if found:
                return before, after
        if not self.is_number:
            return None
        before, found, after = said.joined.partition(self.digits)
        if found:
            return before, after
        match = self._first_digits and self._first_digits.search(said.lower)
        return match and (said.lower[: match.start()], said.lower[match.end() :])

    def cut_out(self, text: str) -> str:
        """Return a text without this canary."""
        for spelling in self._spellings:
            text = text.replace(spelling, "…")
        return text

    def _spelt(self) -> Iterator[str]:
        plain = self.value.encode()
        yield self.value
        yield quote(self.value, safe="")
        yield quote_plus(self.value)
        yield plain.hex()
        yield self.value[::-1]
        yield from _base64(plain)
        yield from self._parts_of_numbers() if self.is_number else self._pieces()

    def _parts_of_numbers(self) -> Iterator[str]:
        digits = self.digits
        yield digits[::-1]
        yield digits.encode().hex()
        yield from _base64(digits.encode())
        for start in range(len(digits) - _WINDOW + 1):
            yield digits[start : start + _WINDOW]

    def _pieces(self) -> Iterator[str]:
        """Yield the beginning and the end: a secret that was cut short is a leak too."""
        if len(self.value) >= 2 * _PIECE:
            yield self.value[:_PIECE]
            yield self.value[-_PIECE:]


def _base64(plain: bytes) -> Iterator[str]:
    """Yield what base64 makes of it, wherever in a longer text it stood."""
    for shift in range(3):
        coded = b64encode(b"\0" * shift + plain).decode().rstrip("=")
        # The first characters are shared with what stood before, the last with what came after.
        middle = coded[(0, 2, 3)[shift] : -1]
        yield middle
        yield middle.replace("+", "-").replace("/", "_")


def secret(name: str, *allowed: str) -> Canary:
    """Return a secret as providers hand them out, with characters that every encoding spells in its own way."""
    return Canary(name, f"cnry{token_hex(9)}.~+{token_hex(9)}yrnc", frozenset(allowed))


def word(name: str, *allowed: str) -> Canary:
    """Return an identifier of letters."""
    half = token_hex(8).translate(str.maketrans("0123456789", "ghijklmnop"))
    return Canary(name, f"cnry{half}{half[::-1]}yrnc", frozenset(allowed))


def number(name: str, digits: str, *allowed: str) -> Canary:
    """Return a number as it stands: E.164, ICCID, an account at a bank."""
    return Canary(name, digits, frozenset(allowed))
