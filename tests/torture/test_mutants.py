"""T9: every mutant still fits the code, and every proof that should convict it is still there."""

import ast
from collections import Counter
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from torture.mutants.mutant import Mutant, Proof
from torture.mutants.naive import MUTANTS, mutants_named
from torture.mutants.tree import misfits
from torture.rooms import ROOT

INTEGRATION = ROOT / "custom_components" / "esim_topup"


def named(mutant: Mutant) -> str:
    """Return what a mutant is called in the list of tests."""
    return mutant.name


@cache
def names_in(file: Path) -> frozenset[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse(file.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


@pytest.mark.parametrize("mutant", MUTANTS, ids=named)
def test_a_mutant_fits_the_code(mutant: Mutant) -> None:
    """Whoever changes the lines that it replaces hears of it here: the mistake has to be made anew in the new words."""
    assert misfits(mutant.edits) == []
    for edit in mutant.edits:
        text = (INTEGRATION / edit.file).read_text()
        compile(text.replace(edit.old, edit.new), edit.file, "exec")


def is_there(proof: Proof) -> bool:
    """Say whether there is what a proof wants to run."""
    if not proof.tests:
        return find_spec(proof.command[0]) is not None
    for test in proof.tests:
        file, _, name = test.partition("::")
        if name.partition("[")[0] not in names_in(ROOT / file):
            return False
    return True


@pytest.mark.parametrize("mutant", MUTANTS, ids=named)
def test_who_convicts_a_mutant_is_there(mutant: Mutant) -> None:
    """A test that was renamed proves nothing any more."""
    assert mutant.proofs
    assert [proof.text for proof in mutant.proofs if not is_there(proof)] == []


def test_every_mutant_has_a_name_and_a_mistake_of_its_own() -> None:
    """Two of one name are counted as two and tried as one."""
    assert [
        name for name, times in Counter(map(named, MUTANTS)).items() if times > 1
    ] == []
    assert len({mutant.edits for mutant in MUTANTS}) == len(MUTANTS)
    assert len(MUTANTS) > 100


def test_mutants_are_found_by_a_part_of_their_name() -> None:
    """`--only` takes the words that the table shows."""
    assert mutants_named(None) == list(MUTANTS)
    assert mutants_named(MUTANTS[0].name) == [MUTANTS[0]]
    assert mutants_named("nobody is called like this") == []


ASKED_FOR = {
    "charged first, written down after",
    "synchronous is off",
    "a time-out of a purchase is a failure",
    "an unknown order is sent again without a key",
    "not found is believed at once",
    "the settle window is shorter than the delay",
    "the refusal of a re-send is believed",
    "an order is sent again after its key is forgotten",
    "no shield",
    "the engine lives in runtime_data",
    "a missing book is a new one",
    "redirects are followed",
    "a purchase by PUT",
    "the limit is checked before an await",
}
"""The eight designs of money-safety 1.5, and those that the design names; "float amounts" are several."""


def test_the_mistakes_that_were_asked_for_are_among_them() -> None:
    """Nobody takes one away because it is tedious."""
    names = {mutant.name for mutant in MUTANTS}
    assert names >= ASKED_FOR
    assert sum(name.startswith("float amounts") for name in names) > 5
