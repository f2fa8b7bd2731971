"""The operator's books: one SQLite file that survives the process. They are the truth about money.

Everything that changes them happens in one `BEGIN IMMEDIATE` transaction and is on disk when the call returns.
What was due by then is done first, so that nobody can look at the books before the past has happened.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
import json
from pathlib import Path
import sqlite3

from . import agenda, faults, journal, schema, seed, shelf
from .behaviour import Behaviour
from .clock import Clock, ClockSetting
from .desk import Desk
from .faults import Fault
from .journal import Arrival
from .model import Account, OrderRequest, OrderStatus, Outcome


class Books:
    """Opens the file, or makes it with a seed; every public method is a step of its own."""

    def __init__(
        self, path: Path, *, clock: Clock | None = None, first_seed: object = None
    ) -> None:
        """Open the books at `path`. A new file begins with `first_seed`, or with the default seed."""
        self.clock = clock or Clock()
        self.db = _connect(path)
        self.rules = Behaviour()
        if self._setting("clock") is None:
            self.reset(first_seed)
        self._read_settings()

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @contextmanager
    def step(self) -> Iterator[Desk]:
        """Do what is due, then what the caller wants; all of it is kept, or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            now_us = self.clock.now_us()
            self._catch_up(now_us)
            yield Desk(self.db, now_us, self.rules)
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def now_us(self) -> int:
        """Return the operator's time, with all that was due by then done."""
        now_us = self.clock.now_us()
        if agenda.anything_due(self.db, now_us):
            with self.step():
                pass
        return now_us

    def arrive(self, arrival: Arrival) -> tuple[int, Account | None, Fault]:
        """Log a request before it has any effect; return its number, whose it is and the fault it meets."""
        with self.step() as desk:
            fault = faults.take(self.db, arrival.operation)
            account = shelf.account_by_key(self.db, arrival.api_key)
            owner = None if account is None else account.id
            number = journal.write(
                self.db, arrival, account=owner, fault=fault, now_us=desk.now_us
            )
        return number, account, fault

    def place(self, request: OrderRequest, request_id: int) -> Outcome:
        """Accept or refuse an order, and log which."""
        with self.step() as desk:
            outcome = desk.place(request)
            journal.note_outcome(self.db, request_id, outcome)
        return outcome

    def postpone(self, request: OrderRequest, due_us: int, request_id: int) -> None:
        """Let an order reach the books later, even if nobody waits for it and the process dies meanwhile."""
        with self.step() as desk:
            desk.postpone(request, due_us, request_id)

    def note_refusal(self, request_id: int, code: str) -> None:
        """Log that an order request was refused before the books were asked."""
        with self.step():
            journal.note_refusal(self.db, request_id, code)

    def set_rules(self, rules: Behaviour) -> None:
        """Behave differently from now on."""
        with self.step():
            self._write_setting("behaviour", rules.to_json())
        self.rules = rules

    def set_clock(
        self, *, offset_s: float | None, advance_s: float | None, speed: float | None
    ) -> None:
        """Shift or stretch the operator's time, and remember it."""
        self.clock.change(offset_s=offset_s, advance_s=advance_s, speed=speed)
        with self.step():
            self._write_setting("clock", asdict(self.clock.setting))

    def reset(self, new_seed: object = None) -> None:
        """Forget everything: books, faults, behaviour, clock, log. Begin with a seed, or with the default one."""
        self.clock.back_to_real()
        self.rules = Behaviour()
        now_us = self.clock.now_us()
        self.db.execute("BEGIN IMMEDIATE")
        try:
            for table in schema.TABLES:
                self.db.execute(f"DELETE FROM {table}")  # noqa: S608  # our own names
            self.db.execute("DELETE FROM sqlite_sequence")
            seed.plant(
                self.db, seed.default(now_us) if new_seed is None else new_seed, now_us
            )
            self._write_setting("clock", asdict(self.clock.setting))
            self._write_setting("behaviour", self.rules.to_json())
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def _catch_up(self, now_us: int) -> None:
        while (due := agenda.pop(self.db, now_us)) is not None:
            desk = Desk(self.db, due.at_us, self.rules)
            match due.what:
                case agenda.What.DELIVER:
                    self._deliver(desk, due.payload)
                case agenda.What.FINISH:
                    order = shelf.order(self.db, str(due.payload["order"]))
                    desk.finish(
                        order,
                        OrderStatus(str(due.payload["ending"])),
                        due.payload["reason"],
                    )
                case agenda.What.CREDIT:
                    order = shelf.order(self.db, str(due.payload["order"]))
                    desk.credit(order, Decimal(str(due.payload["amount"])))

    def _deliver(self, desk: Desk, payload: dict[str, str | None]) -> None:
        wish = dict(payload)
        request_id = int(str(wish.pop("request")))
        amount = Decimal(str(wish.pop("amount")))
        request = OrderRequest(amount=amount, **wish)  # type: ignore[arg-type]  # written by Desk.postpone
        journal.note_outcome(self.db, request_id, desk.place(request))

    def _setting(self, name: str) -> object:
        row = self.db.execute(
            "SELECT value FROM settings WHERE name = ?", (name,)
        ).fetchone()
        return None if row is None else json.loads(row["value"])

    def _write_setting(self, name: str, value: object) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value))
        )

    def _read_settings(self) -> None:
        clock, rules = self._setting("clock"), self._setting("behaviour")
        if isinstance(clock, dict) and isinstance(rules, dict):
            self.clock.setting = ClockSetting(**clock)
            self.rules = Behaviour().changed(rules)


def _connect(path: Path) -> sqlite3.Connection:
    # autocommit: transactions are begun and ended by hand, in `step` only.
    db = sqlite3.connect(path, autocommit=True, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # an answer must never be ahead of the disk
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(
        "PRAGMA busy_timeout = 5000"
    )  # a killed predecessor may still hold the file for a moment
    db.executescript(schema.SCHEMA)
    return db
