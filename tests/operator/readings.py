"""What the operator's usage system last said about each line: real ones answer from a cache."""

from dataclasses import dataclass, field

from .clock import US
from .faults import Fault, Kind
from .lies import tell
from .model import Line
from .views import LineView, of_line


@dataclass(slots=True)
class Readings:
    """Answers readings that may be old; forgotten when the process ends, as caches are."""

    _last: dict[str, LineView] = field(default_factory=dict)

    def of(self, line: Line, *, max_age_s: float, fault: Fault) -> LineView:
        """Return a reading of the line as it stands, or one that is at most `max_age_s` old."""
        last = self._last.get(line.id)
        if last is not None and (
            fault.kind is Kind.STALE or self._fresh(last, line.anchor_us, max_age_s)
        ):
            return tell(fault, last)
        now = of_line(line)
        self._last[line.id] = now
        return tell(fault, now)

    def forget(self) -> None:
        """Empty the cache."""
        self._last.clear()

    @staticmethod
    def _fresh(last: LineView, now_us: int, max_age_s: float) -> bool:
        return 0 <= now_us - last.updated_us < max_age_s * US
