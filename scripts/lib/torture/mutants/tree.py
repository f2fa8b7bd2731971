"""A copy of the project to plant mutants into. The code that people use is never touched."""

from collections.abc import Iterable
import os
from pathlib import Path
import shutil
from typing import Final

from ..rooms import ROOT
from .mutant import Edit, Mutant

_FOLDERS: Final = ("custom_components", "tests", "scripts")

_FILES: Final = ("pyproject.toml", "README.md", "hacs.json")

_INTEGRATION: Final = Path("custom_components", "esim_topup")

# Byte code of another copy, with the same size and second, would be taken for this one's.
_LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", "*.pyc", ".hypothesis")


class Stale(Exception):
    """A mutant that does not fit the code any more."""


def take_picture(target: Path, root: Path = ROOT) -> Path:
    """Copy the project as it is at this moment: somebody may be working on it."""
    target.mkdir(parents=True)
    for folder in _FOLDERS:
        shutil.copytree(root / folder, target / folder, ignore=_LEFT_OUT)
    for file in _FILES:
        if (root / file).exists():
            shutil.copy2(root / file, target / file)
    return target


def copy_with(picture: Path, target: Path, mutant: Mutant | None) -> Path:
    """Return a copy of a picture with a mutant in it; the files it leaves alone are shared. Raises `Stale`."""
    shutil.copytree(picture, target, copy_function=os.link)
    if mutant is not None:
        plant(target, mutant)
    return target


def plant(tree: Path, mutant: Mutant) -> None:
    """Write the mistake into a copy. Raises `Stale`, and `SyntaxError` for a mistake of the mutant's own."""
    if wrong := misfits(mutant.edits, tree):
        raise Stale("; ".join(wrong))
    for edit in mutant.edits:
        file = tree / _INTEGRATION / edit.file
        text = file.read_text().replace(edit.old, edit.new)
        compile(text, str(file), "exec")
        file.unlink()  # it is shared with the picture
        file.write_text(text)


def misfits(edits: Iterable[Edit], root: Path = ROOT) -> list[str]:
    """Return what is wrong with replacements: an old text that is not there exactly once, or stays the same."""
    wrong = []
    for edit in edits:
        file = root / _INTEGRATION / edit.file
        times = file.read_text().count(edit.old) if file.exists() else 0
        line = edit.old.strip().partition("\n")[0]
        if times != 1:
            wrong.append(f"{edit.file} has {times} times: {line}")
        elif edit.old == edit.new:
            wrong.append(f"{edit.file}: nothing is replaced at: {line}")
    return wrong
