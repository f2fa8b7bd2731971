"""From the bytes of an answer to exact JSON, and from exact JSON to the bytes of a request.

Numbers with a point are `Decimal`, so `10.10` stays `10.10`. Whatever two readers could understand differently (NaN,
keys given twice, half a character) or only an attacker would send (bombs, thousands of levels) is refused.
"""

from decimal import Decimal
import json
from typing import Final, NoReturn

from aiohttp import ClientResponse

type Json = dict[str, Json] | list[Json] | str | int | Decimal | bool | None

# The largest honest answer seen is a page of 250 lines: a tenth of this.
BODY_BYTES_MAX: Final = 256 * 1024

_CHUNK_BYTES: Final = 16 * 1024

# Real answers have up to 8 levels. More would only wait for the first recursive function that touches them.
_DEPTH_MAX: Final = 64

# A longer number is no amount, count or time; written out, 1e999999999 alone would fill the memory.
_NUMBER_CHARS_MAX: Final = 40


class BodyError(Exception):
    """The body cannot be used; `code` is a short machine word, and nothing of the body is kept."""

    def __init__(self, code: str) -> None:
        """Take the reason."""
        self.code = code
        super().__init__(code)


async def read_body(response: ClientResponse) -> bytes:
    """Return the unpacked body. Raises `BodyError` as soon as it grows over the limit, and what aiohttp raises."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise BodyError("too_large")
    return bytes(body)


def parse_json(body: bytes) -> Json:
    """Return what the body says. Raises `BodyError` for everything that is not one plain JSON text in UTF-8."""
    if not body.strip():
        raise BodyError("empty")
    try:
        value: Json = _DECODER.decode(body.decode("utf-8-sig"))
        _check(value)
    except ValueError, ArithmeticError, RecursionError:
        raise BodyError("not_json") from None
    return value


def dump_json(value: Json) -> bytes:
    """Return the JSON text of `value`. A `Decimal` becomes a number with exactly its digits."""
    return _dump(value).encode()


def _dump(value: Json) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case dict():
            return (
                "{"
                + ",".join(
                    f"{json.dumps(key)}:{_dump(item)}" for key, item in value.items()
                )
                + "}"
            )
        case list():
            return "[" + ",".join(_dump(item) for item in value) + "]"
        case _:
            return json.dumps(value, allow_nan=False)


def _check(value: Json) -> None:
    """Refuse too many levels, and halves of a character (they cannot be stored or sent on)."""
    level: list[Json] = [value]
    for _ in range(_DEPTH_MAX):
        below: list[Json] = []
        for item in level:
            match item:
                case str():
                    item.encode()
                case dict():
                    "".join(item).encode()
                    below.extend(item.values())
                case list():
                    below.extend(item)
        if not below:
            return
        level = below
    raise ValueError


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if len(text) > _NUMBER_CHARS_MAX or abs(number.adjusted()) > _NUMBER_CHARS_MAX:
        raise ValueError
    return number


def _integer(text: str) -> int:
    if len(text) > _NUMBER_CHARS_MAX:
        raise ValueError
    return int(text)


def _constant(_name: str) -> NoReturn:
    raise ValueError


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError
    return value


_DECODER: Final = json.JSONDecoder(
    parse_float=_number,
    parse_int=_integer,
    parse_constant=_constant,
    object_pairs_hook=_object,
)
