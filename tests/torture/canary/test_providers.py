"""Every provider there is, and will be: whatever it is answered, nothing of what it was told comes out of it.

A provider joins by existing. Its credentials are canaries, and its operator repeats all that it hears.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import json
import logging
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession, DummyCookieJar, web
import pytest
from torture.canary.canaries import Canary, number, secret, word
from torture.canary.sweep import Sweep

from custom_components.esim_topup.providers import (
    create_provider,
    load_info,
    provider_keys,
)
from custom_components.esim_topup.providers.base import (
    Dedupe,
    Line,
    LineKind,
    Provider,
    Purchase,
)
from custom_components.esim_topup.providers.money import Money
from tests.providers.rest.operator_config import operator_config

KEYS: Final = sorted(provider_keys())

PHONE: Final = number("phone number", "+79165550123")
LINE: Final = word("line id")
METHOD: Final = word("payment method id")

ANSWERS: Final = (
    "200 echo",
    "201 text",
    "302 echo",
    "400 echo",
    "401 echo",
    "401 key",
    "404 line",
    "402 echo",
    "403 echo",
    "404 echo",
    "409 echo",
    "429 echo",
    "500 echo",
    "503 text",
)


UNSAFE_CODES: Final = {
    ("rest", answer)
    for answer in ANSWERS
    if answer.split()[0] not in ("200", "201", "503")
}
"""Cells that fail until a code that repeats what was asked is no code any more (TIMES-7)."""


def _cells() -> list[Any]:
    known = pytest.mark.xfail(strict=True, reason="TIMES-7: the code repeats a secret")
    return [
        pytest.param(
            key,
            answer,
            marks=known if (key, answer) in UNSAFE_CODES else (),
            id=f"{key}, {answer}",
        )
        for key in KEYS
        for answer in ANSWERS
    ]


@dataclass(slots=True)
class Parrot:
    """An operator that repeats everything it hears."""

    answer: str = "200 echo"
    base_url: str = ""
    asked: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        """Answer with the request: in the body, in headers, in the place of a redirect and of the next page."""
        self.asked += 1
        status, shape = self.answer.split()
        body = await request.text()
        heard = {
            "path": request.path_qs,
            "headers": dict(request.headers),
            "body": body,
        }
        code = {
            "key": request.headers.get("Authorization", "").rpartition(" ")[2],
            "line": f"unknown_{LINE.value}",
        }.get(shape, request.path_qs[-60:])
        said: dict[str, Any] = dict.fromkeys(
            ("message", "lines", "data", "id", "items"), heard
        )
        said |= {"error": {"code": code, "message": heard}, "status": body[:100]}
        html = shape == "text"
        text = f"<html>{json.dumps(heard)}</html>" if html else json.dumps(said)
        headers = {"X-Echo": body[:200].replace("\n", " "), "Retry-After": "soon"}
        if status == "302":
            headers["Location"] = f"https://elsewhere.invalid{request.path_qs}"
        return web.Response(
            status=int(status),
            text=text,
            content_type="text/html" if html else "application/json",
            headers=headers,
        )


@asynccontextmanager
async def parrot() -> AsyncIterator[Parrot]:
    """Run one until the block ends."""
    bird = Parrot()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", bird.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        bird.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield bird
    finally:
        await runner.cleanup()


def credentials(
    key: str, base_url: str, folder: Path
) -> tuple[dict[str, Any], list[Canary]]:
    """Return credentials of which every one is a canary, as far as the provider takes any text there."""
    match key:
        case "demo":
            return {"books": str(folder / "operator.db")}, []
        case "rest":
            auth, header, query = word("auth value"), secret("header"), word("query")
            config = operator_config(base_url, Dedupe.KEY) | {
                "auth_value": auth.value,
                "headers": {"X-Partner": header.value},
            }
            for part in (
                "account",
                "lines",
                "read",
                "offers",
                "order",
                "find",
                "history",
            ):
                path = config[part]["path"]
                config[part]["path"] = (
                    f"{path}{'&' if '?' in path else '?'}token={query.value}"
                )
            return config, [auth, header, query]
        case _:
            birds = [secret(field.key) for field in load_info(key).credentials]
            return {bird.name: bird.value for bird in birds}, birds


def questions(provider: Provider) -> Mapping[str, Callable[[], Any]]:
    """Return everything that a provider can be asked."""
    line = Line(
        id=LINE.value,
        kind=LineKind.MSISDN,
        number=PHONE.value,
        name="Home",
        currency="RUB",
    )
    purchase = Purchase(
        reference="5f0c9f0e-0000-4000-8000-000000000001",
        line=line,
        offer_id="open",
        money=Money.parse("100", "RUB"),
        method_id=METHOD.value,
        created_at=datetime.now(UTC),
    )
    since = datetime.now(UTC) - timedelta(days=30)
    return {
        "account": provider.account,
        "lines": provider.lines,
        "read": lambda: provider.read([line]),
        "offers": lambda: provider.offers(line),
        "submit": lambda: provider.submit(purchase),
        "find": lambda: provider.find(purchase, "their id"),
        "history": lambda: provider.history(line, since),
    }


@pytest.mark.parametrize(("key", "answer"), _cells())
async def test_a_provider_repeats_nothing_of_what_it_was_told(
    key: str,
    answer: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, Any], None],
) -> None:
    """An operator's error page often holds the whole request: key, number and all."""
    caplog.set_level(logging.DEBUG)
    sweep = Sweep()
    async with parrot() as bird, ClientSession(cookie_jar=DummyCookieJar()) as session:
        bird.answer = answer
        told, birds = credentials(key, bird.base_url, tmp_path)
        provider = create_provider(key, told, session, base_url=bird.base_url)
        sweep.listen("repr", repr(provider), repr(provider.info))
        for name, question in questions(provider).items():
            try:
                said = await question()
            except Exception as err:  # noqa: BLE001 - whatever comes out is looked at
                sweep.listen(f"error of {name}", err)
            else:
                if name in (
                    "submit",
                    "find",
                ):  # what an order keeps, and what is told of it
                    sweep.listen(f"answer to {name}", getattr(said, "reason", None))
        if key != "demo":
            assert bird.asked > 0
    sweep.listen("log", caplog.text)
    canaries = [*birds, PHONE, LINE, METHOD]
    for surface, heard in sweep.counted(canaries).items():
        for _ in range(heard):
            record_property("fault", f"heard: {surface} of a provider")
    assert [str(leak) for leak in sweep.leaks(canaries)] == []


@pytest.mark.parametrize("key", KEYS)
async def test_what_cannot_be_a_credential_is_refused_without_repeating_it(
    key: str, tmp_path: Path
) -> None:
    """A key is easily pasted into the wrong field."""
    good, _ = credentials(key, "http://127.0.0.1:9", tmp_path)
    canary, sweep = word("pasted key"), Sweep()
    async with ClientSession() as session:
        for name in good:
            for value in (
                canary.value,
                f"https://me:{canary.value}@localhost/",
                [canary.value],
            ):
                try:
                    create_provider(key, good | {name: value}, session)
                except Exception as err:  # noqa: BLE001 - whatever comes out is looked at
                    sweep.listen(f"error about {name}", err)
    assert [str(leak) for leak in sweep.leaks([canary])] == []
