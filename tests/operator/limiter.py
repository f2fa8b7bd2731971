"""The rate limit: so many requests per account and window. It runs before execution and forgets with the process."""

from collections import deque
from dataclasses import dataclass, field

from .behaviour import Behaviour
from .clock import US
from .model import Code, Refusal


@dataclass(slots=True)
class Limiter:
    """Counts each account's recent requests; refused ones do not count."""

    _recent: dict[str, deque[int]] = field(default_factory=dict)

    def admit(self, account: str, now_us: int, rules: Behaviour) -> None:
        """Count a request, or refuse it and say when to come again."""
        if rules.rate_limit_requests == 0:
            return
        window_us = round(rules.rate_limit_window_s * US)
        recent = self._recent.setdefault(account, deque())
        while recent and recent[0] <= now_us - window_us:
            recent.popleft()
        if len(recent) >= rules.rate_limit_requests:
            wait_us = recent[0] + window_us - now_us
            raise Refusal(Code.RATE_LIMITED, retry_after_s=wait_us / US)
        recent.append(now_us)

    def forget(self) -> None:
        """Forget all requests."""
        self._recent.clear()
