"""All runs, in lanes. The code as it is must pass every proof in the same hour, or a conviction proves nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from queue import SimpleQueue
import shutil
from typing import Final

from ..rooms import ROOT
from .bench import Bench, Ran
from .court import Finding, Verdict, complaint, judge
from .mutant import Mutant, Proof
from .tree import Stale, copy_with, take_picture

LOGS: Final = ROOT / ".cache" / "torture" / "mutants"

_PROOF_SECONDS: Final = 180
"""No proof is meant to take longer than a minute; a mutant may hang."""

_ACQUITTAL_SECONDS: Final = 300


@dataclass(slots=True)
class Trial:
    """Runs proofs on the code as it is, and on mutants of it."""

    folder: Path
    """For the copies; they are gone at the end."""
    lanes: int
    root: Path = ROOT
    """What is tried."""
    logs: Path = LOGS
    """Where everything that was said is kept."""
    patience: float = _PROOF_SECONDS
    warm: bool = True
    """Home Assistant is imported beforehand: worth it for more than one proof."""
    _picture: Path = field(init=False)
    _benches: SimpleQueue[Bench] = field(default_factory=SimpleQueue)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Take the picture that everything in this run is a copy of."""
        self._picture = take_picture(self.folder / "picture", self.root)

    def acquit_and_convict(
        self,
        mutants: Sequence[Mutant],
        acquitted: Callable[[str, str | None], None],
    ) -> Iterator[Verdict]:
        """Yield a verdict for each mutant, at its end. `acquitted` hears what is wrong with the code as it is, if anything."""
        with ExitStack() as stack, ThreadPoolExecutor(self.lanes) as lanes:
            for _ in range(self.lanes):
                self._benches.put(stack.enter_context(Bench(warm=self.warm)))
            proofs = (proof for mutant in mutants for proof in mutant.proofs)
            innocent = [lanes.submit(self._acquit, *each) for each in gathered(proofs)]
            trials: list[Future[Verdict]] = [
                lanes.submit(self._convict, mutant) for mutant in mutants
            ]
            for ended in as_completed(trials):
                yield ended.result()
            for each in innocent:
                acquitted(*each.result())

    def _acquit(self, name: str, command: tuple[str, ...]) -> tuple[str, str | None]:
        ran = self._run(None, command, _ACQUITTAL_SECONDS, f"as it is, {name}")
        return name, complaint(ran)

    def _convict(self, mutant: Mutant) -> Verdict:
        about, seconds = "", 0.0
        for proof in mutant.proofs:
            try:
                ran = self._run(mutant, proof.command, self.patience, mutant.name)
            except (Stale, SyntaxError) as err:
                return Verdict(mutant, Finding.STALE, str(err))
            seconds += ran.seconds
            finding = judge(proof, ran)
            if finding is not Finding.CONVICTED:
                return Verdict(mutant, finding, proof.text, seconds)
            about = about or proof.text
        return Verdict(mutant, Finding.CONVICTED, about, seconds)

    def _run(
        self,
        mutant: Mutant | None,
        command: tuple[str, ...],
        timeout: float,
        log: str,
    ) -> Ran:
        copy = self.folder / f"copy-{next(self._numbers)}"
        copy_with(self._picture, copy, mutant)
        bench = self._benches.get()
        try:
            ran = bench.run(copy, command, timeout)
        finally:
            self._benches.put(bench)
        self.logs.mkdir(parents=True, exist_ok=True)
        (self.logs / f"{log.replace('/', ' ')}.log").write_text(ran.output)
        shutil.rmtree(copy, ignore_errors=True)
        return ran


def gathered(proofs: Iterable[Proof]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the commands that the code as it is must pass: each layer's own, and all tests of a folder in one go."""
    folders: dict[str, dict[str, None]] = defaultdict(dict)
    layers: dict[tuple[str, ...], None] = {}
    for proof in proofs:
        if not proof.tests:
            layers[proof.command] = None
        for test in proof.tests:
            folders[str(Path(test.partition("::")[0]).parent)][test] = None
    for command in layers:
        yield " ".join(command), command
    options = ("-q", "-rfE", "--tb=short", "--color=no", "-p", "no:cacheprovider")
    for folder, nodes in folders.items():
        yield folder, ("pytest", *options, *nodes)
