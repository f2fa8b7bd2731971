"""Everything that is done to one provider."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from . import atheris_run, corpus, directed, finding, guess, random_runs, settings, wire
from .attack import Attack
from .conversation import Conversation, Liar
from .court import COMMAND, Court
from .drawn import draw
from .exchange import Exchange
from .files import FileAttack
from .lessons import Subject, learn
from .seams import entered

PARTS: Final = (
    "directed",
    "corpus",
    "wire",
    "random",
    "guess",
    "settings",
    "drawn",
    "files",
    "guided",
)
"""In this order: what names a cause most plainly comes first."""

_GUESSES: Final = 10
"""One guessed answer for so many spoilt ones, where an example is known."""

_SETTINGS: Final = 20
_DRAWN: Final = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done."""

    examples: int
    """Answers spoilt at random, per provider."""
    seconds: int
    """For atheris, per provider."""
    seed: int
    parts: Sequence[str] = PARTS


class ProviderRun:
    """One provider under attack in all of its conversations."""

    def __init__(self, key: str, court: Court, plan: Plan) -> None:
        """Take the provider and how much is to be done."""
        self._key, self._court, self._plan = key, court, plan
        self._now: Subject | None = None
        self.told: dict[str, Any] = {}
        """What is said of it in the result."""

    def run(self) -> None:
        """Do it."""
        shown, files = finding.exchanges(self._key), finding.files(self._key)
        names = [each.name for each in shown] + [each.name for each in files]
        self.told["conversations"] = names
        with asyncio.Runner() as runner, entered(lambda: self._conversation):
            for exchange in shown:
                self._attack(runner, exchange, len(shown))
            if not shown and not files:
                self._guess(runner)
        with asyncio.Runner() as runner:
            for each in files if "files" in self._plan.parts else ():
                runner.run(
                    FileAttack(self._key, each, self._court).run(self._plan.seed)
                )
        if shown and "guided" in self._plan.parts and self._plan.seconds:
            self._fuzz()

    @property
    def _conversation(self) -> Conversation:
        assert self._now is not None
        return self._now.conversation

    def _attack(self, runner: asyncio.Runner, exchange: Exchange, of: int) -> None:
        plan = replace(self._plan, examples=self._plan.examples // of)
        attack = self._learned(runner, Subject(self._key, exchange))
        for flaw in (*directed.of_the_truth(attack), *directed.vacuous(attack)):
            story = f"{attack.subject.name}: {flaw}"
            self._court.accuse("the example is right", story, self._command)
        runner.run(self._in_order(attack, plan))
        if "drawn" in plan.parts and attack.targets:
            draw(runner, attack, max(plan.examples // _DRAWN, 1), plan.seed)

    def _learned(self, runner: asyncio.Runner, subject: Subject) -> Attack:
        self._now = subject
        return Attack(subject, runner.run(learn(subject)), self._court)

    async def _in_order(self, attack: Attack, plan: Plan) -> None:
        for part in plan.parts:
            match part:
                case "directed":
                    await directed.fields(attack)
                    await directed.statuses(attack)
                    await directed.headers(attack)
                case "corpus":
                    await corpus.tell(attack)
                    await corpus.cut(attack)
                    self._note(heaviest_body=await corpus.weigh(attack))
                case "wire":
                    self._note(**await wire.tell(attack))
                case "random":
                    seconds = await random_runs.spoil(attack, plan.examples, plan.seed)
                    self._note(per_second=round(plan.examples / max(seconds, 0.001)))
                case "guess":
                    with self._lying(attack) as everywhere:
                        await guess.guess(
                            everywhere, plan.examples // _GUESSES, plan.seed
                        )
                case "settings":
                    await settings.spoil(attack, plan.examples // _SETTINGS, plan.seed)
                    await settings.burden(attack)

    @contextmanager
    def _lying(self, attack: Attack) -> Iterator[Attack]:
        """Let every request be told the lie, with the same judge."""
        usual, exchange = self._now, attack.subject.exchange
        self._now = Subject(self._key, exchange, Liar(exchange))
        try:
            yield Attack(self._now, attack.lessons, self._court)
        finally:
            self._now = usual

    def _note(self, **figures: int) -> None:
        """Keep the most of each."""
        for name, figure in figures.items():
            self.told[name] = max(self.told.get(name, 0), figure)

    def _guess(self, runner: asyncio.Runner) -> None:
        """Attack a provider whose tests show nothing."""
        exchange = finding.guessed(self._key)
        try:
            subject = Subject(self._key, exchange, Liar(exchange))
        except ValueError as err:
            story = (
                f"{self._key} takes no invented credentials ({type(err).__name__}) and shows no conversation "
                f"(tests/providers/{self._key}/exchange.py): nobody attacks it"
            )
            self._court.accuse("every provider is attacked", story, self._command)
            return
        attack = self._learned(runner, subject)
        self.told["guessed"] = True
        runner.run(guess.guess(attack, self._plan.examples, self._plan.seed))

    def _fuzz(self) -> None:
        if (reason := atheris_run.why_not()) is not None:
            self.told["left_out"] = f"guided: {reason}"
            return
        plan = self._plan
        executed = atheris_run.fuzz(self._court, self._key, plan.seconds, plan.seed)
        self.told["by_atheris"] = executed

    @property
    def _command(self) -> str:
        return f"{COMMAND} --provider {self._key} --seed {self._plan.seed} --examples {self._plan.examples}"
