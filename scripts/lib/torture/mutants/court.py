"""What a run says about a mutant. A failure convicts only if it is the expected one."""

from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final

from .bench import Ran
from .mutant import Mutant, Proof

_BROKEN_MUTANT: Final = re.compile(
    r"^E\s+.*\b(NameError|ImportError|ModuleNotFoundError|SyntaxError|UnboundLocalError)\b",
    re.MULTILINE,
)
"""A mutant that does not run is no design: whatever fails then would fail for anything."""

_TESTS_FAILED: Final = 1


class Finding(StrEnum):
    """What became of a mutant."""

    CONVICTED = "convicted"
    SURVIVES = "survives"
    STALE = "stale"
    OTHER_REASON = "fails for another reason"
    TOO_LONG = "did not end in time"
    NOT_AT_HOME = "another copy was tried"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the proofs say about a mutant."""

    mutant: Mutant
    finding: Finding
    about: str = ""
    """Which proof says so, or what is stale."""
    seconds: float = 0.0


def judge(proof: Proof, ran: Ran) -> Finding:
    """Return what one run on a mutant shows."""
    if ran.code is None:
        return Finding.TOO_LONG
    if not ran.at_home:
        return Finding.NOT_AT_HOME
    if ran.code == 0:
        return Finding.SURVIVES
    right = (
        ran.code == _TESTS_FAILED
        and not _BROKEN_MUTANT.search(ran.output)
        and proof.fits(ran.output)
        and (not proof.tests or any(_failed(test, ran.output) for test in proof.tests))
    )
    return Finding.CONVICTED if right else Finding.OTHER_REASON


def _failed(test: str, output: str) -> bool:
    """Say whether this test failed, or what is looked at after it did (a house checks every promise when it is closed)."""
    afterwards = "|ERROR" if "ERROR at teardown of" in output else ""
    line = rf"^(?:FAILED{afterwards}) {re.escape(test)}"
    return re.search(line, output, re.MULTILINE) is not None


def complaint(ran: Ran) -> str | None:
    """Return what is wrong with a run on the code as it is; `None` if nothing is."""
    if ran.code is None:
        return "did not end in time"
    if not ran.at_home:
        return "another copy was tried"
    if ran.code == 0:
        return None
    failed = re.findall(
        r"^(?:FAILED|ERROR) (\S+)|^(\S+ is broken: .*)", ran.output, re.MULTILINE
    )
    return ", ".join("".join(each) for each in failed) or f"exit code {ran.code}"
