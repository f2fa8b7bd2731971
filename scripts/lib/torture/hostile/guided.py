"""atheris: answers grown by what they reach inside of a provider. It ends its process by itself, so it has one of its own.

`python -m torture.hostile.guided --provider KEY --found FILE [--seconds S] [--seed N] [-- libFuzzer's own arguments]`
writes each new breach as a line of JSON.
"""

import argparse
import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
import json
from pathlib import Path
import sys
from typing import Any, Final

atheris: Any = import_module("atheris")  # it brings no types

with atheris.instrument_imports(include=["custom_components.esim_topup.providers"]):
    from custom_components.esim_topup.providers import load_info

    from ..outcome import Outcome
    from . import finding
    from .answers import body_of
    from .attack import Attack
    from .court import Blow, Court, written
    from .exchange import Said
    from .lessons import Subject, learn
    from .mutate import Bytes
    from .random_runs import STATUSES, lie
    from .seams import as_wire, entered

_SEED_FILES: Final = 200


class Guided:
    """All conversations of one provider, behind one function that takes bytes."""

    def __init__(self, key: str, found: Path) -> None:
        """Learn every conversation."""
        self._found = found
        self._runner = asyncio.Runner()
        self._now: Subject | None = None
        self._known: set[Any] = set()
        shown = finding.exchanges(key)  # some are recorded, over real connections
        self._stack = ExitStack()
        self._stack.enter_context(entered(lambda: self._subject.conversation))
        self._attacks = [self._learned(Subject(key, each)) for each in shown]
        self._targets = [
            (attack, *target) for attack in self._attacks for target in attack.targets
        ]

    @property
    def _subject(self) -> Subject:
        assert self._now is not None
        return self._now

    def _learned(self, subject: Subject) -> Attack:
        self._now = subject
        court = Court(Outcome("T7"))
        return Attack(subject, self._runner.run(learn(subject)), court)

    @property
    def can_be_told(self) -> bool:
        """Whether there is anything to spoil."""
        return bool(self._targets)

    def one(self, data: bytes) -> None:
        """Tell one answer."""
        if len(data) < 3:
            return
        attack, call, request, right = self._targets[data[0] % len(self._targets)]
        self._now = attack.subject
        said = self._said(right, data[1], data[2:])
        heard, breaches = self._runner.run(attack.look(call, request, said))
        for breach in breaches:
            if breach not in self._known:
                self._known.add(breach)
                line = {
                    "exchange": attack.subject.exchange.name,
                    "promise": breach.promise,
                    "rule": breach.rule,
                    "heard": heard.words[:400],
                } | written(Blow(call, request, said))
                with self._found.open("a", encoding="utf-8") as file:
                    file.write(f"{json.dumps(line)}\n")

    @staticmethod
    def _said(right: Said, kind: int, rest: bytes) -> Said:
        if kind < 96:
            status = right.status if kind < 64 else STATUSES[kind % len(STATUSES)]
            return Said(status=status, body=rest)
        return lie(right, Bytes(rest))

    def seeds(self, folder: Path) -> Iterator[Path]:
        """Write the right answers down as first inputs."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, (_, _, _, right) in enumerate(self._targets[:_SEED_FILES]):
            file = folder / f"right-{number}"
            file.write_bytes(bytes([number % 256, 0]) + as_wire(body_of(right)))
            yield file


def main() -> None:
    """Fuzz; does not return."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--provider", required=True)
    parser.add_argument("--found", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("files", nargs="*", help="inputs to try instead")
    chosen = parser.parse_args()
    load_info(chosen.provider)
    guided = Guided(chosen.provider, chosen.found)
    if not guided.can_be_told:
        print("stat::number_of_executed_units: 0", file=sys.stderr)
        return
    corpus = chosen.found.parent / "corpus" / chosen.provider
    for _ in guided.seeds(corpus):
        pass
    _fuzz(guided.one, chosen, corpus)


def _fuzz(
    one: Callable[[bytes], None], chosen: argparse.Namespace, corpus: Path
) -> None:
    arguments = [
        sys.argv[0],
        f"-max_total_time={chosen.seconds}",
        f"-seed={chosen.seed}",
        "-print_final_stats=1",
        "-timeout=10",
        "-rss_limit_mb=1024",
        "-max_len=4096",
        "-verbosity=0",
        f"-artifact_prefix={corpus.parent}/",
        *(chosen.files or [str(corpus)]),
    ]
    atheris.Setup(arguments, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
