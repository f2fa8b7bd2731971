"""T3 with flipped bits: the layer sees nothing in the book as it is, and convicts one that does not look."""

from pathlib import Path

import pytest
from torture.disk.flips import flip_everywhere
from torture.outcome import Outcome

from custom_components.esim_topup.orders import book_file

EVERY = 10


def flipped(folder: Path) -> Outcome:
    """Try a tenth of the bits."""
    outcome = Outcome("T3")
    flip_everywhere(folder / "flips", outcome, EVERY)
    return outcome


def test_d10_a_flipped_bit_locks_or_moves_no_money(tmp_path: Path) -> None:
    """An amount, a name of a product, the rule that there is one order at a time: all of it stands in the file."""
    outcome = flipped(tmp_path)
    assert outcome.runs > 500
    assert outcome.violations == []


def test_a_book_without_digests_is_convicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own check and the sums alone let a product be another one."""
    monkeypatch.setattr(book_file, "is_unbroken", lambda _: True)
    assert flipped(tmp_path).violations
