"""The names under which accounts and lines stand in the order book."""

from dataclasses import replace

from custom_components.esim_topup.orders.keys import account_key, line_key
from custom_components.esim_topup.providers.base import Line

from .samples import LINE


def test_a_number_is_one_line_in_all_accounts() -> None:
    """A traveller with the same SIM in two accounts must not have it topped up by both."""
    assert line_key("airalo", "a", LINE) == line_key(
        "demo", "b", replace(LINE, id="other")
    )


def test_lines_without_a_number_are_kept_apart_by_account() -> None:
    """Two wallets that are both called `1` by their providers do not share a limit."""
    wallet = Line(id="1")
    keys = {
        line_key(provider, account, wallet)
        for provider in ("a", "b")
        for account in ("x", "y")
    }
    assert len(keys) == 4
    assert line_key("a", "x", replace(wallet, id="2")) not in keys


def test_an_account_is_found_again_after_it_was_removed() -> None:
    """Otherwise removing and adding it would reset what was spent this month."""
    assert account_key("demo", "acct-1") == account_key("demo", "acct-1")
    assert account_key("demo", "acct-1") not in {
        account_key("demo", "acct-2"),
        account_key("rest", "acct-1"),
    }


def test_a_key_tells_nobody_the_number() -> None:
    """The book goes into backups and bug reports."""
    key = line_key("demo", "acct-1", LINE)
    assert len(key) == 32
    assert not any(part in key for part in ("7916", "1234567"))


def test_an_account_and_a_line_of_the_same_name_have_two_keys() -> None:
    """The sums of the one are not those of the other."""
    assert account_key("a", "b") != line_key("a", "b", Line(id=""))
