"""One thing at a time, each with an effect that is known beforehand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from custom_components.esim_topup.orders.order import OrderState
from custom_components.esim_topup.orders.verdict import judge
from custom_components.esim_topup.providers.base import Answer

from .answers import body_of, facts_of, order_of
from .asking import Call, Heard
from .attack import Attack
from .charges import of_garbled
from .court import Blow
from .exchange import Said
from .readings import figures, of_absent
from .scalars import ABSENT, SCALARS
from .shapes import MISSING, Path, at, nodes, put

STATUSES: Sequence[int] = range(100, 600)
"""Every one there is, and those that there are not."""

_BODIES: Final[tuple[Any, ...]] = (
    None,
    b"<html><h1>502</h1>",
    b"null",
    {},
    [],
    {"error": {"code": "maybe"}},
)

_DATES: Final = (
    "", "0", "now", "Mon, 32 Foo 99999 99:99:99 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 23 Nov 2026 12:00:00 +9999999999", "1 Jan 1 1:1:1", "\x00", "9" * 400, "Mon, 23 Nov 2026 12:00:00",
    "1e9", "-1", "٣", "Sat, 01 Jan 0000 00:00:00 GMT", ", , ", "Tue, 15 Nov 1994 08:12:31 A", "0" * 5000,
)  # fmt: skip


def of_the_truth(attack: Attack) -> Iterator[str]:
    """Yield why the conversation is no good: what is spoilt later must be right at first, or nothing is shown by it."""
    exchange = attack.subject.exchange
    for call, lesson in attack.lessons.items():
        if not lesson.told:
            continue
        if lesson.heard.error is not None or lesson.heard.escaped is not None:
            yield f"{call} does not go well: {lesson.heard.words}"
        yield from (breach.rule for breach in _truth_breaches(attack, call))
    for call in (Call.SUBMIT, Call.FIND):
        answer = attack.lessons[call].heard.value
        if attack.lessons[call].told and not _succeeds(attack, answer):
            yield f"{call} is not told of a success: {answer!r}"
    if attack.lessons[Call.SUBMIT].told:
        yield from _unnamed(attack)
    if not exchange.says:
        yield "nothing is said in it"


def _truth_breaches(attack: Attack, call: Call) -> list[Any]:
    lesson = attack.lessons[call]
    attack.subject.conversation.told = list(lesson.told)
    return list(attack.breaches(call, lesson.heard))


def _succeeds(attack: Attack, answer: object) -> bool:
    if not isinstance(answer, Answer):
        return False
    exchange = attack.subject.exchange
    echoes = attack.subject.provider.info.capabilities.echoes
    proof = judge(
        order_of(exchange), exchange.line, answer, echoes=echoes, resent=False
    )
    return OrderState.SUCCEEDED in proof.states


def _unnamed(attack: Attack) -> Iterator[str]:
    tree = body_of(attack.lessons[Call.SUBMIT].told[-1].said)
    facts = facts_of(tree, attack.subject.exchange)
    for echoed in attack.subject.provider.info.capabilities.echoes - set(facts):
        yield f"{echoed} is promised in every success and stands nowhere in the example"


async def statuses(attack: Attack) -> None:
    """Tell every status with the right body and with wrong ones."""
    for call, request, right in attack.targets:
        for status in STATUSES:
            for body in (right.body, *_BODIES):
                await attack.strike(call, request, Said(status=status, body=body))
        attack.court.outcome.faults["every status"] += len(STATUSES) * (
            1 + len(_BODIES)
        )


async def headers(attack: Attack) -> None:
    """Tell hostile dates and waiting times."""
    for call, request, right in attack.targets:
        for name in ("Date", "Retry-After"):
            for text in _DATES:
                for status in (right.status, 429, 503):
                    said = replace(right, status=status, headers={name: text})
                    await attack.strike(call, request, said)
                    attack.court.outcome.faults["hostile header"] += 1


async def fields(attack: Attack) -> None:
    """Put every hostile scalar in the place of every node of every answer; look twice at what is only taken away."""
    for call, request, right in attack.targets:
        tree = body_of(right)
        for path, node in list(nodes(tree)):
            for value in (MISSING, *SCALARS):
                lie = replace(right, body=put(tree, path, value))
                heard = await attack.strike(call, request, lie)
                attack.court.outcome.faults["one field replaced"] += 1
                if _is_nothing(value):
                    _look_closer(attack, Blow(call, request, lie), path, node, heard)


def _is_nothing(value: object) -> bool:
    return value is MISSING or value is False or value in (*ABSENT, [], {})


def _look_closer(
    attack: Attack, blow: Blow, path: Path, node: Any, heard: Heard
) -> None:
    truth = attack.lessons[blow.call].heard
    if blow.call in (Call.READ, Call.ACCOUNT):
        breaches = list(of_absent(truth, heard))
    elif blow.call is Call.HISTORY and _is_in_doubt(attack, blow, path, node):
        breaches = list(of_garbled(truth, heard))
    else:
        return
    attack.court.outcome.faults["one field taken away"] += 1
    for breach in breaches:
        attack.convict(blow, breach, heard)


def _is_in_doubt(attack: Attack, blow: Blow, path: Path, node: object) -> bool:
    """Say whether a node is part of an entry that is still there, and still this line's."""
    line, tree = attack.subject.exchange.line, body_of(blow.said)
    entry = next(
        (place for place, key in enumerate(path) if isinstance(key, int)), None
    )
    return (
        entry is not None
        and (entry + 1 < len(path) or at(tree, path) is None)
        and str(node) not in (line.id, line.number)
    )


def vacuous(attack: Attack) -> Iterator[str]:
    """Yield what the truth leaves out, so that its loss could not be seen."""
    if attack.lessons[Call.READ].told and not figures(
        attack.lessons[Call.READ].heard.value
    ):
        yield "the reading measures nothing"
    charges = attack.lessons[Call.HISTORY].heard.value
    if attack.lessons[Call.HISTORY].told and len(charges or ()) < 2:
        yield "the history has fewer than two charges"
