"""Names under which accounts and lines stand in the order book.

The book may end up in a backup, a log of a database tool or a bug report. So it holds no number of a person, only a
digest: enough to find a line again, also after the account was removed and added anew, so that limits cannot be reset.
"""

from hashlib import blake2b

from ..providers.base import Line


def account_key(provider: str, account_id: str) -> str:
    """Return the key of an account at a provider."""
    return _digest("account", provider, account_id)


def line_key(provider: str, account_id: str, line: Line) -> str:
    """Return the key of a line; a number has one key in all accounts, so that two of them cannot both top it up."""
    if line.number is not None:
        return _digest("line", line.number)
    return _digest("line", provider, account_id, line.id)


def _digest(*parts: str) -> str:
    return blake2b(
        "\0".join(parts).encode(), digest_size=16, person=b"esim_topup"
    ).hexdigest()
