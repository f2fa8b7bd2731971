"""Run the simulated operator: `python -m tests.operator --books FILE [--port N] [--host H] [--seed-file JSON]`."""

import argparse
import asyncio
import json
import os
from pathlib import Path
import signal

from .app import is_loopback, start_operator
from .seed_types import Seed


def main() -> None:
    """Read the arguments and run until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        prog="tests.operator", description="A simulated operator on the loopback."
    )
    parser.add_argument(
        "--books",
        type=Path,
        required=True,
        help="the SQLite file; made and seeded if missing",
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--seed-file",
        type=Path,
        help="what new books begin with, instead of the default seed",
    )
    args = parser.parse_args()
    if not is_loopback(args.host):
        parser.error(
            f"{args.host} is not this machine: the operator has no guard at its control API"
        )
    seed = None if args.seed_file is None else json.loads(args.seed_file.read_text())
    asyncio.run(_run(args.books, args.host, args.port, seed))


async def _run(books: Path, host: str, port: int, seed: Seed | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with start_operator(books, host=host, port=port, seed=seed) as operator:
        # The line that whoever started this process waits for.
        print(json.dumps({"port": operator.port, "pid": os.getpid()}), flush=True)  # noqa: T201
        await stop.wait()


if __name__ == "__main__":
    main()
