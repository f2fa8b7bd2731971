"""What can go wrong with one request, as data, and the queue of what will.

A fault waits for a request of its operation ("*": any) and is used up by it, `times` times or for ever.
Oldest first; one request meets one fault. Kind `none` lets a request pass, so that a script can say "the second one".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
import json
import sqlite3
from typing import Final, TypedDict

from . import door

# What a request can be about, whatever dialect it is made in.
OPERATIONS: Final = ("account", "lines", "line", "offers", "order", "find", "history")
ANY: Final = "*"


class Kind(StrEnum):
    """One way to misbehave."""

    NONE = "none"
    # the connection
    DELAY = "delay"
    DELAY_AFTER = "delay_after"
    HANG = "hang"
    HANG_AFTER = "hang_after"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    LATE_EFFECT = "late_effect"
    CLOSE_IDLE = "close_idle"
    # another answer instead
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    DECLINE = "decline"
    RATE_LIMIT = "rate_limit"
    REDIRECT = "redirect"
    HTML = "html"
    EMPTY = "empty"
    NOT_JSON = "not_json"
    GARBAGE = "garbage"
    # the right answer, spoilt on its way
    TRUNCATE = "truncate"
    SLOW = "slow"
    HUGE = "huge"
    BOMB = "bomb"
    DEEP = "deep"
    DUPLICATE_KEYS = "duplicate_keys"
    # a well-formed lie
    WRONG_AMOUNT = "wrong_amount"
    WRONG_AMOUNT_X100 = "wrong_amount_x100"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_LINE = "wrong_line"
    WRONG_REFERENCE = "wrong_reference"
    NO_REFERENCE = "no_reference"
    NO_ID = "no_id"
    UNKNOWN_STATUS = "unknown_status"
    NAN = "nan"
    NEGATIVE = "negative"
    ZERO = "zero"
    FALSE_ZERO = "false_zero"
    MISSING_BALANCE = "missing_balance"
    STALE = "stale"


# Faults that strike before the books are touched; all others strike when the effect is durable.
STRIKES_FIRST: Final = frozenset(
    {
        Kind.DELAY, Kind.HANG, Kind.RESET_BEFORE, Kind.DROP_BEFORE,
        Kind.ERROR_BEFORE, Kind.DECLINE, Kind.RATE_LIMIT, Kind.REDIRECT,
    }
)  # fmt: skip

# An answer made up by something in between (proxy, limiter) can hide either case: `effect` says which.
_EITHER_WAY: Final = frozenset(
    {
        Kind.DECLINE,
        Kind.RATE_LIMIT,
        Kind.REDIRECT,
        Kind.HTML,
        Kind.EMPTY,
        Kind.NOT_JSON,
        Kind.GARBAGE,
    }
)

type _Reader = Callable[[object], object]

_SECONDS: Final[Mapping[str, _Reader]] = {"seconds": door.number}
_SIZE: Final[Mapping[str, _Reader]] = {"bytes": door.whole}
_ERROR: Final[Mapping[str, _Reader]] = {"status": door.whole, "body": lambda body: body}

# What each kind can be told; whatever is left out has a default where it is used.
_ARGS: Final[Mapping[Kind, Mapping[str, _Reader]]] = {
    Kind.DELAY: _SECONDS,
    Kind.DELAY_AFTER: _SECONDS,
    Kind.LATE_EFFECT: _SECONDS,
    Kind.STALE: _SECONDS,
    Kind.ERROR_BEFORE: _ERROR,
    Kind.ERROR_AFTER: _ERROR,
    Kind.DECLINE: {"code": door.text, "status": door.whole},
    Kind.RATE_LIMIT: {"retry_after": door.number},
    Kind.REDIRECT: {"status": door.whole, "location": door.text},
    Kind.SLOW: {"bytes_per_second": door.number},
    Kind.HUGE: _SIZE,
    Kind.BOMB: _SIZE,
    Kind.DEEP: {"depth": door.whole},
    Kind.UNKNOWN_STATUS: {"word": door.text},
    Kind.NAN: {"text": door.text},
}


class FaultData(TypedDict):
    """A waiting fault as it travels; times None is for ever."""

    operation: str
    kind: str
    times: int | None
    args: dict[str, object]


@dataclass(frozen=True, slots=True)
class Fault:
    """What one request meets. Raises `BadInput` for a description that no code would obey."""

    kind: Kind
    args: Mapping[str, object]

    def __post_init__(self) -> None:
        """Refuse misspelt arguments: a fault that never strikes makes a test pass for nothing."""
        readers = dict(_ARGS.get(self.kind, {}))
        if self.kind in _EITHER_WAY:
            readers["effect"] = door.yes_no
        for name, value in self.args.items():
            if name not in readers:
                raise door.BadInput(f"{self.kind}: unknown argument {name}")
            readers[name](value)

    @property
    def strikes_first(self) -> bool:
        """Whether the request leaves no trace in the books."""
        effect = self.args.get("effect")
        return self.kind in STRIKES_FIRST if effect is None else effect is not True

    def number(self, name: str, default: float) -> float:
        """Return a numeric argument."""
        return door.number(self.args.get(name, default))

    def text(self, name: str, default: str) -> str:
        """Return a text argument."""
        return str(self.args.get(name, default))


NO_FAULT: Final = Fault(Kind.NONE, {})


def read(data: object) -> FaultData:
    """Read a fault as it travels: `times` is 1 unless given. Raises `BadInput`."""
    values = {"times": 1, "args": {}} | door.mapping(data, "fault")
    if set(values) != {"operation", "kind", "times", "args"}:
        raise door.BadInput(f"not a fault: {data!r}")
    times = values["times"]
    return FaultData(
        operation=door.text(values["operation"]),
        kind=door.text(values["kind"]),
        times=None if times is None else door.whole(times),
        args=door.mapping(values["args"], "args"),
    )


def add(db: sqlite3.Connection, data: FaultData) -> None:
    """Append a fault to the queue."""
    fault = Fault(Kind(data["kind"]), data["args"])
    if data["operation"] not in (*OPERATIONS, ANY):
        raise door.BadInput(f"unknown operation {data['operation']!r}")
    if data["times"] is not None and data["times"] < 1:
        raise door.BadInput("times: at least 1, or null for ever")
    db.execute(
        "INSERT INTO faults (operation, kind, remaining, args) VALUES (?, ?, ?, ?)",
        (data["operation"], fault.kind, data["times"], json.dumps(data["args"])),
    )


def take(db: sqlite3.Connection, operation: str) -> Fault:
    """Return what the next request of this operation meets, and count it as used."""
    row = db.execute(
        "SELECT id, kind, remaining, args FROM faults WHERE operation IN (?, '*') ORDER BY id LIMIT 1",
        (operation,),
    ).fetchone()
    if row is None:
        return NO_FAULT
    if row["remaining"] == 1:
        db.execute("DELETE FROM faults WHERE id = ?", (row["id"],))
    elif row["remaining"] is not None:
        db.execute(
            "UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (row["id"],)
        )
    return Fault(Kind(row["kind"]), json.loads(row["args"]))


def waiting(db: sqlite3.Connection) -> list[FaultData]:
    """Return the queue, oldest first."""
    rows = db.execute("SELECT operation, kind, remaining, args FROM faults ORDER BY id")
    return [
        FaultData(
            operation=row["operation"],
            kind=row["kind"],
            times=row["remaining"],
            args=json.loads(row["args"]),
        )
        for row in rows
    ]


def clear(db: sqlite3.Connection) -> None:
    """Forget all faults that still wait."""
    db.execute("DELETE FROM faults")
