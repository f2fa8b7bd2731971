"""The layer can fail: a careless provider is found by itself, and convicted of each of its mistakes."""

from collections.abc import Iterator
import importlib
import json
from pathlib import Path
import shutil
import sys
from typing import Any

import pytest
from torture.hostile import __main__ as command, atheris_run, directed, finding, replay
from torture.hostile.asking import Heard
from torture.hostile.court import Court
from torture.hostile.provider_run import Plan, ProviderRun
from torture.outcome import Outcome

from custom_components.esim_topup import providers
import tests.providers

HERE = Path(__file__).parent


@pytest.fixture(name="broken")
def fixture_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a careless provider, and what its tests show, where providers are looked for; returns the folder for proofs."""
    modules, shown = tmp_path / "providers", tmp_path / "shown"
    modules.mkdir()
    (shown / "broken").mkdir(parents=True)
    shutil.copy(HERE / "broken_provider.py", modules / "broken.py")
    shutil.copy(HERE / "broken_exchange.py", shown / "broken" / "exchange.py")
    (shown / "broken" / "__init__.py").touch()
    _join(monkeypatch, modules, shown)
    yield tmp_path / "kept"
    for name in [each for each in sys.modules if "providers.broken" in each]:
        del sys.modules[name]


def _join(monkeypatch: pytest.MonkeyPatch, modules: Path, shown: Path) -> None:
    path = [*providers.__path__, str(modules)]
    monkeypatch.setattr(providers, "__path__", path)
    monkeypatch.setattr(
        tests.providers, "__path__", [*tests.providers.__path__, str(shown)]
    )
    importlib.invalidate_caches()
    found = providers._found([each.name for each in providers.iter_modules(path)])
    monkeypatch.setattr(providers, "_KEYS", found)


def _attacked(
    broken: Path, *parts: str, examples: int = 1500
) -> tuple[Outcome, set[str]]:
    outcome = Outcome("T7")
    court = Court(outcome, broken)
    ProviderRun("broken", court, Plan(examples, 0, 3, parts)).run()
    return outcome, {breach.rule for _, breach in court.times}


def test_a_provider_is_attacked_because_it_is_there(broken: Path) -> None:
    """Nobody keeps a list."""
    assert "broken" in finding.all_keys()
    assert [each.name for each in finding.exchanges("broken")] == ["good day"]


def test_each_mistake_of_a_careless_provider_is_named(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes a provider reads what is wrong with it, once per cause."""
    monkeypatch.setattr(directed, "STATUSES", (200, 202, 301, 404, 429, 500))
    outcome, rules = _attacked(broken, "directed", "random")
    assert rules >= {
        "balance is a zero that nobody said",
        "balance is guessed where a field is missing",
        "offer name is not plain",
        "submit succeeds on another order's answer",
        "submit succeeds without a word of success",
        "submit takes 5xx that proves nothing for a refusal",
        "submit takes 429 that proves nothing for a refusal",
        "an order that arrived is called not sent",
        "find succeeds on another order's answer",
        "find takes an answer that shows no empty list for an absence",
        "a history leaves out an entry that cannot be read",
        "a history is empty though no list was shown",
    }
    assert any(rule.startswith("KeyError leaves account") for rule in rules)
    assert len(outcome.violations) == len(rules)


@pytest.mark.parametrize("part", ["random", "drawn", "guess"])
def test_chance_finds_a_careless_provider_too(broken: Path, part: str) -> None:
    """The parts that know nothing of fields."""
    _, rules = _attacked(broken, part, examples=60_000 if part == "drawn" else 3000)
    assert "submit succeeds on another order's answer" in rules
    assert "balance is a zero that nobody said" in rules


def test_a_provider_whose_tests_show_nothing_is_attacked_all_the_same(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answers are guessed from what it looks for."""
    monkeypatch.setattr(finding, "exchanges", lambda _: ())
    outcome, rules = _attacked(broken, "guess", examples=3000)
    assert "balance is a zero that nobody said" in rules
    assert "submit succeeds on another order's answer" in rules
    assert any(rule.startswith("KeyError leaves account") for rule in rules)
    assert outcome.runs >= 2900


def test_a_provider_that_nobody_can_attack_is_a_violation(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a new one would be left out without a word."""

    def refuse(*_: Any, **__: Any) -> None:
        raise ValueError

    monkeypatch.setattr(finding, "exchanges", lambda _: ())
    monkeypatch.setattr("torture.hostile.lessons.create_provider", refuse)
    outcome, _ = _attacked(broken, "guess")
    assert [each.promise for each in outcome.violations] == [
        "every provider is attacked"
    ]


def test_an_example_that_does_not_go_well_is_a_violation(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spoiling what is spoilt already shows nothing."""
    (good,) = finding.exchanges("broken")
    bad = type(good)(
        name="bad day",
        credentials={},
        line=good.line,
        purchase=good.purchase,
        says=good.says[1:],
    )
    monkeypatch.setattr(finding, "exchanges", lambda _: (bad,))
    outcome, _ = _attacked(broken)
    assert "account does not go well" in outcome.violations[0].story


def test_a_conviction_can_be_shown_again(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer that did it is kept."""
    outcome, _ = _attacked(broken, "random")
    (kept,) = [
        file
        for file in broken.glob("broken-*.json")
        if json.loads(file.read_text())["rule"]
        == "submit succeeds on another order's answer"
    ]
    assert any(f"--replay {kept}" in each.again for each in outcome.violations)
    assert replay.replay(kept) == 1
    assert "I9 is broken" in capsys.readouterr().out


def test_what_hypothesis_finds_is_made_small(broken: Path) -> None:
    """A hundred lines of JSON tell nobody what was wrong."""
    outcome, _ = _attacked(broken, "drawn", examples=60_000)
    (story,) = [
        each.story for each in outcome.violations if "nobody said" in each.story
    ]
    assert len(story) < 500


def test_what_atheris_finds_is_a_violation_and_so_is_its_death(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lives in a process of its own, so only its words come back."""
    line = {
        "exchange": "good day", "promise": "I9", "rule": "believes anything", "heard": "succeeded",
        "call": "submit", "request": ["POST", "/buy", 0], "status": 200, "headers": {}, "bytes": None, "tree": {"a": 1},
    }  # fmt: skip
    broken.mkdir()

    def run(_: list[str], __: int) -> tuple[int, str]:
        (broken / "broken.found.jsonl").write_text(f"{json.dumps(line)}\n")
        return 77, "stat::number_of_executed_units: 12\nTest unit written to ./crash-1"

    monkeypatch.setattr(atheris_run, "_run", run)
    court = Court(Outcome("T7"), broken)
    assert atheris_run.fuzz(court, "broken", 1, 1) == 12
    assert [each.promise for each in court.outcome.violations] == [
        "I9",
        "the layer runs",
    ]
    assert "./crash-1" in court.outcome.violations[1].again


def test_atheris_learns_the_conversations_of_a_provider(tmp_path: Path) -> None:
    """The shortest run there is: it must start, tell something and end."""
    if (reason := atheris_run.why_not()) is not None:
        pytest.skip(reason)
    court = Court(Outcome("T7"), tmp_path)
    assert atheris_run.fuzz(court, "rest", 1, 1) > 100
    assert court.outcome.violations == []


def test_the_command_ends_with_the_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`scripts/torture` reads the last line."""
    arguments = ["--provider", "demo", "--provider", "nosuch", "--only", "files"]
    monkeypatch.setattr(sys, "argv", ["torture.hostile", *arguments])
    monkeypatch.setattr("torture.hostile.files._FLIPS", 3)
    monkeypatch.setattr("torture.hostile.files._INTEGERS", ())
    monkeypatch.setattr("torture.hostile.files._TEXTS", ())
    code = command.main()
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (code, result["layer"], result["violations"]) == (1, "T7", 1)
    assert result["faults"]["file spoilt"] == result["runs"] > 100


def test_a_stranger_is_named_by_where_it_came_from() -> None:
    """Not by its text, which may hold anything."""
    with pytest.raises(KeyError) as caught:
        raise KeyError("secret")
    words = Heard(escaped=caught.value).words
    assert words.startswith("KeyError at test_conviction.py:")
    assert "secret" not in words
