"""The layers, and how each is asked to do what was wanted of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SEEDS: Final = 20_000
KILLS: Final = 3_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is to be done."""

    kills: int = KILLS
    seeds: int = SEEDS
    seed: int = 0
    """Where the dice begin: another number is another torture."""
    kill_lanes: int = 1
    """Houses that are killed side by side."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One kind of attack: a module that ends with one line of JSON."""

    key: str
    about: str
    module: str
    arguments: Sequence[str] = ()
    """With `{kills}`, `{seeds}`, `{seed}` and `{kill_lanes}` for what is wanted."""

    def command(self, wanted: Wanted) -> list[str]:
        """Return what to run, after the interpreter."""
        facts = {
            "kills": wanted.kills,
            "seeds": wanted.seeds,
            "seed": wanted.seed,
            "kill_lanes": wanted.kill_lanes,
        }
        filled = (argument.format(**facts) for argument in self.arguments)
        return ["-m", f"torture.{self.module}", *filled]


KILLING: Final = Layer(
    "T4",
    "kill -9 of a real Home Assistant",
    "kills",
    ("--kills", "{kills}", "--seed", "{seed}", "--lanes", "{kill_lanes}"),
)

SIMULATION: Final = Layer(
    "T2",
    "simulation in virtual time",
    "simulation",
    ("--seeds", "{seeds}", "--from", "{seed}"),
)

LAYERS: Final = (
    KILLING,  # takes longest, so it begins first
    Layer("T0", "model of the protocol, searched to its end", "model"),
    Layer("T1", "stories that Hypothesis draws and shortens", "stateful"),
    SIMULATION,
    Layer("T3", "every crash point of the order book", "disk"),
    Layer("T5", "network", "network"),
    Layer("T6", "callers, permissions, life of Home Assistant", "callers"),
    Layer("T7", "hostile answers", "hostile", ("--seed", "{seed}")),
    Layer("T8", "time", "times"),
    Layer("T9", "canary secrets", "canary"),
)

MUTANTS: Final = (
    Layer("T0", "naive designs in the model", "model", ("--mutants",)),
    Layer("T9", "naive designs in the code", "mutants"),
)
