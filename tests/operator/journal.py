"""The request log: what arrived, durable before it has any effect, and what it did."""

from dataclasses import dataclass
import hashlib
import sqlite3
from typing import TypedDict, cast

from . import shelf
from .clock import to_iso_precise, wall_us
from .faults import Fault, Kind
from .model import Effect, OrderStatus, Outcome, Placed, Refused


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a request says about itself before anybody looked into it."""

    operation: str
    method: str
    path: str
    body: bytes
    api_key: str | None
    key: str | None
    """The idempotency key, wherever the dialect has it."""
    reference: str | None


class LoggedRequestData(TypedDict):
    """One line of the log as it travels; `arrived_at` is real time, `clock_us` the operator's."""

    id: int
    arrived_at: str
    clock_us: int
    account: str | None
    operation: str
    method: str
    path: str
    key: str | None
    reference: str | None
    body_sha256: str
    fault: str | None
    effect: str
    order: str | None
    refusal: str | None


def write(
    db: sqlite3.Connection,
    arrival: Arrival,
    *,
    account: str | None,
    fault: Fault,
    now_us: int,
) -> int:
    """Append a request and return its number."""
    cursor = db.execute(
        "INSERT INTO requests (arrived_at, clock_us, account, operation, method, path, key, reference, body_sha256,"
        " fault) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            to_iso_precise(wall_us()),
            now_us,
            account,
            arrival.operation,
            arrival.method,
            arrival.path,
            arrival.key,
            arrival.reference,
            hashlib.sha256(arrival.body).hexdigest(),
            None if fault.kind is Kind.NONE else fault.kind,
        ),
    )
    if cursor.lastrowid is None:
        raise RuntimeError("SQLite gave the request no number")
    return cursor.lastrowid


def note_outcome(db: sqlite3.Connection, request_id: int, outcome: Outcome) -> None:
    """Write down what an order request did, in the transaction that does it."""
    done: tuple[Effect, str | None, str | None]
    match outcome:
        case Placed(order=order, replayed=replayed):
            effect = Effect.REPLAYED if replayed else _EFFECT[order.status]
            done = (effect, order.id, None)
        case Refused(code=code):
            done = (Effect.REFUSED, None, code)
    db.execute(
        'UPDATE requests SET effect = ?, "order" = ?, refusal = ? WHERE id = ?',
        (*done, request_id),
    )


def note_refusal(db: sqlite3.Connection, request_id: int, code: str) -> None:
    """Write down that an order was refused, unless the books already did."""
    db.execute(
        "UPDATE requests SET effect = ?, refusal = ? WHERE id = ? AND effect = ?",
        (Effect.REFUSED, code, request_id, Effect.NONE),
    )


def outcome(db: sqlite3.Connection, request_id: int) -> Outcome | None:
    """Return what an order request did, read back from the log; None if it did nothing or was forgotten."""
    row = db.execute(
        'SELECT effect, "order", refusal FROM requests WHERE id = ?', (request_id,)
    ).fetchone()
    if row is None or row["effect"] == Effect.NONE:
        return None
    if row["order"] is None:
        return Refused(row["refusal"])
    replayed = row["effect"] == Effect.REPLAYED
    return Placed(shelf.order(db, row["order"]), replayed=replayed)


def read(
    db: sqlite3.Connection, *, operation: str | None = None, after_id: int = 0
) -> list[LoggedRequestData]:
    """Return the log, oldest first."""
    rows = db.execute(
        "SELECT * FROM requests WHERE coalesce(operation = ?, TRUE) AND id > ? ORDER BY id",
        (operation, after_id),
    )
    return [cast(LoggedRequestData, dict(row)) for row in rows]


_EFFECT = {
    OrderStatus.SUCCEEDED: Effect.CHARGED,
    OrderStatus.REVERSED: Effect.CHARGED,
    OrderStatus.PENDING: Effect.PENDING,
    OrderStatus.FAILED: Effect.REFUSED,
}
