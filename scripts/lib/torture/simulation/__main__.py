"""Play seeds. A failed one is told, with the command that plays it again; the last line is the result as JSON.

usage: python -m torture.simulation [--seeds N] [--from S] [--workers W] [--minutes M]
       python -m torture.simulation --seed S [--trace]
"""

import argparse
import os
import sys

from ..rooms import without_home_assistant


def main() -> int:
    """Play what was asked for."""
    parser = argparse.ArgumentParser(prog="torture.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20_000, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first")
    parser.add_argument(
        "--workers",
        type=int,
        default=os.process_cpu_count() or 1,
        help="processes side by side; one for each core if nothing is said",
    )
    parser.add_argument("--minutes", type=float, help="stop then, whatever was asked")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--trace", action="store_true", help="tell its whole story")
    parser.add_argument("--digests", nargs="+", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    without_home_assistant()
    from . import run  # noqa: PLC0415 - only now the rooms can be imported

    if asked.digests:
        return run.tell_digests(asked.digests)
    if asked.seed is not None:
        return run.one(asked.seed, whole=asked.trace)
    seeds = range(asked.first, asked.first + asked.seeds)
    return run.many(seeds, workers=asked.workers, minutes=asked.minutes)


if __name__ == "__main__":
    sys.exit(main())
