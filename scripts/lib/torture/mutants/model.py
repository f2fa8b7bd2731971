"""The naive designs of the model count here too: the same mistakes, before there was any code."""

from ..model.cases import MUTANTS
from ..model.search import search
from ..outcome import Outcome


def convict_model(outcome: Outcome) -> None:
    """Search each naive design of the protocol to the broken promise, and where it costs one to the second charge."""
    convicted = 0
    for mutant in MUTANTS:
        outcome.runs += 1
        plan = mutant.to_second_charge if mutant.charges_twice else mutant.plan
        if search(plan).breach is not None:
            convicted += 1
            continue
        again = (
            "PYTHONPATH=scripts/lib .venv/2026.11/bin/python -m torture.model --mutants"
        )
        outcome.fail("model", f"{mutant.plan.name}: survives", again)
    outcome.more["model"] = f"{convicted}/{len(MUTANTS)}"
