"""T2: what a seed is worth, and that the command says so."""

from collections import Counter
import json
import os
import subprocess
import sys

import pytest
from torture.simulation import coverage, run
from torture.simulation.crew import Crew
from torture.simulation.seeds import Played, Table
from torture.simulation.story import Story
from torture.simulation.trace import Trace

SEEDS = range(60)

_ROOMS = "from torture.rooms import without_home_assistant as alone; alone()"


def test_no_story_costs_more_than_it_should(worlds: Table) -> None:
    """I1 to I11, in a few dozen worlds; the command plays thousands."""
    charged = 0
    for seed in SEEDS:
        played = worlds.play(seed)
        assert played.broken == [], "\n".join((run.again(seed), *played.tail))
        charged += "reached: charged" in played.seen
    assert charged > len(SEEDS) / 3


def test_one_seed_is_one_story_in_every_process(worlds: Table) -> None:
    """I13: whoever is told a seed sees what failed."""
    here = {str(seed): worlds.story(seed).world.trace.digest for seed in SEEDS[:5]}
    told = _python("-m", "torture.simulation", "--digests", *here)
    assert json.loads(told) == here


def _python(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": "scripts/lib"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_story_that_differs_is_noticed(
    worlds: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I13 can fail."""
    digests = iter("abcd")
    monkeypatch.setattr(Trace, "digest", property(lambda _: next(digests)))
    assert worlds.play(100).broken == [("I13", "a and b")]


def test_a_broken_promise_is_told_with_its_seed_and_ends_in_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CI must stop, and whoever reads it must see it again."""
    play = Story.play

    def and_break(story: Story) -> None:
        play(story)
        story.world.promises.truth.broke("I1", "charged twice")

    monkeypatch.setattr(Story, "play", and_break)
    monkeypatch.setattr(run, "_compare_processes", lambda *_: None)
    assert run.many(range(3, 5), workers=1, minutes=None) == 1
    told = capsys.readouterr().out
    assert "I1 is broken: seed 3: charged twice" in told
    assert "-m torture.simulation --seed 4 --trace" in told
    result = json.loads(told.splitlines()[-1])
    assert (result["layer"], result["seeds"], result["violations"]) == ("T2", 2, 2)


def test_workers_share_the_seeds() -> None:
    """Each seed is played once, whoever plays it."""
    program = "from torture.simulation.crew import Crew; print(sorted(one.seed for one in Crew(2, None).play(range(10, 17))))"
    told = _python("-c", f"{_ROOMS}; {program}")
    assert json.loads(told) == list(range(10, 17))


_STOPPED = """
from torture.simulation.crew import Crew
import os, signal
played = []
for one in Crew({workers}, None).play(range(100_000)):
    played.append(one.seed)
    if len(played) == 1:
        os.kill(os.getpid(), signal.SIGINT)
print(played)
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_who_is_stopped_tells_what_was_done(workers: int) -> None:
    """The soak stops a stretch in its middle: the seed that is played then is played to its end, and no other is begun."""
    told = _python("-c", f"{_ROOMS}\n{_STOPPED.format(workers=workers)}")
    played = json.loads(told)
    assert len(set(played)) == len(played)
    assert 0 < len(played) < 2_000


def test_a_process_that_dies_is_told() -> None:
    """Ten thousand seeds that nobody played have no violation."""
    program = (
        "from torture.simulation import crew, run; import os;"
        " crew.table = lambda: os._exit(9); run._compare_processes = print;"
        " run.many(range(50), workers=2, minutes=None)"
    )
    told = _python("-c", f"{_ROOMS}; {program}")
    assert "a process ended with 9" in told


def test_a_run_in_which_nothing_is_paid_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor one in which a kind of trouble never came."""
    quiet = Played(0, "", [], Counter())
    monkeypatch.setattr(Crew, "play", lambda *_: [quiet] * 50)
    monkeypatch.setattr(run, "_compare_processes", lambda *_: None)
    assert run.many(range(50), workers=1, minutes=None) == 1
    assert "never seen: a charge in 30% of the seeds" in capsys.readouterr().out
    assert len(coverage.missing(Counter(), coverage.ENOUGH)) > 80


def test_a_run_that_stops_early_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand were asked for."""
    one = Played(0, "", [], Counter({"reached: charged": 1}))
    monkeypatch.setattr(Crew, "play", lambda *_: [one] * 3)
    monkeypatch.setattr(run, "_compare_processes", lambda *_: None)
    assert run.many(range(4), workers=1, minutes=None) == 1
    assert run.many(range(4), workers=1, minutes=1.0) == 0
