"""Let Hypothesis play in the simulated world. What fails is printed as a short program; the last line is the result as JSON.

usage: python -m torture.stateful [--examples N] [--steps N] [--seed S]
"""

import argparse
import sys

from ..rooms import without_home_assistant


def main() -> int:
    """Play so many examples."""
    parser = argparse.ArgumentParser(prog="torture.stateful", description=__doc__)
    parser.add_argument("--examples", type=int, default=1_000)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0, help="where Hypothesis begins")
    asked = parser.parse_args()
    without_home_assistant()
    from .run import run  # noqa: PLC0415 - only now the rooms can be imported

    return run(asked.examples, asked.steps, asked.seed).report()


if __name__ == "__main__":
    sys.exit(main())
