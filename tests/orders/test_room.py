"""`orders` stands alone: it could be a library, and its tests do not need Home Assistant."""

from pathlib import Path
import subprocess
import sys
from typing import Final

ROOT: Final = Path(__file__).parents[2]

PROGRAM: Final = """
import importlib, pathlib, sys, types

room = pathlib.Path("custom_components/esim_topup")
package = types.ModuleType("custom_components.esim_topup")
package.__path__ = [str(room)]
sys.modules["custom_components.esim_topup"] = package
sys.modules["homeassistant"] = None  # any import of it fails
for file in sorted((room / "orders").glob("*.py")):
    importlib.import_module(f"custom_components.esim_topup.orders.{file.stem}")
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("aiohttp", "homeassistant", "voluptuous")))
"""


def test_orders_need_nothing_of_home_assistant() -> None:
    """A release of Home Assistant that breaks something must not be able to break what decides about money."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "['homeassistant']"), (
        done.stderr
    )


def test_nothing_in_orders_looks_at_a_clock_or_rolls_dice_by_itself() -> None:
    """What a test cannot choose, it cannot prove. `clock.py` is where the time comes from."""
    forbidden = (
        "time.time(",
        "datetime.now(",
        "datetime.utcnow(",
        "time.monotonic(",
        "import random",
        "asyncio.sleep(",
    )
    for file in (ROOT / "custom_components" / "esim_topup" / "orders").glob("*.py"):
        if file.name != "clock.py":
            text = file.read_text()
            assert not [word for word in forbidden if word in text], file.name


def test_no_amount_is_a_float() -> None:
    """Style, smell 3: a tenth of a cent that is lost in each sum."""
    for file in (ROOT / "custom_components" / "esim_topup" / "orders").glob("*.py"):
        assert "float(" not in file.read_text(), file.name
