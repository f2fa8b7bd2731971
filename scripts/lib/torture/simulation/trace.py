"""What happened, in order. Two runs of a seed are the same if this is the same."""

from hashlib import blake2b


class Trace:
    """Lines of a story, each with its time."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lines: list[tuple[float, str]] = []

    def note(self, now: float, what: str) -> None:
        """Write a line."""
        self._lines.append((now, what))

    def told(self, last: int | None = None) -> list[str]:
        """Return the lines as people read them, or the last ones."""
        lines = self._lines if last is None else self._lines[-last:]
        return [f"{_spelt(now)}  {what}" for now, what in lines]

    @property
    def digest(self) -> str:
        """A short name of the whole story."""
        text = "\n".join(f"{now:.6f} {what}" for now, what in self._lines)
        return blake2b(text.encode(), digest_size=8).hexdigest()


def _spelt(now: float) -> str:
    hours, rest = divmod(now, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{int(hours):4}:{int(minutes):02}:{seconds:09.6f}"
