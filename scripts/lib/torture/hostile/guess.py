"""Answers for a parser that nobody described: what it looks for in one answer is put into the next one."""

from collections.abc import Mapping
from typing import Any, Final

from .asking import Call, Heard
from .attack import Attack
from .exchange import Exchange, Said
from .mutate import Choice, Dice, grown, mutated
from .scalars import SCALARS
from .shapes import Path, at, put

# As many answers are remembered; the oldest make room.
_POOL: Final = 400


class _Watched(dict[str, Any]):
    """An object that notes what is looked for in it and is not there."""

    def __init__(self, truth: Mapping[str, Any], path: Path, missed: set[Path]) -> None:
        super().__init__(truth)
        self._path, self._missed = path, missed

    def get(self, key: Any, default: Any = None) -> Any:
        self._note(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self._note(key)
        return super().__contains__(key)

    def __missing__(self, key: str) -> Any:
        self._note(key)
        raise KeyError(key)

    def _note(self, key: object) -> None:
        if isinstance(key, str) and not super().__contains__(key):
            self._missed.add((*self._path, key))


def watched(tree: Any, missed: set[Path], path: Path = ()) -> Any:
    """Return a copy that notes what is missed."""
    match tree:
        case dict():
            inside = {
                key: watched(item, missed, (*path, key)) for key, item in tree.items()
            }
            return _Watched(inside, path, missed)
        case list():
            return [
                watched(item, missed, (*path, place)) for place, item in enumerate(tree)
            ]
        case _:
            return tree


class Guesser:
    """Learns the shape of one call's answers."""

    def __init__(self, attack: Attack, call: Call, choice: Choice) -> None:
        """Begin with nothing."""
        self._attack, self._call, self._choice = attack, call, choice
        self._known: set[Path] = set()
        self._outcomes: set[str] = set()
        self._pool: list[Any] = [{}, [], [{}]]
        self._likely = likely(attack.subject.exchange)

    async def step(self) -> None:
        """Tell one answer, and learn from what became of it."""
        choice, missed = self._choice, set[Path]()
        tree = self._pool[choice.below(len(self._pool))]
        if choice.below(3) == 0:
            tree = mutated(tree, choice) if choice.below(4) else grown(choice)
        heard = await self._attack.strike(
            self._call, None, Said(body=watched(tree, missed))
        )
        outcome = _outcome(heard)
        if outcome not in self._outcomes:
            self._outcomes.add(outcome)
            self._remember(tree)
        for path in sorted(missed - self._known, key=repr):
            self._known.add(path)
            for _ in range(8):
                self._remember(_with(tree, path, self._value()))
        if missed and not choice.below(4):
            path = sorted(missed, key=repr)[choice.below(len(missed))]
            self._remember(_with(tree, path, self._value()))

    def _value(self) -> Any:
        values = self._likely if self._choice.below(4) else SCALARS
        return values[self._choice.below(len(values))]

    def _remember(self, tree: Any) -> None:
        self._pool.append(tree)
        if len(self._pool) > _POOL:
            del self._pool[self._choice.below(_POOL // 2)]


def likely(exchange: Exchange) -> tuple[Any, ...]:
    """Return values that a parser may be waiting for: a shape, or a part of our order."""
    purchase = exchange.purchase
    return (
        {}, [{}], [], "x", "1", 1, 42, "4.20", True, "2027-01-01T00:00:00Z", 1830000000,
        purchase.reference, purchase.line.id, purchase.line.number, purchase.offer_id,
        purchase.money.amount, purchase.money.plain, purchase.money.minor, purchase.money.currency,
        "succeeded", "COMPLETED", "success", "ACTIVE",
    )  # fmt: skip


def _with(tree: Any, path: Path, value: Any) -> Any:
    inside = at(tree, path[:-1])
    return (
        put(tree, path[:-1], {**inside, path[-1]: value})
        if isinstance(inside, dict)
        else tree
    )


def _outcome(heard: Heard) -> str:
    if heard.error is not None:
        return f"{type(heard.error).__name__} {heard.error.code}"
    return f"{type(heard.value).__name__} {getattr(heard.value, 'state', '')} {getattr(heard.value, 'reason', '')}"


async def guess(attack: Attack, examples: int, seed: int) -> None:
    """Strike so often, spread over the calls."""
    for call in Call:
        guesser = Guesser(attack, call, Dice(f"{seed}: {attack.subject.name} {call}"))
        for _ in range(examples // len(Call)):
            await guesser.step()
            attack.court.outcome.faults["guessed"] += 1
