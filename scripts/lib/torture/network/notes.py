"""What a gate writes down: every request as it came in, and whoever was told what was meant for the operator alone."""

import asyncio
from dataclasses import dataclass, field
import hashlib
import json
import sqlite3

from .plan import Seen
from .wire import Message, answer, read_message


@dataclass(slots=True)
class Notes:
    """Of one gate."""

    book: str
    """The path of the house's book."""
    seen: list[Seen] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)
    """What arrived where no request of ours belongs."""

    def note(self, request: Message, *, reused: bool) -> None:
        """Note a request. `reused`: it was not the first one on its connection."""
        reference = None
        if request.operation == "order":
            reference = str(json.loads(request.body)["reference"])
        self.seen.append(
            Seen(
                operation=request.operation,
                method=request.start.split(" ")[0],
                key=request.header("Idempotency-Key"),
                reference=reference,
                body=hashlib.sha256(request.body).hexdigest(),
                durable=None if reference is None else self._is_durable(reference),
                reused=reused,
            )
        )

    def note_stray(self, request: Message, where: str) -> None:
        """Note a request that somebody else than the operator got, and what of the credentials came along."""
        secret = "with" if request.header("Authorization") else "without"
        self.strayed.append(f"{request.start} {secret} the key, {where}")

    async def serve_stray(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Be who a redirect points to."""
        request = await read_message(reader)
        if request is not None:
            self.note_stray(request, "where a redirect pointed")
            writer.write(answer("200 OK", b"{}", kind="application/json").raw)
            await writer.drain()

    def _is_durable(self, reference: str) -> bool:
        """Say whether this attempt of the order is in the house's book, as it is on the disk (I5)."""
        sends = 1 + sum(seen.reference == reference for seen in self.seen)
        book = sqlite3.connect(f"file:{self.book}?mode=ro", uri=True)
        try:
            found = book.execute(
                "SELECT state, sends FROM orders WHERE id = ?", (reference,)
            ).fetchone()
        finally:
            book.close()
        return found is not None and (
            found[0] in ("submitting", "unknown", "pending") and found[1] >= sends
        )
