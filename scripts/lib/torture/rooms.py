"""How to reach `orders` and `providers` without Home Assistant: they need nothing of it, but the package above them does."""

from pathlib import Path
import sys
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).parents[3]

_PACKAGE: Final = "custom_components.esim_topup"


def without_home_assistant() -> None:
    """Let the rooms be imported without their house: a search that takes a minute should not wait for its imports first.

    Where the house is loaded already, it stays. Call this before the first import of `custom_components.esim_topup`.
    """
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    if _PACKAGE not in sys.modules:
        package = ModuleType(_PACKAGE)
        package.__path__ = [str(ROOT / _PACKAGE.replace(".", "/"))]
        sys.modules[_PACKAGE] = package
