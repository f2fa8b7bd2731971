"""The layer can fail: a canary is heard in every spelling, on every surface."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
import json
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from torture.canary.canaries import Canary, number, secret, word
from torture.canary.sweep import Sweep

SECRET = secret("key")
PHONE = number("phone", "+79165550123")
ICCID = number("iccid", "8970101234567890126")


def leaked(text: object, canary: Canary) -> bool:
    """Say whether a canary is heard."""
    sweep = Sweep()
    sweep.listen("log", text)
    return bool(sweep.leaks([canary]))


@pytest.mark.parametrize("before", ["", "a", "ab"])
@pytest.mark.parametrize(
    "spell",
    [
        str,
        quote,
        quote_plus,
        str.upper,
        lambda text: quote(text, safe=""),
        lambda text: text.encode().hex(),
        lambda text: text[::-1],
        lambda text: b64encode(text.encode()).decode(),
        lambda text: urlsafe_b64encode(text.encode()).decode(),
        lambda text: b64encode(f"Bearer {text}, and more".encode()).decode(),
        lambda text: repr(text.encode()),
        json.dumps,
    ],
)
@pytest.mark.parametrize(
    "canary", [SECRET, PHONE, ICCID, word("id")], ids=lambda c: c.name
)
def test_a_canary_is_heard_in_every_spelling(
    canary: Canary, spell: Callable[[str], str], before: str
) -> None:
    """Whoever encodes a secret has not hidden it."""
    assert leaked(f"said: {spell(before + canary.value)} and more", canary)


@pytest.mark.parametrize(
    "text",
    [
        "79165550123",
        "+7 916 555-01-23",
        "+7 (916) 555 01 23",
        "7916555",
        "32105556197",
        "tel%3A%2B79165550123",
        "7 9 1 6 5 5 5 0 1 2 3",
        "7916555…",
        "165550123",
    ],
)
def test_a_number_is_heard_in_every_grouping(text: str) -> None:
    """People write them in many ways, and a part of one is as good as all of it."""
    assert leaked(f"line {text} is low", PHONE)


@pytest.mark.parametrize(
    "text", ["•0123", "…5550123"[-4:], "2026-11-23 09:16:55", "79", "0123"]
)
def test_the_last_four_digits_are_no_leak(text: str) -> None:
    """That is what is shown."""
    assert not leaked(f"line {text} is low", PHONE)
    assert not leaked(f"line {text} is low", SECRET)


def test_half_a_secret_is_a_leak() -> None:
    """A text that was cut short still says enough."""
    assert leaked(SECRET.value[:16] + "…", SECRET)
    assert leaked("…" + SECRET.value[-16:], SECRET)


def test_every_kind_of_thing_is_listened_to(tmp_path: Path) -> None:
    """Errors are more than their text."""
    inner = ValueError(f"at https://example.com/?key={SECRET.value}")
    outer = RuntimeError("nothing")
    outer.__context__ = inner
    noted = RuntimeError("nothing")
    noted.add_note(SECRET.value)
    (file := tmp_path / "wal").write_bytes(b"\0\1" + SECRET.value.encode() + b"\0")
    for said in (
        inner,
        outer,
        noted,
        {"a": [SECRET.value]},
        SECRET.value.encode("utf-16-le"),
        {SECRET.value},
        file.read_bytes(),
    ):
        assert leaked(said, SECRET), said
    sweep = Sweep()
    sweep.listen_to_files("files", [file])
    assert sweep.leaks([SECRET])


def test_a_leak_is_told_without_the_secret() -> None:
    """The report of a leak ends in a log too."""
    sweep = Sweep()
    sweep.listen("log", f"asking with {SECRET.value} now")
    (leak,) = sweep.leaks([SECRET])
    assert str(leak) == "key in log: asking with … now"


def test_what_is_allowed_on_a_surface_is_allowed_there_only() -> None:
    """An administrator may read a description again; a log may not."""
    canary = secret("path", "forms")
    sweep = Sweep()
    sweep.listen("forms", canary.value)
    assert sweep.leaks([canary]) == []
    assert sweep.counted([canary, SECRET]) == {"forms": 1}
    sweep.listen("log", canary.value)
    assert [leak.surface for leak in sweep.leaks([canary])] == ["log"]
    assert sweep.size("log") > 0 == sweep.size("states")
