"""Errors of a provider may be read aloud."""

from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.esim_topup.providers.errors import (
    MAX_CODE_DIGITS,
    AuthenticationFailed,
    Fault,
    LineUnknown,
    MalformedAnswer,
    NotPermitted,
    NotSupported,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
    safe_code,
)

FAMILY: list[type[ProviderError]] = [
    AuthenticationFailed,
    NotPermitted,
    LineUnknown,
    RateLimited,
    Refused,
    Unreachable,
    MalformedAnswer,
    NotSupported,
]


@pytest.mark.parametrize("kind", FAMILY)
def test_each_error_has_a_code_of_its_own(kind: type[ProviderError]) -> None:
    """Each leads to another text, and another next step."""
    error = kind()
    assert isinstance(error, ProviderError)
    assert str(error) == error.code == kind.code
    assert len({each.code for each in FAMILY}) == len(FAMILY)


def test_the_providers_code_is_kept() -> None:
    """A person can look it up."""
    assert Refused("insufficient_funds").code == "insufficient_funds"
    assert str(Refused("1006001")) == "1006001"
    assert Refused("").code == "refused"


@pytest.mark.parametrize("code", ["+79161234567", "key=8970199912345678901"])
def test_an_error_does_not_repeat_what_may_be_about_a_person(code: str) -> None:
    """I12: its text is read aloud, logged and shown."""
    error = Refused(code)
    assert (error.code, str(error)) == ("unknown_code", "unknown_code")


def test_a_limited_caller_knows_for_how_long() -> None:
    """Where the provider says."""
    assert RateLimited().retry_after is None
    assert RateLimited(timedelta(seconds=5)).retry_after == timedelta(seconds=5)


def test_an_outage_may_have_reached_the_provider_unless_proven() -> None:
    """The careful answer is the default."""
    assert Unreachable().sent
    assert Unreachable("dns", sent=False).code == "dns"
    assert not Unreachable("dns", sent=False).sent


@pytest.mark.parametrize(
    ("code", "safe"),
    [
        ("insufficient_funds", "insufficient_funds"),
        ("SIM.EXPIRED-1", "SIM.EXPIRED-1"),
        ("not enough money", "not_enough_money"),
        ("ошибка", "unknown_code"),
        ("", "unknown_code"),
        ("___", "unknown_code"),
        ("+79161234567", "unknown_code"),
        ("line 8970199912345678901 is barred", "unknown_code"),
        ("7 9 1 6 1 2 3 4 5 6 7", "unknown_code"),
        ("x" * 100, "x" * 64),
        ("<script>", "_script_"),
        ("a\r\nb", "a__b"),
        ("１２", "unknown_code"),
    ],
)
def test_a_code_says_nothing_about_a_person(code: str, safe: str) -> None:
    """Providers echo phone numbers and keys in their errors."""
    assert safe_code(code) == safe


@given(st.text())
def test_no_code_can_do_harm(code: str) -> None:
    """It ends up in states, logs and translations."""
    safe = safe_code(code)
    assert 1 <= len(safe) <= 64
    assert safe.isascii()
    assert all(char.isalnum() or char in "._-" for char in safe)
    assert sum(char.isdigit() for char in safe) <= MAX_CODE_DIGITS
    assert safe_code(safe) == safe


def test_a_fault_is_a_value() -> None:
    """It is stored with the order as evidence."""
    assert Fault("dns", sent=False) == Fault("dns", sent=False)
    assert Fault("dns", sent=False) != Fault("dns", sent=True)
