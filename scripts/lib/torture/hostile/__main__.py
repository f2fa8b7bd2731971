"""`python -m torture.hostile`: every provider is told lies, garbage and bombs; the named cases run as tests."""

import argparse
from pathlib import Path
import sys
from typing import Final

from ..outcome import Outcome
from ..suite import Suite
from . import finding
from .court import Court
from .provider_run import PARTS, Plan, ProviderRun
from .replay import replay

CASES: Final = "cases"
"""The part that is a folder of tests."""

_EXAMPLES: Final = 60_000
_SECONDS: Final = 15


def main() -> int:
    """Attack, report, and return the exit code."""
    chosen = _arguments()
    if chosen.replay is not None:
        return replay(chosen.replay)
    outcome = Outcome("T7")
    court = Court(outcome)
    plan = Plan(
        chosen.examples, chosen.seconds, chosen.seed, tuple(chosen.only or PARTS)
    )
    known = finding.all_keys()
    keys = chosen.provider or known
    outcome.more["providers"] = {
        key: _attacked(key, court, plan) for key in keys if key in known
    }
    for key in set(keys) - set(known):
        court.accuse("every provider is attacked", f"there is no provider {key}", "-")
    if not chosen.provider and (not chosen.only or CASES in chosen.only):
        _merge(outcome, Suite("T7", "tests/torture/hostile", "H").run())
    if outcome.runs == 0:
        court.accuse("the layer runs", "nothing was told to anybody", "as above")
    outcome.more["breaches"] = sum(court.times.values())
    return outcome.report()


def _attacked(key: str, court: Court, plan: Plan) -> dict[str, object]:
    if set(plan.parts) <= {CASES}:
        return {}
    run = ProviderRun(key, court, plan)
    before = court.outcome.runs
    run.run()
    return {"runs": court.outcome.runs - before, **run.told}


def _merge(outcome: Outcome, cases: Outcome) -> None:
    """Take over what the named cases did."""
    outcome.runs += cases.runs
    outcome.faults += cases.faults
    outcome.violations += cases.violations
    outcome.more |= cases.more


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="torture.hostile", description=__doc__)
    parser.add_argument(
        "--examples",
        type=int,
        default=_EXAMPLES,
        help="answers spoilt at random, per provider",
    )
    parser.add_argument(
        "--seconds", type=int, default=_SECONDS, help="for atheris, per provider"
    )
    parser.add_argument(
        "--provider", action="append", help="this one only; may be repeated"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--only",
        action="append",
        choices=[*PARTS, CASES],
        help="this part only; may be repeated",
    )
    parser.add_argument("--replay", type=Path, help="a file that an earlier run kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
