"""T9: the court. It convicts a wrong design, acquits what is none, and believes nobody who fails for another reason."""

from collections.abc import Callable
from pathlib import Path

import pytest
from torture.mutants import __main__ as command
from torture.mutants.bench import Ran
from torture.mutants.court import Finding, Verdict, complaint, judge
from torture.mutants.inside import FOREIGN
from torture.mutants.mutant import ASSERTS, Edit, Mutant, Proof, by_tests
from torture.mutants.tree import Stale, misfits, plant, take_picture
from torture.mutants.trial import Trial
from torture.outcome import Outcome

CODE = "def double(amount: int) -> int:\n    return amount + amount\n"
TEST = """
from custom_components.esim_topup.money import double


def test_twice_is_twice():
    assert double(3) == 6


def test_it_hangs():
    while double(3) != 6:
        pass
"""

TWICE = by_tests("test_money.py::test_twice_is_twice", says=ASSERTS)
HANGS = by_tests("test_money.py::test_it_hangs", says=ASSERTS)


def mutant(new: str, *, old: str = "amount + amount", proof: Proof = TWICE) -> Mutant:
    """Return a mutant of the tiny project."""
    edits = (Edit("money.py", old, new),)
    return Mutant(name=new, thought="", promise="I9", edits=edits, proofs=(proof,))


GUILTY = mutant("amount * 3")
INNOCENT = mutant("amount * 2")
BROKEN = mutant("amuont + amount")
GONE = mutant("amount * 3", old="amount ** amount")
HANGING = mutant("amount * 4", proof=HANGS)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one function and its tests, for which pytest needs none of its plugins."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    root = tmp_path / "project"
    for folder in ("custom_components/esim_topup", "tests", "scripts/lib"):
        (root / folder).mkdir(parents=True)
    for package in ("custom_components", "custom_components/esim_topup", "tests"):
        (root / package / "__init__.py").touch()
    (root / "custom_components/esim_topup/money.py").write_text(CODE)
    (root / "tests/test_money.py").write_text(TEST)
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    return root


@pytest.fixture
def trial(project: Path, tmp_path: Path) -> Trial:
    """A trial of the tiny project."""
    return Trial(tmp_path / "copies", 1, project, tmp_path / "logs", warm=False)


def test_the_guilty_are_convicted_and_the_innocent_are_not(
    trial: Trial, project: Path
) -> None:
    """All sorts in one run; the code itself stays as it was."""
    mutants = [GUILTY, INNOCENT, BROKEN, GONE]
    heard: list[tuple[str, str | None]] = []
    verdicts = trial.acquit_and_convict(mutants, lambda *told: heard.append(told))
    assert {
        verdict.mutant.name + verdict.mutant.edits[0].old: verdict.finding
        for verdict in verdicts
    } == {
        "amount * 3amount + amount": Finding.CONVICTED,
        "amount * 2amount + amount": Finding.SURVIVES,
        "amuont + amountamount + amount": Finding.OTHER_REASON,
        "amount * 3amount ** amount": Finding.STALE,
    }
    assert heard == [("tests", None)]
    assert (project / "custom_components/esim_topup/money.py").read_text() == CODE
    assert "1 failed" in (trial.logs / "amount * 3.log").read_text()


def test_a_mutant_that_hangs_is_ended(trial: Trial) -> None:
    """It is not convicted by that: whoever waits for ever has seen nothing."""
    trial.patience = 1.5
    (verdict,) = trial.acquit_and_convict([HANGING], lambda *_: None)
    assert verdict.finding is Finding.TOO_LONG
    assert verdict.seconds < 30


def test_code_that_fails_without_a_mutant_is_told(
    project: Path, tmp_path: Path
) -> None:
    """What fails anyway convicts everybody."""
    (project / "custom_components/esim_topup/money.py").write_text(
        CODE.replace("amount + amount", "amount + amount + 1")
    )
    trial = Trial(tmp_path / "copies", 1, project, tmp_path / "logs", warm=False)
    heard: list[tuple[str, str | None]] = []
    list(trial.acquit_and_convict([GUILTY], lambda *told: heard.append(told)))
    assert heard == [("tests", "tests/test_money.py::test_twice_is_twice")]


def ran(code: int | None, output: str, at: str = "/copy") -> Ran:
    """Return what became of a command."""
    said = f"{output}\n{FOREIGN}{at}/custom_components/esim_topup\n"
    return Ran(code, said, 1.0, Path("/copy"))


FAILED = "E   assert 9 == 6\nFAILED tests/test_money.py::test_twice_is_twice - assert"


@pytest.mark.parametrize(
    ("told", "finding"),
    [
        pytest.param(ran(1, FAILED), Finding.CONVICTED, id="the test fails"),
        pytest.param(ran(0, "1 passed"), Finding.SURVIVES, id="it passes"),
        pytest.param(ran(None, ""), Finding.TOO_LONG, id="it hangs"),
        pytest.param(
            ran(1, FAILED, at="/work"), Finding.NOT_AT_HOME, id="of another copy"
        ),
        pytest.param(
            ran(1, FAILED.replace("twice_is", "thrice_is")),
            Finding.OTHER_REASON,
            id="another test fails",
        ),
        pytest.param(
            ran(1, FAILED.replace("assert 9 == 6", "KeyError: 9")),
            Finding.OTHER_REASON,
            id="in other words",
        ),
        pytest.param(
            ran(1, f"E   NameError: name 'x' is not defined\n{FAILED}"),
            Finding.OTHER_REASON,
            id="it does not run",
        ),
        pytest.param(ran(2, FAILED), Finding.OTHER_REASON, id="pytest was interrupted"),
        pytest.param(ran(4, ""), Finding.OTHER_REASON, id="there is no such test"),
        pytest.param(ran(-9, FAILED), Finding.OTHER_REASON, id="it was killed"),
        pytest.param(
            ran(1, f"ERROR at setup of x\n{FAILED.replace('FAILED', 'ERROR')}"),
            Finding.OTHER_REASON,
            id="the test did not begin",
        ),
        pytest.param(
            ran(1, f"ERROR at teardown of x\n{FAILED.replace('FAILED', 'ERROR')}"),
            Finding.CONVICTED,
            id="a promise is broken at the end",
        ),
    ],
)
def test_only_the_expected_failure_convicts(told: Ran, finding: Finding) -> None:
    """A mutant that falls over would be convicted by anything."""
    assert judge(TWICE, told) is finding


def test_a_layer_convicts_by_the_promise_that_it_names() -> None:
    """Its exit code alone says nothing."""
    proof = Proof(("torture.simulation", "--seeds", "9"), "^I4 is broken")
    assert judge(proof, ran(1, "I4 is broken: x")) is Finding.CONVICTED
    assert judge(proof, ran(1, "I5 is broken: x")) is Finding.OTHER_REASON
    assert proof.text == "torture.simulation --seeds 9"


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (ran(0, ""), None),
        (ran(0, "", at="/work"), "another copy was tried"),
        (ran(None, ""), "did not end in time"),
        (ran(5, "no tests ran"), "exit code 5"),
        (ran(1, FAILED), "tests/test_money.py::test_twice_is_twice"),
        (ran(1, "I4 is broken: too much"), "I4 is broken: too much"),
    ],
)
def test_what_is_wrong_with_the_code_as_it_is_is_said(
    told: Ran, wrong: str | None
) -> None:
    """Nobody has to search the logs for it."""
    assert complaint(told) == wrong


def test_an_old_text_stands_in_one_place(project: Path, tmp_path: Path) -> None:
    """Twice there, or not at all: nobody knows what would be replaced."""
    picture = take_picture(tmp_path / "picture", project)
    assert misfits(GUILTY.edits, picture) == []
    for old in ("amount", "no such text"):
        with pytest.raises(Stale, match="money.py has"):
            plant(picture, mutant("x", old=old))
    with pytest.raises(Stale, match="nothing is replaced"):
        plant(picture, mutant("amount + amount"))
    with pytest.raises(SyntaxError):
        plant(picture, mutant("amount +"))


@pytest.mark.parametrize(
    ("finding", "code"), [(Finding.CONVICTED, 0), (Finding.SURVIVES, 1)]
)
def test_a_survivor_stops_a_build(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    finding: Finding,
    code: int,
) -> None:
    """The last line names how many were convicted."""

    def acquit_and_convict(
        _: Trial, mutants: list[Mutant], acquitted: Callable[..., None]
    ) -> list[Verdict]:
        acquitted("tests", None)
        return [Verdict(mutant, finding, "a test", 1.0) for mutant in mutants]

    monkeypatch.setattr(Trial, "acquit_and_convict", acquit_and_convict)
    monkeypatch.setattr(Trial, "__post_init__", lambda _: None)
    outcome = Outcome("T9 mutants")
    command.judge_all([GUILTY], outcome, lanes=1)
    assert outcome.report() == code
    said = capsys.readouterr().out
    assert f'"convicted": "{1 - code}/1"' in said
    assert ("is broken" in said) is bool(code)


def test_a_name_that_nobody_has_is_no_success(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing was tried, so nothing was proved."""
    assert command.main(["--only", "nobody is called like this"]) == 1
    assert "there is none called" in capsys.readouterr().out


def test_the_list_says_why_each_looks_right(capsys: pytest.CaptureFixture[str]) -> None:
    """`--list` is read by people."""
    assert command.main(["--list"]) == 0
    assert '"Every browser does."' in capsys.readouterr().out
