"""Answers drawn by Hypothesis: it tries what nobody listed, and makes what it finds small."""

import asyncio
from decimal import Decimal
from typing import Any, Final

from hypothesis import (
    HealthCheck,
    Phase,
    given,
    seed as seeded,
    settings,
    strategies as st,
)

from .attack import Attack
from .court import Blow
from .exchange import Said
from .mutate import grown
from .oracles import Breach
from .random_runs import STATUSES, lie

# After so many different breaches of one provider, there is enough to do.
_ROUNDS: Final = 5

_SCALARS: Final = (
    st.none()
    | st.booleans()
    | st.integers(-(10**38), 10**38)
    | st.decimals(
        allow_nan=False,
        allow_infinity=False,
        min_value=-(10**20),
        max_value=10**20,
        places=4,
    )
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
)
_TREES: Final = st.recursive(
    _SCALARS,
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
            inside,
            max_size=5,
        )
    ),
    max_leaves=12,
)


class _Drawn:
    """Choices that Hypothesis makes, and makes smaller."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def below(self, limit: int) -> int:
        return self._data.draw(st.integers(0, limit - 1))


class _Found(AssertionError):
    """A breach that is new."""

    def __init__(self, blow: Blow, breach: Breach, heard: Any) -> None:
        super().__init__(breach.rule)
        self.blow, self.breach, self.heard = blow, breach, heard


def draw(runner: asyncio.Runner, attack: Attack, examples: int, seed: int) -> None:
    """Strike so often. Each new breach is told with the smallest answer that shows it."""
    for _ in range(_ROUNDS):
        try:
            _search(runner, attack, examples, seed)()
        except _Found as found:
            attack.convict(found.blow, found.breach, found.heard)
        except ExceptionGroup as group:
            for error in group.exceptions:
                if not isinstance(error, _Found):
                    raise
                attack.convict(error.blow, error.breach, error.heard)
        else:
            return


def _search(runner: asyncio.Runner, attack: Attack, examples: int, seed: int) -> Any:
    known = {
        breach
        for provider, breach in attack.court.times
        if provider == attack.subject.key
    }

    @seeded(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(st.data())
    def search(data: st.DataObject) -> None:
        call, request, right = data.draw(st.sampled_from(attack.targets))
        said = _said(data, right)
        heard, breaches = runner.run(attack.look(call, request, said))
        attack.court.outcome.faults["drawn by Hypothesis"] += 1
        for breach in breaches:
            if breach not in known:
                raise _Found(Blow(call, request, said), breach, heard)

    return search


def _said(data: st.DataObject, right: Said) -> Said:
    match data.draw(st.integers(0, 3)):
        case 0:
            return Said(
                body=_plain(data.draw(_TREES)),
                status=data.draw(st.sampled_from(STATUSES)),
            )
        case 1:
            return Said(body=data.draw(st.binary(max_size=200)), status=right.status)
        case 2:
            return Said(body=grown(_Drawn(data)), status=right.status)
        case _:
            return lie(right, _Drawn(data))


def _plain(tree: Any) -> Any:
    """Return a tree with the numbers that a decoder would make."""
    match tree:
        case Decimal():
            return tree.normalize() if tree else Decimal("0.0")
        case list():
            return [_plain(item) for item in tree]
        case dict():
            return {key: _plain(item) for key, item in tree.items()}
        case _:
            return tree
