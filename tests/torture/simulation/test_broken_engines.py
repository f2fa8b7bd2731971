"""T2 proves something only if it convicts whoever is guilty, soon and for the right reason."""

import pytest
from torture.simulation.seeds import Table

from .broken_engines import BROKEN, BrokenEngine


@pytest.mark.parametrize("engine", BROKEN, ids=lambda engine: engine.name)
def test_a_broken_engine_is_convicted(
    engine: BrokenEngine, worlds: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these mistakes has cost somebody money."""
    engine.break_it(monkeypatch)
    broken = set[str]()
    for seed in range(engine.seeds):
        story = worlds.story(seed, **engine.weather)
        broken = {promise for promise, _ in story.world.promises.broken}
        if broken & engine.promises:
            return
    pytest.fail(f"it survived {engine.seeds} seeds (the last one broke {broken})")
