"""What is known of an account right now, as one value that is replaced as a whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from .models import LineConfig
from .orders.readings import Suspicion, accept
from .providers.base import Account, Offer, Reading, ReadResult
from .providers.errors import (
    AuthenticationFailed,
    LineUnknown,
    MalformedAnswer,
    ProviderError,
    RateLimited,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountData:
    """The last looks at an account and its lines, by line key. A failed look takes nothing away."""

    account: Account | None = None
    """Wallet and payment methods at the last successful look."""
    readings: Mapping[str, Reading] = field(default_factory=dict)
    """The last good reading, kept when a later read fails."""
    read_at: Mapping[str, datetime] = field(default_factory=dict)
    """Our clock at the last good answer; a reading's own time may be the operator's time of measurement."""
    failed: Mapping[str, ProviderError] = field(default_factory=dict)
    """Lines whose last read failed, alone or with the whole account."""
    doubts: Mapping[str, Suspicion] = field(default_factory=dict)
    """Odd readings that wait for a second one."""
    offers: Mapping[str, tuple[Offer, ...]] = field(default_factory=dict)
    """What can be bought. Only lines that somebody wants to see it for are here."""

    def stale_since(self, line_key: str) -> datetime | None:
        """Return when the line was last read well, if a later read failed; `None` if it is fresh or was never read."""
        return self.read_at.get(line_key) if line_key in self.failed else None

    def with_answers(
        self, lines: Iterable[LineConfig], answers: ReadResult, now: datetime
    ) -> AccountData:
        """Return what is known after a read of these lines. What one line met leaves the others alone."""
        readings, read_at = dict(self.readings), dict(self.read_at)
        failed, doubts = dict(self.failed), dict(self.doubts)
        for line in lines:
            answer = answers.get(line.line.id)
            if not isinstance(answer, Reading):
                failed[line.key] = answer or MalformedAnswer("line_missing")
                continue
            judged = accept(
                readings.get(line.key), answer, doubts.pop(line.key, None), now
            )
            readings[line.key], read_at[line.key] = judged.shown, now
            failed.pop(line.key, None)
            if judged.suspicion is not None:
                doubts[line.key] = judged.suspicion
        return replace(
            self, readings=readings, read_at=read_at, failed=failed, doubts=doubts
        )

    def with_failure(
        self, lines: Iterable[LineConfig], error: ProviderError
    ) -> AccountData:
        """Return what is known after a read that brought nothing at all."""
        return replace(
            self, failed={**self.failed, **{line.key: error for line in lines}}
        )

    def with_offers(self, offers: Mapping[str, tuple[Offer, ...]]) -> AccountData:
        """Return what is known with these price lists in place of older ones."""
        return replace(self, offers={**self.offers, **offers})


def common_failure(answers: ReadResult) -> ProviderError | None:
    """Return what is wrong with the whole account: credentials that fail for one line, or no line read at all.

    A line that the provider does not know is its own affair.
    """
    errors = [
        answer for answer in answers.values() if isinstance(answer, ProviderError)
    ]
    if expired := next(
        (error for error in errors if isinstance(error, AuthenticationFailed)), None
    ):
        return expired
    common = [error for error in errors if not isinstance(error, LineUnknown)]
    if len(errors) < len(answers) or not common:
        return None
    # The one that says when to ask again is the one to obey.
    return max(common, key=lambda error: isinstance(error, RateLimited))
