"""What was answered under an idempotency key, for as long as the operator remembers."""

from dataclasses import asdict
import hashlib
import json
import sqlite3

from . import shelf
from .behaviour import Behaviour, Idempotency
from .clock import US
from .model import Code, OrderRequest, Outcome, Placed, Refused


def recall(
    db: sqlite3.Connection, request: OrderRequest, now_us: int, rules: Behaviour
) -> Outcome | None:
    """Return what the key of this request already stands for; None means it is a new one."""
    if request.key is None or rules.idempotency == Idempotency.OFF:
        return None
    place = (request.account, request.key)
    row = db.execute(
        "SELECT * FROM keys WHERE account = ? AND key = ?", place
    ).fetchone()
    if row is None:
        return None
    if now_us - row["first_us"] > rules.key_retention_s * US:
        db.execute("DELETE FROM keys WHERE account = ? AND key = ?", place)
        return None
    if row["fingerprint"] != _fingerprint(request):
        return Refused(Code.KEY_REUSED)
    if rules.idempotency == Idempotency.REFUSE:
        return Refused(Code.ALREADY_PROCESSED)
    if row["refusal"] is not None:
        return Refused(row["refusal"])
    return Placed(shelf.order(db, row["order"]), replayed=True)


def remember(
    db: sqlite3.Connection,
    request: OrderRequest,
    outcome: Outcome,
    now_us: int,
    rules: Behaviour,
) -> None:
    """Store what was answered under the key of this request, unless this operator forgets refusals."""
    if request.key is None or rules.idempotency == Idempotency.OFF:
        return
    answer: tuple[str | None, str | None]
    match outcome:
        case Placed(order=order):
            answer = (order.id, None)
        case Refused(code=code):
            if not rules.replay_refusals:
                return
            answer = (None, code)
    db.execute(
        'INSERT INTO keys (account, key, fingerprint, first_us, "order", refusal) VALUES (?, ?, ?, ?, ?, ?)',
        (request.account, request.key, _fingerprint(request), now_us, *answer),
    )


def _fingerprint(request: OrderRequest) -> str:
    wish = json.dumps(asdict(request), sort_keys=True, default=str)
    return hashlib.sha256(wish.encode()).hexdigest()
