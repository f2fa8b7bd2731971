"""What can go wrong at a provider, drawn as one family.

* ProviderError
  * AuthenticationFailed    the key is wrong, expired or revoked: a person has to renew it
  * NotPermitted            the key is right and may not do this
  * LineUnknown             the provider does not know this line (never did, or no longer does)
  * RateLimited             asked too often; `retry_after` says when to ask again
  * Refused                 a business "no" with the provider's own code
  * Unreachable             nothing, or nothing whole, came back: outage, time-out, lost connection, 5xx
  * MalformedAnswer         an answer came and does not mean anything we know
  * NotSupported            this provider has no such call

`str()` of each may be read aloud: it never holds a URL, a header, a body or a number of a person.
"""

from dataclasses import dataclass
from datetime import timedelta


class ProviderError(Exception):
    """Something went wrong at the provider; `code` is a short machine word that is safe to show and to translate."""

    code = "provider_error"

    def __init__(self, code: str | None = None) -> None:
        """Take the provider's own short code, cut down to what may be shown."""
        self.code = safe_code(code) if code else type(self).code
        super().__init__(self.code)


class AuthenticationFailed(ProviderError):
    """The credentials do not work (any more)."""

    code = "authentication_failed"


class NotPermitted(ProviderError):
    """The credentials work and are not allowed to do this."""

    code = "not_permitted"


class LineUnknown(ProviderError):
    """The provider has no such line in this account."""

    code = "line_unknown"


class RateLimited(ProviderError):
    """The provider asks to be left alone for a while."""

    code = "rate_limited"

    def __init__(self, retry_after: timedelta | None = None) -> None:
        """Take the time the provider asked for, if it named one."""
        super().__init__()
        self.retry_after = retry_after


class Refused(ProviderError):
    """The provider understood and said no; `code` is its reason."""

    code = "refused"


class Unreachable(ProviderError):
    """No whole answer came back. `sent` is False only where it is proven that no byte of the request left."""

    code = "unreachable"

    def __init__(self, code: str | None = None, *, sent: bool = True) -> None:
        """Say whether the request may have reached the provider."""
        super().__init__(code)
        self.sent = sent


class MalformedAnswer(ProviderError):
    """An answer came that does not fit the provider's own description."""

    code = "malformed_answer"


class NotSupported(ProviderError):
    """This provider, or the way it is set up here, has no such call."""

    code = "not_supported"


def safe_code(code: str) -> str:
    """Cut a foreign code down to a harmless word: letters, digits, `._-`, at most 64, no run of digits like a number.

    A provider may put anything there, an echo of a key or a phone number among it.
    """
    word = "".join(
        char if char.isascii() and (char.isalnum() or char in "._-") else "_"
        for char in code[:64]
    )
    return (
        word
        if sum(char.isdigit() for char in word) <= MAX_CODE_DIGITS and word.strip("_")
        else "unknown_code"
    )


MAX_CODE_DIGITS = 8  # the longest numeric error code seen at a provider has 7 digits (DT One), a phone number has more


@dataclass(frozen=True, slots=True)
class Fault:
    """A purchase request that got no whole answer, as a value: what it proves is decided elsewhere."""

    code: str
    sent: bool
