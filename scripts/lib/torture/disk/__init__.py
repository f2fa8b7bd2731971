"""T3: what a power cut or a bad disk leaves of the order book, and the simulated disk that finds out."""

from .abi import NoWayIn
from .faults import FULL, Kind
from .operations import Change, Fate, Operation, Torn, Whole, fate
from .platter import Platter, write_files
from .simulated import Disk
from .vfs import installed

__all__ = [
    "FULL",
    "Change",
    "Disk",
    "Fate",
    "Kind",
    "NoWayIn",
    "Operation",
    "Platter",
    "Torn",
    "Whole",
    "fate",
    "installed",
    "write_files",
]
