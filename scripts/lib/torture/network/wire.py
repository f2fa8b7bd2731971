"""HTTP/1.1 as bytes: just enough to know where a message ends and what it is about."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

_HEAD_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer, whole."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first header of this name."""
        wanted = name.lower()
        return next(
            (value for key, value in self.headers if key.lower() == wanted), None
        )

    def having(self, *headers: tuple[str, str]) -> Message:
        """Return the message with these headers instead of those of the same names."""
        names = {name.lower() for name, _ in headers}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in names)
        return replace(self, headers=kept + headers)

    def without(self, name: str) -> Message:
        """Return the message without the headers of this name."""
        kept = (pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=tuple(kept))

    @property
    def head(self) -> bytes:
        """Everything before the body, with the empty line."""
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join(lines).encode("latin-1") + _HEAD_END

    @property
    def raw(self) -> bytes:
        """All of it."""
        return self.head + self.body

    @property
    def operation(self) -> str:
        """What a request asks for, in the operator's words."""
        method, target, _ = self.start.split(" ", 2)
        path = target.partition("?")[0].rstrip("/")
        if path == "/v1/orders":
            return "find" if method == "GET" else "order"
        return {"history": "history", "offers": "offers"}.get(
            path.rpartition("/")[2], "line" if "/lines/" in path else "other"
        )


async def read_message(reader: asyncio.StreamReader) -> Message | None:
    """Read one message whose length its head tells; `None` where the other side ended before or in the middle of it."""
    try:
        head = await reader.readuntil(_HEAD_END)
        start, *lines = head.removesuffix(_HEAD_END).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        message = Message(
            start, tuple((name, value.strip()) for name, _, value in pairs)
        )
        length = int(message.header("Content-Length") or 0)
        return replace(message, body=await reader.readexactly(length))
    except asyncio.IncompleteReadError, ConnectionError:
        return None


def answer(
    status: str, body: bytes = b"", *headers: tuple[str, str], kind: str = "text/html"
) -> Message:
    """Make an answer up, as something between us and the operator would."""
    pairs = (("Content-Type", kind), ("Content-Length", str(len(body))), *headers)
    return Message(f"HTTP/1.1 {status}", pairs, body)


def chunks(body: bytes, size: int = 16) -> list[bytes]:
    """Return the body in the chunks of `Transfer-Encoding: chunked`, without the last, empty one."""
    parts = (body[start : start + size] for start in range(0, len(body), size))
    return [b"%x\r\n%s\r\n" % (len(part), part) for part in parts]
