"""What the command line asks for, done: the whole torture, or one run of it again, told in full."""

import argparse
import json
import sys

from ..outcome import Outcome
from .campaign import Campaign, Wanted
from .crew import crew, finished
from .kit import make_kit, workshop
from .plan import UnknownRun, plan_of
from .runs import Result


def torture(options: argparse.Namespace) -> int:
    """Kill until enough is killed."""
    outcome = Outcome("T4")
    wanted = Wanted(
        kills=options.kills,
        seed=options.seed,
        first=options.first,
        points=not options.random_only,
        random=not options.points_only,
        minutes=options.minutes,
    )
    with workshop(options.folder) as place:
        kit = make_kit(place)
        with crew(kit, place, options.lanes, None) as lanes:
            Campaign(kit, wanted, outcome).run(lanes)
    return outcome.report()


def one_run(options: argparse.Namespace) -> int:
    """Repeat one run and say what happened in it."""
    outcome = Outcome("T4", runs=1)
    with workshop(options.folder) as place:
        kit = make_kit(place)
        try:
            plan_of(options.cycle, kit.points)
        except UnknownRun:
            print(f"there is no run {options.cycle!r}", file=sys.stderr)
            return 2
        with crew(kit, place, 1, None) as (lane,):
            lane.give(options.cycle)
            while not (results := finished([lane], 1.0)):
                pass
        tell(results[0])
    for promise, text in results[0].broken:
        outcome.fail(promise, text, "the same command")
    outcome.more = {"kills": results[0].kills, "cycles": 1}
    return outcome.report()


def tell(result: Result) -> None:
    """Print what each Home Assistant of a run came to."""
    for boot in result.boots:
        end = "killed" if boot.killed else f"ended with {boot.code}"
        print(f"{boot.scene}: {end}; charges {boot.charges}; orders {boot.states}")
        for said in boot.said:
            print(f"    a caller was told {said.status}: {said.text[:160]}")
    print(json.dumps(result.orders, indent=1))
    if result.missed:
        print("the moment of a planned kill never came")
