"""Plant naive designs into copies of the integration; the proofs must convict each. Exits 1 if one survives.

usage: python -m torture.mutants [--only NAME] [--list] [--lanes N]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

from ..outcome import Outcome
from .court import Finding
from .model import convict_model
from .mutant import Mutant
from .naive import ROOMS, mutants_named
from .report import HEAD, catalogue, row
from .trial import LOGS, Trial

_AGAIN = "PYTHONPATH=scripts/lib .venv/2026.11/bin/python -m torture.mutants"


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the mutants that are asked for."""
    parser = argparse.ArgumentParser(prog="torture.mutants", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="those with this in their name")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--lanes", type=int, default=2, help="runs at the same time")
    asked = parser.parse_args(arguments)
    if asked.list:
        print(*catalogue(ROOMS), sep="\n")
        return 0
    outcome = Outcome("T9 mutants")
    mutants = mutants_named(asked.only)
    if not mutants:
        outcome.fail(
            "mutants", f"there is none called {asked.only}", f"{_AGAIN} --list"
        )
    judge_all(mutants, outcome, asked.lanes)
    if asked.only is None:
        convict_model(outcome)
    return outcome.report()


def judge_all(mutants: Sequence[Mutant], outcome: Outcome, lanes: int) -> None:
    """Judge mutants of the code, and note what is wrong in the outcome."""
    convicted: list[str] = []

    def acquitted(proof: str, complaint: str | None) -> None:
        if complaint is not None:
            story = f"the code as it is fails {proof}: {complaint}"
            outcome.fail("mutants", story, f"{_AGAIN}; see {LOGS}")

    print(HEAD)
    with TemporaryDirectory(prefix="mutants-") as folder:
        trial = Trial(Path(folder).resolve(), lanes)
        for verdict in trial.acquit_and_convict(mutants, acquitted):
            print(row(verdict), flush=True)
            mutant = verdict.mutant
            outcome.runs += 1
            outcome.faults[mutant.promise] += 1
            if verdict.finding is Finding.CONVICTED:
                convicted.append(mutant.name)
                continue
            story = f'"{mutant.name}" {verdict.finding.value}: {verdict.about}'
            outcome.fail(mutant.promise, story, f'{_AGAIN} --only "{mutant.name}"')
    outcome.more["convicted"] = f"{len(convicted)}/{len(mutants)}"
    outcome.more["mutants"] = sorted(convicted)


if __name__ == "__main__":
    sys.exit(main())
