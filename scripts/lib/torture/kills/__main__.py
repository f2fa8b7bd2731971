"""Kill a real Home Assistant with kill -9 while it pays, at every point and at random moments, and count the charges."""

import argparse
from pathlib import Path
import signal
import sys

from ..rooms import ROOT

# The tools of the operator are among the tests.
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="torture.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=3000, help="how many in all")
    parser.add_argument("--seed", type=int, default=0, help="where the dice begin")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first random run of the seed")  # fmt: skip
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--points-only", action="store_true", help="no random runs")
    what.add_argument("--random-only", action="store_true", help="random runs only")
    what.add_argument("--cycle", metavar="RUN", help="repeat exactly this run")
    parser.add_argument("--minutes", type=float, help="end in good order after so long")
    parser.add_argument("--lanes", type=int, default=2, help="runs side by side")
    parser.add_argument("--folder", type=Path, help="where to work; the project's disk unless named")  # fmt: skip
    return parser.parse_args()


def main() -> int:
    """Do what the command line asks for, print it as a table and one line of JSON; return the exit code."""
    options = _asked()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Home Assistant and all that hangs on it: not before somebody needs more than `--help`.
    from .command import one_run, torture  # noqa: PLC0415

    return one_run(options) if options.cycle else torture(options)


if __name__ == "__main__":
    sys.exit(main())
