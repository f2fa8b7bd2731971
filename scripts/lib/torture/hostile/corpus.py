"""Bodies that were seen to break somebody's parser, told to every request as the bytes they are."""

from collections.abc import Callable, Mapping
from dataclasses import replace
import json
import time
import tracemalloc
from typing import Final

from .attack import Attack
from .court import Blow
from .oracles import Breach
from .seams import as_wire

CHEAP: Final = "an answer is cheap to read"
SECONDS_MAX: Final = 1.0
BYTES_MAX: Final = 50 * 1024 * 1024

type Spoil = Callable[[bytes], bytes]

_LIMIT: Final = 256 * 1024


def _twice(body: bytes) -> bytes:
    """Name each member of the outermost object twice: the truth first, then nothing."""
    try:
        pairs = [(key, item) for key, item in json.loads(body).items()]
    except ValueError, AttributeError:
        return body + body
    named = [f"{json.dumps(key)}:{json.dumps(item)}" for key, item in pairs]
    return (
        "{" + ",".join([*named, *(f"{json.dumps(key)}:0" for key, _ in pairs)]) + "}"
    ).encode()


def _with(member: bytes) -> Spoil:
    """Add a member to the truth."""
    return lambda body: (
        b'{"extra":' + member + b"," + body.lstrip()[1:]
        if body.lstrip()[:1] == b"{"
        else b"[" + member + b"]"
    )


def _numbers(text: str) -> Spoil:
    """Write this in the place of every number and amount."""

    def spoil(body: bytes) -> bytes:
        try:
            tree = json.loads(body)
        except ValueError:
            return body
        return _dump(tree, text).encode()

    return spoil


def _dump(tree: object, text: str) -> str:
    match tree:
        case dict():
            return (
                "{"
                + ",".join(
                    f"{json.dumps(key)}:{_dump(item, text)}"
                    for key, item in tree.items()
                )
                + "}"
            )
        case list():
            return "[" + ",".join(_dump(item, text) for item in tree) + "]"
        case bool() | None:
            return json.dumps(tree)
        case int() | float():
            return text
        case str() if tree.replace(".", "", 1).isdigit():
            return text
        case _:
            return json.dumps(tree)


def _many(count: int) -> Spoil:
    """Repeat the first element of every list of the truth so often."""

    def spoil(body: bytes) -> bytes:
        try:
            tree = json.loads(body)
        except ValueError:
            return body
        lists = (
            {key: item * count for key, item in tree.items() if isinstance(item, list)}
            if isinstance(tree, dict)
            else {}
        )
        return json.dumps(tree | lists if lists else [tree] * count).encode()

    return spoil


CORPUS: Final[Mapping[str, Spoil]] = {
    "nothing": lambda _: b"",
    "spaces": lambda _: b" \r\n\t ",
    "null": lambda _: b"null",
    "true": lambda _: b"true",
    "a number": lambda _: b"0",
    "a text": lambda _: b'"succeeded"',
    "an empty list": lambda _: b"[]",
    "an empty object": lambda _: b"{}",
    "HTML": lambda _: b"<!DOCTYPE html><html><title>502 Bad Gateway</title></html>",
    "XML": lambda _: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "JSONP": lambda body: b"callback(" + body + b");",
    "a guard before it": lambda body: b")]}',\n" + body,
    "two documents": lambda body: body + b"\n" + body,
    "a comma too many": lambda body: body[:-1] + b"," + body[-1:],
    "a comment": lambda body: b"/* */" + body,
    "single quotes": lambda body: body.replace(b'"', b"'"),
    "BOM": lambda body: b"\xef\xbb\xbf" + body,
    "two BOMs": lambda body: b"\xef\xbb\xbf\xef\xbb\xbf" + body,
    "UTF-16": lambda body: body.decode("utf-8", "replace").encode("utf-16"),
    "UTF-32": lambda body: body.decode("utf-8", "replace").encode("utf-32"),
    "UTF-7": lambda body: b"+AHs-" + body,
    "NUL before": lambda body: b"\x00" + body,
    "NUL behind": lambda body: body + b"\x00",
    "NUL inside": _with(b'"\\u0000"'),
    "invalid UTF-8": _with(b'"\xff\xfe\x80"'),
    "overlong UTF-8": _with(b'"\xc0\xaf"'),
    "lone surrogate": _with(b'"\\ud800"'),
    "lone surrogate in a key": _with(b'{"\\udfff":1}'),
    "raw surrogate": _with(b'"\xed\xa0\x80"'),
    "bidi and markup": _with('"\u202e<img src=x onerror=alert(1)>[x](y){{ z }}"'.encode()),
    "NaN": _with(b"NaN"),
    "Infinity": _with(b"-Infinity"),
    "1e400": _with(b"1e400"),
    "1e999999999": _with(b"1e999999999"),
    "1e-999999999": _with(b"1e-999999999"),
    "an int of 5,000 digits": _with(b"9" * 5000),
    "a float of 5,000 digits": _with(b"0." + b"9" * 5000),
    "minus zero": _with(b"-0"),
    "a leading zero": _with(b"00"),
    "every number NaN": _numbers("NaN"),
    "every number -Infinity": _numbers("-Infinity"),
    "every number 1e400": _numbers("1e400"),
    "every number -1": _numbers("-1"),
    "every number 1e30": _numbers("1e30"),
    "every number of 39 digits": _numbers("9" * 39),
    "every number 14 digits": _numbers("9" * 14),
    "every number 0.000001": _numbers("0.000001"),
    "every number a text of letters": _numbers('"many"'),
    "every number null": _numbers("null"),
    "duplicate keys": _twice,
    "an equal key in other signs": lambda body: body.replace(b'{"', b'{"\\u0069d":0,"', 1),
    "depth 2,000": _with(b"[" * 2000 + b"]" * 2000),
    "depth 65": _with(b"[" * 65 + b"]" * 65),
    "depth 100,000, open": lambda _: b"[" * 100_000,
    "depth 20,000 of objects": lambda _: b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "exactly 256 KiB": lambda body: body + b" " * (_LIMIT - len(body)),
    "256 KiB and one": lambda body: body + b" " * (_LIMIT + 1 - len(body)),
    "2 MiB": lambda body: body + b" " * 2 * 1024 * 1024,
    "a key of 200,000 characters": lambda _: b'{"' + b"k" * 200_000 + b'":1}',
    "a text of 250,000 characters": _with(b'"' + b"x" * 250_000 + b'"'),
    "50,000 keys": lambda _: b"{" + b",".join(b'"%d":0' % n for n in range(20_000)) + b"}",
    "60,000 nulls": _with(b"[" + b"null," * 50_000 + b"null]"),
    "100 of each": _many(100),
    "10,000 of each": _many(10_000),
}  # fmt: skip


async def tell(attack: Attack) -> None:
    """Tell every body of the corpus to every request; what takes a second is a breach."""
    for call, request, right in attack.targets:
        truth = as_wire(right.body)
        for name, spoil in CORPUS.items():
            said = replace(right, body=spoil(truth))
            began = time.thread_time()
            heard = await attack.strike(call, request, said)
            attack.court.outcome.faults[name] += 1
            if time.thread_time() - began > SECONDS_MAX:
                breach = Breach(CHEAP, f"{name} takes more than a second in {call}")
                attack.convict(Blow(call, request, said), breach, heard)


async def cut(attack: Attack) -> None:
    """Cut every answer at every byte, and flip a bit of each."""
    for call, request, right in attack.targets:
        truth = as_wire(right.body)
        for place in range(len(truth)):
            flipped = bytearray(truth)
            flipped[place] ^= 1 << (place % 8)
            for body in (truth[:place], bytes(flipped)):
                await attack.strike(call, request, replace(right, body=body))
                attack.court.outcome.faults["cut or flipped"] += 1


async def weigh(attack: Attack) -> int:
    """Tell the heaviest bodies again and weigh them; return the most bytes that one of them took."""
    heaviest = 0
    for call, request, right in attack.targets:
        truth = as_wire(right.body)
        for name in (
            "2 MiB",
            "60,000 nulls",
            "50,000 keys",
            "depth 2,000",
            "10,000 of each",
        ):
            said = replace(right, body=CORPUS[name](truth))
            tracemalloc.start()
            try:
                heard = await attack.strike(call, request, said)
                taken = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            heaviest = max(heaviest, taken)
            if taken > BYTES_MAX:
                breach = Breach(CHEAP, f"{name} takes more than 50 MiB in {call}")
                attack.convict(Blow(call, request, said), breach, heard)
    return heaviest
