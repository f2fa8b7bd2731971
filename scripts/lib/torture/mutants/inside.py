"""A process that has imported Home Assistant once, and runs each command in a fork of itself, inside of a copy.

It is asked by a line of JSON: where the copy lies, the module and its arguments, where to write what it says, how long it
may take. It answers by one: the exit code (null: not in time) and the seconds. A fork costs a moment where a start costs
five seconds. The code under test is never imported before the fork, so that each copy runs its own.
"""

from contextlib import suppress
import importlib
from importlib.util import find_spec
import json
import os
from pathlib import Path
import runpy
import select
import signal
import sys
import time
from typing import Any, Final

FOREIGN: Final = "integration: "
"""Begins the last line of every output: the place the integration was imported from."""

_OURS: Final = ("custom_components", "tests", "torture", "demo")

_PACKAGE: Final = "custom_components.esim_topup"


def main() -> None:
    """Answer until nobody asks any more."""
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    if "warm" in sys.argv:
        warm_up()
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        code = run_in_fork(asked)
        seconds = time.perf_counter() - began
        print(json.dumps({"code": code, "seconds": seconds}), flush=True)


def warm_up() -> None:
    """Import what is slow and belongs to others."""
    for name in (
        "tests.plugins.ha_version",  # first of all: see there
        "pytest_homeassistant_custom_component.plugins",
        "hypothesis",
    ):
        importlib.import_module(name)


def forget() -> None:
    """Let what is ours be imported anew: the copy brings its own."""
    for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
        del sys.modules[name]


def run_in_fork(asked: dict[str, Any]) -> int | None:
    """Run one command to its end; return its exit code, `None` if it took too long."""
    child = os.fork()
    if child == 0:
        be_inside(asked)
    pid = os.pidfd_open(child)
    try:
        ended, _, _ = select.select([pid], [], [], asked["timeout"])
    finally:
        os.close(pid)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # with whatever it has started
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if ended else None


def be_inside(asked: dict[str, Any]) -> None:
    """Become the command. Does not return."""
    os.setsid()
    output = os.open(asked["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    forget()
    move_to(Path(asked["copy"]))
    module, *sys.argv[1:] = asked["command"]
    code = 1
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - it is told like by any interpreter, and this process ends here
        sys.excepthook(*sys.exc_info())
    finally:
        print(f"\n{FOREIGN}{place_of_integration()}", flush=True)
        sys.stderr.flush()
        os._exit(code)


def move_to(copy: Path) -> None:
    """Let every import, also of processes to come, find the copy and nothing else of ours."""
    left = {"", *places_in(Path.cwd())}
    os.chdir(copy)
    sys.path[:] = [
        *places_in(copy),
        *(path for path in sys.path if path not in left),
    ]
    os.environ["PYTHONPATH"] = os.pathsep.join(places_in(copy))
    importlib.invalidate_caches()


def places_in(root: Path) -> list[str]:
    """Return where our own modules lie."""
    return [str(root), str(root / "scripts" / "lib")]


def place_of_integration() -> str:
    """Return the folder that the integration was imported from, or would be by now."""
    if (package := sys.modules.get(_PACKAGE)) is not None:
        return str(next(iter(package.__path__)))
    spec = find_spec("custom_components")
    return "" if spec is None or spec.origin is None else str(Path(spec.origin).parent)


if __name__ == "__main__":
    main()
