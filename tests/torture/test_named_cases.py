"""The acceptance list: every named fault is carried by a test with its name. What the names mean stands in those tests."""

from pathlib import Path
import re
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[1]

NAMED: Final = {
    "A": set(range(1, 15)),  # killed at ...
    "N": set(range(1, 28)) - {12, 22},  # network
    "D": set(range(1, 20)),  # disk
    "C": set(range(1, 10)) - {4},  # concurrency
    "R": set(range(1, 10)),  # triggered again
    "H": {*range(1, 15), *range(18, 24)},  # hostile answers
    "P": set(range(1, 9)),  # people and machines
    "T": {*range(1, 8), 9},  # time
    "S": set(range(1, 9)),  # shutdown
}

_FUNCTION: Final = re.compile(r"def test_([andcrhpts])(\d+)_")
_CASE: Final = re.compile(r"""id=f?["']([ANDCRHPTS])(\d+)\b""")


def carried() -> set[str]:
    """Return the names that some test bears."""
    found = set()
    for file in TESTS.rglob("test_*.py"):
        text = file.read_text(encoding="utf-8")
        for pattern in (_FUNCTION, _CASE):
            found |= {
                f"{kind.upper()}{number}" for kind, number in pattern.findall(text)
            }
    return found


@pytest.mark.parametrize(
    "case",
    [
        f"{kind}{number}"
        for kind, numbers in NAMED.items()
        for number in sorted(numbers)
    ],
)
def test_every_named_fault_has_a_test_of_its_name(case: str) -> None:
    """Who asks "and if the disk is full?" finds the answer by its name."""
    assert case in carried()
