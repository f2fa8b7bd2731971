"""One Home Assistant: a forked process that runs the real runner on a real folder, and its end."""

from collections.abc import Callable
import ctypes
from dataclasses import dataclass
import os
from pathlib import Path
import signal
from typing import Final

from homeassistant import bootstrap, runner
from homeassistant.core import HomeAssistant

from .clocks import hurry, share_time
from .shared import Shared
from .trap import Codes, Trap, Watcher

_PR_SET_PDEATHSIG: Final = 1

type Visit = Callable[[HomeAssistant], None]
"""Is shown the new Home Assistant inside of the child, before it starts."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a Home Assistant is started."""

    folder: Path
    trap: Trap | None = None
    watch: bool = False
    """Count the points that are passed."""
    times: float = 1.0
    """How many of its seconds pass in a real one."""
    break_it: Callable[[], None] | None = None
    """Makes a defect in this child, to see whether it is found."""
    visit: Visit | None = None


class Child:
    """A process of ours. It dies with its parent, and is always reaped."""

    def __init__(self, pid: int) -> None:
        """Take a forked process."""
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self.status: int | None = None

    def signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.status is None:
            signal.pidfd_send_signal(self.pidfd, number)

    def end(self) -> int:
        """Kill it if it still runs, reap it, and return its exit code (negative: the signal)."""
        if self.status is None:
            self.signal(signal.SIGKILL)
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self.pidfd)
        return self.status


def fork(work: Callable[[], int], log: Path) -> Child:
    """Run `work` in a new process whose output goes to `log`."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return Child(pid)
    code = 70
    try:
        die_with(parent)
        # Ctrl-C is for whoever directs this, and reaches the whole group.
        os.setsid()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number in (1, 2):
            os.dup2(output, number)
        code = work()
    finally:
        os._exit(code)


def die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent ends, however that may be."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(70)


def start_house(start: Start, shared: Shared, codes: Codes) -> Child:
    """Start a Home Assistant."""
    shared.forget_passes()
    return fork(lambda: _run(start, shared, codes), start.folder / "console.log")


def _run(start: Start, shared: Shared, codes: Codes) -> int:
    share_time(shared)
    if start.times != 1:
        hurry(start.times)
    if start.break_it is not None:
        start.break_it()
    if start.visit is not None:
        _show_to(start.visit)
    if start.trap is not None or start.watch:
        Watcher(codes, shared, start.trap).begin()
    return runner.run(runner.RuntimeConfig(config_dir=str(start.folder), skip_pip=True))


def _show_to(visit: Visit) -> None:
    set_up = bootstrap.async_setup_hass

    async def async_setup_hass(
        runtime_config: runner.RuntimeConfig,
    ) -> HomeAssistant | None:
        hass = await set_up(runtime_config)
        if hass is not None:
            visit(hass)
        return hass

    bootstrap.async_setup_hass = async_setup_hass
