"""What a mutant is: a mistake as an exact replacement of text, the promise it breaks, and the proofs that must notice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import re
from typing import Final

ASSERTS: Final = r"^E +(AssertionError|assert |Failed: DID NOT RAISE)"
"""A test failed by its own words, and not because something fell over on the way there."""

_PYTEST: Final = (
    "pytest",
    "-x",  # one failed test is a conviction
    "-q",
    "-rfE",
    "--tb=short",
    "--color=no",
    "--disable-warnings",
    "-p",
    "no:cacheprovider",
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in a file of the integration. The old text stands there exactly once."""

    file: str
    """Below `custom_components/esim_topup`."""
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A command that passes on the code as it is, and has to fail on the mutant."""

    command: tuple[str, ...]
    """A module, and its arguments."""
    says: str
    """What its output has to say then: a failure for another reason convicts nobody."""
    tests: tuple[str, ...] = ()
    """The tests that are run, where the module is pytest."""

    @property
    def text(self) -> str:
        """The proof in a table."""
        if self.tests:
            return ", ".join(_short(test) for test in self.tests)
        return " ".join(self.command)

    def fits(self, output: str) -> bool:
        """Say whether this output names the promise."""
        return re.search(self.says, output, re.MULTILINE) is not None


def by_tests(*nodes: str, says: str) -> Proof:
    """Return a proof by some tests, each `orders/test_flight.py::test_x`, with an id in brackets where one cell is enough."""
    whole = tuple(f"tests/{node}" for node in nodes)
    return Proof((*_PYTEST, *whole), says, whole)


def by_layer(*command: str, says: str) -> Proof:
    """Return a proof by another layer: `simulation --seeds 50`."""
    module, *arguments = command
    return Proof((f"torture.{module}", *arguments), says)


def by_simulation(*promises: str) -> Proof:
    """Return a proof by the first stories of the simulation: one of these promises has to break in them.

    For mistakes that break one story in thirty or more; a rarer one may miss the first three hundred.
    """
    says = rf"^({'|'.join(promises)}) is broken"
    return by_layer("simulation", "--seeds", "300", "--workers", "1", says=says)


def by_network(cell: str, promise: str) -> Proof:
    """Return a proof by one cell of the network: a real answer of the operator, spoilt on its way."""
    says = rf"^{promise} is broken: {re.escape(cell)}"
    return by_layer("network", "--cell", cell, says=says)


def _short(test: str) -> str:
    file, _, name = test.removeprefix("tests/").partition("::")
    return f"{file.rpartition('/')[2].removesuffix('.py')}::{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A naive design."""

    name: str
    thought: str
    """Why it looks right."""
    promise: str
    """What it breaks: `I1` to `I13`, a named fault, or a word of the design."""
    edits: tuple[Edit, ...]
    proofs: tuple[Proof, ...]
    """Each of them must convict."""


def one(
    name: str,
    thought: str,
    promise: str,
    where: Mapping[str, tuple[str, str]] | tuple[Edit, ...],
    *proofs: Proof,
) -> Mutant:
    """Return a mutant; `where` is one replacement per file, or the edits themselves."""
    edits = (
        where
        if isinstance(where, tuple)
        else tuple(Edit(file, old, new) for file, (old, new) in where.items())
    )
    return Mutant(
        name=name, thought=thought, promise=promise, edits=edits, proofs=proofs
    )


@dataclass(frozen=True, slots=True)
class Room:
    """The mutants of one room of the house."""

    name: str
    mutants: tuple[Mutant, ...] = field(repr=False)
