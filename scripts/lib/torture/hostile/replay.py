"""Showing one kept blow again."""

import asyncio
from dataclasses import replace
import json
from pathlib import Path

from ..outcome import Outcome
from . import finding
from .attack import Attack
from .conversation import Liar
from .corpus import SECONDS_MAX
from .court import Court, read_blow
from .exchange import Exchange
from .lessons import Subject, learn
from .seams import entered
from .settings import TooLong, patience


def replay(file: Path) -> int:
    """Tell what the file says once more; print what comes of it. Returns 1 if a promise is still broken."""
    data = json.loads(file.read_text(encoding="utf-8"))
    blow = read_blow(data)
    shown = {each.name: each for each in finding.exchanges(data["provider"])}
    if not shown and data["exchange"] != "guessed":
        print(
            f"{data['rule']}: {blow.said.body}\nfiles: run the part again (--only files)"
        )
        return 1
    exchange = shown.get(data["exchange"]) or finding.guessed(data["provider"])
    request = blow.request
    if request is not None and request.method == "SETTINGS":
        exchange, request = replace(exchange, credentials=blow.said.body), None
    subject = _subject(data["provider"], exchange)
    with asyncio.Runner() as runner, entered(lambda: subject.conversation):
        try:
            with patience():
                lessons = runner.run(learn(subject))
                attack = Attack(subject, lessons, Court(Outcome("T7")))
                heard, breaches = runner.run(attack.look(blow.call, request, blow.said))
        except TooLong:
            print(f"{data['rule']}: it still computes after {SECONDS_MAX} s")
            return 1
    print(
        f"{blow.call} was told {blow.said.status} {blow.said.body!r}\nit made of it: {heard.words}"
    )
    for breach in breaches:
        print(f"{breach.promise} is broken: {breach.rule}")
    return int(bool(breaches))


def _subject(key: str, exchange: Exchange) -> Subject:
    return Subject(key, exchange, None if exchange.says else Liar(exchange))
