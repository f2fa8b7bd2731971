"""What a person typed, or pasted from a forum: a description is as foreign as an answer.

Whatever it says, setting a provider up refuses it with a `ValueError` or works, a call raises nothing but the contract's
errors, and neither takes a second or the machine's memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
import resource
import signal
from typing import Any, Final

from .asking import Call, Heard, ask
from .attack import Attack
from .conversation import Request
from .corpus import BYTES_MAX, CHEAP, SECONDS_MAX
from .court import Blow
from .exchange import Exchange, Said
from .lessons import Subject
from .mutate import Choice, Dice, mutated
from .oracles import CONTRACT, Breach
from .shapes import leaves, put

# JMESPath and templates are what the custom API takes; to any other provider they are just odd texts.
EXPRESSIONS: Final = (
    "@", "*", "[]", "[*]", "[0]", "[-1]", "[::-1]", "[::0]", "[:9999999999999999999]", "**", "@.@", "@[*].*[]",
    "&id", "[&id]", "{a: &id}", "sort_by(@, &id)", "sort(keys(@))", "max_by(lines, &balance)", "min(values(@))",
    "to_number(id)", "to_string(@)", "to_array(@)", "sum([])", "avg([])", "sum(values(@))", "length(@)", "reverse(@)",
    "join('', keys(@))", "map(&id, @)", "merge(@, @)", "not_null(a, b)", "type(@)", "ceil(`1e30`)", "floor(`0.5`)",
    "abs(`-0`)", "`NaN`", "`Infinity`", "`1e400`", "`0`", "`null`", "`\"\\ud800\"`", "'{{ states }}'", "'x'", "\"\\u0000\"",
    "a.b.c.d.e", "a || b || c", "a && b", "!a", "(((((a)))))", "[?a == b]", "[?a > `1`]", "[? @ == @]", "foo(bar)", "length()",
    "length(a, b)", "a[", "a]", "a.", ".a", "''", "`", "`[`", "@ | @ | @", "[@, @]", "{a: @, b: @}", "contains(@, 'a')",
    "starts_with(id, 'l')", "ends_with(id, 'l')", "sum([`1e40`, `1e40`])", "avg([`1`, `3`, `7`])", "{amount}", "{{", "}", "{line}{number}",
)  # fmt: skip

# Each step doubles what the step before it found. Short enough to be typed.
HEAVY: Final = (
    "|[]|".join(["[@,@]"] * 24) + "|[]",
    "|".join(["[to_string(@),to_string(@)]|join('',@)"] * 7),
    "|".join(["[@,@]"] * 45),
    "|".join(["{a:@,b:@}.*"] * 20) + "|[]",
    "[*]" * 90,
    "@" + ".*" * 140,
    "(" * 140 + "a" + ")" * 140,
    "!" * 290 + "a",
    "a" + "[?@]" * 70,
    "sort(" * 40 + "@" + ")" * 40,
)

_TOKENS: Final = (
    "@",
    "*",
    "[*]",
    "[]",
    ".",
    "|",
    "||",
    "&&",
    "!",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "==",
    "<",
    "&",
    "`1`",
    "'a'",
    "id",
    "status",
    "amount",
    "length",
    "to_string",
    "sort_by",
    "map",
    "-1",
    "0",
    '"x"',
)


async def spoil(attack: Attack, examples: int, seed: int) -> None:
    """Set the provider up with spoilt settings, so often, and make every call where that works."""
    dice = Dice(f"{seed}: settings of {attack.subject.name}")
    for _ in range(examples):
        settings = _settings(attack.subject.exchange.credentials, dice)
        await _try(attack, settings, tuple(Call))
        attack.court.outcome.faults["settings spoilt"] += 1


async def burden(attack: Attack) -> None:
    """Put every heavy expression in the place of one text after the other. Ends with the first that is too heavy."""
    for name, path in _places(attack):
        for text in HEAVY:
            settings = put(attack.subject.exchange.credentials, path, text)
            before = _resident()
            try:
                with patience():
                    await _try(attack, settings, (Call(name),))
                story = f"{(_resident() - before) >> 20} MiB"
                too_much = _resident() - before > BYTES_MAX
            except TooLong:
                story, too_much = f"more than {SECONDS_MAX} s", True
            attack.court.outcome.faults["heavy expression"] += 1
            if too_much:
                breach = Breach(
                    CHEAP, "a short expression takes more than a second or 50 MiB"
                )
                heard = Heard(value=f"{text!r} took {story}")
                attack.convict(_blow(Call(name), settings), breach, heard)
                return


class TooLong(BaseException):
    """Goes through everything that catches exceptions."""


@contextmanager
def patience() -> Iterator[None]:
    """Let the block compute for a second, and no longer. In the main thread only."""

    def end(_signal: int, _frame: object) -> None:
        raise TooLong

    usual = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_MAX)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, usual)


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _places(attack: Attack) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Yield one expression per call, where settings have a part for it."""
    for name, field in (("read", "balance"), ("history", "items"), ("lines", "items")):
        part = attack.subject.exchange.credentials.get(name)
        if isinstance(part, dict) and isinstance(part.get(field), str):
            yield name, (name, field)


def _settings(truth: Any, choice: Choice) -> Any:
    """Return settings with up to three texts replaced, or a changed shape."""
    tree = mutated(dict(truth), choice) if choice.below(3) == 0 else dict(truth)
    places = [path for path, leaf in leaves(tree) if isinstance(leaf, str)]
    for _ in range(choice.below(3) if places else 0):
        tree = put(tree, places[choice.below(len(places))], _text(choice))
        places = [path for path, leaf in leaves(tree) if isinstance(leaf, str)]
    return tree


def _text(choice: Choice) -> str:
    if choice.below(2):
        return EXPRESSIONS[choice.below(len(EXPRESSIONS))]
    return "".join(
        _TOKENS[choice.below(len(_TOKENS))] for _ in range(1 + choice.below(12))
    )


async def _try(attack: Attack, settings: Any, calls: tuple[Call, ...]) -> Heard | None:
    """Set up, and ask; return the last thing heard, `None` where the settings are refused."""
    if not isinstance(settings, dict):
        return None
    exchange = replace(attack.subject.exchange, credentials=settings)
    heard = None
    try:
        subject = Subject(attack.subject.key, exchange, attack.subject.conversation)
    except ValueError:
        attack.court.outcome.runs += 1
        return None
    except Exception as err:  # noqa: BLE001 - that is what is looked for
        heard = Heard(escaped=err)
        breach = Breach(
            CONTRACT, f"{type(err).__name__} leaves the setting up at {heard.place}"
        )
        attack.convict(_blow(Call.ACCOUNT, settings), breach, heard)
        return heard
    for call in calls:
        heard = await _call(attack, subject, exchange, call, settings)
    return heard


async def _call(
    attack: Attack, subject: Subject, exchange: Exchange, call: Call, settings: Any
) -> Heard:
    attack.subject.conversation.begin()
    heard = await ask(subject.provider, call, exchange)
    attack.court.outcome.runs += 1
    if heard.escaped is not None:
        kind = type(heard.escaped).__name__
        breach = Breach(
            CONTRACT, f"{kind} leaves {call} at {heard.place} with odd settings"
        )
        attack.convict(_blow(call, settings), breach, heard)
    return heard


def _blow(call: Call, settings: Any) -> Blow:
    return Blow(call, Request("SETTINGS", ""), Said(body=settings))
